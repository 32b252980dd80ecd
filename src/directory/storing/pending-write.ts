import { StorageError, type DestinationKey, type DestinationState } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { SyncTracker } from '../sync/sync-tracker.js';
import type { FetchedListing } from './fetched-listing.js';
import { listingCommit, type SnapshotStore } from './snapshot-store.js';

interface PendingWriteOptions {
  readonly key: DestinationKey;
  readonly sync: SyncTracker;
  /** Aborted when the destination is removed from the configuration, or the gateway stops. */
  readonly signal: AbortSignal;
  /** Called with the stored snapshot when the pending listing has been stored. */
  readonly onStored: (snapshot: Snapshot) => void;
}

/** What pending writes need from the directory. */
export interface PendingWriteServices {
  readonly store: SnapshotStore;
  readonly logger: Logger;
}

/**
 * What is known of one destination but not stored yet: a fetched listing, and the sync state after a failed attempt.
 * It waits for its turn in `WriteBehind`, or until the storage responds again.
 */
export class PendingWrite {
  readonly #options: PendingWriteOptions;
  readonly #services: PendingWriteServices;
  #fetched: FetchedListing | null = null;
  #hasState = false;
  #saving = Promise.resolve();

  constructor(options: PendingWriteOptions, services: PendingWriteServices) {
    this.#options = options;
    this.#services = services;
  }

  /** The listing to store; `null` if all known segments are stored. */
  get fetched(): FetchedListing | null {
    return this.#fetched;
  }

  get isEmpty(): boolean {
    return this.#fetched === null && !this.#hasState;
  }

  /** Sets the listing to store. It replaces an earlier one. */
  set(fetched: FetchedListing): void {
    this.#fetched = fetched;
  }

  /** Forgets everything pending, because a later listing has been stored together with the sync state. */
  clear(): void {
    this.#fetched = null;
    this.#hasState = false;
  }

  /** Stores a state. If the storage fails, `save` will store the sync state of that time. */
  async saveState(state: Partial<DestinationState>): Promise<void> {
    const { key } = this.#options;
    try {
      await this.#services.store.use((storage) => storage.saveState(key, state), 'write');
      this.#hasState = false;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#hasState = true;
    }
  }

  /** Stores everything pending, if the storage responds. Never rejects. */
  async save(): Promise<void> {
    // Saves run one after the other: a save in flight does not include what was added after it began.
    this.#saving = this.#saving.then(() => this.#save());
    await this.#saving;
  }

  /** Resolves when no save is in flight. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  async #save(): Promise<void> {
    try {
      // A listing is stored even if the destination was removed from the configuration, because it may be added again.
      if (this.#fetched !== null) await this.#saveListing(this.#fetched);
      else if (this.#hasState && !this.#options.signal.aborted) await this.#saveSyncState();
    } catch (error) {
      // On a StorageError the store calls `save` again when the storage responds.
      if (!(error instanceof StorageError)) {
        this.#services.logger.error(
          { err: error },
          'internal error: a bug in the gateway; please report it with this log entry',
        );
      }
    }
  }

  async #saveListing(fetched: FetchedListing): Promise<void> {
    const { key, sync, onStored } = this.#options;
    const { asOf } = fetched;
    const snapshot = await this.#services.store.commit(key, undefined, async (previous) => {
      // Another process, or a later listing of this process, has been stored already.
      if ((previous?.asOf ?? Number.NEGATIVE_INFINITY) >= asOf) return null;
      const update = await fetched.applyTo(previous);
      const segmentCount = update.snapshot.segments.length;
      return listingCommit(update, asOf, { ...sync.fieldsAfterListing(), asOf, segmentCount });
    });
    // Another listing was set meanwhile.
    if (this.#fetched !== fetched) return;
    this.clear();
    onStored(snapshot);
  }

  async #saveSyncState(): Promise<void> {
    const { key, sync } = this.#options;
    const stored = await this.#services.store.use((storage) => storage.state(key));
    const fields = sync.fieldsAfterAttempt();
    if ((stored?.lastAttemptAt ?? 0) < (fields.lastAttemptAt ?? 0)) await this.saveState(fields);
    else this.#hasState = false;
  }
}
