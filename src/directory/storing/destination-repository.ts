import type { Listing } from '../../audience-manager/index.js';
import {
  StorageError,
  type DestinationKey,
  type DestinationState,
  type Storage,
} from '../../storage/index.js';
import { errorAbout } from '../errors.js';
import type { ListingDiffer } from '../snapshot/diff-listing.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import type { SnapshotCache } from '../snapshot/snapshot-cache.js';
import type { SnapshotUpdate } from '../snapshot/snapshot-update.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { SyncTracker, type SyncTrackerOptions } from '../sync/sync-tracker.js';
import { FetchedListing } from './fetched-listing.js';
import { PendingWrite, type PendingWriteServices } from './pending-write.js';
import { listingCommit, type SnapshotCommit } from './snapshot-store.js';
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

/** What repositories need from the directory. */
export interface RepositoryServices extends SyncTrackerOptions, PendingWriteServices {
  readonly cache: SnapshotCache;
  readonly writeBehind: WriteBehind;
  readonly differ: ListingDiffer;
}

/**
 * Loads and saves the snapshot and state of one destination, in memory and in the storage. A listing is stored before
 * it is served, except in two cases in which it is only in memory for a while: if the storage does not respond, and if
 * the destination is listed for the first time (see `WriteBehind`).
 */
export class DestinationRepository {
  readonly sync: SyncTracker;
  readonly #options: DestinationRepositoryOptions;
  readonly #services: RepositoryServices;
  readonly #pendingWrite: PendingWrite;
  /** Whether the storage was read and has no segments of the destination. */
  #isNew = false;

  constructor(options: DestinationRepositoryOptions, services: RepositoryServices) {
    this.#options = options;
    this.#services = services;
    this.sync = new SyncTracker(services);
    const { key, cacheKey, signal } = options;
    const onStored = (snapshot: Snapshot): void => {
      this.sync.setSegmentCount(snapshot.segments.length);
      if (!signal.aborted) services.cache.replace(cacheKey, snapshot);
    };
    this.#pendingWrite = new PendingWrite({ key, sync: this.sync, signal, onStored }, services);
  }

  /** The snapshot in memory. Does not count as a use. */
  get cached(): Snapshot | undefined {
    return this.#services.cache.peek(this.#options.cacheKey);
  }

  /** Whether all known segments are stored. */
  get isSaved(): boolean {
    return this.#pendingWrite.fetched === null;
  }

  /** Whether segments or the sync state are newer than what is stored. */
  get hasPendingWrite(): boolean {
    return !this.#pendingWrite.isEmpty;
  }

  /** Removes the snapshot from memory. */
  evict(): void {
    this.#services.cache.delete(this.#options.cacheKey);
  }

