import { RefreshPriority, type Account, type Priority } from '../audience-manager/index.js';
import { withTimeout, type SteadyClock } from '../base/clock.js';
import { Turns } from '../base/turns.js';
import type { DestinationConfig } from '../config/index.js';
import type { SegmentIdType } from '../segments/index.js';
import type {
  DailyChanges,
  DestinationKey,
  DestinationState,
  HistoriesRequest,
  ImportedChange,
  ImportedChangesRequest,
  RevisionPage,
  RevisionRequest,
  StoredImport,
  StoredRevision,
} from '../storage/index.js';
import type { Customer } from './customer.js';
import { errorAbout, type DirectoryError } from './errors.js';
import { DestinationKinds } from './lookup/destination-kinds.js';
import type { Found } from './lookup/found.js';
import type { IdEvidence } from './lookup/id-evidence.js';
import { LookupCounter } from './lookup/lookup-counter.js';
import { SegmentFinder, type FinderServices } from './lookup/segment-finder.js';
import { DestinationDetailsCache } from './refresh/destination-details-cache.js';
import { DestinationReader, type ReaderServices } from './refresh/destination-reader.js';
import type { IdKinds } from './snapshot/id-kinds.js';
import type { Segment } from './snapshot/segment.js';
import type { Snapshot } from './snapshot/snapshot.js';
import { DestinationRepository, type RepositoryServices } from './storing/destination-repository.js';
import type { SnapshotCommit } from './storing/snapshot-store.js';
import type { SyncState, SyncStatus } from './sync/sync-state.js';

/** What all destinations of a directory share. */
export interface DestinationServices extends RepositoryServices, ReaderServices, FinderServices {
  readonly clock: SteadyClock;
}

/**
 * One destination of one customer. Decides which snapshot answers a lookup, how long the lookup waits for a newer one,
 * and what is fresh, stale or unknown.
 */
export class Destination {
  readonly id: string;
  readonly customerId: string;
  /** Unique among all destinations of all customers. The key of caches and loaders. */
  readonly key: string;
  readonly details: DestinationDetailsCache;
  #customer: Customer<Destination>;
  #settings: DestinationConfig;
  readonly #services: DestinationServices;
  readonly #storageKey: DestinationKey;
  readonly #repository: DestinationRepository;
  readonly #reader: DestinationReader;
  readonly #removed = new AbortController();
  readonly #kinds: DestinationKinds;
  readonly #counter: LookupCounter;
  readonly #finder: SegmentFinder;
  /** The load in flight, shared by all lookups that wait for it. */
  #loading: { readonly outcome: Promise<Snapshot>; readonly priority: RefreshPriority } | null = null;

