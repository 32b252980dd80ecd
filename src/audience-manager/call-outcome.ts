import type { CallResult } from './call-failure.js';
import type { CallVerdict } from './host.js';
import type { HttpRequest } from './sender.js';
import { slashRedirect } from './slash-redirect.js';

const RETRIED_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** 2xx and 4xx (except 429) are returned to the caller. Everything else is a failure. */
export function isFinal(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 500 && status !== 429);
}

/** The request to repeat if the response redirects to the same path with or without a slash at the end. */
export function redirectOf(request: HttpRequest, result: CallResult): HttpRequest | null {
  if (result.kind !== 'response') return null;
  const { status, headers } = result.response;
  return slashRedirect(request, status, headers['location']);
}

/** Whether the host limits the rate of calls. */
export function isLimited(result: CallResult): boolean {
  return result.kind === 'response' && result.response.status === 429;
}

/** Whether another attempt may succeed. */
export function isRetried(result: CallResult): boolean {
  if (result.kind === 'response') return RETRIED_STATUSES.has(result.response.status);
  return result.kind === 'timeout' || (result.kind === 'network' && !result.lasting);
}

/** A label of metrics and logs. */
export function outcomeOf(result: CallResult): string {
  return result.kind === 'response' ? String(result.response.status) : result.kind;
}

/**
 * What an attempt said about its host.
 *
 * @param retryAfterMs the wait that the response asks for
 */
export function verdictOf(result: CallResult, retryAfterMs: number | undefined): CallVerdict {
  switch (result.kind) {
    case 'response': {
      const { status } = result.response;
      const pace = status === 429 ? 'refused' : 'accepted';
      return { answer: status >= 500 ? 'failure' : 'success', pace, retryAfterMs };
    }
    case 'timeout':
    case 'network':
      return { answer: 'failure', pace: 'unanswered' };
    case 'aborted':
      return { answer: 'nothing', pace: 'unanswered' };
    case 'too_large':
    case 'listing_too_large':
    case 'undecodable':
    case 'circuit_open':
    case 'rate_limited':
      // Of a call that was not made there is nothing to tell.
      return { answer: 'success', pace: 'accepted' };
  }
}
