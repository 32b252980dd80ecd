import type { Account, AudienceManagerClient, Listing } from '../audience-manager/index.js';
import { AudienceManagerError, accountKey } from '../audience-manager/index.js';
import { withTimeout, type Clock } from '../clock.js';
import { StorageError, type DestinationKey, type DestinationState, type Storage } from '../storage/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { DirectoryError, type DirectoryErrorCode } from './errors.js';
import type { Freshness } from './freshness.js';
import type { Leases } from './lease.js';
import type { Successor } from './changes.js';
import type { SnapshotMaker } from './listed.js';
import { Snapshot } from './snapshot.js';
import type { SnapshotCache } from './snapshot-cache.js';
import type { SnapshotStore, Step } from './snapshot-store.js';
import { SyncRecord } from './sync-record.js';
import type { WriteBehind } from './write-behind.js';

/** What every destination of a directory works with. */
export interface DestinationServices {
  readonly client: AudienceManagerClient;
  readonly cache: SnapshotCache;
  readonly store: SnapshotStore;
  readonly writeBehind: WriteBehind;
  readonly maker: SnapshotMaker;
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
  /** What it comes to where nothing is stored; `null`: not known. */
  readonly first: Successor | null;
}

/** In which some thousands of segments are stored. */
const LONGEST_STORING_MS = 1_000;

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
  /** What was read and is not stored yet: it waits to be, or the storage did not answer. */
  #unsaved: Unsaved | null = null;
  #saving: Promise<void> | null = null;
  /** Whether the storage has said that it knows nothing of it. */
  #isNew = false;
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
      const { asOf } = this.#unsaved;
      const { snapshot } = await this.#successorOf(this.#unsaved, stored);
      stored = snapshot.stamped(asOf, 0);
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
    // Perhaps there is a note of how attempts went, but nothing else.
    this.#isNew = stored === null || stored.state.generation === 0;
    if (stored === null) return undefined;
    this.adopt(stored.state);
    if (this.#isNew) return undefined;
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
    const { client, clock, logger, metrics, writeBehind } = this.#services;
    const context = { customer: this.#place.customerId, destination: this.#place.destinationId, reason };
    const account = this.#account;
    const startedAt = clock.now();
    try {
      if (account === null) {
        throw this.error('NOT_FOUND', 'There is no Audience Manager access for this customer.');
      }
      const { signal } = this.#removed;
      this.sync.attempted(startedAt);
      const list = (): Promise<Listing> => client.listMappings(account, this.#place.destinationId, signal);
      const listing = reason === 'cold' ? await writeBehind.reading(list) : await list();
      const snapshot = await this.#accept(listing, clock.now(), reason);
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

  /**
   * Stores a listing, then takes it into memory; only into memory while the storage does not answer. What was
   * never read before is taken into memory first, as there is nothing else to answer with.
   */
  async #accept(listing: Listing, asOf: number, reason: RefreshReason): Promise<Snapshot> {
    const { cache, store, maker } = this.#services;
    if (reason === 'cold' && this.#isNew && cache.peek(this.#key) === undefined && !store.isShared) {
      const first = await maker.successorOf(listing, undefined, asOf);
      const held = await this.#storeLater(listing.skipped, first, asOf);
      if (held !== null) return held;
    }
    await this.save();
    try {
      const snapshot = await store.commit(this.#place, cache.peek(this.#key), async (previous) => {
        const successor = await maker.successorOf(listing, previous, asOf);
        this.sync.succeeded(asOf, successor.snapshot.segments.length);
        return stepTo(successor, asOf, this.sync.toStored());
      });
      this.#unsaved = null;
      this.#isStateUnsaved = false;
      this.#hold(snapshot);
      return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const { snapshot } = await maker.successorOf(listing, cache.peek(this.#key), asOf);
      this.sync.succeeded(asOf, snapshot.segments.length);
      // Not what is stored, so no later change may be reckoned from it.
      const next = snapshot.stamped(asOf, 0);
      this.#unsaved = { listing, asOf, first: null };
      this.#hold(next);
      return next;
    }
  }

  /**
   * What is stored in a moment is stored before it answers, so that nothing that was ever told can be lost.
   *
   * @returns `null` where so much may not wait to be stored
   */
  async #storeLater(skipped: number, first: Successor, asOf: number): Promise<Snapshot | null> {
    const { writeBehind, clock } = this.#services;
    const { snapshot } = first;
    if (!writeBehind.hasRoomFor(snapshot.bytes)) return null;
    this.sync.succeeded(asOf, snapshot.segments.length);
    // The listing itself is in no order, and need not be kept beside the snapshot.
    this.#unsaved = { listing: { mappings: snapshot.segments, skipped }, asOf, first };
    this.#hold(snapshot);
    const isAlone = writeBehind.isIdle;
    writeBehind.add(snapshot.bytes, () => this.save());
    if (isAlone) await withTimeout(clock, this.save(), LONGEST_STORING_MS, () => undefined);
    return this.#services.cache.peek(this.#key) ?? snapshot;
  }

  /** What an unsaved listing makes of what is stored. */
  async #successorOf({ listing, asOf, first }: Unsaved, stored: Snapshot | undefined): Promise<Successor> {
    const isFirst = stored === undefined || stored.generation === 0;
    if (isFirst && first !== null) return first;
    return await this.#services.maker.successorOf(listing, stored, asOf);
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

  /** Whether the storage has all that is known. */
  get isSaved(): boolean {
    return this.#unsaved === null;
  }

  /** Stores what is not stored yet: what was read, and what failed. Never rejects. */
  async save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    await this.#saving;
  }

  /** Resolves when nothing is under way any more, however it ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#underWay, this.#saving]);
  }

  async #save(): Promise<void> {
    try {
      // Of a destination that is no longer configured, too: it may come back.
      if (this.#unsaved !== null) await this.#saveListing(this.#unsaved);
      else if (this.#isStateUnsaved && !this.#removed.signal.aborted) await this.#saveAttempt();
    } catch (error) {
      // A failing storage is noted by the store, which calls again when the storage answers.
      if (!(error instanceof StorageError)) {
        this.#services.logger.error({ err: error }, 'a defect in the gateway');
      }
    }
  }

  async #saveListing(unsaved: Unsaved): Promise<void> {
    const { asOf } = unsaved;
    const snapshot = await this.#services.store.commit(this.#place, undefined, async (previous) => {
      // Another process, or a later listing of this one, has been quicker.
      if ((previous?.asOf ?? Number.NEGATIVE_INFINITY) >= asOf) return null;
      const successor = await this.#successorOf(unsaved, previous);
      const segmentCount = successor.snapshot.segments.length;
      return stepTo(successor, asOf, { ...this.sync.toStored(), asOf, segmentCount });
    });
    if (this.#unsaved !== unsaved) return;
    this.#unsaved = null;
    this.#isStateUnsaved = false;
    this.sync.counted(snapshot.segments.length);
    if (!this.#removed.signal.aborted) this.#services.cache.renew(this.#key, snapshot);
  }

  async #saveAttempt(): Promise<void> {
    const stored = await this.#services.store.use((storage) => storage.state(this.#place));
    const attempt = this.sync.toStoredAttempt();
    if ((stored?.lastAttemptAt ?? 0) < (attempt.lastAttemptAt ?? 0)) await this.#saveState(attempt);
    else this.#isStateUnsaved = false;
  }

  /** Asks the storage. @throws DirectoryError when it does not answer */
  async fromStorage<T>(work: (storage: Storage, place: DestinationKey) => Promise<T>): Promise<T> {
    await this.save();
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

function stepTo({ snapshot, changes }: Successor, at: number, state: Step['state']): Step {
  return { next: snapshot, changes, state, at, by: null };
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  return a === null || b === null ? a === b : accountKey(a) === accountKey(b);
}
