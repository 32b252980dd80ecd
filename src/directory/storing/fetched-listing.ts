import type { Listing } from '../../audience-manager/index.js';
import type { ListingDiffer } from '../snapshot/diff-listing.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import type { SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/**
 * A complete listing on its way into memory and storage. It can be applied several times, because the stored snapshot
 * may have changed by the time at which the listing is stored.
 */
export class FetchedListing {
  /** When the listing was fetched, in milliseconds since the epoch. */
  readonly asOf: number;
  #listing: Listing | null;
  readonly #differ: ListingDiffer;
  /** What the IDs of the destination are; `null`: not known. */
  readonly #kinds: IdKinds | null;
  /** The result of applying the listing to an empty snapshot; `null` if it is not prepared. */
  readonly #first: SnapshotUpdate | null;

  constructor(
    listing: Listing,
    asOf: number,
    differ: ListingDiffer,
    kinds: IdKinds | null,
    first: SnapshotUpdate | null = null,
  ) {
    this.#listing = listing;
    this.asOf = asOf;
    this.#differ = differ;
    this.#kinds = kinds;
    this.#first = first;
  }

  /** @throws Error after `release` */
  get listing(): Listing {
    if (this.#listing === null) throw new Error('the listing has been released');
    return this.#listing;
  }

  /**
   * Frees the buffers of the listing at once, unless a snapshot made of it uses the same memory. The owner calls this
   * once, when the listing is stored; using the listing afterwards throws.
   */
  release(snapshot: Snapshot): void {
    const { mappings } = this.listing;
    this.#listing = null;
    if (!snapshot.segments.sharesMemoryWith(mappings)) mappings.free();
  }

  /** Prepares the first snapshot of a destination. Releases this listing: only the result may be used afterwards. */
  async preparedAsFirst(): Promise<FetchedListing> {
    const { skipped } = this.listing;
    const first = await this.#differ.diff(this.listing, undefined, this.asOf, this.#kinds);
    // The snapshot holds the same mappings in sorted order, so the unsorted listing is not needed any more.
    this.release(first.snapshot);
    const listing = { mappings: first.snapshot.segments, skipped };
    return new FetchedListing(listing, this.asOf, this.#differ, this.#kinds, first);
  }

  /** The next snapshot after applying the listing to the previous one. */
  async applyTo(previous: Snapshot | undefined): Promise<SnapshotUpdate> {
    const isEmpty = previous === undefined || (previous.generation === 0 && previous.segments.length === 0);
    if (isEmpty && this.#first !== null) return this.#first;
    return await this.#differ.diff(this.listing, previous, this.asOf, this.#kinds);
  }

  /**
   * Merges this listing with the next one, so that both can be stored in one step. Segments that only this listing
   * contains are kept as DELETED. The result has the time of the next listing, which is released.
   */
  async mergedWith(next: FetchedListing): Promise<FetchedListing> {
    const { asOf } = next;
    const { skipped } = next.listing;
    const { snapshot } = await this.applyTo(undefined);
    const { snapshot: merged } = await this.#differ.diff(next.listing, snapshot, asOf, next.#kinds);
    next.release(merged);
    return new FetchedListing({ mappings: merged.segments, skipped }, asOf, this.#differ, next.#kinds);
  }
}
