import {
  quoteForMessage,
  type FileRowMistake,
  type FileRowWarning,
  type ParsedFile,
} from '../../import-export/index.js';
import type { ManualId, SegmentIdType } from '../../segments/index.js';
import { ambiguity, descriptionOf, nameOf } from '../lookup/ambiguity.js';
import type { Candidate } from '../lookup/found.js';
import { isManualOnly, type ManualEntry } from '../snapshot/manual-layer.js';
import type { EditResult, UnclearEntry } from './entries.js';
import type { ImportMode } from './import-types.js';

/** What an import has found out. */
export interface Imported {
  readonly file: ParsedFile;
  /** `null`: nobody looked at what is stored. */
  readonly result: EditResult | null;
  /** `null`: nothing was stored. */
  readonly importId: string | null;
  readonly mode: ImportMode;
  /** Whether the remarks may tell what is stored. */
  readonly mayRead: boolean;
}

/** The mistakes of the file, and those that show beside what is stored, in the order of the file. */
export function mistakesOf({
  file,
  result,
  mayRead,
}: Pick<Imported, 'file' | 'result' | 'mayRead'>): FileRowMistake[] {
  const unclear = result?.unclear ?? [];
  return [
    ...file.mistakes,
    ...unclear.map((each) => ({
      line: lineOf(file, each.index),
      reason: unclearReason(file, each, mayRead),
    })),
  ].sort((a, b) => a.line - b.line);
}

function lineOf({ rows }: ParsedFile, index: number): number {
  return rows[index]?.line ?? 0;
}

function unclearReason(
  file: ParsedFile,
  { entry, reason, candidates, earlier = -1 }: UnclearEntry,
  mayRead: boolean,
): string {
  if (reason === 'OTHER_ROW') {
    return `its ID is of the same segment as that on line ${lineOf(file, earlier)}, and it says something else; remove one of the two rows`;
  }
  if (reason === 'CONTRADICTION') {
    const named = mayRead ? `: ${candidates.map(descriptionOf).join('; ')}` : '';
    return `its IDs belong to different segments${named}; correct the row, or remove the wrong ID`;
  }
  if (reason === 'OTHER_SID') return otherSidReason(entry, mayRead ? candidates : []);
  return (
    `the ${ambiguity(entry.id, mayRead ? candidates : [])}; state the kind of the IDs: ` +
    'name the column sid, destinationMappingId, alias or value, or import with --id-type'
  );
}

function otherSidReason({ id, idType, others = [] }: ManualEntry, [found]: readonly Candidate[]): string {
  const sid = [{ id, idType }, ...others].find((each) => each.idType === 'SID')?.id ?? id;
  const given = `its sid ${quoteForMessage(sid)} is not that of the segment with its other ID`;
  if (found === undefined) return `${given}; correct the row, or remove the wrong ID`;
  const { segment } = found;
  const named = `${given}: ${nameOf(segment)} has the sid ${quoteForMessage(segment.sid ?? '')}`;
  // A mistyped sid that was given by hand can only be corrected so.
  const purge = isManualOnly(segment) ? ', or purge that segment if its sid is wrong' : '';
  return `${named}; correct the row, or remove the wrong ID${purge}`;
}

/** What is suspicious about rows that are no mistakes, in the order of the file. */
export function warningsOf({ file, result, mayRead }: Imported): FileRowWarning[] {
  const found: FileRowWarning[] = [...file.warnings];
  if (result === null || !mayRead) return found;
  for (const { index, segment } of result.kept) {
    const { manual } = segment;
    const by = manual === null ? 'it was taken away' : `${manual.by} changed it`;
    const reason = `stays as it is, because ${by} after this import had begun`;
    found.push({ line: lineOf(file, index), reason });
  }
  for (const { index, id, segment } of result.dropped) {
    found.push({ line: lineOf(file, index), reason: droppedReason(id, segment?.id ?? null) });
  }
  for (const { index, entry, segment, idType } of result.mistaken) {
    const reason = `no segment has the ${KINDS[entry.idType]} ${quoteForMessage(entry.id)}, but it is the ${KINDS[idType]} of ${nameOf(segment)}`;
    found.push({ line: lineOf(file, index), reason });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** How messages call the kinds of identifiers. */
const KINDS: Readonly<Record<SegmentIdType, string>> = {
  SID: 'sid',
  MAPPING_ID: 'mapping ID',
  ALIAS: 'alias',
  VALUE: 'value',
  KEY_VALUE: 'key and value',
  URL: 'URL',
  AUTO: 'ID',
};

function droppedReason({ id, idType }: ManualId, knownAs: string | null): string {
  const named = `its ${KINDS[idType]} ${quoteForMessage(id)} is not kept, so the segment is not found by it`;
  if (knownAs !== null) {
    return `${named}: the segment is known by hand as ${quoteForMessage(knownAs)} already; purge it and import the file again to have both`;
  }
  if (idType === 'AUTO') {
    return `${named}: the file does not say what it is; name its column sid, destinationMappingId, alias or value, or import with --id-type`;
  }
  return `${named}: a segment has one of that kind`;
}

/** The first line with a mistake whose ID cannot be read; `null` if there is none. */
export function unreadableLine({ mistakes }: ParsedFile): number | null {
  return mistakes.find(({ ids = [] }) => ids.length === 0)?.line ?? null;
}

/** Otherwise the counts would read as if nothing changed. */
const NOT_TOLD =
  'What would change is not told without the permission read: only the mistakes of the file itself are, and nothing is counted.';

/** What was done with the file as a whole, and what it gives reason to suspect. Sentences for people. */
export function notesOf({ file, result, mayRead, mode }: Imported): string[] {
  const line = mode === 'REPLACE' ? unreadableLine(file) : null;
  const spared =
    line === null
      ? []
      : [
          `Nothing is removed for being missing from the file: the row on line ${line} may be any segment, as its ID cannot be read. Correct it, and import the file again.`,
        ];
  const hidden = result === null && !mayRead ? [NOT_TOLD] : [];
  return [...file.notes, ...spared, ...hidden, ...(result === null || !mayRead ? [] : hintsOf(result))];
}

function hintsOf(result: EditResult): string[] {
  const counts = new Map<string, { count: number; entryType: SegmentIdType; idType: SegmentIdType }>();
  for (const { entry, idType } of result.mistaken) {
    const key = `${entry.idType} ${idType}`;
    const known = counts.get(key) ?? { count: 0, entryType: entry.idType, idType };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  return Array.from(counts.values(), ({ count, entryType, idType }) => {
    const rows = count === 1 ? '1 row has' : `${count} rows have`;
    return (
      `${rows} a ${KINDS[entryType]} that no segment has, but that is the ${KINDS[idType]} of another one. ` +
      `If the IDs of the file are of that kind, import it with --id-type ${idType} (idType: ${idType}).`
    );
  });
}
