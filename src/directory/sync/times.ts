/**
 * How far the clock of another gateway may be ahead of this one, in milliseconds. A time that is further ahead was taken
 * before a clock was set back, and nobody knows how long ago that was.
 */
const MAX_AHEAD_MS = 60_000;

/** Whether a time was taken before the clock was set back. */
export function isAhead(time: number, now: number): boolean {
  return time - now > MAX_AHEAD_MS;
}

/**
 * Whether the first time is later. `null` is earlier than every time, and a time that was taken before the clock was set
 * back is earlier than all others. Otherwise such a time would stay the latest until the clock reaches it again.
 */
export function isLater(a: number | null, b: number | null, now: number): boolean {
  return rankOf(a, now) > rankOf(b, now);
}

function rankOf(time: number | null, now: number): number {
  if (time === null) return Number.NEGATIVE_INFINITY;
  return isAhead(time, now) ? -Number.MAX_VALUE : time;
}
