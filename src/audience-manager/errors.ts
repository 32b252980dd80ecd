/** Why Audience Manager could not be asked or gave no usable answer: the codes clients see. */
export type AudienceManagerErrorCode =
  | 'AAM_AUTH_FAILED'
  | 'AAM_FORBIDDEN'
  | 'AAM_NOT_FOUND'
  | 'AAM_RATE_LIMITED'
  | 'AAM_UNAVAILABLE'
  | 'AAM_BAD_RESPONSE';

export interface AudienceManagerErrorOptions {
  /** How long Audience Manager asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Every failure of the Audience Manager client. The message is written for clients and operators: it
 * never carries a URL, a body or a header of the upstream's, and there is no cause that could.
 */
export class AudienceManagerError extends Error {
  override readonly name = 'AudienceManagerError';
  readonly code: AudienceManagerErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: AudienceManagerErrorCode, message: string, options: AudienceManagerErrorOptions = {}) {
    super(message);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
