import type { Clock, SteadyClock } from './clock.js';

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

/**
 * Whether a time is less than `ms` ago. The clock of another gateway may be ahead a little; a time from before the clock was
 * set back says nothing, and neither does `null`.
 */
export function isWithin(time: number | null, now: number, ms: number): boolean {
  return time !== null && !isAhead(time, now) && now - time < ms;
}

/** A step back that is larger is followed at once, in milliseconds. */
const MAX_HELD_MS = 1_000;

/**
 * Dates of any source, such as the clock of this machine or that of a server, as a `SteadyClock`. If the source goes back
 * by a second or less, as at a correction, the time stands still until the source has caught up. If it goes back further,
 * it was wrong before, and is followed.
 */
export class Dates implements SteadyClock {
  readonly #base: Clock;
  readonly #source: () => number;
  #last: number;
  /** When `now` was called last, by `elapsed()`. */
  #lastElapsed: number;
  #setBackMs = 0;

  /**
   * @param base for durations and timers
   * @param source the current time, in milliseconds since the epoch. Default: that of `base`
   */
  constructor(base: Clock, source: () => number = () => base.now()) {
    this.#base = base;
    this.#source = source;
    this.#last = source();
    this.#lastElapsed = base.elapsed();
  }

  get setBackMs(): number {
    return this.#setBackMs;
  }

  now(): number {
    const date = this.#source();
    const elapsed = this.#base.elapsed();
    // Compared with when it should be: the time may have passed the last date again before anybody asks.
    const back = Math.round(this.#last + (elapsed - this.#lastElapsed) - date);
    this.#lastElapsed = elapsed;
    if (back > MAX_HELD_MS) {
      this.#setBackMs += back;
      this.#last = date;
    } else {
      this.#last = Math.max(this.#last, date);
    }
    return this.#last;
  }

  elapsed(): number {
    return this.#base.elapsed();
  }

  schedule(callback: () => void, ms: number): () => void {
    return this.#base.schedule(callback, ms);
  }
}
