import type { Steps } from '../../base/turns.js';
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
import type { Authorship } from './manual-layer.js';
import { mergeByName } from './merge.js';
import type { Segment } from './segment.js';
import { Snapshot } from './snapshot.js';

/** The next snapshot of a destination and the changes to store. */
export interface SnapshotUpdate {
  readonly snapshot: Snapshot;
  readonly changes: SnapshotChanges;
}

/** The data of `SnapshotChanges`, to hand to another thread. */
export interface ChangesParts {
  /** Indices of the new or changed segments in the next snapshot. */
  readonly indices: Uint32Array<ArrayBuffer>;
  /** For each of `indices` its revision kinds, as made by `bitsOf`. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  /** IDs of the segments to remove. */
  readonly removals: readonly string[];
  /**
   * CREATED revisions of manual-only segments that continue as a listed segment, and REMOVED ones of segments that are
   * removed.
   */
  readonly earlierRevisions: readonly Revision[];
}

/** The differences between a snapshot and the previous one. */
export class SnapshotChanges {
  readonly #segments: PackedSegments;
  readonly #parts: ChangesParts;

  /** @param snapshot the next snapshot */
  constructor(snapshot: Snapshot, parts: ChangesParts) {
    this.#segments = snapshot.segments;
    this.#parts = parts;
  }

  /** No differences. */
  static none(snapshot: Snapshot): SnapshotChanges {
    return new SnapshotChanges(snapshot, {
      indices: new Uint32Array(0),
      kinds: new Uint8Array(0),
      removals: [],
      earlierRevisions: [],
    });
  }

  toParts(): ChangesParts {
    return this.#parts;
  }

  /** The changes to store. */
  content(occasion: Occasion): Omit<ContentChange, 'state'> {
    const { indices, kinds, removals, earlierRevisions } = this.#parts;
    const isAll = indices.length === this.#segments.length;
    const upserts = isAll ? this.#segments : this.#segments.select(indices);
    return { upserts, removals, revisions: new PackedRevisions(upserts, kinds, occasion, earlierRevisions) };
  }
}

/** Segments that are removed as if they had never been. */
export interface Purge {
  /** Their indices in the snapshot before. */
  readonly indices: readonly number[];
  readonly authorship: Authorship;
}

/**
 * Makes the next snapshot from changed segments, in steps.
 *
 * @param changed segments that are added, or replace the segment with the same ID
 * @param options.absorbed manual-only segments of `before` that continue as another segment: their indices, and the ID of
 *   that segment. Default: none
 * @param options.purged manual-only segments of `before` that are removed, as if they had never been: their indices, and
 *   by whom and when. Default: none
 * @param options.asOf default: as `before`
 * @param options.isManual whether a caller made the change
 */
