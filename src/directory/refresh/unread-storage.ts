import { withTimeout, type Clock } from '../../base/clock.js';
import { StorageError, type DestinationKey } from '../../storage/index.js';
import { errorAbout, storageMessage } from '../errors.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { DestinationRepository } from '../storing/destination-repository.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import type { Freshness } from '../sync/freshness.js';

interface UnreadStorageOptions {
  readonly key: DestinationKey;
  readonly repository: DestinationRepository;
  /** Aborted when the destination is removed from the configuration, or the gateway stops. */
  readonly signal: AbortSignal;
}

interface UnreadStorageServices {
  readonly store: SnapshotStore;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

/**
 * Serves a destination that is not in memory while the storage does not respond. An outage is often over within seconds,
 * sooner than Audience Manager has listed a large destination.
 */
export class UnreadStorage {
  readonly #options: UnreadStorageOptions;
  readonly #services: UnreadStorageServices;
  /** The read that waits until the storage responds, shared by all who need it. */
  #reading: Promise<Snapshot | null> | null = null;

  constructor(options: UnreadStorageOptions, services: UnreadStorageServices) {
    this.#options = options;
    this.#services = services;
  }

  /**
   * Takes what is there first: a listing, or the listing that is stored. If there is none, or it fails, the storage has
   * `lookupTimeout` to respond.
   *
   * @param listing `null`: all names are manual, so that only the storage has them
   * @throws DirectoryError
   */
  async listOrRead(listing: Promise<Snapshot> | null): Promise<Snapshot> {
    const { clock, freshness } = this.#services;
    const stored = (this.#reading ??= this.#readAgain().finally(() => {
      this.#reading = null;
    }));
    const storedInTime = (): Promise<Snapshot | null> =>
      withTimeout(clock, stored, freshness.lookupTimeoutMs, () => null);
    if (listing === null) return (await storedInTime()) ?? this.#refuse();
    const first = await Promise.race([
      stored.then((snapshot) => (snapshot === null || snapshot.asOf === null ? listing : snapshot)),
      listing.catch(storedInTime),
    ]);
    // What is known by hand is served without Audience Manager.
    return first !== null && (first.asOf !== null || first.generation > 0) ? first : await listing;
  }

  /**
   * Reads the storage as soon as it responds again.
   *
   * @returns an empty one if nothing is stored; `null` if it does not answer in time, or the gateway stops
   */
  async #readAgain(): Promise<Snapshot | null> {
    const { store } = this.#services;
    while (!this.#options.signal.aborted && (await store.readable())) {
      const { snapshot, isRead } = await this.#options.repository.load();
      // Otherwise it has failed again.
      if (isRead) return snapshot ?? Snapshot.of([], null);
      if (store.isReadable) return null;
    }
    return null;
  }

  /** Without the names that are known by hand, every ID would seem to be unknown. */
  #refuse(): never {
    const { failure } = this.#services.store;
    const error = failure ?? new StorageError('BUSY', 'The storage has not answered in time.');
    throw errorAbout(this.#options.key, 'STORAGE_UNAVAILABLE', storageMessage(error), error);
  }
}
