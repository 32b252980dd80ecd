import type { AudienceManagerErrorCode } from '../audience-manager/index.js';

/** Why the directory cannot answer. */
export type DirectoryErrorCode =
  AudienceManagerErrorCode | 'NOT_FOUND' | 'BAD_USER_INPUT' | 'INTERNAL_SERVER_ERROR';

/** A failure that a caller is told about: its message may be shown as it is. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