  constructor(
    customer: Customer<Destination>,
    settings: DestinationConfig,
    account: Account | null,
    services: DestinationServices,
  ) {
    this.id = settings.id;
    this.customerId = customer.id;
    this.key = cacheKeyOf(customer.id, settings.id);
    this.#customer = customer;
    this.#settings = settings;
    this.#services = services;
    const { client, clock, freshness, logger, metrics } = services;
    const { signal } = this.#removed;
    const key = { customerId: this.customerId, destinationId: this.id };
    const onState = (state: DestinationState): void => this.restore(state);
    this.#storageKey = key;
    const knownKinds = (): IdKinds | null => {
      const kinds = this.#kinds.present();
      return kinds.isCertain ? kinds : null;
    };
    this.#repository = new DestinationRepository(
      { key, cacheKey: this.key, signal, onState, knownKinds },
      services,
    );
    const beforeSave = async (priority: RefreshPriority): Promise<void> => {
      await this.kinds(null, priority);
    };
    this.#reader = new DestinationReader(
      { key, repository: this.#repository, account, signal, beforeSave },
      services,
    );
    this.details = new DestinationDetailsCache({
      read: async (priority) => {
        const { account: current } = this.#reader;
        return current === null ? null : await client.readDestination(current, this.id, { signal, priority });
      },
      onRead: (details, detailsReadAt) => void this.#repository.saveDetails({ details, detailsReadAt }),
      signal,
      ttlMs: freshness.ttlMs,
      retryMs: freshness.newIdIntervalMs,
      waitMs: freshness.lookupTimeoutMs,
      clock,
      logger: logger.child({ customer: customer.id, destination: this.id }),
    });
    this.#kinds = new DestinationKinds({
      details: this.details,
      settings: () => this.#settings,
      isAutomatic: () => this.isAutomatic,
    });
    this.#counter = new LookupCounter({ ...key, metrics, logger });
    const parts = { repository: this.#repository, reader: this.#reader, kinds: this.#kinds };
    this.#finder = new SegmentFinder({ key: this.key, ...parts, counter: this.#counter }, services);
  }

  get customer(): Customer<Destination> {
    return this.#customer;
  }

  get settings(): DestinationConfig {
    return this.#settings;
  }

  /** Where it is read; empty without API access. */
  get host(): string {
    return this.#reader.account?.baseUrl ?? '';
  }

  /** Whether there is API access; without it all names are manual. */
  get isAutomatic(): boolean {
    return this.#reader.isAutomatic;
  }

  /** Time of the next scheduled refresh, in milliseconds since the epoch; `null` if none is scheduled. */
  get nextAttemptAt(): number | null {
    return this.#repository.sync.nextAttemptAt;
  }

  /** Time of the last complete listing, in milliseconds since the epoch; `null` before the first one. */
  get asOf(): number | null {
    return this.#repository.sync.lastSuccessAt;
  }

  /** Applies a changed configuration. Everything known of the destination is kept. */
  configure(customer: Customer<Destination>, settings: DestinationConfig, account: Account | null): void {
    this.#customer = customer;
    this.#settings = settings;
    if (this.#reader.setAccount(account)) this.details.forgetFailure();
  }

  /** Restores the state that another process has stored, or this one before a restart. */
  restore(state: DestinationState): void {
    this.details.restore(state);
    this.#repository.restore(state);
  }

  /**
   * Loads what another process has stored.
   *
   * @throws StorageError if that is not possible now; then it has to be tried again
   */
  async reloadAfterRemoteChange(): Promise<void> {
    await this.#repository.reloadAfterRemoteChange();
  }

  /**
   * Takes over a stored state, and loads the segments if they are newer than those in memory.
   *
   * @throws StorageError if that is not possible now
   */
  async catchUp(state: DestinationState): Promise<void> {
    if (this.#repository.isBehind(state)) await this.#repository.reloadAfterRemoteChange();
    else this.restore(state);
  }

  /** Whether all known segments are stored. */
  get isSaved(): boolean {
    return this.#repository.isSaved;
  }

  /** Stores everything that is not stored yet, if the storage responds. Never rejects. */
  async save(): Promise<void> {
    await this.#repository.save();
  }

  /** Aborts all work for a destination that is no longer configured, and removes its snapshot from memory. */
  remove(): void {
    this.#removed.abort();
    this.#repository.evict();
  }

  /** Has the listing in flight, if there is one, become as urgent as somebody who waits for it in another process. */
  raise(priority: Priority): void {
    this.#reader.raise(priority);
  }

  /** Resolves when no work is in flight. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#loading?.outcome, this.#reader.settled(), this.#repository.settled()]);
  }

  /** The snapshot in memory, fresh or not. Does not count as a use of the cache. */
  cached(): Snapshot | undefined {
    return this.#repository.cached;
  }

  get status(): SyncStatus {
    return this.#repository.sync.status;
  }

  sync(): SyncState {
    return this.#repository.sync.state();
  }

  /**
   * Whether data confirmed at `asOf` is older than the ttl. Without API access nothing is stale. For one segment that is
   * the time of `confirmedAt`, if Audience Manager listed it then and its row could not be read since.
   */
  isStale(confirmed: Pick<Snapshot, 'asOf'>): boolean {
    return this.#reader.isStale(confirmed);
  }

  /**
   * The snapshot that can answer without waiting. Starts a refresh in the background if it is stale.
   *
   * @returns `null` if there is none in memory, or only manual entries while a first listing is possible
   */
  present(): Snapshot | null {
    const cached = this.#repository.use();
    if (cached === undefined || (cached.asOf === null && this.#reader.canList)) return null;
    this.#reader.refreshIfStale(cached);
    return cached;
  }

  /**
   * The snapshot from memory, however old (then a refresh starts in the background), else from the storage, else from
   * Audience Manager. Waits for `coldTimeout` at most.
   *
   * @param priority how urgent it is if it has to be read from Audience Manager
   * @throws DirectoryError if the destination was never listed and that fails now or takes too long
   */
  async snapshot(priority: Priority = 'lookup'): Promise<Snapshot> {
    const { clock, freshness } = this.#services;
    const present = this.present();
    if (present !== null) return present;
    const { cached } = this.#repository;
    return await withTimeout(clock, this.load(priority), freshness.coldTimeoutMs, () => {
      if (cached !== undefined) return cached;
      // Most of the time may have gone by while Audience Manager was waited for.
      const { storageWaitMs } = this.#reader;
      if (storageWaitMs >= freshness.coldTimeoutMs / 2) {
        const message = `The gateway's storage has not answered for ${Math.round(storageWaitMs)} ms; try again later.`;
        throw errorAbout(this.#storageKey, 'STORAGE_UNAVAILABLE', message);
      }
      throw errorAbout(
        this.#storageKey,
        'AAM_UNAVAILABLE',
        `Reading it takes longer than ${freshness.coldTimeoutMs} ms. It goes on in the background; try again later.`,
      );
    });
  }

  /**
   * As `snapshot`, with all that any process has stored before now: memory may be behind for a moment. If the storage does not
   * respond, or a listing waits to be stored, what is in memory.
   *
   * @throws DirectoryError as `snapshot`
   */
  async current(): Promise<Snapshot> {
    const snapshot = await this.snapshot();
    if (!this.isSaved) return snapshot;
    const { clock, freshness } = this.#services;
    await withTimeout(clock, this.#repository.load(), freshness.coldTimeoutMs, () => undefined);
    return this.cached() ?? snapshot;
  }

  /** Loads the snapshot from the storage, else from Audience Manager, however long that takes. @throws DirectoryError */
  load(priority: Priority): Promise<Snapshot> {
    if (this.#loading === null) {
      const own = new RefreshPriority(priority);
      const outcome = this.#reader.load(own).finally(() => {
        this.#loading = null;
      });
      this.#loading = { outcome, priority: own };
    }
    this.#loading.priority.raise(priority);
    return this.#loading.outcome;
  }

  /**
   * How the IDs of a lookup are to be understood. A promise while the destination's details are read for the first time,
   * for `lookupTimeout` at most.
   *
   * @param idType the kind that the lookup states; default: the one in the destination's settings
   * @param priority of the first reading of the details
   */
  kinds(idType?: SegmentIdType | null, priority?: Priority | RefreshPriority): IdKinds | Promise<IdKinds> {
    return this.#kinds.get(idType, priority);
  }

  /** Whether it is not known yet how IDs are to be understood, because details were not read that could be. */
  get needsDetails(): boolean {
    return this.#kinds.needsDetails;
  }

  /** The same as `kinds` according to what is known now, without reading anything. */
  presentKinds(idType: SegmentIdType): IdKinds {
    return this.#kinds.present(idType);
  }

  /**
   * Finds segments by their IDs. An unknown ID may be new: if the last listing is older than `newIdInterval` and none was
   * made for this ID lately, one refresh is started, and the lookup waits for it for `lookupTimeout` at most. Synchronous
   * if there is nothing to wait for, and if the IDs are few.
   *
   * @param signal ends looking up many IDs
   */
  find(
    snapshot: Snapshot,
    ids: readonly string[],
    kinds: IdKinds,
    signal?: AbortSignal,
  ): Found | Promise<Found> {
    return this.#finder.find(snapshot, ids, kinds, signal);
  }

  /**
   * Segments by the gateway's own IDs of them (`Segment.id`). A segment that was only known by a manual entry is found
   * under its earlier ID too, after it has continued as a listed one.
   */
  findByKey(snapshot: Snapshot, keys: readonly string[]): (Segment | undefined)[] {
    return this.#finder.findByKey(snapshot, keys);
  }

  /** The identifier of a segment that the destination sends, as far as that is known. */
  displayId(segment: Segment): string {
    return this.#finder.displayId(segment);
  }

  /** What the IDs of lookups under AUTO have turned out to be since the start. */
  evidence(): IdEvidence {
    return this.#counter.evidence;
  }

  /**
   * Counts lookups that found a segment, for answers that did not call `find`.
   *
   * @param found number of lookups by the kind of identifier that they found
   * @param isAuto whether the kind was not stated
   */
  countFound(
    confirmed: Pick<Snapshot, 'asOf'>,
    found: ReadonlyMap<SegmentIdType, number>,
    isAuto: boolean,
  ): void {
    this.#counter.countFound(found, isAuto, this.isStale(confirmed));
  }

  /**
   * Lists the destination now.
   *
   * @param reason 'schedule': joins the listing in flight. 'request': a listing that began before is not joined, the next
   *   one is made for all who wait for it; within 5 s after its start, a further request gets the same outcome
   * @throws DirectoryError
   */
  async refresh(reason: 'request' | 'schedule'): Promise<Snapshot> {
    if (this.isAutomatic) {
      const reader = this.#reader;
      return await (reason === 'request'
        ? reader.request()
        : reader.refresh(reason, new RefreshPriority('scheduled')));
    }
    throw errorAbout(
      this.#storageKey,
      'BAD_USER_INPUT',
      'It cannot be refreshed, because there is no Audience Manager access for this customer: its names are manual.',
    );
  }

  /** The time by the clock of the storage, in milliseconds since the epoch. */
  now(): number {
    return this.#services.clock.now();
  }

  /**
   * Stores a manual change.
   *
   * @param prepare makes the commit based on the stored snapshot; called again if another writer was faster. `null` stores
   *   nothing
   * @throws DirectoryError if the storage does not respond; then nothing has changed
   */
  async edit(
    prepare: (previous: Snapshot) => SnapshotCommit | null | Promise<SnapshotCommit | null>,
  ): Promise<Snapshot> {
    return await this.#repository.edit(prepare);
  }

  /**
   * A page of the history of changes.
   *
   * @param signal ends the read
   * @throws DirectoryError if the storage does not respond
   */
  async revisions(request: RevisionRequest, signal?: AbortSignal): Promise<RevisionPage> {
    return await this.#repository.query((storage, key) => storage.revisions(key, request, signal));
  }

  /**
   * The changes by day.
   *
   * @param since only changes at this time or later, in milliseconds since the epoch
   * @param signal ends the read
   * @throws DirectoryError as `revisions`
   */
  async changesByDay(since: number, signal?: AbortSignal): Promise<DailyChanges> {
    return await this.#repository.query((storage, key) => storage.changesByDay(key, since, signal));
  }

  /**
   * A page of the history of each of several segments, by the gateway's own IDs of them.
   *
   * @param signal ends the read
   * @throws DirectoryError as `revisions`
   */
  async histories(
    request: HistoriesRequest,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, RevisionPage>> {
    return await this.#repository.query((storage, key) => storage.histories(key, request, signal));
  }

  /**
   * Segments, by the gateway's own IDs of them, as they were at a time in the past; `undefined` for a segment that was not
   * known then.
   *
   * @param at in milliseconds since the epoch
   * @param signal ends the read
   * @throws DirectoryError as `snapshot`, or if the storage does not respond; BAD_USER_INPUT for a time from which on the
   *   history was removed
   */
  async segmentsAt(
    keys: readonly string[],
    at: number,
    signal?: AbortSignal,
  ): Promise<(Segment | undefined)[]> {
    const snapshot = await this.snapshot();
    const turns = new Turns(signal);
    const segments: (Segment | undefined)[] = [];
    for (const key of keys) {
      segments.push(...this.findByKey(snapshot, [key]));
      if (turns.isOver) await turns.next();
    }
    const confirmedAt = Math.min(at, this.#services.clock.now());
    const known = [...new Set(segments.flatMap((segment) => (segment === undefined ? [] : [segment.id])))];
    const { revisions, completeSince } = await this.#repository.query((storage, key) =>
      storage.revisionsAt(key, known, at, signal),
    );
    if (completeSince !== null && at < completeSince) throw historyRemoved(this.#storageKey, completeSince);
    return segments.map((segment) => {
      const revision = segment === undefined ? undefined : revisions.get(segment.id);
      if (segment === undefined || revision === undefined) return undefined;
      const { name, description, status, source } = revision;
      return { ...segment, name, description, status, source, confirmedAt };
    });
  }

  /** An import into this destination; `null` if there is none with this ID. @throws DirectoryError as `revisions` */
  async importById(importId: string): Promise<(StoredImport & DestinationKey) | null> {
    return await this.#repository.query(async (storage, { customerId, destinationId }) => {
      const found = await storage.importById(importId);
      return found?.customerId === customerId && found.destinationId === destinationId ? found : null;
    });
  }

  /** A part of what an import has changed. @throws DirectoryError as `revisions` */
  async importChanges(importId: string, request: ImportedChangesRequest): Promise<readonly ImportedChange[]> {
    return await this.#repository.query((storage) => storage.importChanges(importId, request));
  }

  /** Changes of the history by their numbers; those that do not exist are left out. @throws DirectoryError as `revisions` */
  async revisionsByNumber(
    numbers: readonly number[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, StoredRevision>> {
    return await this.#repository.query((storage, key) => storage.revisionsByNumber(key, numbers, signal));
  }
}

/** The key of a destination as one string: unique among all destinations of all customers. */
export function cacheKeyOf(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}

/** The error for a moment of which is not known any more what was. */
function historyRemoved(key: DestinationKey, completeSince: number): DirectoryError {
  const start = new Date(completeSince).toISOString();
  return errorAbout(
    key,
    'BAD_USER_INPUT',
    `Its history is kept from ${start} on: ask for that moment or a later one.`,
  );
}
