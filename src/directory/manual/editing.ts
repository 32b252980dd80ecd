import { FileMistake, readSegments, type RowMistake } from '../../import-export/index.js';
import { SnapshotChanges, type SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { Destination } from '../destination.js';
import { DirectoryError } from '../errors.js';
import type { Authorship, EditMode, ManualEntry } from '../snapshot/manual-layer.js';
import {
  withEntries,
  withEntriesYielding,
  withoutEntry,
  type Edited,
  type ImportMode,
  type ManualCounts,
} from './entries.js';
import type { Segment } from '../snapshot/segment.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { Step } from '../storing/store.js';

export interface ImportOptions extends Authorship {
  readonly mode: ImportMode;
  /** Only count what would change. */
  readonly dryRun: boolean;
  /** Take the good rows although there are bad ones. */
  readonly skipBad: boolean;
  /** Called while the file is read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What became of the rows of a file. */
export interface ImportOutcome extends ManualCounts {
  /** Whether anything was written. */
  readonly applied: boolean;
  /** How many rows cannot be taken over; one may have several mistakes. */
  readonly rejected: number;
  readonly mistakes: readonly RowMistake[];
}

/**
 * Takes over the names in a file that a customer sent. All good rows or none: with bad ones among them, only
 * if told so.
 *
 * @throws DirectoryError BAD_USER_INPUT for a file of the wrong kind, with line and remedy
 */
export async function importFile(
  destination: Destination,
  text: string,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { mode, dryRun, skipBad, onProgress, by, at } = options;
  const { customerId, id: destinationId } = destination;
  const reading = {
    target: { customerId, destinationId },
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const file = await readSegments(text, reading).catch((error: unknown) => {
    if (!(error instanceof FileMistake)) throw error;
    throw new DirectoryError('BAD_USER_INPUT', error.message, error);
  });
  const { segmentIdType } = destination.settings;
  const entries = file.rows.map((row): ManualEntry => ({ ...row, idType: row.idType ?? segmentIdType }));
  const applied = !dryRun && (file.mistakes.length === 0 || (skipBad && entries.length > 0));
  const edit = { entries, mode, authorship: { by, at } };
  const { counts } = applied
    ? await apply(destination, edit)
    : await edited(await present(destination), edit);
  const rejected = new Set(file.mistakes.map(({ line }) => line)).size;
  return { ...counts, applied, rejected, mistakes: file.mistakes };
}

/** Lays a name, description or status over one segment. @throws DirectoryError */
export async function setSegment(
  destination: Destination,
  entry: ManualEntry,
  authorship: Authorship,
): Promise<{ readonly segment: Segment; readonly snapshot: Snapshot }> {
  const { snapshot, ids } = await apply(destination, { entries: [entry], mode: 'SET', authorship });
  const [id = entry.id] = ids;
  const segment = snapshot.find(id, 'MAPPING_ID');
  if (segment === undefined) throw new Error('a segment that was just set cannot be found');
  return { segment, snapshot };
}

/**
 * Takes what was laid over a segment away.
 *
 * @returns the segment as it is then; `null` where there is none
 * @throws DirectoryError
 */
export async function unsetSegment(
  destination: Destination,
  { id, idType }: Pick<ManualEntry, 'id' | 'idType'>,
  authorship: Authorship,
): Promise<{ readonly segment: Segment; readonly snapshot: Snapshot } | null> {
  let snapshot = await present(destination);
  const known = snapshot.find(id, idType);
  // A listing may find out meanwhile which mapping it is.
  const again = (later: Snapshot): Segment | undefined =>
    (known === undefined ? undefined : later.find(known.id, 'MAPPING_ID')) ?? later.find(id, idType);
  if (known !== undefined && known.manual !== null) {
    snapshot = await destination.edit((previous) => {
      const segment = again(previous);
      const next = segment === undefined ? null : withoutEntry(previous, segment, authorship);
      return stepTo(next ?? { snapshot: previous, changes: SnapshotChanges.none(previous) }, authorship);
    });
  }
  const segment = again(snapshot);
  return segment === undefined ? null : { segment, snapshot };
}

interface Edit {
  readonly entries: readonly ManualEntry[];
  readonly mode: EditMode;
  readonly authorship: Authorship;
}

async function edited(previous: Snapshot, { entries, mode, authorship }: Edit): Promise<Edited> {
  return await withEntriesYielding(previous, entries, mode, authorship);
}

/** Stores what the edit makes of what is there; leaves it alone where that is nothing new. */
async function apply(destination: Destination, edit: Edit): Promise<Edited> {
  const before = await present(destination);
  let result = await edited(before, edit);
  if (!result.isChanged) return result;
  const snapshot = await destination.edit((previous) => {
    // Seldom has anything changed in between, and a large file is not to be laid over it twice.
    if (!isSame(previous, before)) result = withEntries(previous, edit.entries, edit.mode, edit.authorship);
    return stepTo(result, edit.authorship);
  });
  return { ...result, snapshot };
}

function isSame(a: Snapshot, b: Snapshot): boolean {
  return a === b || (a.generation === 0 && b.generation === 0 && a.segments.length + b.segments.length === 0);
}

function stepTo({ snapshot, changes }: SnapshotUpdate, { by, at }: Authorship): Step {
  return { next: snapshot, changes, state: { segmentCount: snapshot.segments.length }, at, by };
}

/** What is known now; nothing, where Audience Manager was never read and cannot be. */
async function present(destination: Destination): Promise<Snapshot> {
  try {
    return await destination.snapshot();
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return destination.held() ?? Snapshot.of([], null);
  }
}
