import { randomUUID } from 'node:crypto';
import {
  FileError,
  quoteForMessage,
  readSegments,
  type FileContent,
  type FileId,
  type FileRow,
  type ParsedFile,
} from '../../import-export/index.js';
import type { ManualId, SegmentIdType } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { DirectoryError, errorAbout } from '../errors.js';
import type { FurtherId, ManualEntry } from '../snapshot/manual-layer.js';
import { currentSnapshot, editCommit, readKinds } from './editing.js';
import { applyEntries, type Edit, type EditResult } from './entries.js';
import { mistakesOf, notesOf, unreadableLine, warningsOf, type Imported } from './import-remarks.js';
import type { ImportOptions, ImportOutcome, ManualCounts } from './import-types.js';
import { importedChanges } from './imported-changes.js';
import type { KindsOf } from './resolve-entry.js';

/**
 * Imports a customer's file as manual entries. If any file row has a mistake, nothing is imported, unless `skipBad` is
 * set. IDs that stand for several segments are a mistake.
 *
 * @throws DirectoryError BAD_USER_INPUT if the file as a whole cannot be read, or is the export of another customer or
 *   destination; the message names line and remedy
 */
export async function importContent(
  destination: Destination,
  content: FileContent,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { mode, dryRun, skipBad, mayRead = true, by, startedAt, signal } = options;
  const kindsOf = await readKinds(destination);
  // From before the file is read, which takes a while: what is changed by hand meanwhile is newer than the file.
  const snapshot = await currentSnapshot(destination);
  const file = await readFile(destination, content, options, kindsOf);
  const typed = typing(destination.settings.segmentIdType);
  const entries = file.rows.map((row) => entryOf(row, typed, kindsOf('KEY_VALUE').keySeparator));
  const isTrial = dryRun || (file.mistakes.length > 0 && !skipBad);
  if (isTrial && !mayRead) return outcomeOf({ file, result: null, importId: null, mode, mayRead });
  const edit = {
    entries,
    mode,
    // A row whose ID cannot be read may be any of the segments that the file does not seem to have.
    keepsRest: unreadableLine(file) !== null,
    kindsOf,
    spared: file.mistakes.flatMap(({ ids = [] }) => ids.map(typed)),
    since: { snapshot, at: startedAt },
  };
  if (isTrial) {
    const result = await applyEntries(snapshot, { ...edit, authorship: { by, at: startedAt } }, signal);
    return outcomeOf({ file, result, importId: null, mode, mayRead });
  }
  return outcomeOf({ file, ...(await storeImport(destination, edit, file, options)), mode, mayRead });
}

/** Reads the file. @throws DirectoryError BAD_USER_INPUT */
async function readFile(
  destination: Destination,
  content: FileContent,
  { idType, idColumn, nameColumn, force = false, onProgress, signal }: ImportOptions,
  kindsOf: KindsOf,
): Promise<ParsedFile> {
  const { customerId, id: destinationId } = destination;
  const { segmentIdType } = destination.settings;
  const unstated = idType ?? segmentIdType;
  const { types, keySeparator } = kindsOf(segmentIdType);
  const target = { customerId, destinationId };
  const file = await readSegments(content, {
    ...(force ? {} : { target }),
    ...(unstated === 'AUTO' ? {} : { idType: unstated }),
    ...(typeof idType === 'string' && { statedType: idType }),
    ...(typeof idColumn === 'string' && { idColumn }),
    ...(typeof nameColumn === 'string' && { nameColumn }),
    // Key and value of a row are one identifier where that is what the destination sends.
    ...(types.every((type) => type === 'KEY_VALUE') ? { keySeparator } : {}),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    throw new DirectoryError('BAD_USER_INPUT', error.message, error);
  });
  const { foreign } = file;
  if (foreign === null || force) return file;
  throw errorAbout(
    target,
    'BAD_USER_INPUT',
    `The file is an export of destination ${quoteForMessage(foreign.destinationId)} of customer ` +
      `${quoteForMessage(foreign.customerId)}. Import it there; or, if its names are right here too, import it with --force (force: true).`,
  );
}

