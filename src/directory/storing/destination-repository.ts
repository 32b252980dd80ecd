import type { ReadListing } from '../../audience-manager/index.js';
import type { SteadyClock } from '../../base/clock.js';
import {
  StorageError,
  type DestinationKey,
  type DestinationState,
  type Storage,
} from '../../storage/index.js';
import { errorAbout, storageMessage } from '../errors.js';
import type { ListingDiffer } from '../snapshot/diff-listing.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import type { SnapshotUpdate } from '../snapshot/snapshot-update.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { isOvertaken, type Attempt } from '../sync/attempt.js';
import { SyncTracker, type SyncTrackerOptions } from '../sync/sync-tracker.js';
import { FetchedListing } from './fetched-listing.js';
import { PendingWrite, type PendingListing, type PendingWriteServices } from './pending-write.js';
import { ServedSnapshot, type ServedSnapshotServices } from './served-snapshot.js';
import { listingCommit, OvertakenError, type SnapshotCommit, type StoredSnapshot } from './snapshot-store.js';
import type { ListingShare } from './unstored-memory.js';
import type { WriteBehind } from './write-behind.js';

interface DestinationRepositoryOptions {
  readonly key: DestinationKey;
  /** Key of the destination in the cache. */
  readonly cacheKey: string;
  /** Aborted when the destination is removed from the configuration, or the gateway stops. */
  readonly signal: AbortSignal;
  /** Called whenever a state is read from the storage. */
  readonly onState: (state: DestinationState) => void;
  /** What the IDs of the destination are, as far as that is known now; `null`: not known. */
  readonly knownKinds: () => IdKinds | null;
}

/** What a segment of common length takes in memory. */
const BYTES_PER_SEGMENT = 300;

/** How often a destination is read if others commit while it is read. */
const MAX_READS = 5;

const OVERTAKEN =
  'Other processes changed it again and again while this change was made ready, so nothing was stored. Make a large import ' +
  'through the gateway that makes those changes, or try again when the destination is changed less often.';

/** What repositories need from the directory. */
export interface RepositoryServices extends SyncTrackerOptions, PendingWriteServices, ServedSnapshotServices {
  readonly clock: SteadyClock;
  readonly writeBehind: WriteBehind;
  readonly differ: ListingDiffer;
}

/**
 * Loads and saves the snapshot and state of one destination, in memory and in the storage. A listing is stored before
 * it is served, except in two cases in which it is only in memory for a while: if the storage does not respond, and if
 * the destination is listed for the first time (see `WriteBehind`). The sync state moves together with the snapshot.
 */
export class DestinationRepository {
  readonly sync: SyncTracker;
  readonly #options: DestinationRepositoryOptions;
  readonly #services: RepositoryServices;
  readonly #served: ServedSnapshot;
  readonly #pendingWrite: PendingWrite;
  /** Whether the storage was read and has no segments of the destination. */
  #isNew = false;
  /** A first listing that is not served yet, because it may be stored before anybody waits for long. */
  #unserved: FetchedListing | null = null;

  constructor(options: DestinationRepositoryOptions, services: RepositoryServices) {
    this.#options = options;
    this.#services = services;
    this.sync = new SyncTracker(services);
    const { key, cacheKey, signal } = options;
    this.#served = new ServedSnapshot({ cacheKey, sync: this.sync, signal }, services);
    this.#pendingWrite = new PendingWrite(
      { key, sync: this.sync, signal, onStored: (...stored) => this.#onStored(...stored) },
      services,
    );
  }

  /** The snapshot in memory. Does not count as a use. */
  get cached(): Snapshot | undefined {
    return this.#served.cached;
  }

  /** What the next listing will probably take in memory, in bytes; 0 if that is not known. */
  get expectedBytes(): number {
    return this.cached?.bytes ?? this.sync.segmentCount * BYTES_PER_SEGMENT;
  }

  /** The snapshot in memory. Counts as a use. */
  use(): Snapshot | undefined {
    return this.#served.use();
  }

  /** Whether all known segments are stored. */
  get isSaved(): boolean {
    return this.#pendingWrite.fetched === null;
  }

  /** Removes the snapshot from memory. */
  evict(): void {
    this.#served.evict();
  }

