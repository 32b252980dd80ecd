import type { Listing } from '../../audience-manager/index.js';
import type { SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { ListingDiffer } from '../snapshot/diff-listing.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/**
 * A complete listing and the moment it stands for, on its way into memory and the storage. What it comes to
 * depends on what it is laid over, which may turn out to be something else when it is stored at last.
 */
export class FetchedListing {
  /** When its source was read, in milliseconds since the epoch. */
  readonly asOf: number;
  readonly listing: Listing;
  readonly #differ: ListingDiffer;
  /** What it comes to where nothing was known before; `null`: not known. */
  readonly #first: SnapshotUpdate | null;

  constructor(listing: Listing, asOf: number, differ: ListingDiffer, first: SnapshotUpdate | null = null) {
    this.listing = listing;
    this.asOf = asOf;
    this.#differ = differ;
    this.#first = first;
  }

  /** The same, with what it comes to where nothing was known before at hand; takes the place of this one. */
  async asFirst(): Promise<FetchedListing> {
    const { skipped } = this.listing;
    const first = await this.#differ.diff(this.listing, undefined, this.asOf);
    // The listing itself is in no order, and need not be kept beside the snapshot.
    this.#differ.release(this.listing);
    const listing = { mappings: first.snapshot.segments, skipped };
    return new FetchedListing(listing, this.asOf, this.#differ, first);
  }

  /** What it makes of what was known before, as far as anything was. */
  async over(before: Snapshot | undefined): Promise<SnapshotUpdate> {
    const isFirst = before === undefined || (before.generation === 0 && before.segments.length === 0);
    if (isFirst && this.#first !== null) return this.#first;
    return await this.#differ.diff(this.listing, before, this.asOf);
  }

  /**
   * This and the next one as one, of the moment of the next: what only this one lists has been deleted since, and
   * its names are not to be forgotten.
   */
  async followedBy({ listing, asOf }: Pick<FetchedListing, 'listing' | 'asOf'>): Promise<FetchedListing> {
    const { snapshot } = await this.over(undefined);
    const { snapshot: both } = await this.#differ.diff(listing, snapshot, asOf);
    return new FetchedListing({ mappings: both.segments, skipped: listing.skipped }, asOf, this.#differ);
  }
}