  #cache(snapshot: Snapshot): void {
    const { signal, cacheKey } = this.#options;
    this.sync.setSegmentCount(snapshot.segments.length);
    const { cached } = this;
    // Another process may have confirmed the same segments later while this snapshot was being stored.
    if (cached !== undefined && isSameVersion(cached, snapshot) && isLater(cached.asOf, snapshot.asOf))
      return;
    if (!signal.aborted) this.#services.cache.set(cacheKey, snapshot);
  }

  /**
   * Loads the stored snapshot into memory, unless a newer one is there. Never rejects.
   *
   * @returns `undefined` if nothing is stored or the storage does not respond
   */
  async load(): Promise<Snapshot | undefined> {
    const stored = await this.#reload().catch(() => undefined);
    const { fetched } = this.#pendingWrite;
    if (fetched === null || this.cached !== undefined) return this.cached ?? stored;
    // The snapshot of the pending listing was evicted before it could be stored: make it again.
    const { snapshot } = await fetched.applyTo(stored);
    // The listing may have been stored meanwhile, and changed manually afterwards.
    if (this.#pendingWrite.fetched !== fetched) return await this.load();
    const next = snapshot.stamped(fetched.asOf, 0);
    this.#cache(next);
    return next;
  }

  /** @throws StorageError */
  async #reload(): Promise<Snapshot | undefined> {
    const confirmed = await this.#confirmCached();
    if (confirmed !== undefined) return confirmed;
    const stored = await this.#services.store.read(this.#options.key);
    this.#onStoredState(stored?.state ?? null);
    if (stored === null || this.#isNew) return undefined;
    const { cached } = this;
    const isCurrent = cached !== undefined && cached.generation >= stored.state.generation;
    if (cached !== undefined && (isCurrent || !this.isSaved)) return cached;
    // With a pending listing, the caller has to apply the listing to the stored snapshot first.
    if (this.isSaved) this.#cache(stored.snapshot);
    return stored.snapshot;
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
    this.#onStoredState(state);
    if (!isSameVersion(cached, state) || !isLater(state.asOf, cached.asOf)) return cached;
    const confirmed = cached.stamped(state.asOf, cached.generation);
    this.#services.cache.replace(this.#options.cacheKey, confirmed);
    return confirmed;
  }

  #onStoredState(state: DestinationState | null): void {
    // In generation 0 only the sync state was stored.
    this.#isNew = state === null || state.generation === 0;
    if (state !== null && !this.#isOutdated(state)) this.#options.onState(state);
  }

  /** Whether a state was read from the storage before the snapshot in memory was stored. */
  #isOutdated({ generation, asOf }: DestinationState): boolean {
    const { cached } = this;
    if (cached === undefined || cached.generation === 0 || generation > cached.generation) return false;
    return generation < cached.generation || isLater(cached.asOf, asOf);
  }

  /** Loads what another process has stored. Never rejects. */
  async reloadAfterRemoteChange(): Promise<void> {
    const { key } = this.#options;
    // A pending listing is applied to the other process's changes when it is stored.
    await this.save();
    try {
      if (this.cached === undefined) {
        this.#onStoredState(await this.#services.store.use((storage) => storage.state(key)));
        return;
      }
      await this.#reload();
    } catch {
      // The store keeps track of the failure. The next change or lookup reads the storage again.
    }
  }

  /**
   * Stores a listing, then caches its snapshot. If the storage does not respond, only caches it and stores it later.
   *
   * @param isFirst whether a caller waits for the first listing: then it may be served before it is stored
   * @returns the snapshot to serve
   */
  async saveListing(listing: Listing, asOf: number, isFirst: boolean): Promise<Snapshot> {
    const { store, differ } = this.#services;
    const original = new FetchedListing(listing, asOf, differ, this.#options.knownKinds());
    let fetched = original;
    if (isFirst && this.#isNew && this.cached === undefined && !store.isShared) {
      fetched = await fetched.preparedAsFirst();
      const snapshot = await this.#saveLater(fetched);
      if (snapshot !== null) return snapshot;
    }
    await this.save();
    // A listing that is still pending must not be lost.
    if (this.#pendingWrite.fetched !== null) fetched = await this.#pendingWrite.fetched.mergedWith(fetched);
    let update: SnapshotUpdate | undefined;
    try {
      const snapshot = await store.commit(this.#options.key, this.cached, async (previous) => {
        update = await fetched.applyTo(previous);
        this.sync.recordSuccess(asOf, update.snapshot.segments.length);
        return listingCommit(update, asOf, this.sync.fieldsAfterListing());
      });
      this.#pendingWrite.clear();
      this.#cache(snapshot);
      // A prepared or merged listing may use the memory of a snapshot that requests still read.
      if (fetched === original) original.release(snapshot);
      return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // `update` is preferred: it is based on the stored snapshot, which may have more segments than the cached one.
      const { snapshot } = update ?? (await fetched.applyTo(this.cached));
      this.sync.recordSuccess(asOf, snapshot.segments.length);
      this.#pendingWrite.set(fetched);
      // Generation 0: the snapshot is not stored, so no later commit may be based on it.
      const next = snapshot.stamped(asOf, 0);
      this.#cache(next);
      return next;
    }
  }

  /** @returns `null` if the queue of `WriteBehind` has no room for the listing */
  async #saveLater(fetched: FetchedListing): Promise<Snapshot | null> {
    const { writeBehind } = this.#services;
    const { snapshot } = await fetched.applyTo(undefined);
    if (!writeBehind.hasRoomFor(snapshot.bytes)) return null;
    this.sync.recordSuccess(fetched.asOf, snapshot.segments.length);
    this.#pendingWrite.set(fetched);
    this.#cache(snapshot);
    await writeBehind.add(snapshot.bytes, () => this.save());
    return this.cached ?? snapshot;
  }

  /**
   * Stores a manual change, then caches its snapshot.
   *
   * @param prepare makes the commit based on the stored snapshot; called again after a conflict
   * @throws DirectoryError if the storage does not respond; then nothing has changed
   */
  async edit(prepare: (previous: Snapshot) => SnapshotCommit): Promise<Snapshot> {
    await this.save();
    try {
      // The change has to be based on the pending listing, so that listing has to be stored first.
      if (!this.isSaved) {
        throw new StorageError('UNAVAILABLE', 'The last listing of the destination could not be stored.');
      }
      const snapshot = await this.#services.store.commit(this.#options.key, this.cached, (previous) =>
        prepare(previous ?? Snapshot.of([], null)),
      );
      this.#cache(snapshot);
      return snapshot;
    } catch (error) {
      throw this.#toDirectoryError(error);
    }
  }

  /** Queries the storage, after pending writes. @throws DirectoryError if the storage does not respond */
  async query<T>(work: (storage: Storage, key: DestinationKey) => Promise<T>): Promise<T> {
    await this.save();
    try {
      return await this.#services.store.use((storage) => work(storage, this.#options.key));
    } catch (error) {
      throw this.#toDirectoryError(error);
    }
  }

  /** Stores a state. If the storage fails, the sync state is stored later. */
  async saveState(state: Partial<DestinationState>): Promise<void> {
    await this.#pendingWrite.saveState(state);
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
    const message = 'The gateway cannot reach its storage now; try again later.';
    return errorAbout(this.#options.key, 'STORAGE_UNAVAILABLE', message, error);
  }
}

/** Whether both have the same stored segments. Generation 0 is not stored, so it says nothing. */
function isSameVersion(a: { readonly generation: number }, b: { readonly generation: number }): boolean {
  return a.generation > 0 && a.generation === b.generation;
}

/** Whether the first time is later; `null` is earlier than every time. */
function isLater(a: number | null, b: number | null): boolean {
  return a !== null && (b === null || a > b);
}
