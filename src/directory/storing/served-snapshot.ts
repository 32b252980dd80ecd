import type { Clock } from '../../base/clock.js';
import type { DestinationState } from '../../storage/index.js';
import type { SnapshotCache } from '../snapshot/snapshot-cache.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { SyncTracker } from '../sync/sync-tracker.js';
import { isLater } from '../../base/dates.js';

interface ServedSnapshotOptions {
  /** Key of the destination in the cache. */
  readonly cacheKey: string;
  readonly sync: SyncTracker;
  /** Aborted when the destination is removed from the configuration, or the gateway stops. */
  readonly signal: AbortSignal;
}

/** What served snapshots need from the directory. */
export interface ServedSnapshotServices {
  readonly cache: SnapshotCache;
  readonly clock: Clock;
  /**
   * Called with the key of a destination that was removed from the configuration while its segments were being stored. If
   * it was added again meanwhile, it may have been loaded before.
   */
  readonly onStoredAfterRemoval: (cacheKey: string) => void;
}

/** Default: always. 'if cached': what was evicted is not brought back into memory. */
type Condition = 'always' | 'if cached';

/**
 * The snapshot of one destination in memory. It and what the sync state says of it move together, and never backwards:
 * whichever of several reads and commits ends last, the later one is served.
 */
export class ServedSnapshot {
  readonly #options: ServedSnapshotOptions;
  readonly #services: ServedSnapshotServices;

  constructor(options: ServedSnapshotOptions, services: ServedSnapshotServices) {
    this.#options = options;
    this.#services = services;
  }

  /** The snapshot in memory. Does not count as a use. */
  get cached(): Snapshot | undefined {
    return this.#dated(this.#services.cache.peek(this.#options.cacheKey));
  }

  /** The snapshot in memory. Counts as a use. */
  use(): Snapshot | undefined {
    return this.#dated(this.#services.cache.get(this.#options.cacheKey));
  }

  /** The sync state moves its dates along when the clock is set back; the snapshot in memory follows. */
  #dated(cached: Snapshot | undefined): Snapshot | undefined {
    const { sync, signal, cacheKey } = this.#options;
    // After the removal it may be that of the same destination, added again.
    if (cached === undefined || signal.aborted) return cached;
    const { lastSuccessAt } = sync;
    if (cached.asOf === null || lastSuccessAt === null || cached.asOf <= lastSuccessAt) return cached;
    const dated = cached.stamped(lastSuccessAt, cached.generation);
    this.#services.cache.replace(cacheKey, dated);
    return dated;
  }

  /** Removes the snapshot from memory. */
  evict(): void {
    this.#services.cache.delete(this.#options.cacheKey);
  }

  /** Takes over what a stored state says of the segments that are served. */
  confirm({ asOf, segmentCount, generation }: DestinationState): void {
    const { sync } = this.#options;
    const { cached } = this;
    if (generation < sync.generation) return;
    if (cached === undefined) sync.serve({ asOf: this.#latestAsOf(asOf), segmentCount, generation });
    else if (isSameVersion(cached, generation) && this.#isLater(asOf, cached.asOf)) {
      this.#set(cached.stamped(asOf, generation), 'if cached');
    }
  }

  /** Whether segments are stored that are later than those in memory. */
  isBehind({ generation }: DestinationState): boolean {
    const { cached } = this;
    if (cached === undefined || isSameVersion(cached, generation)) return false;
    return generation >= this.#options.sync.generation;
  }

  /**
   * Serves the snapshot of a listing of this process.
   *
   * @param before the snapshot in memory when storing began. If the one in memory is another and of a later generation
   *   by now, it has the listing too
   * @returns the snapshot that is served
   */
  setListing(snapshot: Snapshot, before = this.cached): Snapshot {
    const { cached } = this;
    if (cached !== undefined && cached !== before && cached.generation > snapshot.generation) return cached;
    return this.#set(snapshot, 'always');
  }

  /** Serves a stored snapshot, unless a later one is served already. @returns the snapshot that is served */
  setStored(stored: Snapshot, condition: Condition = 'always'): Snapshot {
    const { cached } = this;
    if (cached !== undefined && cached.generation > stored.generation) return cached;
    return this.#set(stored, condition);
  }

  /** The later of two times of listings. */
  later(a: number | null, b: number | null): number | null {
    return this.#isLater(b, a) ? b : a;
  }

  #set(next: Snapshot, condition: Condition): Snapshot {
    const { sync, signal, cacheKey } = this.#options;
    const { generation } = next;
    const asOf = this.#latestAsOf(next.asOf);
    sync.serve({ asOf, segmentCount: next.segments.length, generation });
    const snapshot = next.asOf === asOf ? next : next.stamped(asOf, generation);
    if (signal.aborted) {
      this.#services.onStoredAfterRemoval(cacheKey);
      return snapshot;
    }
    if (condition === 'always') this.#services.cache.set(cacheKey, snapshot);
    else this.#services.cache.replace(cacheKey, snapshot);
    return snapshot;
  }

  /** A time, or the one that is served if it is later: the same segments were confirmed since. */
  #latestAsOf(asOf: number | null): number | null {
    return this.later(asOf, this.#options.sync.lastSuccessAt);
  }

  #isLater(a: number | null, b: number | null): boolean {
    return isLater(a, b, this.#services.clock.now());
  }
}

/** Whether a snapshot has the segments of a stored generation. Generation 0 is not stored, so it says nothing. */
function isSameVersion(snapshot: Snapshot, generation: number): boolean {
  return generation > 0 && snapshot.generation === generation;
}
