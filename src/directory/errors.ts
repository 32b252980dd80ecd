import type { AudienceManagerErrorCode } from '../audience-manager/index.js';
import type { DestinationKey, StorageError } from '../storage/index.js';

/** Why the directory cannot answer: one of Audience Manager's failures or one of its own. */
export type DirectoryErrorCode =
  | AudienceManagerErrorCode
  | 'NOT_FOUND'
  | 'AMBIGUOUS_ID'
  | 'BAD_USER_INPUT'
  | 'STORAGE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/** A failure whose code and message may be shown to the caller. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Creates an error whose message names the destination. */
export function errorAbout(
  { customerId, destinationId }: DestinationKey,
  code: DirectoryErrorCode,
  message: string,
  cause?: unknown,
): DirectoryError {
  return new DirectoryError(
    code,
    `Destination ${destinationId} of customer ${customerId}: ${message}`,
    cause,
  );
}

/** What callers are told of a failure of the storage. */
export function storageMessage({ reason }: StorageError): string {
  if (reason === null) return 'The gateway cannot reach its storage now; try again later.';
  return `The gateway cannot use its storage now, because ${reason}; try again later.`;
}
