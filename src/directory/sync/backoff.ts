/** After the n-th failure in a row: 1 s, 2 s, 4 s … up to 5 min. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 5 * 60_000;
const SCHEDULED_RETRY_MS = 60_000;

/**
 * The pause before a destination that failed `failures` times in a row is read again, in milliseconds,
 * half of it at random so that many destinations of one failing host do not come back together.
 */
export function pauseAfterFailure(failures: number, random: () => number): number {
  const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(30, failures - 1));
  return Math.round(pause * (0.5 + random() / 2));
}

/**
 * The least pause before the scheduler tries again by itself what failed. Lookups may try earlier: somebody
 * is waiting then.
 */
export function scheduledRetry(everyMs: number, random: () => number): number {
  return Math.round(Math.min(everyMs, SCHEDULED_RETRY_MS * (0.5 + random())));
}

/** The time from one scheduled refresh to the next: at most `everyMs`, so that a ttl as long never runs out. */
export function pauseAfterSuccess(everyMs: number, random: () => number): number {
  return Math.round(everyMs * (0.8 + random() * 0.2));
}

/** The time to the first one: anywhere within the interval, so that a start does not read everything at once. */
export function pauseBeforeFirst(everyMs: number, random: () => number): number {
  return Math.round(everyMs * random());
}
