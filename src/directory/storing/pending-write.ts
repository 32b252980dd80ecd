import type { Clock } from '../../base/clock.js';
import { StorageError, type DestinationKey } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { Attempt, Outcome } from '../sync/attempt.js';
import type { SyncTracker } from '../sync/sync-tracker.js';
import { isLater } from '../../base/dates.js';
import type { FetchedListing } from './fetched-listing.js';
import { listingCommit, type SnapshotStore } from './snapshot-store.js';
import type { ListingShare } from './unstored-memory.js';

/** A listing to store, and what becomes of the sync state with it. */
export interface PendingListing {
  readonly fetched: FetchedListing;
  readonly attempt: Attempt;
  readonly outcome: Outcome;
  /** What it takes in memory; released when it is stored or replaced, or the destination is removed. */
  readonly share: ListingShare;
}

interface PendingWriteOptions {
  readonly key: DestinationKey;
  readonly sync: SyncTracker;
  /** Aborted when the destination is removed from the configuration, or the gateway stops. */
  readonly signal: AbortSignal;
  /** Called with the stored snapshot when the pending listing has been stored. */
  readonly onStored: (snapshot: Snapshot, listing: PendingListing) => void;
}

/** What pending writes need from the directory. */
export interface PendingWriteServices {
  readonly store: SnapshotStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Wait before another try, if the storage responds and storing has failed nevertheless. */
const RETRY_MS = 5_000;

/**
 * What is known of one destination but not stored yet: a fetched listing, and how the last attempt went. It waits for
 * its turn in `WriteBehind`, or until the storage responds again.
 */
export class PendingWrite {
  readonly #options: PendingWriteOptions;
  readonly #services: PendingWriteServices;
  #listing: PendingListing | null = null;
  #hasOutcome = false;
  #saving = Promise.resolve();
  #cancelRetry: (() => void) | null = null;

  constructor(options: PendingWriteOptions, services: PendingWriteServices) {
    this.#options = options;
    this.#services = services;
    const end = (): void => {
      this.#cancelRetry?.();
      this.#listing?.share.release();
    };
    options.signal.addEventListener('abort', end, { once: true });
  }

  /** The listing to store; `null` if all known segments are stored. */
  get fetched(): FetchedListing | null {
    return this.#listing?.fetched ?? null;
  }

  /** Whether this is what the listing to store takes in memory. */
  holds(share: ListingShare): boolean {
    return this.#listing?.share === share;
  }

  /** Whether the outcome of the last attempt is newer than what is stored. */
  get hasOutcome(): boolean {
    return this.#hasOutcome;
  }

  /** Sets the listing to store. It replaces an earlier one. */
  set(listing: PendingListing): void {
    this.#replace(listing);
  }

  /** Forgets the listing to store, because a later one has been stored. */
  clearListing(): void {
    this.#replace(null);
  }

  #replace(listing: PendingListing | null): void {
    const before = this.#listing;
    this.#listing = listing;
    // Nobody tries again to store it, so it must not keep others waiting.
    if (this.#options.signal.aborted) listing?.share.release();
    if (before !== null && before.share !== listing?.share) before.share.release();
  }

  /** Stores the outcome of the last attempt, now or as soon as the storage responds. Never rejects. */
  async saveOutcome(): Promise<void> {
    this.#hasOutcome = true;
    await this.save();
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
    const { signal } = this.#options;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    try {
      // A listing is stored even if the destination was removed from the configuration, because it may be added again.
      if (this.#listing !== null) await this.#saveListing(this.#listing);
      if (this.#hasOutcome && !signal.aborted) await this.#saveOutcome();
    } catch (error) {
      const { clock, logger } = this.#services;
      if (!(error instanceof StorageError)) {
        logger.error(
          { err: error },
          'internal error: a bug in the gateway; please report it with this log entry',
        );
      }
      // While the storage does not respond, `save` fails at once. The store calls it when the storage responds again, but
      // the failure may have had another reason.
      if (!signal.aborted) {
        this.#cancelRetry = clock.schedule(() => void this.save(), RETRY_MS);
      }
    }
  }

  async #saveListing(listing: PendingListing): Promise<void> {
    const { key, sync, onStored } = this.#options;
    const { store, clock } = this.#services;
    const { fetched, attempt, outcome } = listing;
    const { asOf, fetchedAt } = fetched;
    const snapshot = await store.commit(key, undefined, async (previous) => {
      // A later listing is stored, or one that is confirmed until a later time.
      if (isLater(previous?.asOf ?? null, asOf, clock.now())) return null;
      const update = await fetched.applyTo(previous);
      const segmentCount = update.snapshot.segments.length;
      return listingCommit(update, fetchedAt, {
        ...sync.latestFields(outcome, attempt),
        asOf,
        segmentCount,
      });
    });
    // Another listing was set meanwhile.
    if (this.#listing !== listing) return;
    this.#replace(null);
    onStored(snapshot, listing);
  }

  async #saveOutcome(): Promise<void> {
    const { key, sync } = this.#options;
    const { store, clock } = this.#services;
    // An outcome that is set from now on is stored by the next save.
    this.#hasOutcome = false;
    try {
      const stored = await store.use((storage) => storage.state(key));
      const fields = sync.latestFields();
      if (isLater(stored?.lastAttemptAt ?? null, fields.lastAttemptAt, clock.now())) return;
      await store.use((storage) => storage.saveState(key, fields), 'write');
    } catch (error) {
      this.#hasOutcome = true;
      throw error;
    }
  }
}
