/** Why Audience Manager could not be called or gave no usable response. Clients see these codes. */
export type AudienceManagerErrorCode =
  | 'AAM_AUTH_FAILED'
  | 'AAM_FORBIDDEN'
  | 'AAM_NOT_FOUND'
  | 'AAM_RATE_LIMITED'
  | 'AAM_UNAVAILABLE'
  | 'AAM_BAD_RESPONSE';

export interface AudienceManagerErrorOptions {
  /** The wait that Audience Manager asked for (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The 4xx status with which Audience Manager refused a call. */
  readonly status?: number;
}

/**
 * A failure of the Audience Manager client. The message is meant for clients and operators. It never contains a URL
 * or a header of Audience Manager, and of a body only the reason of a refusal, without secrets. `cause` is never set.
 */
export class AudienceManagerError extends Error {
  override readonly name = 'AudienceManagerError';
  readonly code: AudienceManagerErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(code: AudienceManagerErrorCode, message: string, options: AudienceManagerErrorOptions = {}) {
    super(message);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}
