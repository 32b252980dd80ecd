import type { ContentChange } from '../../storage/index.js';
import {
  PackedRevisions,
  SegmentPacker,
  bitsOf,
  type Occasion,
  type PackedSegments,
  type Revision,
  type RevisionKind,
} from '../../segments/index.js';
import { isStandalone, standaloneId } from './manual-layer.js';
import type { Segment } from './segment.js';
import { Snapshot } from './snapshot.js';
import { merged } from './merge.js';

/** A snapshot that takes the place of another, and what has to be written for it. */
export interface SnapshotUpdate {
  readonly snapshot: Snapshot;
  readonly changes: SnapshotChanges;
}

/** What differs between a snapshot and the one before, for another thread. */
export interface ChangesParts {
  /** Those of the snapshot's segments that are new or changed. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** What happened to each of them, as `bitsOf`. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  /** IDs of segments to forget. */
  readonly removals: readonly string[];
  /** How segments that were given by hand, and turn out to be one of these, came to be. */
  readonly formers: readonly Revision[];
}

/** What differs between a snapshot and the one before. */
export class SnapshotChanges {
  readonly #segments: PackedSegments;
  readonly #parts: ChangesParts;

  constructor(snapshot: Snapshot, parts: ChangesParts) {
    this.#segments = snapshot.segments;
    this.#parts = parts;
  }

  /** Of a snapshot that differs in nothing. */
  static none(snapshot: Snapshot): SnapshotChanges {
    return new SnapshotChanges(snapshot, {
      rows: new Uint32Array(0),
      kinds: new Uint8Array(0),
      removals: [],
      formers: [],
    });
  }

  toParts(): ChangesParts {
    return this.#parts;
  }

  /** For the storage. */
  content(occasion: Occasion): Omit<ContentChange, 'state'> {
    const { rows, kinds, removals, formers } = this.#parts;
    const isAll = rows.length === this.#segments.length;
    const upserts = isAll ? this.#segments : this.#segments.picked(rows);
    return { upserts, removals, revisions: new PackedRevisions(upserts, kinds, occasion, formers) };
  }
}

/**
 * The snapshot that follows another one.
 *
 * @param changed segments that are new or take the place of those with the same IDs
 * @param gone those of the segments before that are forgotten
 */
export function updateSnapshot(
  before: Snapshot,
  changed: PackedSegments,
  {
    gone = new Set(),
    asOf = before.asOf,
    isByHand,
  }: { readonly gone?: ReadonlySet<number>; readonly asOf?: number | null; readonly isByHand: boolean },
): SnapshotUpdate {
  const isReplaced = new Uint8Array(before.segments.length);
  for (const row of gone) isReplaced[row] = 1;
  const known = new Int32Array(changed.length);
  for (let row = 0; row < changed.length; row++) {
    const place = before.rowLike(changed, row);
    known[row] = place;
    if (place >= 0) isReplaced[place] = 1;
  }
  const { segments, added, rows } = merged(before.segments, (row) => isReplaced[row] === 0, changed);
  const snapshot = Snapshot.ofSorted(segments, asOf, before.generation);
  const removals = [...gone].map((row) => before.segments.id(row));
  const forgotten = new Set(removals);
  const formers: Revision[] = [];
  const kinds = new Uint8Array(added.length).fill(bitsOf(['CREATED']));
  for (const [index, row] of rows.entries()) {
    const same = known[row] ?? -1;
    const isFound = same < 0 && gone.size > 0;
    const former = isFound ? formerOf(changed.at(row), before, forgotten) : same;
    if (former < 0) continue;
    const given = isFound ? before.segments.at(former) : undefined;
    if (given?.manual) {
      formers.push(revisionOf(given, { ...given.manual, kind: 'CREATED', segmentId: changed.id(row) }));
    }
    const told = kindsOf(before.segments, former, changed, row);
    const isAnew = isByHand && told.length === 0;
    kinds[index] = bitsOf(isAnew ? saidAnew(before.segments.at(former), changed.at(row)) : told);
  }
  return { snapshot, changes: new SnapshotChanges(snapshot, { rows: added, kinds, removals, formers }) };
}

/** A snapshot with some segments, by their IDs, changed or added by hand. */
export function changedByHand(before: Snapshot, changed: ReadonlyMap<string, Segment>): SnapshotUpdate {
  const packer = new SegmentPacker();
  for (const segment of changed.values()) packer.add(segment, segment);
  return updateSnapshot(before, packer.finish(), { isByHand: true });
}

function revisionOf(
  { name, description, status, source }: Segment,
  { segmentId, at, kind, by }: Pick<Revision, 'segmentId' | 'at' | 'kind' | 'by'>,
): Revision {
  return { segmentId, at, kind, name, description, status, source, by };
}

/**
 * The segment given by hand that turns out to be this one, now that Audience Manager lists it: the name was
 * known before, so its history begins when it was given.
 */
function formerOf(segment: Segment | undefined, before: Snapshot, gone: ReadonlySet<string>): number {
  if (!segment?.manual) return -1;
  const { sid, alias } = segment;
  const ids = [
    ...(sid === null ? [] : [standaloneId({ idType: 'SID', id: sid })]),
    ...(alias === null ? [] : [standaloneId({ idType: 'ALIAS', id: alias })]),
  ];
  for (const id of ids) {
    const row = gone.has(id) ? before.rowOf(id, 'MAPPING_ID') : -1;
    const former = before.segments.at(row);
    if (former !== undefined && isStandalone(former)) return row;
  }
  return -1;
}

/** Dates and identifiers that move are no news to a report, so they have no kind. */
function kindsOf(before: PackedSegments, known: number, after: PackedSegments, row: number): RevisionKind[] {
  const kinds: RevisionKind[] = [];
  const [was, is] = [before.status(known), after.status(row)];
  if (was !== is) {
    if (is === 'DELETED') kinds.push('REMOVED');
    else kinds.push(was === 'DELETED' ? 'RESTORED' : 'STATUS_CHANGED');
  }
  if (!after.isSame(row, 'name', before, known)) kinds.push('RENAMED');
  if (!after.isSame(row, 'description', before, known)) kinds.push('DESCRIBED');
  return kinds;
}

/** Whose word it is has changed, though not the word. */
function saidAnew(before: Segment | undefined, after: Segment | undefined): RevisionKind[] {
  const [was, is] = [before?.manual, after?.manual];
  const kinds: RevisionKind[] = [];
  if (!is) return kinds;
  if ((was?.status ?? null) !== is.status) kinds.push('STATUS_CHANGED');
  if ((was?.name ?? null) !== is.name) kinds.push('RENAMED');
  if ((was?.description ?? null) !== is.description) kinds.push('DESCRIBED');
  return kinds;
}
