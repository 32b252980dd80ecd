import { FileError, readSegments, type FileRowMistake } from '../../import-export/index.js';
import type { Destination } from '../destination.js';
import { DirectoryError } from '../errors.js';
import type { Authorship, EditMode, ManualEntry } from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { SnapshotChanges, type SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { SnapshotCommit } from '../storing/snapshot-store.js';
import {
  applyEntries,
  applyEntriesYielding,
  removeEntry,
  type EditResult,
  type ImportMode,
  type ManualCounts,
} from './entries.js';

interface ImportOptions extends Authorship {
  readonly mode: ImportMode;
  /** Only counts what would change. */
  readonly dryRun: boolean;
  /** Imports the good file rows even if others have mistakes. */
  readonly skipBad: boolean;
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
 * set.
 *
 * @param text content of the file
 * @throws DirectoryError BAD_USER_INPUT if the file as a whole cannot be read; the message names line and remedy
 */
export async function importFile(
  destination: Destination,
  text: string,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { mode, dryRun, skipBad, onProgress, by, at } = options;
  const { customerId, id: destinationId } = destination;
  const readOptions = {
    target: { customerId, destinationId },
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const file = await readSegments(text, readOptions).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    throw new DirectoryError('BAD_USER_INPUT', error.message, error);
  });
  const { segmentIdType } = destination.settings;
  const entries = file.rows.map((row): ManualEntry => ({ ...row, idType: row.idType ?? segmentIdType }));
  const applied = !dryRun && (file.mistakes.length === 0 || (skipBad && entries.length > 0));
  const edit = { entries, mode, authorship: { by, at } };
  const { counts } = applied
    ? await storeEdit(destination, edit)
    : await previewEdit(await currentSnapshot(destination), edit);
  const rejected = new Set(file.mistakes.map(({ line }) => line)).size;
  return { ...counts, applied, rejected, mistakes: file.mistakes };
}

/** Sets the name, description or status of one segment manually. @throws DirectoryError */
export async function setSegment(
  destination: Destination,
  entry: ManualEntry,
  authorship: Authorship,
): Promise<{ readonly segment: Segment; readonly snapshot: Snapshot }> {
  const { snapshot, ids } = await storeEdit(destination, { entries: [entry], mode: 'SET', authorship });
  const [id = entry.id] = ids;
  const segment = snapshot.find(id, 'MAPPING_ID');
  if (segment === undefined) throw new Error('the segment is missing from the snapshot in which it was set');
  return { segment, snapshot };
}

/**
 * Removes the manual entry of a segment.
 *
 * @returns the segment after the change; `null` if there is no such segment
 * @throws DirectoryError
 */
export async function unsetSegment(
  destination: Destination,
  { id, idType }: Pick<ManualEntry, 'id' | 'idType'>,
  authorship: Authorship,
): Promise<{ readonly segment: Segment; readonly snapshot: Snapshot } | null> {
  let snapshot = await currentSnapshot(destination);
  const known = snapshot.find(id, idType);
  // Looked up again in each later snapshot, because a listing may have merged a manual-only segment into a mapping.
  const findAgain = (later: Snapshot): Segment | undefined =>
    (known === undefined ? undefined : later.find(known.id, 'MAPPING_ID')) ?? later.find(id, idType);
  if (known !== undefined && known.manual !== null) {
    snapshot = await destination.edit((previous) => {
      const segment = findAgain(previous);
      const update = segment === undefined ? null : removeEntry(previous, segment, authorship);
      const unchanged = { snapshot: previous, changes: SnapshotChanges.none(previous) };
      return editCommit(update ?? unchanged, authorship);
    });
  }
  const segment = findAgain(snapshot);
  return segment === undefined ? null : { segment, snapshot };
}

/** Manual entries to apply to a snapshot. */
interface Edit {
  readonly entries: readonly ManualEntry[];
  readonly mode: EditMode;
  readonly authorship: Authorship;
}

async function previewEdit(previous: Snapshot, { entries, mode, authorship }: Edit): Promise<EditResult> {
  return await applyEntriesYielding(previous, entries, mode, authorship);
}

/** Applies an edit and stores the result, unless it changes nothing. */
async function storeEdit(destination: Destination, edit: Edit): Promise<EditResult> {
  const before = await currentSnapshot(destination);
  let result = await previewEdit(before, edit);
  if (!result.isChanged) return result;
  const snapshot = await destination.edit((previous) => {
    // Applied again only if the snapshot has changed meanwhile, which is rare, because a file may be large.
    if (!isSame(previous, before)) result = applyEntries(previous, edit.entries, edit.mode, edit.authorship);
    return editCommit(result, edit.authorship);
  });
  return { ...result, snapshot };
}

function isSame(a: Snapshot, b: Snapshot): boolean {
  return a === b || (a.generation === 0 && b.generation === 0 && a.segments.length + b.segments.length === 0);
}

/** The commit that stores a manual change. */
function editCommit({ snapshot, changes }: SnapshotUpdate, { by, at }: Authorship): SnapshotCommit {
  return { next: snapshot, changes, state: { segmentCount: snapshot.segments.length }, at, by };
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
