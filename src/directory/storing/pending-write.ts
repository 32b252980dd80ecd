import { StorageError, type DestinationKey, type DestinationState } from '../../storage/index.js';
import type { DestinationServices } from '../destination-services.js';
import type { FetchedListing } from '../refresh/fetched-listing.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { stepTo } from './store.js';
import type { SyncRecord } from '../sync/sync-record.js';

export interface PendingWriteOptions {
  readonly place: DestinationKey;
  readonly sync: SyncRecord;
  /** Aborted when the destination is no longer configured, or the gateway stops. */
  readonly signal: AbortSignal;
  /** Called with what is stored when a reading of the backlog has got there. */
  readonly onStored: (snapshot: Snapshot) => void;
}

/**
 * What is known of one destination and not stored yet: a reading, and how the last attempt went. It waits for its
 * turn, or for the storage to answer again.
 */
export class PendingWrite {
  readonly #options: PendingWriteOptions;
  readonly #services: Pick<DestinationServices, 'store' | 'logger'>;
  #reading: FetchedListing | null = null;
  #hasState = false;
  #saving = Promise.resolve();

  constructor(options: PendingWriteOptions, services: Pick<DestinationServices, 'store' | 'logger'>) {
    this.#options = options;
    this.#services = services;
  }

  /** `null`: the storage has all that is known of the segments. */
  get reading(): FetchedListing | null {
    return this.#reading;
  }

  get isEmpty(): boolean {
    return this.#reading === null && !this.#hasState;
  }

  add(reading: FetchedListing): void {
    this.#reading = reading;
  }

  /** A later reading has been stored, and with it how that went. */
  clear(): void {
    this.#reading = null;
    this.#hasState = false;
  }

  /** Stores how it stands now, or, where the storage fails, how it stands later. */
  async saveState(state: Partial<DestinationState>): Promise<void> {
    const { place } = this.#options;
    try {
      await this.#services.store.use((storage) => storage.saveState(place, state), 'write');
      this.#hasState = false;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#hasState = true;
    }
  }

  /** Stores what there is, if it can be. Never rejects. */
  async save(): Promise<void> {
    // One after the other: what has come since the one under way began is not in it.
    this.#saving = this.#saving.then(() => this.#save());
    await this.#saving;
  }

  /** Resolves when nothing is being saved any more. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  async #save(): Promise<void> {
    try {
      // Of a destination that is no longer configured, too: it may come back.
      if (this.#reading !== null) await this.#saveReading(this.#reading);
      else if (this.#hasState && !this.#options.signal.aborted) await this.#saveAttempt();
    } catch (error) {
      // A failing storage is noted by the store, which calls again when the storage answers.
      if (!(error instanceof StorageError)) {
        this.#services.logger.error({ err: error }, 'a defect in the gateway');
      }
    }
  }

  async #saveReading(reading: FetchedListing): Promise<void> {
    const { place, sync, onStored } = this.#options;
    const { asOf } = reading;
    const snapshot = await this.#services.store.commit(place, undefined, async (previous) => {
      // Another process, or a later listing of this one, has been quicker.
      if ((previous?.asOf ?? Number.NEGATIVE_INFINITY) >= asOf) return null;
      const update = await reading.over(previous);
      const segmentCount = update.snapshot.segments.length;
      return stepTo(update, asOf, { ...sync.toStored(), asOf, segmentCount });
    });
    if (this.#reading !== reading) return;
    this.clear();
    onStored(snapshot);
  }

  async #saveAttempt(): Promise<void> {
    const { place, sync } = this.#options;
    const stored = await this.#services.store.use((storage) => storage.state(place));
    const attempt = sync.toStoredAttempt();
    if ((stored?.lastAttemptAt ?? 0) < (attempt.lastAttemptAt ?? 0)) await this.saveState(attempt);
    else this.#hasState = false;
  }
}
