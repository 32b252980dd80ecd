import { Turns, inTurns, type Steps } from '../../base/turns.js';
import { parseManualOnlyId, type ManualLayer } from '../../segments/index.js';
import type { DestinationKey, ImportedChange, StoredImport } from '../../storage/index.js';
import type { Destination } from '../destination.js';
import { DirectoryError } from '../errors.js';
import { kindsOfType } from '../snapshot/id-kinds.js';
import { isManualOnly, restoreLayer, withoutManualLayer, type Authorship } from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { updateManually, type SnapshotUpdate } from '../snapshot/snapshot-update.js';
import { currentSnapshot, editCommit, readKinds } from './editing.js';
import { isTakenAway } from './imported-changes.js';

/** An import of a customer's file, and where it was imported. */
export type ImportRecord = StoredImport & DestinationKey;

/** A segment that stays as it is although its import is taken back. */
export interface KeptChange {
  /** The gateway's own ID that the segment had when it was imported. */
  readonly segmentId: string;
  /** The segment now; `null` if there is none any more. */
  readonly segment: Segment | null;
  /** Why it stays. */
  readonly reason: string;
}

/** What taking an import back has done. */
export interface UndoOutcome {
  /** Number of segments that are as they were before the import. */
  readonly restored: number;
  readonly kept: readonly KeptChange[];
  readonly import: ImportRecord;
  readonly snapshot: Snapshot;
}

/** Number of changes that are read at once. */
const CHANGES_AT_ONCE = 5_000;

/**
 * Takes an import back, as one change. A segment with something newer by hand stays as it is; the others become what they
 * were. Segments that the import has created are removed, unless Audience Manager lists them by now. Called again, it takes
 * back what stayed, as soon as nothing newer lies on that any more.
 *
 * @throws DirectoryError BAD_USER_INPUT if all of it was taken back already, or if nothing of it, or of what stayed, can be
 */
export async function undoImport(
  destination: Destination,
  { id: importId }: Pick<ImportRecord, 'id'>,
  by: string,
): Promise<UndoOutcome> {
  await readKinds(destination);
  await currentSnapshot(destination);
  let read = await readImport(destination, importId);
  const done: { undone: Undone | null } = { undone: null };
  const snapshot = await destination.edit(async (previous) => {
    // Read anew with each attempt: another caller may have been faster.
    const record = await destination.importById(importId);
    if (record?.undone?.at !== read.record?.undone?.at) read = await readImport(destination, importId);
    const { changes } = read;
    if (record === null) throw unknownImport(importId);
    if (record.undone !== null && changes.length === 0) throw alreadyUndone(record.undone);
    const authorship = { by, at: destination.now() };
    const undone = await inTurns(undoing(destination, previous, changes, authorship), new Turns());
    if (undone.restored === 0 && undone.kept.length > 0) throw nothingToUndo(undone.kept, record);
    done.undone = undone;
    const segmentIds = undone.kept.length === 0 ? 'ALL' : undone.restoredIds;
    return { ...editCommit(undone, authorship), with: { undoes: { importId, by, segmentIds } } };
  });
  const record = await destination.importById(importId);
  if (done.undone === null || record === null) throw unknownImport(importId);
  const { restored, kept } = done.undone;
  return { restored, kept, import: record, snapshot };
}

/** There is no such import, or none that may be seen. */
export function unknownImport(importId: string): DirectoryError {
  return new DirectoryError(
    'NOT_FOUND',
    `There is no import ${importId}. It may be older than the history that is kept; list the imports to see those that can be taken back.`,
  );
}

function alreadyUndone({ at, by }: NonNullable<StoredImport['undone']>): DirectoryError {
  const time = new Date(at).toISOString();
  return new DirectoryError(
    'BAD_USER_INPUT',
    `${by} has taken this import back already, at ${time}. To have its names again, import the file again.`,
  );
}

function nothingToUndo(kept: readonly KeptChange[], { undone }: ImportRecord): DirectoryError {
  const [first] = kept;
  const example = first === undefined ? '' : ` For example, ${first.segmentId}: ${first.reason}.`;
  return new DirectoryError(
    'BAD_USER_INPUT',
    (undone === null
      ? `Nothing of this import can be taken back: all its segments (${kept.length}) were changed since.`
      : `What is left of this import (${kept.length}) cannot be taken back: it was changed since.`) +
      `${example} ` +
      'Take later imports back first, or correct the segments one by one.',
  );
}

