import type { Listing } from '../../audience-manager/index.js';
import { StorageError, type DestinationKey, type DestinationState, type Storage } from '../../storage/index.js';
import { PendingWrite } from './pending-write.js';
import type { SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { DestinationServices } from '../destination-services.js';
import { errorAbout } from '../errors.js';
import { FetchedListing } from '../refresh/fetched-listing.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { stepTo, type Step } from './store.js';
import { SyncRecord } from '../sync/sync-record.js';

export interface DestinationRecordOptions {
  readonly place: DestinationKey;
  /** Of the destination, in the cache. */
  readonly key: string;
  /** Aborted when the destination is no longer configured, or the gateway stops. */
  readonly signal: AbortSignal;
  /** Called with every stored state that is come by. */
  readonly onState: (state: DestinationState) => void;
}

/**
 * What is known of one destination, in memory and in the storage, and how it gets from one into the other. What
 * is read is stored before anybody sees it, but for two cases in which it is in memory alone for a while: while
 * the storage does not answer, and when it was never read before (see `WriteBehind`).
 */
export class DestinationRecord {
  /** How it stands with its source. */
  readonly sync: SyncRecord;
  readonly #options: DestinationRecordOptions;
  readonly #services: DestinationServices;
  readonly #backlog: PendingWrite;
  /** Whether the storage has said that it knows nothing of it. */
  #isNew = false;

  constructor(options: DestinationRecordOptions, services: DestinationServices) {
    this.#options = options;
    this.#services = services;
    this.sync = new SyncRecord(services);
    const { place, key, signal } = options;
    const onStored = (snapshot: Snapshot): void => {
      this.sync.counted(snapshot.segments.length);
      if (!signal.aborted) services.cache.renew(key, snapshot);
    };
    this.#backlog = new PendingWrite({ place, sync: this.sync, signal, onStored }, services);
  }

  /** What is in memory, without counting as a use. */
  get held(): Snapshot | undefined {
    return this.#services.cache.peek(this.#options.key);
  }

  /** Whether the storage has all that is known of its segments. */
  get isSaved(): boolean {
    return this.#backlog.reading === null;
  }

  /** Whether something is known that the storage does not know. */
  get isAhead(): boolean {
    return !this.#backlog.isEmpty;
  }

  /** Lets go of what is in memory. */
  forget(): void {
    this.#services.cache.delete(this.#options.key);
  }

  #hold(snapshot: Snapshot): void {
    const { signal, key } = this.#options;
    this.sync.counted(snapshot.segments.length);
    if (!signal.aborted) this.#services.cache.set(key, snapshot);
  }

  /** Takes what is stored into memory, unless something newer is there. `undefined`: nothing is to be had. */
  async load(): Promise<Snapshot | undefined> {
    const stored = await this.#reload().catch(() => undefined);
    const { reading } = this.#backlog;
    if (reading === null || this.held !== undefined) return this.held ?? stored;
    // It had to go from memory before it could be stored.
    const { snapshot } = await reading.over(stored);
    // Meanwhile it may have been stored, and changed by hand.
    if (this.#backlog.reading !== reading) return await this.load();
    const next = snapshot.stamped(reading.asOf, 0);
    this.#hold(next);
    return next;
  }

  /** @throws StorageError */
  async #reload(): Promise<Snapshot | undefined> {
    const stored = await this.#services.store.read(this.#options.place);
    this.#noted(stored?.state ?? null);
    if (stored === null || this.#isNew) return undefined;
    const { held } = this;
    const newer = held !== undefined && held.generation >= stored.state.generation;
    if (held !== undefined && (newer || !this.isSaved)) return held;
    // With what could not be stored yet, it is the caller who puts both together.
    if (this.isSaved) this.#hold(stored.snapshot);
    return stored.snapshot;
  }

  #noted(state: DestinationState | null): void {
    // Perhaps there is a note of how attempts went, but nothing else.
    this.#isNew = state === null || state.generation === 0;
    if (state !== null) this.#options.onState(state);
  }

  /** Another process has changed what is stored. */
  async changedElsewhere(): Promise<void> {
    const { place } = this.#options;
    // Both are put together as that is stored.
    await this.save();
    try {
      if (this.held === undefined) {
        this.#noted(await this.#services.store.use((storage) => storage.state(place)));
        return;
      }
      await this.#reload();
    } catch {
      // The storage's failure is noted; the next change or lookup finds out.
    }
  }

  /**
   * Stores a listing, then takes it into memory; only into memory while the storage does not answer.
   *
   * @param isAwaited whether there is nothing else to answer with: then it may be stored later
   */
  async keep(listing: Listing, asOf: number, isAwaited: boolean): Promise<Snapshot> {
    const { store, differ } = this.#services;
    let reading = new FetchedListing(listing, asOf, differ);
    if (isAwaited && this.#isNew && this.held === undefined && !store.isShared) {
      reading = await reading.asFirst();
      const held = await this.#storeLater(reading);
      if (held !== null) return held;
    }
    await this.save();
    // What could not be stored is not to be forgotten for what comes after it.
    if (this.#backlog.reading !== null) reading = await this.#backlog.reading.followedBy(reading);
    let update: SnapshotUpdate | undefined;
    try {
      const snapshot = await store.commit(this.#options.place, this.held, async (previous) => {
        update = await reading.over(previous);
        this.sync.succeeded(asOf, update.snapshot.segments.length);
        return stepTo(update, asOf, this.sync.toStored());
      });
      this.#backlog.clear();
      this.#hold(snapshot);
      differ.release(listing);
      return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // What is stored may still be read, and more than what is in memory.
      const { snapshot } = update ?? (await reading.over(this.held));
      this.sync.succeeded(asOf, snapshot.segments.length);
      this.#backlog.add(reading);
      // Not what is stored, so no later change may be reckoned from it.
      const next = snapshot.stamped(asOf, 0);
      this.#hold(next);
      return next;
    }
  }

  /** @returns `null` where so much may not wait to be stored */
  async #storeLater(reading: FetchedListing): Promise<Snapshot | null> {
    const { writeBehind } = this.#services;
    const { snapshot } = await reading.over(undefined);
    if (!writeBehind.hasRoomFor(snapshot.bytes)) return null;
    this.sync.succeeded(reading.asOf, snapshot.segments.length);
    this.#backlog.add(reading);
    this.#hold(snapshot);
    await writeBehind.add(snapshot.bytes, () => this.save());
    return this.held ?? snapshot;
  }

  /**
   * Changes it by hand: `step` makes the next snapshot of the present one.
   *
   * @throws DirectoryError when it cannot be stored; then nothing has changed
   */
  async edit(step: (previous: Snapshot) => Step): Promise<Snapshot> {
    await this.save();
    try {
      // It would be laid under what was read before.
      if (!this.isSaved) throw new StorageError('UNAVAILABLE', 'What was read before could not be stored.');
      const snapshot = await this.#services.store.commit(this.#options.place, this.held, (previous) =>
        step(previous ?? Snapshot.of([], null)),
      );
      this.#hold(snapshot);
      return snapshot;
    } catch (error) {
      throw this.#storageFailure(error);
    }
  }

  /** Asks the storage. @throws DirectoryError when it does not answer */
  async fromStorage<T>(work: (storage: Storage, place: DestinationKey) => Promise<T>): Promise<T> {
    await this.save();
    try {
      return await this.#services.store.use((storage) => work(storage, this.#options.place));
    } catch (error) {
      throw this.#storageFailure(error);
    }
  }

  /** Notes how it stands; with the next listing, or when the storage is back, where it fails now. */
  async saveState(state: Partial<DestinationState>): Promise<void> {
    await this.#backlog.saveState(state);
  }

  /** Notes its name and type. */
  async saveDetails(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): Promise<void> {
    const { place } = this.#options;
    await this.#services.store
      .use((storage) => storage.saveState(place, state), 'write')
      // They are read again when they have grown old.
      .catch(() => undefined);
  }

  /** Stores what is not stored yet: what was read, and what failed. Never rejects. */
  async save(): Promise<void> {
    await this.#backlog.save();
  }

  /** Resolves when nothing is being saved any more. */
  async settled(): Promise<void> {
    await this.#backlog.settled();
  }

  /** A failing storage in the words of the directory; other errors as they are. */
  #storageFailure(error: unknown): unknown {
    if (!(error instanceof StorageError)) return error;
    const message = 'The gateway cannot reach its storage now; try again later.';
    return errorAbout(this.#options.place, 'INTERNAL_SERVER_ERROR', message, error);
  }
}
