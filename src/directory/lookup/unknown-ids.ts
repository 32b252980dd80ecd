import { LRUCache } from 'lru-cache';
import { ageOf, momentOf, type Clock, type Moment } from '../../base/clock.js';

/** Waits after the first, second and each further listing without an ID, before the ID may cause another listing. */
const WAITS_MS = [5 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;

/** Maximum length of all remembered IDs, in characters. Of more IDs, those that were not asked for longest are forgotten. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

interface Miss {
  /** Number of listings that were made for the ID and lack it. */
  readonly count: number;
  readonly at: Moment;
}

/**
 * Remembers IDs that Audience Manager does not have, such as those of test segments, which no listing ever contains.
 * Without it one such ID would cause a listing each `newIdInterval`.
 */
export class UnknownIds {
  readonly #clock: Clock;
  readonly #misses = new LRUCache<string, Miss>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, key) => key.length + 1,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the ID may cause a listing. @param key unique for destination, ID and kinds */
  isDue(key: string): boolean {
    const miss = this.#misses.get(key);
    if (miss === undefined) return true;
    return ageOf(miss.at, this.#clock) >= (WAITS_MS[Math.min(miss.count, WAITS_MS.length) - 1] ?? 0);
  }

  /** Remembers that a new listing lacks the ID. */
  recordMiss(key: string): void {
    const count = (this.#misses.peek(key)?.count ?? 0) + 1;
    this.#misses.set(key, { count, at: momentOf(this.#clock) });
  }
}
