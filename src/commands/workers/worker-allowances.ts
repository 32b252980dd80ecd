import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.js';
import type { Allowances } from '../../server/index.js';
import type { Counted } from '../../server/access/token-buckets.js';
import type { PrimaryChannel } from './protocol.js';

/** Maximum number of callers and addresses with a reserve; those of the least recently seen are given back. */
const MAX_RESERVES = 10_000;

/** Reserves that were not used for this long are given back, in milliseconds. */
const UNUSED_MS = 1_000;

/**
 * What a reserve may be, as a share of the requests of a minute: all workers together hold back less than 5 % of them, one
 * and a half reserves each at most.
 */
const SHARE = 1 / 32;

/** Enough for some milliseconds of one caller's requests. */
const MAX_RESERVE = 500;

interface Reserve {
  readonly counted: Counted;
  readonly key: string;
  /** Requests that may be sent without asking. */
  left: number;
  /** No request is allowed before this time, by `Clock.elapsed`. */
  refusedUntil: number;
  /** By `Clock.elapsed`. */
  usedAt: number;
  isFilling: boolean;
}

/**
 * The requests that callers may send to one worker. The primary has the buckets; the worker takes small reserves from
 * them, so that it can count without asking, and gives back what is not used. So a caller is never allowed more than its
 * limit over all workers, and is refused too early by a few percent of it at most.
 */
export class WorkerAllowances implements Allowances {
  readonly #channel: PrimaryChannel;
  readonly #clock: Clock;
  /** How many requests are taken at once. */
  readonly #size: number;
  readonly #reserves = new LRUCache<string, Reserve>({
    max: MAX_RESERVES,
    dispose: (reserve) => this.#giveBack(reserve),
  });
  #isSweeping = false;

  /** @param perMinute of one caller at all workers; 0: unlimited */
  constructor(channel: PrimaryChannel, clock: Clock, perMinute: number, workers: number) {
    this.#channel = channel;
    this.#clock = clock;
    this.#size = Math.min(MAX_RESERVE, Math.max(1, Math.floor((perMinute * SHARE) / workers)));
  }

  take(counted: Counted, key: string): number | null {
    const reserve = this.#reserves.get(idOf(counted, key));
    return reserve === undefined ? null : this.#takeFrom(reserve);
  }

  async decide(counted: Counted, key: string): Promise<number> {
    const id = idOf(counted, key);
    let reserve = this.#reserves.get(id);
    if (reserve === undefined) {
      reserve = { counted, key, left: 0, refusedUntil: 0, usedAt: 0, isFilling: false };
      this.#reserves.set(id, reserve);
      this.#sweepSoon();
    }
    const known = this.#takeFrom(reserve);
    if (known !== null) return known;
    // While a reserve is on its way, others take what they need and no more.
    const count = reserve.isFilling ? 1 : this.#size;
    return await this.#fill(reserve, count, 1);
  }

  #takeFrom(reserve: Reserve): number | null {
    const now = this.#clock.elapsed();
    reserve.usedAt = now;
    if (reserve.left > 0) {
      reserve.left -= 1;
      const isLow = this.#size > 1 && reserve.left < this.#size / 2;
      // Before it is empty, so that no request waits.
      if (isLow && !reserve.isFilling) void this.#fill(reserve, this.#size, 0).catch(() => undefined);
      return 0;
    }
    return now < reserve.refusedUntil ? Math.ceil(reserve.refusedUntil - now) : null;
  }

  /** @param used how many of the requests are used at once @returns as `RateLimiter.count` */
  async #fill(reserve: Reserve, count: number, used: number): Promise<number> {
    const { counted, key } = reserve;
    const isReserve = count > 1;
    if (isReserve) reserve.isFilling = true;
    try {
      const { granted, waitMs } = await this.#channel.call('takeRequests', { counted, key, count });
      if (granted === 0) reserve.refusedUntil = this.#clock.elapsed() + waitMs;
      else reserve.left += granted - used;
      return waitMs;
    } finally {
      if (isReserve) reserve.isFilling = false;
    }
  }

  #sweepSoon(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#clock.schedule(() => {
      this.#isSweeping = false;
      const before = this.#clock.elapsed() - UNUSED_MS;
      for (const [id, { usedAt, isFilling }] of [...this.#reserves.entries()]) {
        if (usedAt <= before && !isFilling) this.#reserves.delete(id);
      }
      if (this.#reserves.size > 0) this.#sweepSoon();
    }, UNUSED_MS);
  }

  #giveBack({ counted, key, left: count }: Reserve): void {
    if (count > 0) this.#channel.tell('giveRequests', { counted, key, count });
  }
}

function idOf(counted: Counted, key: string): string {
  return `${counted} ${key}`;
}
