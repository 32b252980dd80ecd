import type { Account, AudienceManagerClient, Listing } from '../audience-manager/index.js';
import { AudienceManagerError, accountKey } from '../audience-manager/index.js';
import { withTimeout, type Clock } from '../clock.js';
import type { DestinationConfig, SegmentIdType } from '../config/index.js';
import {
  StorageError,
  type DestinationState,
  type RevisionPage,
  type RevisionRequest,
  type Storage,
} from '../storage/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Customer } from './customer.js';
import { DestinationDetailsCache } from './destination-details.js';
import { DirectoryError } from './errors.js';
import type { Freshness } from './freshness.js';
import type { Leases } from './lease.js';
import type { Segment } from './segment.js';
import { Snapshot, snapshotOf } from './snapshot.js';
import type { SnapshotCache } from './snapshot-cache.js';
import type { SnapshotStore, Step } from './snapshot-store.js';
import { SyncRecord } from './sync-record.js';
import type { SyncState } from './sync-state.js';

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

/** The segments found for a list of IDs, in its order, and the snapshot they are in. */
export interface Found {
  readonly snapshot: Snapshot;
  readonly segments: readonly (Segment | undefined)[];
}

interface Unsaved {
  readonly listing: Listing;
  readonly asOf: number;
}

/**
 * AAM's object for one integration of one customer, and the one place that decides what of it is fresh,
 * stale, unknown or failing. One listing at most is under way, shared by everyone who asks.
 */
export class Destination {
  readonly id: string;
  readonly customerId: string;
  /** Unique over all customers. */
  readonly key: string;
  readonly details: DestinationDetailsCache;
  #customer: Customer;
  #settings: DestinationConfig;
  #account: Account | null;
  readonly #services: DestinationServices;
  readonly #sync: SyncRecord;
  readonly #removed = new AbortController();
  #loading: Promise<Snapshot> | null = null;
  #underWay: Promise<Snapshot> | null = null;
  /** What was read while the storage did not answer. */
  #unsaved: Unsaved | null = null;
  /** Whether how an attempt went could not be stored either. */
  #isStateUnsaved = false;

