import type { Clock } from '../../base/clock.js';
import { Turns, inTurns } from '../../base/turns.js';
import {
  StorageError,
  hasManyRows,
  type ContentChange,
  type DestinationKey,
  type DestinationState,
  type Storage,
} from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { SnapshotChanges, SnapshotUpdate } from '../snapshot/snapshot-update.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { WriteTurns, type SharedWriteTurns } from './write-turns.js';

interface SnapshotStoreOptions {
  readonly storage: Storage;
  /** Whether other processes may write to it. Default: if it is PostgreSQL. */
  readonly isShared?: boolean | undefined;
  /** The turns of all processes of a gateway. Default: there are no others. */
  readonly writeTurns?: SharedWriteTurns | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /**
   * Stores everything that could not be stored during an outage, and loads what others have stored. Called when the storage
   * responds again, and once more later if it ends with a `StorageError`.
   */
  readonly catchUp: () => Promise<void>;
}

/** A stored destination. */
export interface StoredSnapshot {
  readonly snapshot: Snapshot;
  readonly state: DestinationState;
}

/** What one commit writes to the storage. */
export interface SnapshotCommit {
  readonly next: Snapshot;
  /** The changes from the stored snapshot to `next`. */
  readonly changes: SnapshotChanges;
  readonly state: Partial<DestinationState>;
  /** Time of the change for the history, in milliseconds since the epoch. */
  readonly at: number;
  /** The caller who made a manual change; `null` for a listing. */
  readonly by: string | null;
  /** The import that makes the change, or that it takes back. Default: it is none of both. */
  readonly with?: Pick<ContentChange, 'import' | 'undoes'>;
}

/** The commit that stores a listing. */
export function listingCommit(
  { snapshot, changes }: SnapshotUpdate,
  at: number,
  state: SnapshotCommit['state'],
): SnapshotCommit {
  return { next: snapshot, changes, state, at, by: null };
}

/**
 * How the storage responded to the last calls.
 *
 * - available: reads and writes are tried.
 * - read-only: writes fail, for example because the disk is full; only reads are tried.
 * - unavailable: nothing is tried except a ping.
 * - recovering: the ping succeeded; pending writes are being tried, and changes of other processes loaded.
 */
type Condition = 'available' | 'read-only' | 'unavailable' | 'recovering';

/** A key that no configured destination has. */
const NO_DESTINATION: DestinationKey = { customerId: '', destinationId: 'probe' };

/** Longest interval of the pings while the storage is not available. */
const PING_INTERVAL_MS = 5_000;

/** A connection that broke, or a server that was replaced, is often back at once: the first pings come soon. */
const FIRST_PING_MS = 250;

/** A storage that fails again within this time goes on being pinged as rarely as before, in milliseconds. */
const STEADY_MS = 30_000;

/** Within this process, who was overtaken once goes ahead of the others. Other processes may be faster again. */
const MAX_CONFLICTS = 10;

/** Other processes have changed a destination again and again while a change was made ready. Nothing was stored. */
export class OvertakenError extends StorageError {
  constructor() {
    super(
      'BUSY',
      `The destination could not be stored: other processes changed it ${MAX_CONFLICTS} times in a row.`,
      undefined,
      'others change the destination all the time',
    );
  }
}

/**
 * Reads and writes snapshots in the storage. While the storage does not respond, calls fail at once and the storage is
 * pinged, soon at first and then every 5 s, so that lookups do not wait for it one by one.
 */
export class SnapshotStore {
  readonly #options: SnapshotStoreOptions;
  readonly #turns = new WriteTurns();
  #condition: Condition = 'available';
  #failure: StorageError | null = null;
  #cancelPing: (() => void) | null = null;
  #isCatchingUp = false;
  /** Whether something has to be loaded that the catching up under way may have passed already. */
  #mustCatchUpAgain = false;
  #pingAfterMs = FIRST_PING_MS;
  /** When the storage responded again the last time, by `elapsed()`. */
  #respondedAgainAt = -Infinity;
  /** Those who wait until reads are tried again. */
  #awaiting: (() => void)[] = [];
  #stopped = false;

  constructor(options: SnapshotStoreOptions) {
    this.#options = options;
  }

