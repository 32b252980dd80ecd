/**
 * `UNAVAILABLE`: the engine cannot be reached or refuses for now (disk full, connection lost): what is asked may
 * work later. `UNUSABLE`: it never will as it is (a corrupt file, a database newer than this program): the
 * start must be refused, and the message says what to do.
 */
export type StorageErrorCode = 'UNAVAILABLE' | 'UNUSABLE';

/** Every failure of the storage. Its message holds no password of a connection string. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
