import { StorageError, type DiscoveryState, type StoredDiscoveredDestination } from '../../storage/index.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import { NOTHING_DISCOVERED } from './discovery-state.js';

/** How often a change is made again because another process was faster. */
const MAX_CONFLICTS = 10;

/** What is known of the destinations of one customer, in memory and in the storage, which several processes may share. */
export class DiscoveryRecord {
  readonly #customerId: string;
  readonly #store: SnapshotStore;
  readonly #onChange: (before: DiscoveryState) => void;
  #state: DiscoveryState = NOTHING_DISCOVERED;
  #byId: ReadonlyMap<string, StoredDiscoveredDestination> = new Map();
  /** Whether the state is stored as it is. */
  #isSaved = true;

  /** @param onChange called after each change, with the state before */
  constructor(customerId: string, store: SnapshotStore, onChange: (before: DiscoveryState) => void) {
    this.#customerId = customerId;
    this.#store = store;
    this.#onChange = onChange;
  }

  get state(): DiscoveryState {
    return this.#state;
  }

  /** @returns `undefined` if the destination was never listed */
  get(id: string): StoredDiscoveredDestination | undefined {
    return this.#byId.get(id);
  }

  /** Forgets the failures so far, because they do not apply to new credentials. */
  forgetFailures(): void {
    this.#state = { ...this.#state, failures: 0, lastError: null, retryAt: null };
  }

  /** Takes over what is stored, if it is newer. @throws StorageError if that is not possible now */
  async restore(): Promise<void> {
    const stored = await this.#store.use((storage) => storage.discovery(this.#customerId));
    if (stored === null || stored.revision <= this.#state.revision) return;
    this.#isSaved = true;
    this.#adopt(stored);
  }

  /** Stores what could not be stored, if the storage responds. */
  async save(): Promise<void> {
    if (!this.#isSaved) await this.settle((state) => ({ state }));
  }

  /**
   * Stores a change and then applies it. It is made again from what is stored if another process was faster. If the storage
   * does not respond, it is served from memory, and stored later.
   *
   * @returns what the change has made
   */
  async settle<T extends { readonly state: DiscoveryState }>(
    change: (state: DiscoveryState) => T,
  ): Promise<T> {
    let outcome = change(this.#state);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      try {
        const revision = await this.#write(outcome.state);
        if (revision !== null) {
          this.#isSaved = true;
          this.#adopt({ ...outcome.state, revision });
          return outcome;
        }
        await this.#takeOverStored();
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        break;
      }
      outcome = change(this.#state);
    }
    this.#isSaved = false;
    this.#adopt(outcome.state);
    return outcome;
  }

  /**
   * Goes on from what is stored after a conflict. A revision that is lower than the one in memory, or none, is that of a
   * database that was restored, or from which the customer was removed: what is in memory replaces it.
   */
  async #takeOverStored(): Promise<void> {
    const stored = await this.#store.use((storage) => storage.discovery(this.#customerId));
    const revision = stored?.revision ?? 0;
    if (stored !== null && revision > this.#state.revision) this.#adopt(stored);
    else this.#state = { ...this.#state, revision };
  }

  /** @returns `null` if another process has written since */
  async #write(state: DiscoveryState): Promise<number | null> {
    return await this.#store.use(
      (storage) => storage.writeDiscovery(this.#customerId, state.revision, state),
      'write',
    );
  }

  #adopt(state: DiscoveryState): void {
    const before = this.#state;
    this.#state = state;
    if (state.destinations !== before.destinations) {
      this.#byId = new Map(state.destinations.map((destination) => [destination.id, destination]));
    }
    this.#onChange(before);
  }
}
