import type { ContentChange, ManualLayer, Revision, RevisionKind } from '../storage/index.js';
import { isStandalone, standaloneId } from './manual-layer.js';
import { sameSegment, type Segment } from './segment.js';
import type { Snapshot } from './snapshot.js';
import { endsTurn, nextTurn } from './turns.js';

/** What has to be written for a snapshot to take the place of another. */
export type SnapshotChange = Omit<ContentChange, 'state'>;

/**
 * The segments that differ between two snapshots, and what happened to each: one revision a kind of change. Made in turns, between which lookups get theirs.
 *
 * @param at when the gateway saw it, in milliseconds since the epoch
 * @param by who did it, for changes by hand
 */
export async function changesBetween(
  before: Snapshot | undefined,
  after: Snapshot,
  at: number,
  by: string | null = null,
): Promise<SnapshotChange> {
  const upserts: Segment[] = [];
  const removals: string[] = [];
  const revisions: Revision[] = [];
  for (const known of before?.segments ?? []) {
    if (after.find(known.id, 'MAPPING_ID') === undefined) removals.push(known.id);
  }
  const gone = new Set(removals);
  for (const [index, segment] of after.segments.entries()) {
    if (endsTurn(index)) await nextTurn();
    const known = before?.find(segment.id, 'MAPPING_ID');
    if (known !== undefined && (known === segment || sameSegment(known, segment))) continue;
    upserts.push(segment);
    const former = known ?? formerOf(segment, before, gone);
    if (former !== undefined && former !== known && former.manual !== null) {
      revisions.push(revisionOf(former, { ...former.manual, kind: 'CREATED', segmentId: segment.id }));
    }
    for (const kind of kindsOf(former, segment, by !== null)) {
      revisions.push(revisionOf(segment, { at, by, kind, segmentId: segment.id }));
    }
  }
  return { upserts, removals, revisions };
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
function formerOf(
  { sid, alias, manual }: Segment,
  before: Snapshot | undefined,
  gone: ReadonlySet<string>,
): Segment | undefined {
  if (manual === null || before === undefined || gone.size === 0) return undefined;
  const ids = [
    ...(sid === null ? [] : [standaloneId({ idType: 'SID', id: sid })]),
    ...(alias === null ? [] : [standaloneId({ idType: 'ALIAS', id: alias })]),
  ];
  for (const id of ids) {
    const former = gone.has(id) ? before.find(id, 'MAPPING_ID') : undefined;
    if (former !== undefined && isStandalone(former)) return former;
  }
  return undefined;
}

/** Dates and identifiers that move are no news to a report, so they have no kind. */
function kindsOf(before: Segment | undefined, after: Segment, isByHand: boolean): RevisionKind[] {
  if (before === undefined) return ['CREATED'];
  const kinds: RevisionKind[] = [];
  if (before.status !== after.status) {
    if (after.status === 'DELETED') kinds.push('REMOVED');
    else kinds.push(before.status === 'DELETED' ? 'RESTORED' : 'STATUS_CHANGED');
  }
  if (before.name !== after.name) kinds.push('RENAMED');
  if (before.description !== after.description) kinds.push('DESCRIBED');
  return kinds.length === 0 && isByHand && after.manual !== null
    ? saidAnew(before.manual, after.manual)
    : kinds;
}

/** Whose word it is has changed, though not the word. */
function saidAnew(before: ManualLayer | null, after: ManualLayer): RevisionKind[] {
  const kinds: RevisionKind[] = [];
  if ((before?.status ?? null) !== after.status) kinds.push('STATUS_CHANGED');
  if ((before?.name ?? null) !== after.name) kinds.push('RENAMED');
  if ((before?.description ?? null) !== after.description) kinds.push('DESCRIBED');
  return kinds;
}
