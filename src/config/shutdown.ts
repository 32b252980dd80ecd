/** Of `shutdown.limit`, as it would be written. */
export const DEFAULT_LIMIT = '25s';

/** How much of `shutdown.limit` is kept for storing and closing, in milliseconds; half of it at most. */
const STORING_MS = 7_000;

/** How long requests under way have at least when the delay is over, in milliseconds. */
const ANSWERING_MS = 1_000;

/** How much of a limit is kept for storing and closing, when requests have been answered, in milliseconds. */
export function storingTimeMs(limitMs: number): number {
  return Math.min(STORING_MS, limitMs / 2);
}

/** The longest delay after which requests under way can still be answered within a limit, in milliseconds. */
export function longestDelayMs(limitMs: number): number {
  return Math.max(0, limitMs - storingTimeMs(limitMs) - ANSWERING_MS);
}

/** The shortest limit within which requests can still be answered after a delay, in milliseconds. */
export function shortestLimitMs(delayMs: number): number {
  const rest = delayMs + ANSWERING_MS;
  return Math.min(2 * rest, rest + STORING_MS);
}
