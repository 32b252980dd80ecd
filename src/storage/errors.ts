/**
 * UNAVAILABLE: the database cannot be reached or refuses a statement (connection lost, disk full); the same
 * call may succeed later. BUSY: too many calls of the kind wait already; other calls are not affected. UNUSABLE: the
 * database cannot be used until the operator acts (corrupt file, schema of a newer version); the start has to be
 * refused, and the message names the remedy.
 */
export type StorageErrorCode = 'UNAVAILABLE' | 'BUSY' | 'UNUSABLE';

/**
 * The only error that a `Storage` rejects with. Its message never contains the password of a connection
 * string.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  /**
   * What clients may be told, such as `its disk is full`: the end of a sentence, without paths and addresses. `null` if
   * nothing is known that would help them.
   */
  readonly reason: string | null;

  constructor(code: StorageErrorCode, message: string, cause?: unknown, reason: string | null = null) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.reason = reason;
  }
}
