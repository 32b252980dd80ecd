import type { Account, AudienceManagerClient, Listing } from '../audience-manager/index.js';
import { AudienceManagerError, accountKey } from '../audience-manager/index.js';
import type { Clock } from '../clock.js';
import { StorageError, type DestinationKey, type DestinationState, type Storage } from '../storage/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { DirectoryError, type DirectoryErrorCode } from './errors.js';
import type { Freshness } from './freshness.js';
import type { Leases } from './lease.js';
import { Snapshot, snapshotOf } from './snapshot.js';
import type { SnapshotCache } from './snapshot-cache.js';
import type { SnapshotStore, Step } from './snapshot-store.js';
import { SyncRecord } from './sync-record.js';

/** What every destination of a directory works with. */
export interface DestinationServices {
  readonly client: AudienceManagerClient;
  readonly cache: SnapshotCache;
  readonly store: SnapshotStore;
  readonly leases: Leases;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called when a destination's next scheduled refresh has moved. */
  readonly onScheduled: () => void;
}

/** What made a listing start; a label of metrics and logs. */
export type RefreshReason = 'cold' | 'stale' | 'new_id' | 'schedule' | 'request';

interface Unsaved {
  readonly listing: Listing;
  readonly asOf: number;
}

/**
 * Brings one destination's segments into memory, from its source or from the storage, and into the storage.
 * One listing at most is under way, shared by everyone who asks.
 */
export class DestinationReader {
  readonly sync: SyncRecord;
  readonly #place: DestinationKey;
  /** Of the destination, in the cache. */
  readonly #key: string;
  readonly #services: DestinationServices;
  readonly #onState: (state: DestinationState) => void;
  readonly #removed = new AbortController();
  #account: Account | null;
  #underWay: Promise<Snapshot> | null = null;
  /** What was read while the storage did not answer. */
  #unsaved: Unsaved | null = null;
  /** Whether how an attempt went could not be stored either. */
  #isStateUnsaved = false;

  /** @param onState called with every stored state that is come by */
  constructor(
    place: DestinationKey,
    key: string,
    account: Account | null,
    services: DestinationServices,
    onState: (state: DestinationState) => void,
  ) {
    this.#onState = onState;
    this.#place = place;
    this.#key = key;
    this.#account = account;
    this.#services = services;
    this.sync = new SyncRecord(services);
    this.sync.begin(account !== null);
  }

  /** Whether Audience Manager can be asked about it; else its names come by hand alone. */
  get isAutomatic(): boolean {
    return this.#account !== null;
  }

