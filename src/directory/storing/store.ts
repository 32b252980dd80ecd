import type { Clock } from '../../base/clock.js';
import { StorageError, type DestinationKey, type DestinationState, type Storage } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { SnapshotChanges, SnapshotUpdate } from '../snapshot/snapshot-update.js';
import { Snapshot } from '../snapshot/snapshot.js';

export interface SnapshotStoreOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Writes what could not be written meanwhile; called when the storage seems to answer again. */
  readonly catchUp: () => Promise<void>;
}

/** What is stored of a destination. */
export interface Stored {
  readonly snapshot: Snapshot;
  readonly state: DestinationState;
}

/** One step from a snapshot to the next. */
export interface Step {
  readonly next: Snapshot;
  /** What has to be written for it. */
  readonly changes: SnapshotChanges;
  readonly state: Partial<DestinationState>;
  /** When, for the history, in milliseconds since the epoch. */
  readonly at: number;
  /** Who did it, for changes by hand. */
  readonly by: string | null;
}

/** The step that a listing makes. */
export function stepTo({ snapshot, changes }: SnapshotUpdate, at: number, state: Step['state']): Step {
  return { next: snapshot, changes, state, at, by: null };
}

/**
 * `refusing`: writes fail, as on a full disk, so only reads are tried; `recovering`: it seems to answer again,
 * which what is written now will show.
 */
type Condition = 'answering' | 'refusing' | 'silent' | 'recovering';

const PROBE_MS = 5_000;

/** Others write the same destination seldom: a listing has a lease, and hands are slow. */
const MAX_CONFLICTS = 10;

/**
 * Snapshots on disk. While the storage does not answer it is left alone but for a probe every 5 s, so that
 * lookups do not wait for it one by one.
 */
export class SnapshotStore {
  readonly #options: SnapshotStoreOptions;
  #condition: Condition = 'answering';
  #cancelProbe: (() => void) | null = null;
  #stopped = false;

  constructor(options: SnapshotStoreOptions) {
    this.#options = options;
  }

  /** Whether it answered and took what it was given when it was last asked. */
  get available(): boolean {
    return this.#condition === 'answering';
  }

  /** Whether other processes write the same storage. */
  get isShared(): boolean {
    return this.#options.storage.engine === 'postgres';
  }

  /** Calls the storage, and notes whether it answers. @throws StorageError */
  async use<T>(work: (storage: Storage) => Promise<T>, kind: 'read' | 'write' = 'read'): Promise<T> {
    if (this.#condition === 'silent' || (this.#condition === 'refusing' && kind === 'write')) {
      throw new StorageError('UNAVAILABLE', 'The storage does not answer.');
    }
    try {
      return await work(this.#options.storage);
    } catch (error) {
      if (error instanceof StorageError) this.#failed(error, kind === 'write' ? 'refusing' : 'silent');
      throw error;
    }
  }

  /** `null`: never written. @throws StorageError */
  async read(key: DestinationKey): Promise<Stored | null> {
    const stored = await this.use((storage) => storage.read(key));
    if (stored === null) return null;
    const { state, segments } = stored;
    return { state, snapshot: Snapshot.of(segments, state.asOf, state.generation) };
  }

  /**
   * Writes what `step` makes of the stored snapshot; makes it anew where somebody else was first.
   *
   * @param known the snapshot that was stored last, as far as the caller knows
   * @param step called again after each conflict; `null`: nothing is to be written
   * @returns the snapshot that is now stored
   * @throws StorageError
   */
  async commit(
    key: DestinationKey,
    known: Snapshot | undefined,
    step: (previous: Snapshot | undefined) => Step | null | Promise<Step | null>,
  ): Promise<Snapshot> {
    let previous = known !== undefined && known.generation > 0 ? known : (await this.read(key))?.snapshot;
    for (let conflict = 0; conflict < MAX_CONFLICTS; conflict++) {
      const made = await step(previous);
      if (made === null) return previous ?? Snapshot.of([], null);
      const { next, changes, state, at, by } = made;
      const change = { ...changes.content({ at, by }), state };
      const before = previous?.generation ?? 0;
      const generation = await this.use((storage) => storage.write(key, before, change), 'write');
      if (generation !== null) return next.stamped(next.asOf, generation);
      previous = (await this.read(key))?.snapshot;
    }
    throw new StorageError('UNAVAILABLE', 'The destination is being written by others all the time.');
  }

  /** Ends the probing. */
  stop(): void {
    this.#stopped = true;
    this.#cancelProbe?.();
  }

  #failed(error: StorageError, condition: 'refusing' | 'silent'): void {
    const { logger, metrics } = this.#options;
    metrics.storageErrors.inc();
    const before = this.#condition;
    if (this.#stopped || before === 'silent') return;
    this.#condition = condition;
    if (before !== 'answering') return;
    logger.error(
      { error: error.message },
      'the storage does not answer: going on from memory and Audience Manager',
    );
    this.#probeLater();
  }

  #probeLater(): void {
    this.#cancelProbe = this.#options.clock.schedule(() => {
      void this.#probe();
    }, PROBE_MS);
  }

  async #probe(): Promise<void> {
    const { storage, logger, catchUp } = this.#options;
    if ((await storage.ping()) && !this.#stopped) {
      this.#condition = 'recovering';
      await catchUp();
    }
    if (this.#stopped) return;
    // Unless what was caught up with has failed.
    if (this.#condition === 'recovering') {
      this.#condition = 'answering';
      logger.info('the storage answers again');
    } else {
      this.#probeLater();
    }
  }
}
