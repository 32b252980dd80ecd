import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.js';
import { ANYONE, type Caller } from '../../graphql/index.js';

const MINUTE_MS = 60_000;

/** How many rates of either kind are kept at once; the least recently seen go first. */
const MAX_RATES = 10_000;

interface Minute {
  began: number;
  requests: number;
}

/**
 * How often everybody asks: each caller, and each address of those who are none. A minute begins with the first
 * request after the last one. Counted at once, without a promise, as every request is.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #perMinute: number;
  /** Apart, so that nobody can go by the name of an address, or push callers out by coming from many. */
  readonly #callers = new LRUCache<string, Minute>({ max: MAX_RATES });
  readonly #addresses = new LRUCache<string, Minute>({ max: MAX_RATES });

  /** @param perMinute of each; 0: any number */
  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Counts a request.
   *
   * @param caller its address counts where nobody in particular is behind it
   * @returns milliseconds until the next minute begins if it is one too many, else 0
   */
  count(caller: Caller | null, address: string): number {
    if (this.#perMinute === 0) return 0;
    const isNobody = caller === null || caller === ANYONE;
    const minutes = isNobody ? this.#addresses : this.#callers;
    const name = isNobody ? address : caller.name;
    const now = this.#clock.now();
    const minute = minutes.get(name);
    const past = minute === undefined ? MINUTE_MS : now - minute.began;
    // A clock that was set back does not make anybody wait longer.
    if (minute === undefined || past >= MINUTE_MS || past < 0) {
      minutes.set(name, { began: now, requests: 1 });
      return 0;
    }
    minute.requests += 1;
    return minute.requests > this.#perMinute ? MINUTE_MS - past : 0;
  }
}
