/**
 * Why names are missing or stale: what the client itself found out, or an error code of the gateway. A later version of the
 * gateway may have more of them.
 */
export type NamesErrorCode =
  /** The gateway cannot be reached, or what is in front of it cannot reach it. */
  | 'UNREACHABLE'
  /** There was no answer within `timeout`. */
  | 'TIMEOUT'
  /** What answered is no gateway, or another version of it. */
  | 'BAD_RESPONSE'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'QUERY_TOO_COMPLEX'
  | 'AAM_AUTH_FAILED'
  | 'AAM_FORBIDDEN'
  | 'AAM_NOT_FOUND'
  | 'AAM_RATE_LIMITED'
  | 'AAM_UNAVAILABLE'
  | 'AAM_BAD_RESPONSE'
  | 'STORAGE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'
  | (string & {});

/** What trying again later can mend, without anybody changing anything. */
const TEMPORARY: ReadonlySet<NamesErrorCode> = new Set<NamesErrorCode>([
  'UNREACHABLE',
  'TIMEOUT',
  'RATE_LIMITED',
  'AAM_RATE_LIMITED',
  'AAM_UNAVAILABLE',
  'AAM_BAD_RESPONSE',
  'STORAGE_UNAVAILABLE',
]);

/** An error of a lookup. Never contains the key or the token. */
export class NamesError extends Error {
  override readonly name: string = 'NamesError';
  readonly code: NamesErrorCode;
  /** The status of the HTTP response; `null` if there was none, or if the error is of one destination only. */
  readonly status: number | null;
  /** How long the gateway asks to wait, in milliseconds; `null` if it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    code: NamesErrorCode,
    message: string,
    { status = null, retryAfterMs = null }: { status?: number | null; retryAfterMs?: number | null } = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether it can pass by itself. If not, somebody has to change a key, a right or a configuration. */
  get isTemporary(): boolean {
    const status = this.status ?? 0;
    return TEMPORARY.has(this.code) || status === 408 || status === 429 || status >= 500;
  }
}