  /** Whether asking Audience Manager now may give more than what is at hand. */
  get isReadable(): boolean {
    return this.isAutomatic && (this.#underWay !== null || this.sync.mayAsk);
  }

  /** How to ask; `null` where nobody can be. */
  get account(): Account | null {
    return this.#account;
  }

  /** Aborted when the destination is no longer configured, or the gateway stops. */
  get signal(): AbortSignal {
    return this.#removed.signal;
  }

  /** @returns whether it is another one */
  useAccount(account: Account | null): boolean {
    if (sameAccount(this.#account, account)) return false;
    this.#account = account;
    this.sync.begin(account !== null);
    // What failed with credentials that are no longer in use is nothing to remember.
    void this.#saveState({ lastError: null, retryAt: null, failures: 0 });
    return true;
  }

  /** Takes over how it stood when the process before this one ended, or as another process has left it. */
  adopt(state: DestinationState): void {
    this.#onState(state);
    // What has not been stored yet is newer.
    const isAhead = this.#underWay !== null || this.#unsaved !== null || this.#isStateUnsaved;
    if (!isAhead) this.sync.adopt(state);
  }

  /** Ends what is under way, and lets go of the snapshot. */
  remove(): void {
    this.#removed.abort();
    this.#services.cache.delete(this.#key);
  }

  /** The listing under way, if there is one. */
  get underWay(): Promise<Snapshot> | null {
    return this.#underWay;
  }

  /** Whether what was confirmed at `asOf` is older than the time to live. */
  isStale({ asOf }: Pick<Snapshot, 'asOf'>): boolean {
    const { clock, freshness } = this.#services;
    return this.isAutomatic && (asOf === null || clock.now() - asOf > freshness.ttlMs);
  }

  /** From the storage, else from Audience Manager. */
  async load(): Promise<Snapshot> {
    let stored = await this.#reload().catch(() => undefined);
    if (this.#unsaved !== null && this.#services.cache.peek(this.#key) === undefined) {
      // It had to go from memory before it could be stored.
      const { listing, asOf } = this.#unsaved;
      stored = (await snapshotOf(listing, stored, asOf)).stamped(asOf, 0);
      this.#hold(stored);
    }
    if (stored !== undefined && (stored.asOf !== null || !this.isAutomatic)) {
      this.refreshIfStale(stored);
      return stored;
    }
    if (!this.isAutomatic) return Snapshot.of([], null);
    try {
      if (this.#underWay === null && !this.sync.mayAsk && this.sync.lastError !== null) {
        throw this.error(this.sync.lastError.code, this.sync.lastError.message);
      }
      return await this.refresh('cold');
    } catch (error) {
      // Names given by hand are names too.
      if (stored !== undefined) return stored;
      throw error;
    }
  }

  /** Takes what is stored into memory, unless something newer is there. @throws StorageError */
  async #reload(): Promise<Snapshot | undefined> {
    const { cache, store } = this.#services;
    const stored = await store.read(this.#place);
    if (stored === null) return undefined;
    this.adopt(stored.state);
    // Nothing but how attempts went.
    if (stored.state.generation === 0) return undefined;
    const held = cache.peek(this.#key);
    const newer = held !== undefined && held.generation >= stored.state.generation;
    if (held !== undefined && (newer || this.#unsaved !== null)) return held;
    // With what could not be stored yet, it is the caller who puts both together.
    if (this.#unsaved !== null) return stored.snapshot;
    this.#hold(stored.snapshot);
    return stored.snapshot;
  }

  #hold(snapshot: Snapshot): void {
    this.sync.counted(snapshot.segments.length);
    if (!this.#removed.signal.aborted) this.#services.cache.set(this.#key, snapshot);
  }

  refreshForNewId(): Promise<Snapshot> | null {
    if (this.#underWay !== null) return this.#underWay;
    if (!this.sync.mayAsk) return null;
    const { clock, freshness } = this.#services;
    const { lastAttemptAt } = this.sync;
    if (lastAttemptAt !== null && clock.now() - lastAttemptAt < freshness.newIdIntervalMs) return null;
    return this.refresh('new_id');
  }

  /** Starts a refresh behind the answer that a snapshot is, when it is older than the time to live. */
  refreshIfStale(snapshot: Snapshot): void {
    if (!this.isStale(snapshot) || !this.sync.mayAsk) return;
    // Its failure is in the sync state and the log; nobody waits for it.
    this.refresh('stale').catch(() => undefined);
  }

  refresh(reason: RefreshReason): Promise<Snapshot> {
    this.#underWay ??= this.#list(reason).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** Reads it, unless another process that shares the storage does so already. */
  async #list(reason: RefreshReason): Promise<Snapshot> {
    const { clock, leases, store } = this.#services;
    if (!store.isShared) return await this.#listAlone(reason);
    const startedAt = clock.now();
    const states: DestinationState[] = [];
    const isDone = (state: DestinationState): boolean => {
      states.push(state);
      return this.#isDone(reason, state, startedAt);
    };
    let release: (() => Promise<void>) | null;
    try {
      release = await leases.acquire(this.#place, isDone, this.#removed.signal);
    } catch (error) {
      throw this.#failed(error);
    }
    const latest = states.at(-1);
    if (latest !== undefined && this.#unsaved === null && !this.#isStateUnsaved) this.sync.adopt(latest);
    if (release === null) return await this.#readByAnother(reason);
    try {
      return await this.#listAlone(reason);
    } finally {
      await release();
    }
  }

  /** What another process has made of it, for everybody. */
  async #readByAnother(reason: RefreshReason): Promise<Snapshot> {
    const stored = await this.#reload().catch(() => undefined);
    const { lastError } = this.sync;
    const isEnough = reason === 'cold' && stored !== undefined && stored.asOf !== null;
    if (lastError !== null && !isEnough) throw this.error(lastError.code, lastError.message);
    // Without an answer from the storage, which has gone in the very moment, each process is on its own.
    return stored ?? (await this.#listAlone(reason));
  }

  async #listAlone(reason: RefreshReason): Promise<Snapshot> {
    const { client, clock, logger, metrics } = this.#services;
    const context = { customer: this.#place.customerId, destination: this.#place.destinationId, reason };
    const account = this.#account;
    const startedAt = clock.now();
    try {
      if (account === null) {
        throw this.error('NOT_FOUND', 'There is no Audience Manager access for this customer.');
      }
      const { signal } = this.#removed;
      this.sync.attempted(startedAt);
      const listing = await client.listMappings(account, this.#place.destinationId, signal);
      const snapshot = await this.#accept(listing, clock.now());
      metrics.refreshes.inc({ reason, outcome: 'ok' });
      const ms = clock.now() - startedAt;
      logger.info({ ...context, segments: snapshot.segments.length, ms }, 'destination read');
      return snapshot;
    } catch (error) {
      if (this.#account !== account && !this.#removed.signal.aborted) {
        // What failed with credentials that have been replaced since says nothing of the present ones.
        return this.#account === null ? await this.load() : await this.#listAlone(reason);
      }
      const failure = this.#failed(error);
      if (!this.#removed.signal.aborted) {
        metrics.refreshes.inc({ reason, outcome: failure.code });
        logger.warn(
          { ...context, code: failure.code, error: failure.message },
          'destination could not be read',
        );
        await this.#saveState(this.sync.toStoredAttempt());
      }
      throw failure;
    }
  }

  /** Whether another process has done what this one was about to do. */
  #isDone(reason: RefreshReason, state: DestinationState, startedAt: number): boolean {
    const { clock, freshness } = this.#services;
    const { asOf, lastAttemptAt, lastError, nextAttemptAt } = state;
    if (lastError !== null && lastError.at >= startedAt) return true;
    if (reason !== 'request' && clock.now() < (this.sync.pauseOf(state) ?? 0)) return true;
    switch (reason) {
      case 'request':
        return asOf !== null && asOf > startedAt;
      case 'cold':
        return asOf !== null;
      case 'stale':
        return asOf !== null && clock.now() - asOf <= freshness.ttlMs;
      case 'new_id':
        return lastAttemptAt !== null && clock.now() - lastAttemptAt < freshness.newIdIntervalMs;
      case 'schedule':
        return nextAttemptAt !== null && nextAttemptAt > clock.now();
    }
  }

  /** Stores a listing, then takes it into memory; only into memory while the storage does not answer. */
  async #accept(listing: Listing, asOf: number): Promise<Snapshot> {
    const { cache, store } = this.#services;
    const held = cache.peek(this.#key);
    try {
      const snapshot = await store.commit(this.#place, held, (previous) =>
        this.#stepOf(listing, previous, asOf),
      );
      this.#unsaved = null;
      this.#isStateUnsaved = false;
      this.#hold(snapshot);
      return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // Not what is stored, so no later change may be reckoned from it.
      const { next: unstored } = await this.#stepOf(listing, cache.peek(this.#key), asOf);
      const next = unstored.stamped(asOf, 0);
      this.#unsaved = { listing, asOf };
      this.#hold(next);
      return next;
    }
  }

  async #stepOf(listing: Listing, previous: Snapshot | undefined, asOf: number): Promise<Step> {
    const next = await snapshotOf(listing, previous, asOf);
    this.sync.succeeded(asOf, next.segments.length);
    return { next, state: this.sync.toStored(), at: asOf, by: null };
  }

  #failed(error: unknown): DirectoryError {
    const known = error instanceof AudienceManagerError || error instanceof DirectoryError ? error : null;
    if (known === null && !this.#removed.signal.aborted) {
      this.#services.logger.error({ err: error }, 'a defect in the gateway');
    }
    const code = known?.code ?? 'AAM_UNAVAILABLE';
    const message = known?.message ?? 'It could not be read.';
    const retryAfterMs = error instanceof AudienceManagerError ? (error.retryAfterMs ?? 0) : 0;
    this.sync.failed(code, message, retryAfterMs);
    return error instanceof DirectoryError ? error : this.error(code, message, error);
  }

  /** Notes how it stands; with the next listing, or when the storage is back, where it fails now. */
  async #saveState(state: Partial<DestinationState>): Promise<void> {
    const { store } = this.#services;
    try {
      await store.use((storage) => storage.saveState(this.#place, state), 'write');
      this.#isStateUnsaved = false;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#isStateUnsaved = true;
    }
  }

  /** Notes its name and type. */
  async saveDetails(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): Promise<void> {
    await this.#services.store
      .use((storage) => storage.saveState(this.#place, state), 'write')
      // They are read again when they have grown old.
      .catch(() => undefined);
  }

  /** An error that names the destination. */
  error(code: DirectoryErrorCode, message: string, cause?: unknown): DirectoryError {
    return new DirectoryError(
      code,
      `Destination ${this.#place.destinationId} of customer ${this.#place.customerId}: ${message}`,
      cause,
    );
  }

  /**
   * Changes it by hand: `step` makes the next snapshot of the present one.
   *
   * @throws DirectoryError when it cannot be stored; then nothing has changed
   */
  async edit(step: (previous: Snapshot) => Step): Promise<Snapshot> {
    const { cache, store } = this.#services;
    await this.save();
    try {
      const snapshot = await store.commit(this.#place, cache.peek(this.#key), (previous) =>
        step(previous ?? Snapshot.of([], null)),
      );
      this.#hold(snapshot);
      return snapshot;
    } catch (error) {
      throw this.#storageFailure(error);
    }
  }

  /** Another process has changed what is stored. */
  async changedElsewhere(): Promise<void> {
    const { cache, store } = this.#services;
    try {
      if (cache.peek(this.#key) === undefined) {
        const state = await store.use((storage) => storage.state(this.#place));
        if (state !== null) this.adopt(state);
        return;
      }
      await this.#reload();
    } catch {
      // The storage's failure is noted; the next change or lookup finds out.
    }
  }

  /** Stores what was read, and what failed, while the storage did not answer. */
  async save(): Promise<void> {
    if (this.#removed.signal.aborted) return;
    try {
      if (this.#unsaved !== null) await this.#saveListing(this.#unsaved);
      else if (this.#isStateUnsaved) await this.#saveAttempt();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // Noted by the store, which calls again when the storage answers.
    }
  }

  async #saveListing(unsaved: Unsaved): Promise<void> {
    const { listing, asOf } = unsaved;
    const snapshot = await this.#services.store.commit(this.#place, undefined, async (previous) => {
      // Another process, or a later listing of this one, has been quicker.
      if ((previous?.asOf ?? Number.NEGATIVE_INFINITY) >= asOf) return null;
      const next = await snapshotOf(listing, previous, asOf);
      const state = { ...this.sync.toStored(), asOf, segmentCount: next.segments.length };
      return { next, state, at: asOf, by: null };
    });
    if (this.#unsaved !== unsaved) return;
    this.#unsaved = null;
    this.#isStateUnsaved = false;
    this.#hold(snapshot);
  }

  async #saveAttempt(): Promise<void> {
    const stored = await this.#services.store.use((storage) => storage.state(this.#place));
    const attempt = this.sync.toStoredAttempt();
    if ((stored?.lastAttemptAt ?? 0) < (attempt.lastAttemptAt ?? 0)) await this.#saveState(attempt);
    else this.#isStateUnsaved = false;
  }

  /** Asks the storage. @throws DirectoryError when it does not answer */
  async fromStorage<T>(work: (storage: Storage, place: DestinationKey) => Promise<T>): Promise<T> {
    try {
      return await this.#services.store.use((storage) => work(storage, this.#place));
    } catch (error) {
      throw this.#storageFailure(error);
    }
  }

  /** A failing storage in the words of the directory; other errors as they are. */
  #storageFailure(error: unknown): unknown {
    if (!(error instanceof StorageError)) return error;
    const message = 'The gateway cannot reach its storage now; try again later.';
    return this.error('INTERNAL_SERVER_ERROR', message, error);
  }
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  return a === null || b === null ? a === b : accountKey(a) === accountKey(b);
}
