import { Turns, inTurns } from '../../base/turns.js';
import { trimId } from '../../base/trim-id.js';
import type { ManualId } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { DirectoryError, errorAbout } from '../errors.js';
import { ambiguousIdError, nameOf } from '../lookup/ambiguity.js';
import type { Candidate } from '../lookup/found.js';
import { isManualOnly, type Authorship, type ManualEntry } from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { SnapshotChanges, updateManually, type SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { SnapshotCommit } from '../storing/snapshot-store.js';
import { applyEntries, removeEntry, type Edit, type EditResult } from './entries.js';
import { findSegment, type KindsOf } from './resolve-entry.js';

/** A segment after a change by hand. */
interface EditedSegment {
  readonly segment: Segment;
  readonly snapshot: Snapshot;
}

/**
 * Sets the name, description or status of one segment manually.
 *
 * @returns the segment after the change; `null` if there is none and nothing to set
 * @throws DirectoryError AMBIGUOUS_ID if the ID stands for several segments
 */
export async function setSegment(
  destination: Destination,
  given: ManualEntry,
  authorship: Authorship,
): Promise<EditedSegment | null> {
  const entry = { ...given, id: trimId(given.id) };
  const edit: Edit = { entries: [entry], mode: 'SET', authorship, kindsOf: await readKinds(destination) };
  // What memory lacks is found when the change is stored.
  const before = await orEmpty(destination, destination.snapshot());
  const { snapshot, ids, unclear } = await storeEdit(
    destination,
    edit,
    before,
    await applyEntries(before, edit),
  );
  const [first] = unclear;
  if (first !== undefined) throw ambiguousId(destination, entry, first.candidates);
  const [id] = ids;
  if (id === undefined) return null;
  const segment = snapshot.find(id);
  if (segment === undefined) throw new Error('the segment is missing from the snapshot in which it was set');
  return { segment, snapshot };
}

/**
 * Removes the manual entry of a segment.
 *
 * @returns the segment after the change; `null` if there is no such segment
 * @throws DirectoryError AMBIGUOUS_ID if the ID stands for several segments
 */
export async function unsetSegment(
  destination: Destination,
  given: ManualId,
  authorship: Authorship,
): Promise<EditedSegment | null> {
  const kindsOf = await readKinds(destination);
  let snapshot = await currentSnapshot(destination);
  const entry = storedOrTrimmed(snapshot, given, kindsOf);
  const { known, candidates } = findSegment(snapshot, entry, kindsOf);
  if (candidates.length > 0) throw ambiguousId(destination, entry, candidates);
  // Looked up again in each later snapshot, because a listing may have merged a manual-only segment into a mapping.
  const findAgain = (later: Snapshot): Segment | undefined =>
    (known === undefined ? undefined : later.find(known.id)) ?? findSegment(later, entry, kindsOf).known;
  snapshot = await destination.edit(async (previous) => {
    const stored = findAgain(previous);
    const update = stored === undefined ? null : await removeEntry(previous, stored, authorship);
    return update === null ? unchangedCommit(previous, authorship) : editCommit(update, authorship);
  });
  const segment = findAgain(snapshot);
  return segment === undefined ? null : { segment, snapshot };
}

/**
 * Removes a segment that is only known by hand, such as a mistyped one, as if it had never been. Its history stays in the
 * list of changes, and ends with a REMOVED one.
 *
 * @returns the segment as it was; `null` if there is no such segment
 * @throws DirectoryError AMBIGUOUS_ID if the ID stands for several segments; BAD_USER_INPUT if Audience Manager has, or had,
 *   the segment
 */
export async function purgeSegment(
  destination: Destination,
  given: ManualId,
  by: string,
): Promise<EditedSegment | null> {
  const kindsOf = await readKinds(destination);
  const before = await currentSnapshot(destination);
  const entry = storedOrTrimmed(before, given, kindsOf);
  const find = (snapshot: Snapshot): Segment | null => {
    const { known, candidates } = findSegment(snapshot, entry, kindsOf);
    if (candidates.length > 0) throw ambiguousId(destination, entry, candidates);
    if (known !== undefined && !isManualOnly(known)) throw notPurgeable(destination, known);
    return known ?? null;
  };
  if (find(before) === null) return null;
  let purged = null as Segment | null;
  const snapshot = await destination.edit(async (previous) => {
    purged = find(previous);
    const authorship = { by, at: destination.now() };
    const indices = purged === null ? [] : [previous.indexOf(purged.id)];
    const update = await inTurns(updateManually(previous, new Map(), { indices, authorship }), new Turns());
    return editCommit(update, authorship);
  });
  return purged === null ? null : { segment: purged, snapshot };
}

function notPurgeable({ customerId, id }: Destination, segment: Segment): DirectoryError {
  return errorAbout(
    { customerId, destinationId: id },
    'BAD_USER_INPUT',
    `Audience Manager has listed ${nameOf(segment)}, so it cannot be purged. Use unsetSegment to take away what was given by hand.`,
  );
}

/** An ID as it was given if a segment has it so, from before IDs were trimmed; else without what people do not see. */
function storedOrTrimmed(snapshot: Snapshot, given: ManualId, kindsOf: KindsOf): ManualId {
  const { known, candidates } = findSegment(snapshot, given, kindsOf);
  return known !== undefined || candidates.length > 0 ? given : { ...given, id: trimId(given.id) };
}

/**
 * Stores the result of an edit.
 *
 * @param preview the edit applied to `before`
 */
async function storeEdit(
  destination: Destination,
  edit: Edit,
  before: Snapshot,
  preview: EditResult,
): Promise<EditResult> {
  let result = preview;
  const snapshot = await destination.edit(async (previous) => {
    // Applied again only if the snapshot has changed meanwhile, which is rare, because a file may be large.
    if (!isSame(previous, before)) {
      result = await applyEntries(previous, edit);
    }
    return result.isChanged
      ? editCommit(result, edit.authorship)
      : unchangedCommit(previous, edit.authorship);
  });
  return { ...result, snapshot };
}

/** Waits for the destination's details, on which the kinds of its IDs depend. */
export async function readKinds(destination: Destination): Promise<KindsOf> {
  await destination.kinds('AUTO');
  return (idType) => destination.presentKinds(idType);
}

function ambiguousId(
  { customerId, id }: Destination,
  entry: ManualId,
  candidates: readonly Candidate[],
): DirectoryError {
  return ambiguousIdError({ customerId, destinationId: id }, entry.id, candidates);
}

function isSame(a: Snapshot, b: Snapshot): boolean {
  return a === b || (a.generation === 0 && b.generation === 0 && a.segments.length + b.segments.length === 0);
}

/** The commit that stores a manual change. */
export function editCommit({ snapshot, changes }: SnapshotUpdate, { by, at }: Authorship): SnapshotCommit {
  return { next: snapshot, changes, state: { segmentCount: snapshot.segments.length }, at, by };
}

/**
 * The commit of an edit that changes nothing. It is refused if another process has stored something that is not in memory
 * yet; then the edit is made again from that. `null` if nothing is stored of the destination.
 */
function unchangedCommit(previous: Snapshot, authorship: Authorship): SnapshotCommit | null {
  if (previous.generation === 0) return null;
  return editCommit({ snapshot: previous, changes: SnapshotChanges.none(previous) }, authorship);
}

/** The snapshot to edit, with all that was stored before now. */
export async function currentSnapshot(destination: Destination): Promise<Snapshot> {
  return await orEmpty(destination, destination.current());
}

/** The snapshot; an empty one if the destination was never listed and cannot be listed now. */
async function orEmpty(destination: Destination, snapshot: Promise<Snapshot>): Promise<Snapshot> {
  try {
    return await snapshot;
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return destination.cached() ?? Snapshot.of([], null);
  }
}
