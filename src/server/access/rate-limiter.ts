import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../base/clock.js';
import { ANYONE, type Caller } from '../../graphql/index.js';
import { TokenBuckets, type Counted } from './token-buckets.js';

/** What counting looks at of a request. */
export interface CountedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Where the requests are taken from that callers may send: buckets of this process, or what several processes share. */
export interface Allowances {
  /** Takes a request. @returns as `RateLimiter.count`; `null`: this process does not know now, `decide` does */
  take(counted: Counted, key: string): number | null;
  /** Takes a request, after asking those who share the buckets. Missing if `take` always knows. @returns as `RateLimiter.count` */
  decide?(counted: Counted, key: string): Promise<number>;
}

/** Whose allowance a request uses. */
interface Account {
  readonly counted: Counted;
  readonly key: string;
}

/**
 * Limits the requests per minute of each caller, and of each IP address that sends requests without a caller, with a
 * token bucket: at most the requests of a minute at once, and what was used comes back evenly. Requests of this machine
 * itself are not limited while there is no access control. Counting is synchronous, because it is done for every
 * request; only if several processes share the buckets, a request may have to wait until it is known.
 */
export class RateLimiter {
  readonly #allowances: Allowances;
  readonly #isUnlimited: boolean;
  readonly #isBehindProxy: boolean;
  /** What was found for requests that are being handled. */
  readonly #counted = new WeakMap<object, number>();

  /**
   * @param perMinute maximum number of requests per minute, and at once; 0: unlimited
   * @param clock only its `elapsed` is used, so that setting the time locks nobody out
   * @param trustProxy the trusted reverse proxies: one on this machine makes all requests come from this machine
   * @param allowances default: buckets of this process
   */
  constructor(
    perMinute: number,
    clock: Clock,
    trustProxy: readonly string[] = [],
    allowances: Allowances = new TokenBuckets(perMinute, clock),
  ) {
    this.#isUnlimited = perMinute === 0;
    this.#allowances = allowances;
    this.#isBehindProxy = trustProxy.length > 0;
  }

  /**
   * Counts a request, and never again: the fast path counts a request before it passes it on.
   *
   * @param request the same object each time
   * @returns as `count`, the same each time
   */
  countOnce(request: CountedRequest, caller: Caller | null, address: string): number | null {
    const counted = this.#counted.get(request);
    if (counted !== undefined) return counted;
    const waitMs = this.count(request, caller, address);
    if (waitMs !== null) this.#counted.set(request, waitMs);
    return waitMs;
  }

  /** As `countOnce`, and asks where `countOnce` does not know. */
  async decideOnce(request: CountedRequest, caller: Caller | null, address: string): Promise<number> {
    const known = this.countOnce(request, caller, address);
    if (known !== null) return known;
    const { counted, key } = accountOf(caller, address);
    const waitMs = (await this.#allowances.decide?.(counted, key)) ?? 0;
    this.#counted.set(request, waitMs);
    return waitMs;
  }

  /**
   * Counts a request. One that is refused uses nothing up.
   *
   * @param caller `null` or `ANYONE`: the request counts for its address
   * @returns 0 if the request is allowed, else the time until the next one of this caller will be, in whole milliseconds;
   *   `null`: see `Allowances.take`
   */
  count(request: CountedRequest, caller: Caller | null, address: string): number | null {
    if (this.#isUnlimited) return 0;
    // Only without access control is the caller ANYONE.
    if (caller === ANYONE && !this.#isBehindProxy && isFromThisMachine(request)) return 0;
    const { counted, key } = accountOf(caller, address);
    return this.#allowances.take(counted, key);
  }
}

function accountOf(caller: Caller | null, address: string): Account {
  return caller === null || caller === ANYONE
    ? { counted: 'address', key: address }
    : { counted: 'caller', key: caller.id };
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
