import { LRUCache } from 'lru-cache';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Snapshot } from './snapshot.js';

/** The snapshots in memory, bounded in bytes; the least recently used go first. */
export class SnapshotCache {
  readonly #snapshots: LRUCache<string, Snapshot>;
  #warned = false;

  constructor(maxBytes: number, logger: Logger, metrics: Metrics) {
    this.#snapshots = new LRUCache<string, Snapshot>({
      maxSize: maxBytes,
      // A snapshot larger than the whole cache is held all the same, alone: not holding it would mean
      // a listing for every lookup.
      sizeCalculation: (snapshot) => Math.min(maxBytes, snapshot.bytes),
      dispose: (_snapshot, _key, reason) => {
        if (reason !== 'evict') return;
        metrics.evictions.inc();
        if (this.#warned) return;
        this.#warned = true;
        logger.warn(
          { maxMemory: maxBytes },
          'snapshots do not all fit into memory: consider a larger cache.maxMemory',
        );
      },
    });
  }

  get(key: string): Snapshot | undefined {
    return this.#snapshots.get(key);
  }

  /** Without counting as a use. */
  peek(key: string): Snapshot | undefined {
    return this.#snapshots.peek(key);
  }

  set(key: string, snapshot: Snapshot): void {
    this.#snapshots.set(key, snapshot);
  }

  delete(key: string): void {
    this.#snapshots.delete(key);
  }
}
