import { storableText } from '../../base/text.js';
import { Turns, inTurns, type Steps } from '../../base/turns.js';
import { manualOnlyId, parseManualOnlyId, type ManualId, type SegmentIdType } from '../../segments/index.js';
import type { Candidate } from '../lookup/found.js';
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
import type { ImportChange, ImportChangeKind, ManualCounts } from './import-types.js';
import { newerThan, type Since } from './newer.js';
import { EntryResolver, type KindsOf, type Unclear } from './resolve-entry.js';

/** An entry of which it is not clear what segment it is for, so that it was not applied. */
export interface UnclearEntry {
  readonly entry: ManualEntry;
  /** Index in the list of entries. */
  readonly index: number;
  /** OTHER_ROW: an earlier entry gives its segment, under another ID, other values. */
  readonly reason: Unclear | 'OTHER_ROW';
  readonly candidates: readonly Candidate[];
  /** For OTHER_ROW, the index of the earlier entry. */
  readonly earlier?: number;
}

/** An entry that was not applied, because the segment was changed by hand meanwhile. */
export interface KeptEntry {
  /** Index in the list of entries. */
  readonly index: number;
  readonly segment: Segment;
}

/** An identifier that a file gives, but for which the segment has no place. */
export interface DroppedId {
  /** Index in the list of entries. */
  readonly index: number;
  readonly id: ManualId;
  /** The segment, if it was known by hand already; `null`: it is new. */
  readonly segment: Segment | null;
}

/** An entry for an ID that no segment has as the stated kind, but a listed segment as another kind. */
export interface MistakenEntry {
  /** Index in the list of entries. */
  readonly index: number;
  readonly entry: ManualEntry;
  readonly segment: Segment;
  readonly idType: SegmentIdType;
}

/** Manual entries to apply to a snapshot. */
export interface Edit {
  readonly entries: readonly ManualEntry[];
  readonly mode: EditMode;
  readonly authorship: Authorship;
  readonly kindsOf: KindsOf;
  /** What segments with these identifiers have stays under REPLACE, although no entry names them. Default: none. */
  readonly spared?: readonly ManualId[];
  /** Whether REPLACE removes nothing that no entry names. Default: false. */
  readonly keepsRest?: boolean;
  /** From when the entries are. What was changed by hand later stays. Default: the entries are the newest. */
  readonly since?: Since;
}

/** A change of one segment. */
export interface EditChange extends ImportChange {
  /** Index in the list of entries; `null` if REPLACE removes what no entry names. */
  readonly index: number | null;
}

/** The result of applying manual entries to a snapshot. */
export interface EditResult extends SnapshotUpdate {
  /** Whether anything has changed; otherwise `snapshot` is the previous snapshot itself. */
  readonly isChanged: boolean;
  readonly counts: ManualCounts;
  /** The gateway's own IDs of the segments that the entries refer to, or may refer to. */
  readonly ids: ReadonlySet<string>;
  readonly unclear: readonly UnclearEntry[];
  readonly kept: readonly KeptEntry[];
  readonly dropped: readonly DroppedId[];
  readonly mistaken: readonly MistakenEntry[];
  /** The changed segments, after the change, by the gateway's own ID: first those of entries, then those removed. */
  readonly changed: ReadonlyMap<string, Segment>;
  /** The first of the changes. */
  readonly described: readonly EditChange[];
}

/** Maximum number of changes that are described. */
const MAX_CHANGES = 1_000;

/** The kinds of identifiers that are taken for one another. */
const MISTAKABLE: readonly SegmentIdType[] = ['SID', 'MAPPING_ID', 'ALIAS'];

/** Applies manual entries to a snapshot, in turns. @param signal ends it */
export async function applyEntries(
  previous: Snapshot,
  edit: Edit,
  signal?: AbortSignal,
): Promise<EditResult> {
  const types = new Set([...edit.entries, ...(edit.spared ?? [])].map(({ idType }) => idType));
  for (const { others = [] } of edit.entries) for (const { idType } of others) types.add(idType);
  if (edit.mode !== 'SET') for (const idType of MISTAKABLE) types.add(idType);
  for (const idType of types) await previous.prepareFor(edit.kindsOf(idType));
  return await inTurns(applying(previous, edit), new Turns(signal));
}