export function* updateSnapshot(
  before: Snapshot,
  changed: PackedSegments,
  {
    absorbed = new Map(),
    purged = null,
    asOf = before.asOf,
    isManual,
  }: {
    readonly absorbed?: ReadonlyMap<number, string>;
    readonly purged?: Purge | null;
    readonly asOf?: number | null;
    readonly isManual: boolean;
  },
): Steps<SnapshotUpdate> {
  const isReplaced = new Uint8Array(before.segments.length);
  const purgedIndices = purged?.indices ?? [];
  for (const index of purgedIndices) isReplaced[index] = 1;
  /** The absorbed segments by the ID of the segment as which they continue; of several, the first. */
  const predecessors = new Map<string, number>();
  for (const [index, id] of absorbed) {
    isReplaced[index] = 1;
    if (!predecessors.has(id)) predecessors.set(id, index);
  }
  /** For each changed segment, its index in `before`; -1 if it is new. */
  const knownIndices = new Int32Array(changed.length);
  for (let index = 0; index < changed.length; index++) {
    yield;
    const known = before.indexOfSame(changed, index);
    knownIndices[index] = known;
    if (known >= 0) isReplaced[known] = 1;
  }
  const merged = yield* mergeByName(before.segments, (index) => isReplaced[index] === 0, changed);
  const snapshot = yield* Snapshot.buildingSorted(merged.segments, asOf, before.generation);
  const removals = Array.from([...absorbed.keys(), ...purgedIndices], (index) => before.segments.id(index));
  const earlierRevisions: Revision[] = [];
  for (const index of purgedIndices) {
    yield;
    const segment = before.segments.at(index);
    // Who keeps a copy by the history learns of it. One that was taken away is REMOVED there already.
    if (purged === null || segment === undefined || segment.status === 'DELETED') continue;
    const removed = { ...purged.authorship, kind: 'REMOVED', segmentId: segment.id } as const;
    earlierRevisions.push(revisionOf({ ...segment, status: 'DELETED' }, removed));
  }
  const kinds = new Uint8Array(merged.addedIndices.length).fill(bitsOf(['CREATED']));
  for (const [position, index] of merged.addedFrom.entries()) {
    yield;
    const known = knownIndices[index] ?? -1;
    // The history of a segment begins with the manual entry that it absorbs.
    const predecessor = known < 0 ? (predecessors.get(changed.id(index)) ?? -1) : known;
    if (predecessor < 0) continue;
    const manualOnly = known < 0 ? before.segments.at(predecessor) : undefined;
    if (manualOnly?.manual) {
      const created = { ...manualOnly.manual, kind: 'CREATED', segmentId: changed.id(index) } as const;
      earlierRevisions.push(revisionOf(manualOnly, created));
    }
    const visible = kindsOf(before.segments, predecessor, changed, index);
    const isConfirmation = isManual && visible.length === 0;
    kinds[position] = bitsOf(
      isConfirmation ? confirmationKinds(before.segments.at(predecessor), changed.at(index)) : visible,
    );
  }
  const parts = { indices: merged.addedIndices, kinds, removals, earlierRevisions };
  return { snapshot, changes: new SnapshotChanges(snapshot, parts) };
}

/** Makes the next snapshot after a manual change of the given segments (by ID), in steps. @param purged as in `updateSnapshot` */
export function* updateManually(
  before: Snapshot,
  changed: ReadonlyMap<string, Segment>,
  purged: Purge | null = null,
): Steps<SnapshotUpdate> {
  const packer = new SegmentPacker();
  for (const segment of changed.values()) {
    packer.add(segment, segment);
    yield;
  }
  return yield* updateSnapshot(before, packer.finish(), { isManual: true, purged });
}

function revisionOf(
  { name, description, status, source }: Segment,
  { segmentId, at, kind, by }: Pick<Revision, 'segmentId' | 'at' | 'kind' | 'by'>,
): Revision {
  return { segmentId, at, kind, name, description, status, source, by };
}

/** The kinds of a change. Changed dates and identifiers do not matter to reports, so they have no kind. */
function kindsOf(
  before: PackedSegments,
  known: number,
  after: PackedSegments,
  index: number,
): RevisionKind[] {
  const kinds: RevisionKind[] = [];
  const [was, is] = [before.status(known), after.status(index)];
  if (was !== is) {
    if (is === 'DELETED') kinds.push('REMOVED');
    else kinds.push(was === 'DELETED' ? 'RESTORED' : 'STATUS_CHANGED');
  }
  if (!after.hasSameText(index, 'name', before, known)) kinds.push('RENAMED');
  if (!after.hasSameText(index, 'description', before, known)) kinds.push('DESCRIBED');
  return kinds;
}

/** The kinds of a manual change after which the values are the same, but are now set manually. */
function confirmationKinds(before: Segment | undefined, after: Segment | undefined): RevisionKind[] {
  const [was, is] = [before?.manual, after?.manual];
  const kinds: RevisionKind[] = [];
  if (!is) return kinds;
  if ((was?.status ?? null) !== is.status) kinds.push('STATUS_CHANGED');
  if ((was?.name ?? null) !== is.name) kinds.push('RENAMED');
  if ((was?.description ?? null) !== is.description) kinds.push('DESCRIBED');
  return kinds;
}