/** Says of which kind the IDs of a file are. */
type Typing = (id: FileId & { readonly shared?: boolean }) => FurtherId;

/** @param configured counts where neither the file nor the caller states a kind */
function typing(configured: SegmentIdType): Typing {
  return ({ id, idType, shared = false }) => ({
    id,
    idType: idType ?? configured,
    ...(shared && { shared }),
  });
}

function entryOf({ ids, name, description, status }: FileRow, typed: Typing, separator: string): ManualEntry {
  const [first = NO_ID, ...others] = ids.map(typed);
  const all = others.flatMap((other) => withParts(other, separator));
  return {
    ...first,
    ...(all.length > 0 && { others: all }),
    name: name ?? undefined,
    description: description ?? undefined,
    status: status ?? undefined,
  };
}

/** No row is without an identifier. */
const NO_ID: ManualId = { idType: 'AUTO', id: '' };

/** A segment has fields for the parts of a KEY_VALUE, by which it is found by both together. */
function withParts(given: FurtherId, separator: string): FurtherId[] {
  const { idType, id } = given;
  const end = idType === 'KEY_VALUE' ? id.indexOf(separator) : -1;
  if (end <= 0) return [given];
  const alias = { idType: 'ALIAS', id: id.slice(0, end), shared: true } as const;
  const value = { idType: 'VALUE', id: id.slice(end + separator.length), shared: true } as const;
  return [given, alias, value];
}

/** Ends an edit without a change: the rows turned out to have mistakes that forbid the import. */
class RefusedEdit extends Error {
  readonly result: EditResult;

  constructor(result: EditResult) {
    super('the import is refused');
    this.result = result;
  }
}

/** Applies the entries to what is stored at that moment, and stores the result as one change. */
async function storeImport(
  destination: Destination,
  edit: Omit<Edit, 'authorship'>,
  file: ParsedFile,
  { by, mode, fileName = null, skipBad, startedAt, signal }: ImportOptions,
): Promise<Pick<Imported, 'result' | 'importId'>> {
  const importId = randomUUID();
  const stored: { result: EditResult | null } = { result: null };
  try {
    await destination.edit(async (previous) => {
      // The entries are from when the file came, so that one that came later wins, whichever is stored first.
      const result = await applyEntries(previous, { ...edit, authorship: { by, at: startedAt } }, signal);
      const isFlawless = file.mistakes.length === 0 && result.unclear.length === 0;
      if (!isFlawless && !(skipBad && result.unclear.length < edit.entries.length))
        throw new RefusedEdit(result);
      stored.result = result;
      const rejected = rejectedRows(mistakesOf({ file, result, mayRead: false }));
      const record = { id: importId, by, fileName, mode, counts: { ...result.counts, rejected } };
      return {
        ...editCommit(result, { by, at: destination.now() }),
        with: { import: { record, changes: importedChanges(previous, result.changed) } },
      };
    });
    return { ...stored, importId };
  } catch (error) {
    if (error instanceof RefusedEdit) return { result: error.result, importId: null };
    throw error;
  }
}

const NOTHING: ManualCounts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, kept: 0 };

function outcomeOf(imported: Imported): ImportOutcome {
  const { file, result, importId, mayRead } = imported;
  const applied = importId !== null;
  const mistakes = mistakesOf(imported);
  const lineOf = (index: number | null): number | null =>
    index === null ? null : (file.rows[index]?.line ?? null);
  return {
    ...(result !== null && (applied || mayRead) ? result.counts : NOTHING),
    applied,
    importId,
    rejected: rejectedRows(mistakes),
    mistakes,
    warnings: warningsOf(imported),
    notes: notesOf(imported),
    changes: mayRead ? (result?.described ?? []).map((each) => ({ ...each, line: lineOf(each.index) })) : [],
    columns: file.columns,
    sheets: file.sheets,
  };
}

function rejectedRows(mistakes: ImportOutcome['mistakes']): number {
  return new Set(mistakes.map(({ line }) => line)).size;
}