  /**
   * Takes over how the last attempt went according to a stored state, and what it says of the segments that are served.
   * Nothing moves backwards, so the state may be an older one.
   */
  restore(state: DestinationState): void {
    this.restoreOutcome(state);
    if (this.isSaved) this.#served.confirm(state);
  }

  /** Takes over how the last attempt went according to a stored state. */
  restoreOutcome(state: DestinationState): void {
    this.sync.mergeOutcome(state, this.#pendingWrite.hasOutcome || !this.isSaved);
  }

  /** Whether segments are stored that are later than those in memory. */
  isBehind(state: DestinationState): boolean {
    return this.#served.isBehind(state);
  }

  /**
   * Loads the stored snapshot into memory, unless a newer one is there. Never rejects.
   *
   * @returns the snapshot, which is `undefined` if there is none, and whether the storage was read
   */
  async load(): Promise<{ readonly snapshot: Snapshot | undefined; readonly isRead: boolean }> {
    try {
      return { snapshot: await this.reload(), isRead: true };
    } catch {
      // The store keeps track of the failure. What another process has stored is reported again until it is loaded.
      const applied = this.cached ?? (await this.#applyPending(undefined).catch(() => undefined));
      return { snapshot: applied ?? this.cached, isRead: false };
    }
  }

  /**
   * As `load`.
   *
   * @throws StorageError if the storage does not respond; then what is in memory may be older than what is stored
   */
  async reload(): Promise<Snapshot | undefined> {
    const confirmed = await this.#confirmCached();
    if (confirmed !== undefined) return confirmed;
    const stored = await this.#readNow();
    const state = stored?.state ?? null;
    // In generation 0 only the sync state was stored.
    this.#isNew = state === null || state.generation === 0;
    if (!this.isSaved) {
      const applied = await this.#applyPending(this.#isNew ? undefined : stored?.snapshot);
      // The listing may have been stored meanwhile, and changed manually afterwards.
      return applied ?? (await this.reload());
    }
    if (state !== null) this.#options.onState(state);
    if (stored === null || this.#isNew) return undefined;
    const { cached } = this;
    if (cached !== undefined && cached.generation >= stored.state.generation) return cached;
    return this.#served.setStored(stored.snapshot);
  }

  /** Reads what is stored, again if that was changed meanwhile: nobody reports it once more. */
  async #readNow(): Promise<StoredSnapshot | null> {
    let before = -1;
    for (let reads = 1; ; reads++) {
      const stored = await this.#read();
      const generation = stored?.state.generation ?? 0;
      const known = this.sync.generation;
      // One that stays behind is of a database that was restored.
      if (generation >= known || generation <= before || (this.cached?.generation ?? 0) >= known)
        return stored;
      if (reads === MAX_READS) {
        // What is missing is loaded behind the answer.
        this.#services.store.catchUpSoon();
        return stored;
      }
      before = generation;
    }
  }

  async #read(): Promise<StoredSnapshot | null> {
    const stored = await this.#services.store.read(this.#options.key);
    await stored?.snapshot.prepareLike(this.cached);
    return stored;
  }

  /**
   * Takes over the stored state, and its `asOf` for the snapshot in memory, without reading segments.
   *
   * @returns the snapshot in memory; `undefined` if there is none or if newer segments are stored
   * @throws StorageError
   */
  async #confirmCached(): Promise<Snapshot | undefined> {
    if ((this.cached?.generation ?? 0) === 0) return undefined;
    const state = await this.#services.store.use((storage) => storage.state(this.#options.key));
    // The snapshot in memory may have been replaced or evicted meanwhile.
    const { cached } = this;
    if (state === null || cached === undefined || state.generation > cached.generation) return undefined;
    this.#options.onState(state);
    return this.cached;
  }

  /**
   * Applies the pending listing to the stored snapshot and serves the result.
   *
   * @returns `undefined` if there is no pending listing any more
   */
  async #applyPending(stored: Snapshot | undefined): Promise<Snapshot | undefined> {
    const { fetched } = this.#pendingWrite;
    if (fetched === null) return undefined;
    const { snapshot } = await fetched.applyTo(stored);
    if (this.#pendingWrite.fetched !== fetched) return undefined;
    return this.#served.setListing(snapshot.stamped(fetched.asOf, 0));
  }