function* applying(previous: Snapshot, edit: Edit): Steps<EditResult> {
  const { entries, mode, authorship, kindsOf, spared = [], keepsRest = false, since } = edit;
  const resolver = new EntryResolver(previous, kindsOf);
  const changed = new Map<string, Segment>();
  /** The entries of the first changes. */
  const indices = new Map<string, number>();
  const ids = new Set<string>();
  /** For each segment, the first entry that says something of it. */
  const saidBy = new Map<string, number>();
  const unclear: UnclearEntry[] = [];
  const kept: KeptEntry[] = [];
  const dropped: DroppedId[] = [];
  const mistaken: MistakenEntry[] = [];
  const counts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, kept: 0 };
  for (const [index, given] of entries.entries()) {
    yield;
    const entry = storableEntry(given);
    const { known, resolved, unclear: reason, candidates } = resolver.resolve(entry);
    if (reason !== null) {
      unclear.push({ entry, index, reason, candidates });
      // Nothing that the IDs may stand for is removed by REPLACE, not even what the list of candidates leaves out.
      for (const id of [resolved, ...(resolved.others ?? [])]) {
        for (const own of resolver.idsOf(id)) ids.add(own);
      }
      continue;
    }
    // Nothing can be taken away from a segment that is not known.
    if (known === undefined && !hasValue(resolved)) {
      if (isBlank(resolved)) counts.unchanged += 1;
      continue;
    }
    const created = known === undefined ? createManualOnly(resolved, authorship) : null;
    const id = known?.id ?? created?.id ?? resolved.id;
    ids.add(id);
    const earlier = saidBy.get(id);
    if (earlier === undefined) {
      if (!isBlank(resolved)) saidBy.set(id, index);
    } else if (contradict(entries[earlier], resolved)) {
      unclear.push({ entry, index, reason: 'OTHER_ROW', candidates: [], earlier });
      continue;
    }
    const newer = since === undefined || changed.has(id) ? null : newerThan(since, id, known);
    if (newer !== null) {
      kept.push({ index, segment: newer });
      counts.kept += 1;
      continue;
    }
    // An earlier entry may have changed the same segment under another identifier.
    const present = changed.get(id) ?? known;
    const next = present === undefined ? created : applied(present, resolved, authorship, mode);
    if (next === null) continue;
    for (const dropping of droppedIds(resolved, next)) {
      dropped.push({ index, id: dropping, segment: present ?? null });
    }
    if (present === undefined) {
      counts.created += 1;
      const mistake = mode === 'SET' ? null : mistakenFor(resolver, resolved);
      if (mistake !== null) mistaken.push({ index, entry: resolved, ...mistake });
    } else if (next === present) counts.unchanged += 1;
    else if (next.name !== present.name) counts.renamed += 1;
    else counts.updated += 1;
    if (next === present) continue;
    changed.set(id, next);
    if (indices.size < MAX_CHANGES && !indices.has(id)) indices.set(id, index);
  }
  if (mode === 'REPLACE' && !keepsRest) {
    for (const id of spared) {
      yield;
      for (const own of resolver.idsOf(id)) ids.add(own);
    }
    for (let position = 0; position < previous.segments.length; position++) {
      yield;
      const segment = withManualLayerAt(previous, position);
      if (segment === null || ids.has(segment.id)) continue;
      if (since !== undefined && newerThan(since, segment.id, segment) !== null) {
        counts.kept += 1;
        continue;
      }
      changed.set(segment.id, withoutManualLayer(segment, authorship));
      counts.removed += 1;
    }
  }
  const isChanged = changed.size > 0;
  const update = isChanged
    ? yield* updateManually(previous, changed)
    : { snapshot: previous, changes: SnapshotChanges.none(previous) };
  const described = firstChanges(previous, changed, indices);
  return { ...update, isChanged, counts, ids, unclear, kept, dropped, mistaken, changed, described };
}

