import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.js';
import { ANYONE, type Caller } from '../../graphql/index.js';

/** Length of a window, in milliseconds. */
const WINDOW_MS = 60_000;

/** Maximum number of callers and of addresses that are counted; the least recently seen are evicted first. */
const MAX_WINDOWS = 10_000;

interface Window {
  /** When the window started, in milliseconds since the epoch. */
  startedAt: number;
  requests: number;
}

/**
 * Limits the requests per minute of each caller, and of each IP address that sends requests without a caller. A window
 * of one minute starts with the first request after the previous window. Counting is synchronous, because it is done
 * for every request.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #perMinute: number;
  // Separate caches, so that a caller with an address as its name, or requests from many addresses, cannot affect
  // the windows of callers.
  readonly #callers = new LRUCache<string, Window>({ max: MAX_WINDOWS });
  readonly #addresses = new LRUCache<string, Window>({ max: MAX_WINDOWS });
  /** What `countOnce` returned for requests that are being handled. */
  readonly #counted = new WeakMap<object, number>();

  /** @param perMinute maximum number of requests per minute; 0: unlimited */
  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Counts a request, and never again: the fast path counts a request before it passes it on.
   *
   * @param request the same object each time
   * @returns as `count`, the same each time
   */
  countOnce(request: object, caller: Caller | null, address: string): number {
    const counted = this.#counted.get(request);
    if (counted !== undefined) return counted;
    const waitMs = this.count(caller, address);
    this.#counted.set(request, waitMs);
    return waitMs;
  }

  /**
   * Counts a request.
   *
   * @param caller `null` or `ANYONE`: the request counts for its address
   * @returns 0 if the request is allowed, else the time until the next window starts, in milliseconds
   */
  count(caller: Caller | null, address: string): number {
    if (this.#perMinute === 0) return 0;
    const isAnonymous = caller === null || caller === ANYONE;
    const windows = isAnonymous ? this.#addresses : this.#callers;
    const key = isAnonymous ? address : caller.id;
    const now = this.#clock.now();
    const window = windows.get(key);
    const elapsed = window === undefined ? WINDOW_MS : now - window.startedAt;
    // A negative time means that the clock was set back. A new window keeps clients from waiting longer than a minute.
    if (window === undefined || elapsed >= WINDOW_MS || elapsed < 0) {
      windows.set(key, { startedAt: now, requests: 1 });
      return 0;
    }
    window.requests += 1;
    return window.requests > this.#perMinute ? WINDOW_MS - elapsed : 0;
  }
}
