import type { Listing } from '../../audience-manager/index.js';
import { SegmentPacker, type PackedSegments } from '../../segments/index.js';
import { SnapshotChanges, updateSnapshot, type SnapshotUpdate } from './snapshot-update.js';
import { isStandalone, joined, rebased } from './manual-layer.js';
import { sameSegment, type Segment } from './segment.js';
import { Snapshot } from './snapshot.js';

/** Makes snapshots of listings; work that takes time with their length. */
export interface ListingDiffer {
  /** As `diffListing`. */
  diff(listing: Listing, previous: Snapshot | undefined, asOf: number): Promise<SnapshotUpdate>;
  /** Nobody will look at this listing any more. */
  release(listing: Listing): void;
}

/** Does it at once. */
export const inlineDiffer: ListingDiffer = {
  // A promise, so that what is thrown rejects it.
  diff: async (...made) => await Promise.resolve(diffListing(...made)),
  // Snapshots may share its bytes.
  release: () => undefined,
};

/**
 * The snapshot that a complete listing makes of the one before. What was known and is no longer listed stays,
 * as DELETED; where rows of the listing could not be read, one of them may be the missing segment, so it stays
 * as it was. What was entered by hand stays laid over it.
 */
export function diffListing(listing: Listing, previous: Snapshot | undefined, asOf: number): SnapshotUpdate {
  const before = previous ?? Snapshot.of([], null);
  const { mappings } = listing;
  const isListed = new Uint8Array(before.segments.length);
  /** With what was entered by hand, by ID. */
  const laid = new Map<string, Segment>();
  const plain: number[] = [];
  for (let row = 0; row < mappings.length; row++) {
    const known = before.rowLike(mappings, row);
    if (known >= 0) isListed[known] = 1;
    if (known >= 0 && before.segments.mayHaveManual(known)) {
      const listed = mappings.at(row);
      const layer = before.segments.at(known)?.manual ?? null;
      if (listed !== undefined && layer !== null) {
        laid.set(listed.id, rebased(listed, layer));
        continue;
      }
    }
    if (known < 0 || !mappings.equal(row, before.segments, known)) plain.push(row);
  }
  const gone = new Set<number>();
  const standalones: number[] = [];
  for (let row = 0; row < before.segments.length; row++) {
    if (isListed[row] === 1 || isLongGone(before, row, listing)) continue;
    const known = before.segments.at(row);
    if (known === undefined) continue;
    if (isStandalone(known)) standalones.push(row);
    else laid.set(known.id, missing(known, listing, previous));
  }
  if (standalones.length > 0) {
    const listed = listedWith(laid, listing);
    const byIdentifier = Snapshot.of(listed.values(), asOf);
    for (const row of standalones) {
      const meant = place(before.segments.at(row), byIdentifier, listed);
      if (meant === null) continue;
      listed.set(meant.id, meant);
      laid.set(meant.id, meant);
      gone.add(row);
    }
  }
  const changed = packed(plain, laid, listing, before);
  if (changed.length > 0 || gone.size > 0 || previous === undefined) {
    return updateSnapshot(before, changed, { gone, asOf, isByHand: false });
  }
  const snapshot = previous.stamped(asOf, previous.generation);
  return { snapshot, changes: SnapshotChanges.none(snapshot) };
}

/** Those of the listing that are new or changed, and those `laid` that are. */
function packed(
  plain: readonly number[],
  laid: ReadonlyMap<string, Segment>,
  { mappings }: Listing,
  before: Snapshot,
): PackedSegments {
  if (laid.size === 0) return plain.length === mappings.length ? mappings : mappings.picked(plain);
  const packer = new SegmentPacker();
  for (const row of plain) if (!laid.has(mappings.id(row))) packer.copy(mappings, row, row + 1);
  for (const segment of laid.values()) {
    const known = before.find(segment.id, 'MAPPING_ID');
    if (known === undefined || !sameSegment(known, segment)) packer.add(segment, segment);
  }
  return packer.finish();
}

/** Whether a segment that is not listed was not listed before either, and nothing else can be said of it. */
function isLongGone({ segments }: Snapshot, row: number, listing: Listing): boolean {
  return (
    listing.skipped === 0 &&
    segments.status(row) === 'DELETED' &&
    segments.source(row) === 'AUDIENCE_MANAGER' &&
    !segments.mayHaveManual(row)
  );
}

/** What is listed, by ID, with what was entered by hand. */
function listedWith(laid: ReadonlyMap<string, Segment>, { mappings }: Listing): Map<string, Segment> {
  const listed = new Map<string, Segment>();
  for (const mapping of mappings) listed.set(mapping.id, laid.get(mapping.id) ?? mapping);
  return listed;
}

/** A segment given by hand goes over the listed one that it means; `null`: it stays beside the listed ones. */
function place(
  known: Segment | undefined,
  byIdentifier: Snapshot,
  listed: ReadonlyMap<string, Segment>,
): Segment | null {
  if (known === undefined) return null;
  const { sid, alias, manual } = known;
  const found =
    sid === null
      ? alias === null
        ? undefined
        : byIdentifier.find(alias, 'ALIAS')
      : byIdentifier.find(sid, 'SID');
  // By another identifier it may have got a layer already.
  const meant = found === undefined ? undefined : listed.get(found.id);
  if (meant === undefined || manual === null) return null;
  if (meant.manual === null) return rebased(meant, manual);
  return rebased({ ...meant, ...meant.manual.base }, joined(meant.manual, manual));
}

function missing(known: Segment, listing: Listing, previous: Snapshot | undefined): Segment {
  if (listing.skipped > 0) return { ...known, confirmedAt: known.confirmedAt ?? previous?.asOf ?? null };
  const gone: Segment = { ...known, status: 'DELETED', confirmedAt: null };
  const { manual } = known;
  if (manual === null || manual.base === null) return gone;
  const { name, description } = manual.base;
  return rebased({ ...gone, name, description }, manual);
}
