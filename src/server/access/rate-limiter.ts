import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.js';
import { ANYONE, type Caller } from '../../graphql/index.js';

const MINUTE_MS = 60_000;

/** Maximum number of callers and of addresses that are counted; the least recently seen are evicted first. */
const MAX_BUCKETS = 10_000;

/** What the arithmetic of fractions may be off by, in requests and in milliseconds. */
const ROUNDING = 1e-6;

/** How many requests a caller may send now. */
interface Bucket {
  /** Requests that were left at `at`. */
  requests: number;
  /** By `Clock.elapsed`, in milliseconds. */
  at: number;
}

/** What counting looks at of a request. */
export interface CountedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/**
 * Limits the requests per minute of each caller, and of each IP address that sends requests without a caller, with a
 * token bucket: at most the requests of a minute at once, and what was used comes back evenly. Requests of this machine
 * itself are not limited while there is no access control. Counting is synchronous, because it is done for every
 * request.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #isBehindProxy: boolean;
  // Separate caches, so that a caller with an address as its name, or requests from many addresses, cannot affect
  // the buckets of callers.
  readonly #callers = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });
  readonly #addresses = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });
  /** What `countOnce` returned for requests that are being handled. */
  readonly #counted = new WeakMap<object, number>();

  /**
   * @param perMinute maximum number of requests per minute, and at once; 0: unlimited
   * @param clock only its `elapsed` is used, so that setting the time locks nobody out
   * @param trustProxy the trusted reverse proxies: one on this machine makes all requests come from this machine
   */
  constructor(perMinute: number, clock: Clock, trustProxy: readonly string[] = []) {
    this.#perMinute = perMinute;
    this.#clock = clock;
    this.#isBehindProxy = trustProxy.length > 0;
  }

  /**
   * Counts a request, and never again: the fast path counts a request before it passes it on.
   *
   * @param request the same object each time
   * @returns as `count`, the same each time
   */
  countOnce(request: CountedRequest, caller: Caller | null, address: string): number {
    const counted = this.#counted.get(request);
    if (counted !== undefined) return counted;
    const waitMs = this.count(request, caller, address);
    this.#counted.set(request, waitMs);
    return waitMs;
  }

  /**
   * Counts a request. One that is refused uses nothing up.
   *
   * @param caller `null` or `ANYONE`: the request counts for its address
   * @returns 0 if the request is allowed, else the time until the next one of this caller will be, in whole milliseconds
   */
  count(request: CountedRequest, caller: Caller | null, address: string): number {
    if (this.#perMinute === 0) return 0;
    // Only without access control is the caller ANYONE.
    if (caller === ANYONE && !this.#isBehindProxy && isFromThisMachine(request)) return 0;
    const isAnonymous = caller === null || caller === ANYONE;
    const buckets = isAnonymous ? this.#addresses : this.#callers;
    const key = isAnonymous ? address : caller.id;
    const now = this.#clock.elapsed();
    const bucket = buckets.get(key);
    if (bucket === undefined) {
      buckets.set(key, { requests: this.#perMinute - 1, at: now });
      return 0;
    }
    const perMs = this.#perMinute / MINUTE_MS;
    bucket.requests = Math.min(this.#perMinute, bucket.requests + (now - bucket.at) * perMs);
    bucket.at = now;
    if (bucket.requests < 1 - ROUNDING) return Math.ceil((1 - bucket.requests) / perMs - ROUNDING);
    bucket.requests = Math.max(0, bucket.requests - 1);
    return 0;
  }
}

/**
 * Whether a program on this machine has sent the request itself. A reverse proxy on this machine that is not in
 * `listen.trustProxy` usually says in a header for whom it asks.
 */
function isFromThisMachine({ headers, socket }: CountedRequest): boolean {
  const address = socket.remoteAddress ?? '';
  const isLoopback =
    address === '::1' || address.startsWith('127.') || address.toLowerCase().startsWith('::ffff:127.');
  return isLoopback && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}
