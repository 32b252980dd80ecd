import { LRUCache } from 'lru-cache';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Snapshot } from './snapshot.js';

/** The snapshots in memory, bounded in bytes; the least recently used go first. */
export class SnapshotCache {
  readonly #snapshots: LRUCache<string, { snapshot: Snapshot }>;
  #warned = false;

  constructor(maxBytes: number, logger: Logger, metrics: Metrics) {
    this.#snapshots = new LRUCache<string, { snapshot: Snapshot }>({
      maxSize: maxBytes,
      // A snapshot larger than the whole cache is held all the same, alone: not holding it would mean
      // a listing for every lookup.
      sizeCalculation: ({ snapshot }) => Math.min(maxBytes, snapshot.bytes),
      dispose: (_held, _key, reason) => {
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
    return this.#snapshots.get(key)?.snapshot;
  }

  /** Without counting as a use. */
  peek(key: string): Snapshot | undefined {
    return this.#snapshots.peek(key)?.snapshot;
  }

  set(key: string, snapshot: Snapshot): void {
    this.#snapshots.set(key, { snapshot });
  }

  /** The same segments, stored meanwhile, in the place of those that are held, which is no use of them. */
  renew(key: string, snapshot: Snapshot): void {
    const held = this.#snapshots.peek(key);
    if (held === undefined) return;
    if (held.snapshot.bytes === snapshot.bytes) held.snapshot = snapshot;
    else this.set(key, snapshot);
  }

  delete(key: string): void {
    this.#snapshots.delete(key);
  }
}
