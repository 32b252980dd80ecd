import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.js';

const MINUTE_MS = 60_000;

/** Maximum number of callers and of addresses that are counted; the least recently seen are evicted first. */
const MAX_BUCKETS = 10_000;

/** What the arithmetic of fractions may be off by, in requests and in milliseconds. */
const ROUNDING = 1e-6;

/** Whose requests are counted: those of a caller, or those from an address. Neither can have the bucket of the other. */
export type Counted = 'caller' | 'address';

/** How many requests may be sent now. */
interface Bucket {
  /** Requests that were left at `at`. */
  requests: number;
  /** By `Clock.elapsed`, in milliseconds. */
  at: number;
}

/** What was taken from a bucket. */
export interface Taken {
  /** Number of requests; 0: none is allowed now. */
  readonly granted: number;
  /** The time until the next request will be allowed, in whole milliseconds; 0 if some were granted. */
  readonly waitMs: number;
}

/**
 * A token bucket for each caller, and for each address: at most the requests of a minute at once, and what was used comes
 * back evenly.
 */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #buckets: Readonly<Record<Counted, LRUCache<string, Bucket>>> = {
    caller: new LRUCache({ max: MAX_BUCKETS }),
    address: new LRUCache({ max: MAX_BUCKETS }),
  };

  /**
   * @param perMinute maximum number of requests per minute, and at once
   * @param clock only its `elapsed` is used, so that setting the time locks nobody out
   */
  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Takes a request. One that is not allowed uses nothing up. @returns as `RateLimiter.count` */
  take(counted: Counted, key: string): number {
    return this.takeUpTo(counted, key, 1).waitMs;
  }

  /** Takes several requests, or as many whole ones as there are. */
  takeUpTo(counted: Counted, key: string, wanted: number): Taken {
    const bucket = this.#filled(counted, key);
    const granted = Math.min(wanted, Math.floor(bucket.requests + ROUNDING));
    if (granted < 1) {
      return {
        granted: 0,
        waitMs: Math.ceil(((1 - bucket.requests) * MINUTE_MS) / this.#perMinute - ROUNDING),
      };
    }
    bucket.requests = Math.max(0, bucket.requests - granted);
    return { granted, waitMs: 0 };
  }

  /** Puts requests back that were taken and not used. */
  give(counted: Counted, key: string, requests: number): void {
    const bucket = this.#filled(counted, key);
    bucket.requests = Math.min(this.#perMinute, bucket.requests + requests);
  }

  /** The bucket, with what has come back until now. */
  #filled(counted: Counted, key: string): Bucket {
    const now = this.#clock.elapsed();
    const buckets = this.#buckets[counted];
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { requests: this.#perMinute, at: now };
      buckets.set(key, bucket);
      return bucket;
    }
    const cameBack = ((now - bucket.at) * this.#perMinute) / MINUTE_MS;
    bucket.requests = Math.min(this.#perMinute, bucket.requests + cameBack);
    bucket.at = now;
    return bucket;
  }
}