  /**
   * Loads what another process has stored.
   *
   * @throws StorageError if that is not possible now
   */
  async reloadAfterRemoteChange(): Promise<void> {
    // A pending listing is applied to the other process's changes when it is stored.
    await this.save();
    if (!this.#isCached()) {
      const state = await this.#services.store.use((storage) => storage.state(this.#options.key));
      this.#isNew = state === null || state.generation === 0;
      if (state !== null) this.#options.onState(state);
    }
    // It may have been loaded meanwhile, as it was before the change.
    if (this.#isCached()) await this.reload();
  }

  #isCached(): boolean {
    return this.cached !== undefined;
  }

  /**
   * Stores a listing, then serves its snapshot. If the storage does not respond, only serves it and stores it later. If
   * another process has stored a later listing meanwhile, that one is served.
   *
   * @param isFirst whether a caller waits for the first listing: then it may be served before it is stored
   * @param share what the listing takes in memory; released unless the listing stays there until it is stored
   * @returns the snapshot to serve
   */
  async saveListing(
    listing: ReadListing,
    attempt: Attempt,
    isFirst: boolean,
    share: ListingShare,
  ): Promise<Snapshot> {
    try {
      return await this.#saveListing(listing, attempt, isFirst, share);
    } finally {
      if (!this.#pendingWrite.holds(share)) share.release();
    }
  }

  async #saveListing(
    listing: ReadListing,
    attempt: Attempt,
    isFirst: boolean,
    share: ListingShare,
  ): Promise<Snapshot> {
    const { store, differ, clock } = this.#services;
    const asOf = listing.startedAt;
    const outcome = this.sync.succeeded(attempt, asOf);
    const times = { asOf, fetchedAt: clock.now() };
    const original = new FetchedListing({ ...times, listing, differ, kinds: this.#options.knownKinds() });
    let fetched = original;
    if (isFirst && this.#isNew && this.cached === undefined && !store.isShared) {
      fetched = await fetched.preparedAsFirst();
      const snapshot = await this.#saveLater({ fetched, attempt, outcome, share });
      if (snapshot !== null) return snapshot;
    }
    await this.save();
    // A listing that is still pending must not be lost.
    if (this.#pendingWrite.fetched !== null) fetched = await this.#pendingWrite.fetched.mergedWith(fetched);
    const { cached } = this;
    let base = undefined as Snapshot | undefined;
    let update = undefined as SnapshotUpdate | undefined;
    let isOutdated = false as boolean;
    try {
      const stored = await store.commit(this.#options.key, cached, async (previous) => {
        base = previous;
        isOutdated = isOvertaken(asOf, attempt, previous?.asOf ?? null, clock.now());
        if (isOutdated) return null;
        update = await fetched.applyTo(previous);
        share.measure(update.snapshot.bytes);
        await update.snapshot.prepareLike(this.cached);
        const segmentCount = update.snapshot.segments.length;
        const latestAsOf = this.#served.later(asOf, previous?.asOf ?? null);
        const state = { ...this.sync.latestFields(outcome, attempt), asOf: latestAsOf, segmentCount };
        return listingCommit(update, times.fetchedAt, state);
      });
      this.#pendingWrite.clearListing();
      this.sync.settle(outcome, attempt);
      const snapshot = isOutdated ? this.#served.setStored(stored) : this.#served.setListing(stored, cached);
      // A prepared or merged listing may use the memory of a snapshot that requests still read.
      if (fetched === original) original.release(snapshot);
      return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // The stored snapshot may have more segments than the one in memory, and the other way round.
      let basis = this.cached;
      const isBehind = (basis?.generation ?? 0) > (base?.generation ?? 0);
      let { snapshot } = isBehind || update === undefined ? await fetched.applyTo(basis) : update;
      // The storage may respond again, and what it has be in memory by now.
      while (this.cached !== basis) {
        basis = this.cached;
        ({ snapshot } = await fetched.applyTo(basis));
      }
      share.read(snapshot.bytes);
      this.#pendingWrite.set({ fetched, attempt, outcome, share });
      this.sync.settle(outcome, attempt);
      // Then nobody else calls it.
      if (store.isReadable) void this.save();
      // Generation 0: the snapshot is not stored, so no later commit may be based on it.
      return this.#served.setListing(snapshot.stamped(fetched.asOf, 0));
    }
  }

  /** @returns `null` if the queue of `WriteBehind` has no room for the listing */
  async #saveLater(listing: PendingListing): Promise<Snapshot | null> {
    const { writeBehind } = this.#services;
    const { fetched, attempt, outcome, share } = listing;
    const { snapshot } = await fetched.applyTo(undefined);
    share.read(snapshot.bytes);
    if (!writeBehind.hasRoom) return null;
    this.#pendingWrite.set(listing);
    this.#unserved = fetched;
    const write = async (): Promise<boolean> => {
      await this.save();
      return this.isSaved;
    };
    await writeBehind.add({ key: this.#options.key, write });
    // If it is stored, it is served already.
    if (this.#pendingWrite.fetched !== fetched) return this.cached ?? snapshot;
    this.#unserved = null;
    this.sync.settle(outcome, attempt);
    return this.#served.setListing(snapshot.stamped(fetched.asOf, 0));
  }

  #onStored(snapshot: Snapshot, { fetched, attempt, outcome }: PendingListing): void {
    this.sync.settle(outcome, attempt);
    const isServed = this.#unserved !== fetched;
    this.#unserved = null;
    if (isServed) this.#served.setStored(snapshot, 'if cached');
    else this.#served.setStored(snapshot);
  }

  /**
   * Stores a manual change, then serves its snapshot.
   *
   * @param prepare makes the commit based on the stored snapshot; called again after a conflict. `null` stores nothing
   * @throws DirectoryError if the storage does not respond; then nothing has changed
   */
  async edit(
    prepare: (previous: Snapshot) => SnapshotCommit | null | Promise<SnapshotCommit | null>,
  ): Promise<Snapshot> {
    await this.save();
    const { store } = this.#services;
    try {
      // The change has to be based on the pending listing, so that listing has to be stored first.
      if (!this.isSaved) {
        const message = 'The last listing of the destination could not be stored.';
        throw new StorageError('UNAVAILABLE', message, undefined, store.failure?.reason);
      }
      const snapshot = await store.commit(this.#options.key, this.cached, async (previous) => {
        const commit = await prepare(previous ?? Snapshot.of([], null));
        await commit?.next.prepareLike(this.cached);
        return commit;
      });
      // Generation 0: nothing is stored.
      if (snapshot.generation > 0) this.#served.setStored(snapshot);
      // Without those changes that another process may have made on top of it since.
      return snapshot;
    } catch (error) {
      throw this.#toDirectoryError(error);
    }
  }

  /** Queries the storage, after pending writes. @throws DirectoryError if the storage does not respond */
  async query<T>(work: (storage: Storage, key: DestinationKey) => Promise<T>): Promise<T> {
    // Pending writes wait for a commit that goes ahead, and that may be the one that asks.
    if (!this.#services.store.isAhead(this.#options.key)) await this.save();
    try {
      return await this.#services.store.use((storage) => work(storage, this.#options.key));
    } catch (error) {
      throw this.#toDirectoryError(error);
    }
  }

  /** Stores the outcome of the last attempt, now or as soon as the storage responds. Never rejects. */
  async saveOutcome(): Promise<void> {
    await this.#pendingWrite.saveOutcome();
  }

  /** Stores the details of the destination. Never rejects. */
  async saveDetails(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): Promise<void> {
    const { key } = this.#options;
    await this.#services.store
      .use((storage) => storage.saveState(key, state), 'write')
      // Details that could not be stored are read from Audience Manager again when they are stale.
      .catch(() => undefined);
  }

  /** Stores everything pending, if the storage responds. Never rejects. */
  async save(): Promise<void> {
    await this.#pendingWrite.save();
  }

  /** Resolves when no save is in flight. */
  async settled(): Promise<void> {
    await this.#pendingWrite.settled();
  }

  /** Converts a StorageError; returns any other error unchanged. */
  #toDirectoryError(error: unknown): unknown {
    if (!(error instanceof StorageError)) return error;
    if (error instanceof OvertakenError)
      return errorAbout(this.#options.key, 'STORAGE_UNAVAILABLE', OVERTAKEN, error);
    return errorAbout(this.#options.key, 'STORAGE_UNAVAILABLE', storageMessage(error), error);
  }
}
