import { LRUCache } from 'lru-cache';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Snapshot } from './snapshot.js';

/** The snapshots in memory. The least recently used ones are evicted when their total size exceeds a limit in bytes. */
export class SnapshotCache {
  readonly #snapshots: LRUCache<string, { snapshot: Snapshot }>;
  #warned = false;

  constructor(maxBytes: number, logger: Logger, metrics: Metrics) {
    this.#snapshots = new LRUCache<string, { snapshot: Snapshot }>({
      maxSize: maxBytes,
      // A snapshot larger than the whole cache is cached nevertheless, alone. Otherwise every lookup would have to
      // load it again.
      sizeCalculation: ({ snapshot }) => Math.min(maxBytes, snapshot.bytes),
      dispose: (_entry, _key, reason) => {
        if (reason !== 'evict') return;
        metrics.evictions.inc();
        if (this.#warned) return;
        this.#warned = true;
        logger.warn(
          { maxMemory: maxBytes },
          'the snapshots do not all fit into memory and are evicted: consider a larger cache.maxMemory',
        );
      },
    });
  }

  /** The cached snapshot. Counts as a use. */
  get(key: string): Snapshot | undefined {
    return this.#snapshots.get(key)?.snapshot;
  }

  /** The cached snapshot. Does not count as a use. */
  peek(key: string): Snapshot | undefined {
    return this.#snapshots.peek(key)?.snapshot;
  }

  set(key: string, snapshot: Snapshot): void {
    this.#snapshots.set(key, { snapshot });
  }

  /** Replaces a snapshot, if it is still cached, by its stored version. Does not count as a use. */
  replace(key: string, snapshot: Snapshot): void {
    const entry = this.#snapshots.peek(key);
    if (entry === undefined) return;
    if (entry.snapshot.bytes === snapshot.bytes) entry.snapshot = snapshot;
    else this.set(key, snapshot);
  }

  delete(key: string): void {
    this.#snapshots.delete(key);
  }
}