/** An import, and what it has changed and was not taken back yet. */
interface ReadImport {
  /** `null`: there is none. */
  readonly record: ImportRecord | null;
  readonly changes: readonly ImportedChange[];
}

async function readImport(destination: Destination, importId: string): Promise<ReadImport> {
  const record = await destination.importById(importId);
  return { record, changes: await readChanges(destination, importId) };
}

async function readChanges(destination: Destination, importId: string): Promise<ImportedChange[]> {
  const changes: ImportedChange[] = [];
  for (;;) {
    const after = changes.at(-1)?.segmentId ?? null;
    const page = await destination.importChanges(importId, { first: CHANGES_AT_ONCE, after });
    changes.push(...page);
    if (page.length < CHANGES_AT_ONCE) return changes;
  }
}

interface Undone extends SnapshotUpdate {
  readonly restored: number;
  readonly kept: readonly KeptChange[];
  /** The restored segments, as the changes of the import name them. */
  readonly restoredIds: readonly string[];
}

function* undoing(
  destination: Destination,
  previous: Snapshot,
  changes: readonly ImportedChange[],
  authorship: Authorship,
): Steps<Undone> {
  const changed = new Map<string, Segment>();
  const purged: number[] = [];
  const kept: KeptChange[] = [];
  const restoredIds: string[] = [];
  for (const change of changes) {
    yield;
    const { segmentId, before, isNew } = change;
    const segment = segmentOf(destination, previous, change);
    const reason = segment === undefined ? 'it was removed since' : reasonToKeep(segment, change);
    if (segment === undefined || reason !== null) {
      kept.push({ segmentId, segment: segment ?? null, reason: reason ?? '' });
      continue;
    }
    restoredIds.push(segmentId);
    if (isNew && isManualOnly(segment)) {
      purged.push(previous.indexOf(segment.id));
    } else {
      changed.set(
        segment.id,
        before === null ? withoutManualLayer(segment, authorship) : restored(segment, before),
      );
    }
  }
  const update = yield* updateManually(previous, changed, { indices: purged, authorship });
  return { ...update, restored: changed.size + purged.length, kept, restoredIds };
}

/** The segment now that an import has changed; `undefined`: there is none any more. */
function segmentOf(
  destination: Destination,
  previous: Snapshot,
  { segmentId, after }: ImportedChange,
): Segment | undefined {
  const [found] = destination.findByKey(previous, [segmentId]);
  const identifier = previous.indexOf(segmentId) < 0 ? parseManualOnlyId(segmentId) : null;
  if (identifier === null || after === null) return found;
  if (found !== undefined && hasLayer(found, after)) return found;
  // The entry continues as a listed segment. Others may have got its identifier since, and are found by it instead.
  const { id, idType } = identifier;
  const present = destination.presentKinds('AUTO');
  for (const { index } of previous.matchesOf(
    id,
    idType === 'AUTO' ? present : kindsOfType(idType, present),
  )) {
    const segment = previous.segments.at(index);
    if (segment !== undefined && hasLayer(segment, after)) return segment;
  }
  return found;
}

function hasLayer({ manual }: Segment, layer: ManualLayer): boolean {
  return manual !== null && isSame(manual, layer);
}

/** Why a segment stays as it is; `null` if nothing newer lies on the import. */
function reasonToKeep({ manual }: Segment, { after }: ImportedChange): string | null {
  if (manual === null) return after === null ? null : 'what the import gave it was taken away since';
  if (after !== null && isSame(manual, after)) return null;
  return `${manual.by} changed it by hand at ${new Date(manual.at).toISOString()}`;
}

function isSame(a: ManualLayer, b: ManualLayer): boolean {
  return (
    a.name === b.name &&
    a.description === b.description &&
    a.status === b.status &&
    a.at === b.at &&
    a.by === b.by
  );
}

function restored(segment: Segment, before: ManualLayer): Segment {
  if (!isTakenAway(before)) return restoreLayer(segment, before);
  // Audience Manager may list it by now.
  if (!isManualOnly(segment)) return withoutManualLayer(segment, before);
  const { name, description, at } = before;
  return withoutManualLayer({ ...segment, name, description }, { by: before.by, at });
}