  /** Whether the last reads and writes succeeded. */
  get available(): boolean {
    return this.#condition === 'available' && this.#options.storage.trouble === null;
  }

  /** The last failure of the storage; `null` while it is available. */
  get failure(): StorageError | null {
    return this.#options.storage.trouble ?? this.#failure;
  }

  /** Whether other processes may write to the same storage. */
  get isShared(): boolean {
    return this.#options.isShared ?? this.#options.storage.engine === 'postgres';
  }

  /** Whether reads are tried. */
  get isReadable(): boolean {
    return this.#condition !== 'unavailable';
  }

  /** Resolves when reads are tried, which may be now: to true, or to false if this was stopped. */
  async readable(): Promise<boolean> {
    if (!this.isReadable && !this.#stopped) {
      await new Promise<void>((resolve) => this.#awaiting.push(resolve));
    }
    return !this.#stopped;
  }

  /** Calls the storage and keeps track of failures. @throws StorageError */
  async use<T>(work: (storage: Storage) => Promise<T>, kind: 'read' | 'write' = 'read'): Promise<T> {
    if (this.#condition === 'unavailable' || (this.#condition === 'read-only' && kind === 'write')) {
      const message = 'The storage does not respond, or cannot be written.';
      throw new StorageError('UNAVAILABLE', message, undefined, this.failure?.reason);
    }
    try {
      return await work(this.#options.storage);
    } catch (error) {
      // BUSY says nothing about other calls.
      if (error instanceof StorageError && error.code !== 'BUSY')
        this.#onFailure(error, kind === 'write' ? 'read-only' : 'unavailable');
      throw error;
    }
  }

  /** @returns `null` if the destination was never written @throws StorageError */
  async read(key: DestinationKey): Promise<StoredSnapshot | null> {
    const stored = await this.use((storage) => storage.read(key));
    if (stored === null) return null;
    const { state, segments } = stored;
    const building = Snapshot.building(segments, state.asOf, state.generation);
    return { state, snapshot: await inTurns(building, new Turns()) };
  }

  /**
   * Writes a commit based on the stored snapshot. If another writer was faster, prepares the commit again, based on
   * what that writer stored; the other writers of this gateway wait for the end of that. With PostgreSQL they also wait for
   * the end of a large commit, which locks the destination, so that they need no connections meanwhile.
   *
   * @param known the caller's copy of the stored snapshot; it saves a read if it is still current
   * @param prepare makes the commit; `null` writes nothing
   * @returns the snapshot that is stored now
   * @throws StorageError; an `OvertakenError` if other processes are faster again and again
   */
  async commit(
    key: DestinationKey,
    known: Snapshot | undefined,
    prepare: (previous: Snapshot | undefined) => SnapshotCommit | null | Promise<SnapshotCommit | null>,
  ): Promise<Snapshot> {
    const { writeTurns } = this.#options;
    await this.#turns.free(key);
    await writeTurns?.free(key);
    let endTurn: (() => void) | undefined;
    let endShared: (() => void) | undefined;
    try {
      // What the caller knows may be older than what was stored meanwhile: then the write is refused.
      return await this.#commit(key, known, prepare, async () => {
        endTurn ??= await this.#turns.take(key);
        endShared ??= await writeTurns?.take(key);
      });
    } finally {
      endShared?.();
      endTurn?.();
    }
  }

  /** Whether a commit of the destination goes ahead of others, which wait for its end. It must not wait for them. */
  isAhead(key: DestinationKey): boolean {
    return this.#turns.isTaken(key);
  }