  constructor(
    customer: Customer,
    settings: DestinationConfig,
    account: Account | null,
    services: DestinationServices,
  ) {
    this.id = settings.id;
    this.customerId = customer.id;
    this.key = destinationKey(customer.id, settings.id);
    this.#customer = customer;
    this.#settings = settings;
    this.#account = account;
    this.#services = services;
    const { client, clock, freshness, logger } = services;
    this.#sync = new SyncRecord(services);
    this.#sync.begin(account !== null);
    this.details = new DestinationDetailsCache({
      read: async () =>
        this.#account === null
          ? null
          : await client.readDestination(this.#account, this.id, this.#removed.signal),
      onRead: (details, detailsReadAt) => void this.#saveDetails({ details, detailsReadAt }),
      signal: this.#removed.signal,
      ttlMs: freshness.ttlMs,
      retryMs: freshness.newIdIntervalMs,
      waitMs: freshness.lookupTimeoutMs,
      clock,
      logger: logger.child({ customer: customer.id, destination: this.id }),
    });
  }

  get customer(): Customer {
    return this.#customer;
  }

  get settings(): DestinationConfig {
    return this.#settings;
  }

  /** Whether Audience Manager can be asked about it; else its names come by hand alone. */
  get isAutomatic(): boolean {
    return this.#account !== null;
  }

  /** When the scheduler is to refresh it next, in milliseconds since the epoch; `null`: not by itself. */
  get nextAttemptAt(): number | null {
    return this.#sync.nextAttemptAt;
  }

  /** When it was last read completely, in milliseconds since the epoch. */
  get asOf(): number | null {
    return this.#sync.lastSuccessAt;
  }

  /** Takes over a changed configuration; what is known stays known. */
  configure(customer: Customer, settings: DestinationConfig, account: Account | null): void {
    this.#customer = customer;
    this.#settings = settings;
    if (sameAccount(this.#account, account)) return;
    this.#account = account;
    this.details.forgetFailure();
    this.#sync.begin(account !== null);
    // What failed with credentials that are no longer in use is nothing to remember.
    void this.#saveState({ lastError: null, retryAt: null, failures: 0 });
  }

  /** Takes over how it stood when the process before this one ended, or as another process has left it. */
  adopt(state: DestinationState): void {
    this.details.adopt(state);
    // What has not been stored yet is newer.
    const isAhead = this.#underWay !== null || this.#unsaved !== null || this.#isStateUnsaved;
    if (!isAhead) this.#sync.adopt(state);
  }

  /** Ends what is under way for a destination that is no longer configured, and lets go of its snapshot. */
  remove(): void {
    this.#removed.abort();
    this.#services.cache.delete(this.key);
  }

  /** Resolves when nothing is under way any more, however it ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#loading, this.#underWay]);
  }

  /**
   * The snapshot: from memory, however old (then a refresh starts behind the answer), else from the storage,
   * else from Audience Manager, waiting `coldTimeout` at most.
   *
   * @throws DirectoryError with the code of what went wrong when nothing was ever read
   */
  async snapshot(): Promise<Snapshot> {
    const { cache, clock, freshness } = this.#services;
    const held = cache.get(this.key);
    if (held !== undefined && (held.asOf !== null || !this.#isReadable)) {
      if (this.isStale(held) && this.#sync.mayAsk) this.#refreshBehind('stale');
      return held;
    }
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return await withTimeout(clock, this.#loading, freshness.coldTimeoutMs, () => {
      if (held !== undefined) return held;
      throw this.#error(
        'AAM_UNAVAILABLE',
        `No answer within ${freshness.coldTimeoutMs} ms; it goes on being read.`,
      );
    });
  }

  /** Whether what was confirmed at `asOf` is older than the time to live. */
  isStale({ asOf }: Pick<Snapshot, 'asOf'>): boolean {
    const { clock, freshness } = this.#services;
    return this.isAutomatic && (asOf === null || clock.now() - asOf > freshness.ttlMs);
  }

  /**
   * The segments of a snapshot with the given IDs. An ID that it lacks is perhaps new: if the last listing is
   * older than `newIdInterval` one refresh starts, and the lookup waits for it, `lookupTimeout` at most.
   * Synchronous when there is nothing to wait for.
   */
  find(snapshot: Snapshot, ids: readonly string[], idType?: SegmentIdType | null): Found | Promise<Found> {
    const type = idType ?? this.#settings.segmentIdType;
    const found = findAll(snapshot, ids, type);
    if (!found.segments.includes(undefined)) return this.#count(found);
    // Another lookup of the same request may have waited for a newer snapshot already.
    const newest = this.#services.cache.peek(this.key);
    if (newest !== undefined && (newest.asOf ?? 0) > (snapshot.asOf ?? 0)) {
      return this.#count(findAll(newest, ids, type));
    }
    const refreshed = this.#refreshForNewId();
    if (refreshed === null) return this.#count(found);
    const { clock, freshness } = this.#services;
    return withTimeout(clock, refreshed, freshness.lookupTimeoutMs, () => null).then(
      (newer) => this.#count(newer === null ? found : findAll(newer, ids, type)),
      () => this.#count(found),
    );
  }

  /**
   * Lists the destination now, or joins the listing under way.
   *
   * @throws DirectoryError
   */
  async refresh(reason: 'request' | 'schedule'): Promise<Snapshot> {
    if (!this.isAutomatic) {
      throw this.#error(
        'BAD_USER_INPUT',
        'There is no Audience Manager access for this customer: its names are given by hand.',
      );
    }
    return await this.#refresh(reason);
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
      const snapshot = await store.commit(this.#storageKey, cache.peek(this.key), (previous) =>
        step(previous ?? Snapshot.of([], null)),
      );
      this.#hold(snapshot);
      return snapshot;
    } catch (error) {
      throw this.#storageFailure(error);
    }
  }

  /**
   * What changed, newest first.
   *
   * @throws DirectoryError when the storage does not answer
   */
  async revisions(request: RevisionRequest): Promise<RevisionPage> {
    return await this.#fromStorage((storage) => storage.revisions(this.#storageKey, request));
  }

  /**
   * The segments with the given IDs as they stood at a moment in the past (milliseconds since the epoch);
   * `undefined` where a segment was not known then. Identifiers are those of today.
   *
   * @throws DirectoryError as `snapshot`, or when the storage does not answer
   */
  async findAt(ids: readonly string[], idType: SegmentIdType | null | undefined, at: number): Promise<Found> {
    const snapshot = await this.snapshot();
    const { segments } = findAll(snapshot, ids, idType ?? this.#settings.segmentIdType);
    const known = [...new Set(segments.flatMap((segment) => (segment === undefined ? [] : [segment.id])))];
    const then = await this.#fromStorage((storage) => storage.revisionsAt(this.#storageKey, known, at));
    return {
      snapshot,
      segments: segments.map((segment) => {
        const revision = segment === undefined ? undefined : then.get(segment.id);
        if (segment === undefined || revision === undefined) return undefined;
        const { name, description, status, source } = revision;
        return { ...segment, name, description, status, source, confirmedAt: at };
      }),
    };
  }

  /** Another process has changed what is stored. */
  async changedElsewhere(): Promise<void> {
    const { cache, store } = this.#services;
    try {
      if (cache.peek(this.key) === undefined) {
        const state = await store.use((storage) => storage.state(this.#storageKey));
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
    const snapshot = await this.#services.store.commit(this.#storageKey, undefined, (previous) => {
      // Another process, or a later listing of this one, has been quicker.
      if ((previous?.asOf ?? Number.NEGATIVE_INFINITY) >= asOf) return null;
      const next = snapshotOf(listing, previous, asOf);
      const state = { ...this.#sync.toStored(), asOf, segmentCount: next.segments.length };
      return { next, state, at: asOf, by: null };
    });
    if (this.#unsaved !== unsaved) return;
    this.#unsaved = null;
    this.#isStateUnsaved = false;
    this.#hold(snapshot);
  }

  async #saveAttempt(): Promise<void> {
    const stored = await this.#services.store.use((storage) => storage.state(this.#storageKey));
    const attempt = this.#sync.toStoredAttempt();
    if ((stored?.lastAttemptAt ?? 0) < (attempt.lastAttemptAt ?? 0)) await this.#saveState(attempt);
    else this.#isStateUnsaved = false;
  }

  /** The snapshot in memory, without counting as a use. */
  held(): Snapshot | undefined {
    return this.#services.cache.peek(this.key);
  }

  sync(): SyncState {
    return this.#sync.state();
  }

  async #fromStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
    try {
      return await this.#services.store.use(work);
    } catch (error) {
      throw this.#storageFailure(error);
    }
  }

  /** A failing storage in the words of the directory; other errors as they are. */
  #storageFailure(error: unknown): unknown {
    if (!(error instanceof StorageError)) return error;
    const message = 'The gateway cannot reach its storage now; try again later.';
    return this.#error('INTERNAL_SERVER_ERROR', message, error);
  }

  get #storageKey(): { customerId: string; destinationId: string } {
    return { customerId: this.customerId, destinationId: this.id };
  }

  /** Whether asking Audience Manager now may give more than what is at hand. */
  get #isReadable(): boolean {
    return this.isAutomatic && (this.#underWay !== null || this.#sync.mayAsk);
  }

  /** From the storage, else from Audience Manager. */
  async #load(): Promise<Snapshot> {
    let stored = await this.#reload().catch(() => undefined);
    if (this.#unsaved !== null && this.held() === undefined) {
      // It had to go from memory before it could be stored.
      const { listing, asOf } = this.#unsaved;
      stored = snapshotOf(listing, stored, asOf).stamped(asOf, 0);
      this.#hold(stored);
    }
    if (stored !== undefined && (stored.asOf !== null || !this.isAutomatic)) {
      if (this.isStale(stored) && this.#sync.mayAsk) this.#refreshBehind('stale');
      return stored;
    }
    if (!this.isAutomatic) return Snapshot.of([], null);
    try {
      if (this.#underWay === null && !this.#sync.mayAsk && this.#sync.lastError !== null) {
        throw this.#error(this.#sync.lastError.code, this.#sync.lastError.message);
      }
      return await this.#refresh('cold');
    } catch (error) {
      // Names given by hand are names too.
      if (stored !== undefined) return stored;
      throw error;
    }
  }

  /** Takes what is stored into memory, unless something newer is there. @throws StorageError */
  async #reload(): Promise<Snapshot | undefined> {
    const { cache, store } = this.#services;
    const stored = await store.read(this.#storageKey);
    if (stored === null) return undefined;
    this.adopt(stored.state);
    // Nothing but how attempts went.
    if (stored.state.generation === 0) return undefined;
    const held = cache.peek(this.key);
    const newer = held !== undefined && held.generation >= stored.state.generation;
    if (held !== undefined && (newer || this.#unsaved !== null)) return held;
    // With what could not be stored yet, it is the caller who puts both together.
    if (this.#unsaved !== null) return stored.snapshot;
    this.#hold(stored.snapshot);
    return stored.snapshot;
  }

  #hold(snapshot: Snapshot): void {
    this.#sync.counted(snapshot.segments.length);
    if (!this.#removed.signal.aborted) this.#services.cache.set(this.key, snapshot);
  }

  #refreshForNewId(): Promise<Snapshot> | null {
    if (this.#underWay !== null) return this.#underWay;
    if (!this.#sync.mayAsk) return null;
    const { clock, freshness } = this.#services;
    const { lastAttemptAt } = this.#sync;
    if (lastAttemptAt !== null && clock.now() - lastAttemptAt < freshness.newIdIntervalMs) return null;
    return this.#refresh('new_id');
  }

  #refreshBehind(reason: RefreshReason): void {
    // Its failure is in the sync state and the log; nobody waits for it.
    this.#refresh(reason).catch(() => undefined);
  }

  #refresh(reason: RefreshReason): Promise<Snapshot> {
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
      release = await leases.acquire(this.#storageKey, isDone, this.#removed.signal);
    } catch (error) {
      throw this.#failed(error);
    }
    const latest = states.at(-1);
    if (latest !== undefined && this.#unsaved === null && !this.#isStateUnsaved) this.#sync.adopt(latest);
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
    const { lastError } = this.#sync;
    const isEnough = reason === 'cold' && stored !== undefined && stored.asOf !== null;
    if (lastError !== null && !isEnough) throw this.#error(lastError.code, lastError.message);
    // Without an answer from the storage, which has gone in the very moment, each process is on its own.
    return stored ?? (await this.#listAlone(reason));
  }

  async #listAlone(reason: RefreshReason): Promise<Snapshot> {
    const { client, clock, logger, metrics } = this.#services;
    const context = { customer: this.customerId, destination: this.id, reason };
    const account = this.#account;
    const startedAt = clock.now();
    try {
      if (account === null) {
        throw this.#error('NOT_FOUND', 'There is no Audience Manager access for this customer.');
      }
      const { signal } = this.#removed;
      this.#sync.attempted(startedAt);
      const listing = await client.listMappings(account, this.id, signal);
      const snapshot = await this.#accept(listing, clock.now());
      metrics.refreshes.inc({ reason, outcome: 'ok' });
      const ms = clock.now() - startedAt;
      logger.info({ ...context, segments: snapshot.segments.length, ms }, 'destination read');
      return snapshot;
    } catch (error) {
      if (this.#account !== account && !this.#removed.signal.aborted) {
        // What failed with credentials that have been replaced since says nothing of the present ones.
        return this.#account === null ? await this.#load() : await this.#listAlone(reason);
      }
      const failure = this.#failed(error);
      if (!this.#removed.signal.aborted) {
        metrics.refreshes.inc({ reason, outcome: failure.code });
        logger.warn(
          { ...context, code: failure.code, error: failure.message },
          'destination could not be read',
        );
        await this.#saveState(this.#sync.toStoredAttempt());
      }
      throw failure;
    }
  }

  /** Whether another process has done what this one was about to do. */
  #isDone(reason: RefreshReason, state: DestinationState, startedAt: number): boolean {
    const { clock, freshness } = this.#services;
    const { asOf, lastAttemptAt, lastError, nextAttemptAt } = state;
    if (lastError !== null && lastError.at >= startedAt) return true;
    if (reason !== 'request' && clock.now() < (this.#sync.pauseOf(state) ?? 0)) return true;
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
    const held = cache.peek(this.key);
    try {
      const snapshot = await store.commit(this.#storageKey, held, (previous) =>
        this.#stepOf(listing, previous, asOf),
      );
      this.#unsaved = null;
      this.#isStateUnsaved = false;
      this.#hold(snapshot);
      return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // Not what is stored, so no later change may be reckoned from it.
      const next = this.#stepOf(listing, cache.peek(this.key), asOf).next.stamped(asOf, 0);
      this.#unsaved = { listing, asOf };
      this.#hold(next);
      return next;
    }
  }

  #stepOf(listing: Listing, previous: Snapshot | undefined, asOf: number): Step {
    const next = snapshotOf(listing, previous, asOf);
    this.#sync.succeeded(asOf, next.segments.length);
    return { next, state: this.#sync.toStored(), at: asOf, by: null };
  }

  #failed(error: unknown): DirectoryError {
    const known = error instanceof AudienceManagerError || error instanceof DirectoryError ? error : null;
    if (known === null && !this.#removed.signal.aborted) {
      this.#services.logger.error({ err: error }, 'a defect in the gateway');
    }
    const code = known?.code ?? 'AAM_UNAVAILABLE';
    const message = known?.message ?? 'It could not be read.';
    const retryAfterMs = error instanceof AudienceManagerError ? (error.retryAfterMs ?? 0) : 0;
    this.#sync.failed(code, message, retryAfterMs);
    return error instanceof DirectoryError ? error : this.#error(code, message, error);
  }

  /** Notes how it stands; with the next listing, or when the storage is back, where it fails now. */
  async #saveState(state: Partial<DestinationState>): Promise<void> {
    const { store } = this.#services;
    try {
      await store.use((storage) => storage.saveState(this.#storageKey, state), 'write');
      this.#isStateUnsaved = false;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#isStateUnsaved = true;
    }
  }

  async #saveDetails(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): Promise<void> {
    await this.#services.store
      .use((storage) => storage.saveState(this.#storageKey, state), 'write')
      // They are read again when they have grown old.
      .catch(() => undefined);
  }

  #error(code: DirectoryError['code'], message: string, cause?: unknown): DirectoryError {
    return new DirectoryError(
      code,
      `Destination ${this.id} of customer ${this.customerId}: ${message}`,
      cause,
    );
  }

  #count(found: Found): Found {
    const known = found.segments.filter((segment) => segment !== undefined).length;
    const { lookups } = this.#services.metrics;
    if (known > 0) lookups.inc({ outcome: this.isStale(found.snapshot) ? 'stale' : 'fresh' }, known);
    if (known < found.segments.length) lookups.inc({ outcome: 'unknown' }, found.segments.length - known);
    return found;
  }
}

/** One string a destination: the key of loaders and caches. */
export function destinationKey(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}

function findAll(snapshot: Snapshot, ids: readonly string[], idType: SegmentIdType): Found {
  return { snapshot, segments: ids.map((id) => snapshot.find(id, idType)) };
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  return a === null || b === null ? a === b : accountKey(a) === accountKey(b);
}
