import type { AttemptResult } from './attempt.js';
import { listingTooLarge } from './byte-budget.js';
import { AudienceManagerError } from './errors.js';
import type { HostRefusal } from './host.js';

/** The outcome of one attempt, or why none was made or counts. */
export type CallResult<TBody = unknown> =
  AttemptResult<TBody> | { readonly kind: HostRefusal; readonly retryAfterMs?: number | undefined };

/** What the message of a failure tells besides its outcome. */
export interface FailedCall {
  readonly attempts: number;
  /** Time limit of one attempt, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** The wait that Audience Manager asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** The error for a call whose last attempt ended without a usable response. */
export function callFailure(result: CallResult, call: FailedCall): AudienceManagerError {
  const { attempts, requestTimeoutMs, retryAfterMs } = call;
  const times = attempts === 1 ? '' : ` (${attempts} attempts)`;
  const unavailable = (message: string): AudienceManagerError =>
    new AudienceManagerError('AAM_UNAVAILABLE', message, { retryAfterMs });
  const badResponse = (message: string): AudienceManagerError =>
    new AudienceManagerError('AAM_BAD_RESPONSE', message);
  switch (result.kind) {
    case 'timeout':
      return unavailable(`Audience Manager did not answer within ${requestTimeoutMs} ms${times}.`);
    case 'network':
      return unavailable(`Audience Manager could not be reached: ${result.reason}${times}.`);
    case 'circuit_open':
      return unavailable('Audience Manager has not answered for a while; it is asked again shortly.');
    case 'rate_limited':
      return new AudienceManagerError(
        'AAM_RATE_LIMITED',
        'Audience Manager limits the rate of calls, and has accepted none for a while; it is asked again shortly.',
        { retryAfterMs },
      );
    case 'aborted':
      return callCancelled();
    case 'too_large':
      return badResponse(
        'Audience Manager sent an answer that is larger than the gateway accepts. If it is a page of mappings, set a smaller audienceManager.pageSize (and not 0).',
      );
    case 'listing_too_large':
      return listingTooLarge(result.limit);
    case 'undecodable':
      return badResponse('Audience Manager sent a compressed answer that cannot be decompressed.');
    case 'response': {
      const { status } = result.response;
      if (status === 429) {
        return new AudienceManagerError(
          'AAM_RATE_LIMITED',
          `Audience Manager limits the rate of calls${times}.`,
          { retryAfterMs },
        );
      }
      if (status >= 500) return unavailable(`Audience Manager answered with status ${status}${times}.`);
      if (status >= 300 && status < 400) {
        return badResponse(
          `Audience Manager answered with an unexpected status ${status}, a redirect, which is not followed because it would carry the credentials elsewhere; check baseUrl, tokenUrl and whether a proxy asks for a log-in.`,
        );
      }
      return badResponse(`Audience Manager answered with an unexpected status ${status}.`);
    }
  }
}

/** The error for a call that its caller gave up. */
export function callCancelled(): AudienceManagerError {
  return new AudienceManagerError('AAM_UNAVAILABLE', 'The call to Audience Manager was cancelled.');
}