  /** @param takeTurn called before a large commit locks the destination, and before any is prepared again */
  async #commit(
    key: DestinationKey,
    known: Snapshot | undefined,
    prepare: (previous: Snapshot | undefined) => SnapshotCommit | null | Promise<SnapshotCommit | null>,
    takeTurn: () => Promise<void>,
  ): Promise<Snapshot> {
    let previous = known !== undefined && known.generation > 0 ? known : (await this.read(key))?.snapshot;
    const locksRow = this.#options.storage.engine === 'postgres';
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const commit = await prepare(previous);
      if (commit === null) return previous ?? Snapshot.of([], null);
      const { next, changes, state, at, by } = commit;
      const change = { ...changes.content({ at, by }), state, ...commit.with };
      const before = previous?.generation ?? 0;
      if (locksRow && hasManyRows(change)) await takeTurn();
      const generation = await this.use((storage) => storage.write(key, before, change), 'write');
      if (generation !== null) return next.stamped(next.asOf, generation);
      await takeTurn();
      previous = (await this.read(key))?.snapshot;
    }
    throw new OvertakenError();
  }

  /**
   * Has what others have stored loaded soon, because that was not possible just now. If the storage is known not to respond, this is
   * done anyway when it does.
   */
  catchUpSoon(): void {
    if (this.#isCatchingUp) this.#mustCatchUpAgain = true;
    else if (this.#condition === 'available' && !this.#stopped) this.#beginPings();
  }

  /** Stops the pings. */
  stop(): void {
    this.#stopped = true;
    this.#cancelPing?.();
    this.#endWaits();
  }

  #endWaits(): void {
    for (const resolve of this.#awaiting.splice(0)) resolve();
  }

  #onFailure(error: StorageError, condition: 'read-only' | 'unavailable'): void {
    const { logger, metrics } = this.#options;
    metrics.storageErrors.inc();
    const before = this.#condition;
    if (this.#stopped || before === 'unavailable') return;
    const { trouble } = this.#options.storage;
    // Where one read fails on a damaged page, others succeed.
    this.#condition = trouble?.code === 'UNUSABLE' ? 'read-only' : condition;
    this.#failure = error;
    if (before !== 'available') return;
    // Catching up ends with the next ping by itself.
    if (!this.#isCatchingUp) this.#beginPings();
    // It was logged by the storage.
    if (trouble !== null) return;
    logger.error(
      { error: error.message },
      condition === 'read-only'
        ? 'the storage cannot be written: names are served from memory and stored later; check disk space and database'
        : 'the storage does not respond: serving from memory and Audience Manager until it does',
    );
  }

  /** Whether the storage can be read, and written again if that was the failure. */
  async #responds(): Promise<boolean> {
    const { storage } = this.#options;
    if (!(await storage.ping())) return false;
    if (this.#condition !== 'read-only') return true;
    // A full disk can be read. A lease that ends at once is a small write that changes nothing.
    return await storage.claim(NO_DESTINATION, 'probe', 0).then(
      () => true,
      () => false,
    );
  }

  #beginPings(): void {
    if (this.#options.clock.elapsed() - this.#respondedAgainAt > STEADY_MS) this.#pingAfterMs = FIRST_PING_MS;
    this.#schedulePing();
  }

  #schedulePing(): void {
    this.#cancelPing?.();
    this.#cancelPing = this.#options.clock.schedule(() => {
      void this.#ping();
    }, this.#pingAfterMs);
    this.#pingAfterMs = Math.min(this.#pingAfterMs * 2, PING_INTERVAL_MS);
  }

  async #ping(): Promise<void> {
    const { clock, logger } = this.#options;
    let isCaughtUp = false;
    if ((this.#condition === 'available' || (await this.#responds())) && !this.#stopped) {
      if (this.#condition !== 'available') this.#condition = 'recovering';
      this.#endWaits();
      isCaughtUp = await this.#catchUp();
    }
    if (this.#stopped) return;
    // The condition changes back if one of the calls fails.
    if (this.#condition === 'recovering') {
      this.#condition = 'available';
      this.#failure = null;
      this.#respondedAgainAt = clock.elapsed();
      logger.info('the storage responds again');
    }
    if (!isCaughtUp || this.#condition !== 'available') this.#schedulePing();
  }

  /** @returns `false` if something could not be loaded; the storage may respond all the same, and only be busy */
  async #catchUp(): Promise<boolean> {
    this.#isCatchingUp = true;
    this.#mustCatchUpAgain = false;
    try {
      await this.#options.catchUp();
      return !this.#mustCatchUpAgain;
    } catch (error) {
      if (error instanceof StorageError) return false;
      this.#options.logger.error(
        { err: error },
        'internal error: a bug in the gateway; please report it with this log entry',
      );
      return true;
    } finally {
      this.#isCatchingUp = false;
    }
  }
}
