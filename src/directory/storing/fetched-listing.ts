import type { Listing } from '../../audience-manager/index.js';
import type { ListingDiffer } from '../snapshot/diff-listing.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import type { SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** When a listing was fetched, in milliseconds since the epoch. */
interface ListingTimes {
  /** Its beginning: what it says was true then or later. */
  readonly asOf: number;
  /** Its end, at which changes were detected. */
  readonly fetchedAt: number;
}

interface FetchedListingOptions extends ListingTimes {
  readonly listing: Listing;
  readonly differ: ListingDiffer;
  /** What the IDs of the destination are; `null`: not known. */
  readonly kinds: IdKinds | null;
  /** The result of applying the listing to an empty snapshot. Default: it is not prepared. */
  readonly first?: SnapshotUpdate;
}

/**
 * A complete listing on its way into memory and storage. It can be applied several times, because the stored snapshot
 * may have changed by the time at which the listing is stored.
 */
export class FetchedListing implements ListingTimes {
  readonly asOf: number;
  readonly fetchedAt: number;
  readonly #options: FetchedListingOptions;
  #isReleased = false;

  constructor(options: FetchedListingOptions) {
    this.#options = options;
    this.asOf = options.asOf;
    this.fetchedAt = options.fetchedAt;
  }

  /** @throws Error after `release` */
  get listing(): Listing {
    if (this.#isReleased) throw new Error('the listing has been released');
    return this.#options.listing;
  }

  /**
   * Frees the buffers of the listing at once, unless a snapshot made of it uses the same memory. The owner calls this
   * once, when the listing is stored; using the listing afterwards throws.
   */
  release(snapshot: Snapshot): void {
    const { mappings } = this.listing;
    this.#isReleased = true;
    if (!snapshot.segments.sharesMemoryWith(mappings)) mappings.free();
  }

  /** Prepares the first snapshot of a destination. Releases this listing: only the result may be used afterwards. */
  async preparedAsFirst(): Promise<FetchedListing> {
    const { skipped } = this.listing;
    const first = await this.#diff(undefined);
    // The snapshot holds the same mappings in sorted order, so the unsorted listing is not needed any more.
    this.release(first.snapshot);
    const listing = { mappings: first.snapshot.segments, skipped };
    return new FetchedListing({ ...this.#options, listing, first });
  }

  /** The next snapshot after applying the listing to the previous one. */
  async applyTo(previous: Snapshot | undefined): Promise<SnapshotUpdate> {
    const { first } = this.#options;
    const isEmpty = previous === undefined || (previous.generation === 0 && previous.segments.length === 0);
    return isEmpty && first !== undefined ? first : await this.#diff(previous);
  }

  /**
   * Merges this listing with the next one, so that both can be stored in one step. Segments that only this listing
   * contains are kept as DELETED. The result has the times of the next listing, which is released.
   */
  async mergedWith(next: FetchedListing): Promise<FetchedListing> {
    const { skipped } = next.listing;
    const { snapshot } = await this.applyTo(undefined);
    const { snapshot: merged } = await next.#diff(snapshot);
    next.release(merged);
    const { first: _, ...options } = next.#options;
    return new FetchedListing({ ...options, listing: { mappings: merged.segments, skipped } });
  }

  async #diff(previous: Snapshot | undefined): Promise<SnapshotUpdate> {
    const { differ, asOf, kinds } = this.#options;
    return await differ.diff(this.listing, previous, asOf, kinds);
  }
}
