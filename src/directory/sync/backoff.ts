/** Delay after the first failure. It doubles with each further failure in a row, up to the maximum. */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5 * 60_000;
const SCHEDULED_RETRY_MS = 60_000;

/** The longest `scheduledRetryDelay`, in milliseconds. */
export const MAX_SCHEDULED_RETRY_MS = 1.5 * SCHEDULED_RETRY_MS;

/**
 * Delay before a destination may be listed again after `failures` failures in a row, in milliseconds. Half of the delay
 * is random, so that the many destinations of one failing host are not retried at the same time.
 *
 * @param random returns numbers from 0 to below 1
 */
export function retryDelay(failures: number, random: () => number): number {
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(30, failures - 1));
  return Math.round(delay * (0.5 + random() / 2));
}

/**
 * Minimum delay before the scheduler retries a failed destination, in milliseconds: 30 to 90 seconds, but at most
 * `refreshEveryMs`. Lookups may retry earlier, because a caller is waiting for them.
 */
export function scheduledRetryDelay(refreshEveryMs: number, random: () => number): number {
  return Math.round(Math.min(refreshEveryMs, SCHEDULED_RETRY_MS * (0.5 + random())));
}

/**
 * Delay from a successful refresh to the next scheduled one, in milliseconds: 80 to 100 % of `refreshEveryMs`. It never
 * exceeds the interval, so that with a ttl of the same length the snapshot does not become stale in between.
 */
export function nextRefreshDelay(refreshEveryMs: number, random: () => number): number {
  return Math.round(refreshEveryMs * (0.8 + random() * 0.2));
}

/**
 * Delay to the first scheduled refresh, in milliseconds: anywhere within the interval, so that a start does not list
 * all destinations at the same time.
 */
export function firstRefreshDelay(refreshEveryMs: number, random: () => number): number {
  return Math.round(refreshEveryMs * random());
}
