import type { Listing } from '../../audience-manager/index.js';
import { atOnce } from '../../base/turns.js';
import { SegmentPacker, parseManualOnlyId, type PackedSegments } from '../../segments/index.js';
import { SnapshotChanges, updateSnapshot, type SnapshotUpdate } from './snapshot-update.js';
import { kindsOfType, type IdKinds } from './id-kinds.js';
import { isManualOnly, mergeLayers, unconfirmed, withManualLayer } from './manual-layer.js';
import { sameSegment, type Segment } from './segment.js';
import { Snapshot } from './snapshot.js';

/** Compares listings with snapshots, in this thread or in another one. The work grows with the length of the listing. */
export interface ListingDiffer {
  /** Runs `diffListing`. */
  diff(
    listing: Listing,
    previous: Snapshot | undefined,
    asOf: number,
    kinds: IdKinds | null,
  ): Promise<SnapshotUpdate>;
}

/** Compares in this thread. */
export const inlineDiffer: ListingDiffer = {
  // Awaits a promise, so that an error thrown by `diffListing` becomes a rejection.
  diff: async (...parameters) => await Promise.resolve(diffListing(...parameters)),
};

/**
 * Compares a complete listing with the previous snapshot.
 *
 * A segment that is no longer listed is kept as DELETED. If some mappings of the listing could not be read, it is kept
 * unchanged, because it may be one of those. Manual layers stay in effect.
 *
 * A manual entry for an identifier that is listed now continues as the one segment that has it. If two have it, the entry
 * stays by itself.
 *
 * @param asOf when the listing was fetched, in milliseconds since the epoch
 * @param kinds what the IDs of the destination are; `null`: not known, so that entries for IDs of unstated kind stay
 */
export function diffListing(
  listing: Listing,
  previous: Snapshot | undefined,
  asOf: number,
  kinds: IdKinds | null = null,
): SnapshotUpdate {
  const before = previous ?? Snapshot.of([], null);
  const { mappings } = listing;
  const isListed = new Uint8Array(before.segments.length);
  /** By ID, the segments that had to be unpacked: those with a manual layer and those that are no longer listed. */
  const unpacked = new Map<string, Segment>();
  /** Indices of all other listed mappings that are new or changed. */
  const plain: number[] = [];
  for (let index = 0; index < mappings.length; index++) {
    const known = before.indexOfSame(mappings, index);
    if (known >= 0) isListed[known] = 1;
    if (known >= 0 && before.segments.mayHaveManual(known)) {
      const listed = mappings.at(index);
      const layer = before.segments.at(known)?.manual ?? null;
      if (listed !== undefined && layer !== null) {
        unpacked.set(listed.id, withManualLayer(listed, layer));
        continue;
      }
    }
    if (known < 0 || !mappings.equals(index, before.segments, known)) plain.push(index);
  }
  const manualOnly: number[] = [];
  for (let index = 0; index < before.segments.length; index++) {
    if (isListed[index] === 1 || isUnchangedDeleted(before, index, listing)) continue;
    const known = before.segments.at(index);
    if (known === undefined) continue;
    if (isManualOnly(known)) manualOnly.push(index);
    else unpacked.set(known.id, missingSegment(known, listing, previous));
  }
  /** For each manual-only segment that continues as a listed segment: its index, and the ID of the listed segment. */
  const absorbed = new Map<number, string>();
  if (manualOnly.length > 0) {
    const listed = listedSegments(unpacked, listing);
    const byIdentifier = Snapshot.of(listed.values(), asOf);
    for (const index of manualOnly) {
      const merged = mergeIntoListed(before.segments.at(index), byIdentifier, listed, kinds);
      if (merged === null) continue;
      listed.set(merged.id, merged);
      unpacked.set(merged.id, merged);
      absorbed.set(index, merged.id);
    }
  }
  const changed = changedSegments(plain, unpacked, listing, before);
  if (changed.length > 0 || absorbed.size > 0 || previous === undefined) {
    return atOnce(updateSnapshot(before, changed, { absorbed, asOf, isManual: false }));
  }
  const snapshot = previous.stamped(asOf, previous.generation);
  return { snapshot, changes: SnapshotChanges.none(snapshot) };
}

/** The `plain` mappings, and those of the `unpacked` segments that are new or changed. */
function changedSegments(
  plain: readonly number[],
  unpacked: ReadonlyMap<string, Segment>,
  { mappings }: Listing,
  before: Snapshot,
): PackedSegments {
  if (unpacked.size === 0) return plain.length === mappings.length ? mappings : mappings.select(plain);
  const packer = new SegmentPacker();
  for (const index of plain) {
    if (!unpacked.has(mappings.id(index))) packer.copy(mappings, index, index + 1);
  }
  for (const segment of unpacked.values()) {
    const known = before.find(segment.id);
    if (known === undefined || !sameSegment(known, segment)) packer.add(segment, segment);
  }
  return packer.finish();
}

/** Whether a segment that is not listed stays as it is because it is DELETED already and has no manual layer. */
function isUnchangedDeleted({ segments }: Snapshot, index: number, listing: Listing): boolean {
  return (
    listing.skipped === 0 &&
    segments.status(index) === 'DELETED' &&
    segments.source(index) === 'AUDIENCE_MANAGER' &&
    !segments.mayHaveManual(index)
  );
}

/** All listed segments by ID, with their manual layers. */
function listedSegments(unpacked: ReadonlyMap<string, Segment>, { mappings }: Listing): Map<string, Segment> {
  const listed = new Map<string, Segment>();
  for (const mapping of mappings) listed.set(mapping.id, unpacked.get(mapping.id) ?? mapping);
  return listed;
}

/**
 * Lays the manual layer of a manual-only segment over the listed segment with the same identifier.
 *
 * @returns `null` if not exactly one such segment is listed: the manual-only segment stays
 */
function mergeIntoListed(
  known: Segment | undefined,
  byIdentifier: Snapshot,
  listed: ReadonlyMap<string, Segment>,
  kinds: IdKinds | null,
): Segment | null {
  const identifier = known === undefined ? null : parseManualOnlyId(known.id);
  const manual = known?.manual ?? null;
  if (identifier === null || manual === null) return null;
  const { id, idType } = identifier;
  const understoodAs = idType === 'AUTO' ? kinds : kindsOfType(idType, kinds);
  if (understoodAs?.isCertain !== true) return null;
  const [match, ...others] = byIdentifier.identify(id, understoodAs);
  if (match === undefined || others.length > 0) return null;
  // Looked up again, because another manual-only segment may have been merged into this one already.
  const current = listed.get(byIdentifier.segments.id(match.index));
  if (current === undefined) return null;
  if (current.manual === null) return withManualLayer(current, manual);
  const { confirmedAt = null } = current.manual.base ?? {};
  return withManualLayer(
    { ...current, ...current.manual.base, confirmedAt },
    mergeLayers(current.manual, manual),
  );
}

/** A known segment that is not in the listing, as the next snapshot has it. */
function missingSegment(known: Segment, listing: Listing, previous: Snapshot | undefined): Segment {
  if (listing.skipped > 0) return unconfirmed(known, previous?.asOf ?? null);
  const deleted: Segment = { ...known, status: 'DELETED', confirmedAt: null };
  const { manual } = known;
  if (manual === null || manual.base === null) return deleted;
  const { name, description } = manual.base;
  return withManualLayer({ ...deleted, name, description }, manual);
}