function applied(segment: Segment, entry: ManualEntry, authorship: Authorship, mode: EditMode): Segment {
  // A row with an ID alone says nothing, not even that something was taken away.
  return isBlank(entry) ? segment : applyEntry(segment, entry, authorship, mode);
}

/** The identifiers of an entry by which its segment, which only has manual entries, is not found. */
function droppedIds({ id, idType, others = [] }: ManualEntry, segment: Segment): readonly ManualId[] {
  if (others.length === 0 || !isManualOnly(segment)) return [];
  const { sid, alias, value, url, secureUrl } = segment;
  return [{ id, idType }, ...others].filter((each) => {
    if (manualOnlyId(each) === segment.id || parseManualOnlyId(each.id) !== null) return false;
    switch (each.idType) {
      case 'SID':
        return sid !== each.id;
      case 'ALIAS':
        return alias !== each.id;
      case 'VALUE':
        return value !== each.id;
      case 'URL':
        return url !== each.id && secureUrl !== each.id;
      case 'KEY_VALUE':
        return alias === null || value === null;
      case 'MAPPING_ID':
      case 'AUTO':
        return true;
    }
  });
}

/** The listed segment that has the only ID of an entry as another kind; `null` if there is none. */
function mistakenFor(
  resolver: EntryResolver,
  { id, idType, others = [] }: ManualEntry,
): Pick<MistakenEntry, 'segment' | 'idType'> | null {
  if (others.length > 0 || !MISTAKABLE.includes(idType)) return null;
  for (const other of MISTAKABLE) {
    const { known } = other === idType ? NOTHING : resolver.find({ id, idType: other });
    if (known !== undefined && !isManualOnly(known)) return { segment: known, idType: other };
  }
  return null;
}

const NOTHING: { readonly known: Segment | undefined } = { known: undefined };

/** Describes the first changes, in the order in which they were made. */
function firstChanges(
  previous: Snapshot,
  changed: ReadonlyMap<string, Segment>,
  indices: ReadonlyMap<string, number>,
): EditChange[] {
  const changes: EditChange[] = [];
  for (const [id, to] of changed) {
    if (changes.length === MAX_CHANGES) break;
    const index = indices.get(id) ?? null;
    const from = previous.find(id) ?? null;
    changes.push({ kind: kindOf(from, to, index), index, line: null, from, to });
  }
  return changes;
}

function kindOf(from: Segment | null, to: Segment, index: number | null): ImportChangeKind {
  if (from === null) return 'CREATED';
  if (index === null) return 'REMOVED';
  return from.name === to.name ? 'UPDATED' : 'RENAMED';
}

/** An entry as the storage keeps it. Otherwise it would change by itself when it is read again. */
function storableEntry({ id, others, name, description, ...entry }: ManualEntry): ManualEntry {
  return {
    ...entry,
    id: storableText(id),
    ...(others !== undefined && {
      others: others.map((other) => ({ ...other, id: storableText(other.id) })),
    }),
    name: typeof name === 'string' ? storableText(name) : name,
    description: typeof description === 'string' ? storableText(description) : description,
  };
}

function hasValue({ name = null, description = null, status = null }: ManualEntry): boolean {
  return name !== null || description !== null || status !== null;
}

/** Whether two entries say different things of the same segment. */
function contradict(a: ManualEntry | undefined, b: ManualEntry): boolean {
  const differ = <T>(one: T | undefined, other: T | undefined): boolean =>
    one !== undefined && other !== undefined && one !== other;
  if (a === undefined) return false;
  return differ(a.name, b.name) || differ(a.description, b.description) || differ(a.status, b.status);
}

/** Whether an entry sets nothing and takes nothing away. */
function isBlank({ name, description, status }: ManualEntry): boolean {
  return name === undefined && description === undefined && status === undefined;
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
