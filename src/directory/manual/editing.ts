import { FileError, readSegments, type FileRowMistake } from '../../import-export/index.js';
import type { IdentifierType, ManualId } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { DirectoryError } from '../errors.js';
import { ambiguity, ambiguousIdError } from '../lookup/ambiguity.js';
import type { Candidate } from '../lookup/found.js';
import type { Authorship, EditMode, ManualEntry } from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { SnapshotChanges, type SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { SnapshotCommit } from '../storing/snapshot-store.js';
import {
  applyEntries,
  findSegment,
  removeEntry,
  type AmbiguousEntry,
  type EditResult,
  type ImportMode,
  type KindsOf,
  type ManualCounts,
} from './entries.js';

interface ImportOptions extends Authorship {
  readonly mode: ImportMode;
  /** Only counts what would change. */
  readonly dryRun: boolean;
  /** Imports the good file rows even if others have mistakes. */
  readonly skipBad: boolean;
  /** The kind of IDs whose kind the file does not state. Default: the one in the destination's settings. */
  readonly idType?: IdentifierType | null;
  /**
   * Whether the outcome may tell what is stored. Default: true. Otherwise it names no segments, counts nothing unless the
   * import is applied, and an import that cannot be applied, whatever is stored, only has the mistakes of the file.
   */
  readonly mayRead?: boolean;
  /** Called while the file is read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The result of an import. */
export interface ImportOutcome extends ManualCounts {
  /** Whether the changes were stored. */
  readonly applied: boolean;
  /** Number of file rows with mistakes. One file row may have several mistakes. */
  readonly rejected: number;
  readonly mistakes: readonly FileRowMistake[];
}

/**
 * Imports a customer's file as manual entries. If any file row has a mistake, nothing is imported, unless `skipBad` is
 * set. An ID that stands for several segments is a mistake.
 *
 * @param text content of the file
 * @throws DirectoryError BAD_USER_INPUT if the file as a whole cannot be read; the message names line and remedy
 */
export async function importFile(
  destination: Destination,
  text: string,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { mode, dryRun, skipBad, idType, mayRead = true, onProgress, by, at } = options;
  const { customerId, id: destinationId } = destination;
  const { segmentIdType } = destination.settings;
  const unstated = idType ?? segmentIdType;
  const kindsOf = await readKinds(destination);
  const { types, keySeparator } = kindsOf(segmentIdType);
  const readOptions = {
    target: { customerId, destinationId },
    ...(unstated === 'AUTO' ? {} : { idType: unstated }),
    // Key and value of a row are one identifier where that is what the destination sends.
    ...(types.every((type) => type === 'KEY_VALUE') ? { keySeparator } : {}),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const file = await readSegments(text, readOptions).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    throw new DirectoryError('BAD_USER_INPUT', error.message, error);
  });
  const entries = file.rows.map(({ id, idType: stated, name, description, status }): ManualEntry => ({
    id,
    idType: stated ?? unstated,
    name: name ?? undefined,
    description: description ?? undefined,
    status: status ?? undefined,
  }));
  const isTrial = dryRun || (file.mistakes.length > 0 && !skipBad);
  if (isTrial && !mayRead) return outcomeOf(NOTHING, false, file.mistakes);
  const edit = { entries, mode, authorship: { by, at }, kindsOf };
  const before = await currentSnapshot(destination);
  const preview = await previewEdit(before, edit);
  const good = entries.length - preview.ambiguous.length;
  const isFlawless = file.mistakes.length === 0 && preview.ambiguous.length === 0;
  const applied = !isTrial && (isFlawless || (skipBad && good > 0));
  const { counts, ambiguous } = applied ? await storeEdit(destination, edit, before, preview) : preview;
  const mistakes = [
    ...file.mistakes,
    ...ambiguous.map((each) => ({
      line: file.rows[each.index]?.line ?? 0,
      reason: ambiguousReason(each, mayRead),
    })),
  ].sort((a, b) => a.line - b.line);
  return outcomeOf(applied || mayRead ? counts : NOTHING, applied, mistakes);
}

const NOTHING: ManualCounts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0 };

function outcomeOf(
  counts: ManualCounts,
  applied: boolean,
  mistakes: readonly FileRowMistake[],
): ImportOutcome {
  const rejected = new Set(mistakes.map(({ line }) => line)).size;
  return { ...counts, applied, rejected, mistakes };
}

function ambiguousReason({ entry, candidates }: AmbiguousEntry, mayRead: boolean): string {
  return (
    `the ${ambiguity(entry.id, mayRead ? candidates : [])}; state the kind of the IDs: ` +
    'name the column sid, destinationMappingId, alias or value, or import with --id-type'
  );
}

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
  entry: ManualEntry,
  authorship: Authorship,
): Promise<EditedSegment | null> {
  const edit: Edit = { entries: [entry], mode: 'SET', authorship, kindsOf: await readKinds(destination) };
  const before = await currentSnapshot(destination);
  const { snapshot, ids, ambiguous } = await storeEdit(
    destination,
    edit,
    before,
    await previewEdit(before, edit),
  );
  const [first] = ambiguous;
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
  entry: ManualId,
  authorship: Authorship,
): Promise<EditedSegment | null> {
  const kindsOf = await readKinds(destination);
  let snapshot = await currentSnapshot(destination);
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

/** Manual entries to apply to a snapshot. */
interface Edit {
  readonly entries: readonly ManualEntry[];
  readonly mode: EditMode;
  readonly authorship: Authorship;
  readonly kindsOf: KindsOf;
}

async function previewEdit(previous: Snapshot, edit: Edit): Promise<EditResult> {
  return await applyEntries(previous, edit.entries, edit.mode, edit.authorship, edit.kindsOf);
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
      result = await previewEdit(previous, edit);
    }
    return result.isChanged
      ? editCommit(result, edit.authorship)
      : unchangedCommit(previous, edit.authorship);
  });
  return { ...result, snapshot };
}

/** Waits for the destination's details, on which the kinds of its IDs depend. */
async function readKinds(destination: Destination): Promise<KindsOf> {
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
function editCommit({ snapshot, changes }: SnapshotUpdate, { by, at }: Authorship): SnapshotCommit {
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

/** The snapshot to edit; an empty one if the destination was never listed and cannot be listed now. */
async function currentSnapshot(destination: Destination): Promise<Snapshot> {
  try {
    return await destination.snapshot();
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return destination.cached() ?? Snapshot.of([], null);
  }
}
