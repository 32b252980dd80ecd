import { storableText } from '../../base/text.js';
import { Turns, inTurns, type Steps } from '../../base/turns.js';
import { parseManualOnlyId, type SegmentIdType } from '../../segments/index.js';
import { resultOf, type Candidate } from '../lookup/found.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import {
  applyEntry,
  createManualOnly,
  isManualOnly,
  withoutManualLayer,
  type Authorship,
  type EditMode,
  type ManualEntry,
} from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { SnapshotChanges, updateManually, type SnapshotUpdate } from '../snapshot/snapshot-update.js';

/** How an import treats existing manual entries. MERGE: they are kept. REPLACE: those not in the file are removed. */
export type ImportMode = Exclude<EditMode, 'SET'>;

/** Number of segments by what the entries changed. */
export interface ManualCounts {
  readonly created: number;
  readonly renamed: number;
  /** Changed otherwise: the description, the status, or only whether a value is set manually. */
  readonly updated: number;
  readonly unchanged: number;
  /** Manual entries removed by REPLACE. */
  readonly removed: number;
}

/** An entry whose ID stands for several segments, so that it was not applied. */
export interface AmbiguousEntry {
  readonly entry: ManualEntry;
  /** Index in the list of entries. */
  readonly index: number;
  readonly candidates: readonly Candidate[];
}

/** How the IDs of entries are understood that state this kind. */
export type KindsOf = (idType: SegmentIdType) => IdKinds;

/** The result of applying manual entries to a snapshot. */
export interface EditResult extends SnapshotUpdate {
  /** Whether anything has changed; otherwise `snapshot` is the previous snapshot itself. */
  readonly isChanged: boolean;
  readonly counts: ManualCounts;
  /** The gateway's own IDs of the segments that the entries refer to. */
  readonly ids: ReadonlySet<string>;
  readonly ambiguous: readonly AmbiguousEntry[];
}

/** Applies manual entries to a snapshot, in turns. */
export async function applyEntries(
  previous: Snapshot,
  entries: readonly ManualEntry[],
  mode: EditMode,
  authorship: Authorship,
  kindsOf: KindsOf,
): Promise<EditResult> {
  for (const idType of new Set(entries.map((entry) => entry.idType))) {
    await previous.prepareFor(kindsOf(idType));
  }
  return await inTurns(applying(previous, entries, mode, authorship, kindsOf), new Turns());
}

function* applying(
  previous: Snapshot,
  entries: readonly ManualEntry[],
  mode: EditMode,
  authorship: Authorship,
  kindsOf: KindsOf,
): Steps<EditResult> {
  const changed = new Map<string, Segment>();
  const ids = new Set<string>();
  const ambiguous: AmbiguousEntry[] = [];
  const counts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0 };
  for (const [index, given] of entries.entries()) {
    yield;
    const entry = storableEntry(given);
    const { known, resolved, candidates } = resolve(previous, entry, kindsOf);
    if (candidates.length > 0) {
      ambiguous.push({ entry, index, candidates });
      // Nothing that the ID may stand for is removed by REPLACE, not even what the list of candidates leaves out.
      for (const match of previous.identify(resolved.id, kindsOf(resolved.idType))) {
        ids.add(previous.segments.id(match.index));
      }
      continue;
    }
    // Nothing can be taken away from a segment that is not known.
    if (known === undefined && !hasValue(resolved)) continue;
    const created = known === undefined ? createManualOnly(resolved, authorship) : null;
    const id = known?.id ?? created?.id ?? resolved.id;
    // An earlier entry may have changed the same segment under another identifier.
    const present = changed.get(id) ?? known;
    const next = present === undefined ? created : applyEntry(present, resolved, authorship, mode);
    ids.add(id);
    if (next === null) continue;
    if (present === undefined) counts.created += 1;
    else if (next === present) counts.unchanged += 1;
    else if (next.name !== present.name) counts.renamed += 1;
    else counts.updated += 1;
    if (next !== present) changed.set(id, next);
  }
  if (mode === 'REPLACE') {
    for (let position = 0; position < previous.segments.length; position++) {
      yield;
      const segment = withManualLayerAt(previous, position);
      if (segment === null || ids.has(segment.id)) continue;
      changed.set(segment.id, withoutManualLayer(segment, authorship));
      counts.removed += 1;
    }
  }
  const isChanged = changed.size > 0;
  const update = isChanged
    ? yield* updateManually(previous, changed)
    : { snapshot: previous, changes: SnapshotChanges.none(previous) };
  return { ...update, isChanged, counts, ids, ambiguous };
}

/** An entry as the storage keeps it. Otherwise it would change by itself when it is read again. */
function storableEntry({ id, name, description, ...entry }: ManualEntry): ManualEntry {
  return {
    ...entry,
    id: storableText(id),
    name: typeof name === 'string' ? storableText(name) : name,
    description: typeof description === 'string' ? storableText(description) : description,
  };
}

function hasValue({ name = null, description = null, status = null }: ManualEntry): boolean {
  return name !== null || description !== null || status !== null;
}

/** The segment at an index; `null` if it has no manual layer. */
function withManualLayerAt({ segments }: Snapshot, index: number): Segment | null {
  const segment = segments.mayHaveManual(index) ? segments.at(index) : undefined;
  return segment === undefined || segment.manual === null ? null : segment;
}

/** Removes the manual entry of a segment, in turns; `null` if there is none. */
export async function removeEntry(
  previous: Snapshot,
  segment: Segment,
  authorship: Authorship,
): Promise<SnapshotUpdate | null> {
  if (segment.manual === null) return null;
  const changed = new Map([[segment.id, withoutManualLayer(segment, authorship)]]);
  return await inTurns(updateManually(previous, changed), new Turns());
}

/** The segment that an entry refers to. */
interface ResolvedEntry {
  /** `undefined`: there is none yet. */
  readonly known: Segment | undefined;
  readonly resolved: ManualEntry;
  /** The segments that the ID may stand for, if there are several. */
  readonly candidates: readonly Candidate[];
}

/**
 * Finds the segment that an entry refers to. A prefixed ID that is not known here comes from the export of another
 * gateway: the entry is resolved to the identifier in it.
 */
function resolve(previous: Snapshot, entry: ManualEntry, kindsOf: KindsOf): ResolvedEntry {
  const found = findSegment(previous, entry, kindsOf);
  const identifier = entry.idType === 'MAPPING_ID' ? parseManualOnlyId(entry.id) : null;
  if (found.known !== undefined || found.candidates.length > 0 || identifier === null) {
    return { ...found, resolved: entry };
  }
  const resolved = { ...entry, ...identifier };
  return { ...findSegment(previous, resolved, kindsOf), resolved };
}

/** The segment with an ID, or the segments for which it may stand. */
export function findSegment(
  previous: Snapshot,
  { id, idType }: Pick<ManualEntry, 'id' | 'idType'>,
  kindsOf: KindsOf,
): Omit<ResolvedEntry, 'resolved'> {
  const kinds = kindsOf(idType);
  const result = resultOf(previous.segments, previous.identify(storableText(id), kinds), 'UNKNOWN');
  if (result.status === 'AMBIGUOUS') return { known: undefined, candidates: result.candidates };
  const known = result.status === 'FOUND' ? result.segment : undefined;
  // As long as the type of destination is not known, an ID of unstated kind may be another one than it looks like.
  const isCertain = kinds.isCertain || (known !== undefined && isManualOnly(known));
  return { known: isCertain ? known : undefined, candidates: [] };
}
