import {
  overlaid,
  standalone,
  standaloneKey,
  withoutManual,
  type Authorship,
  type EditMode,
  type ManualEntry,
} from '../snapshot/manual-layer.js';
import { changedByHand, SnapshotChanges, type SnapshotUpdate } from '../snapshot/snapshot-update.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { shouldYield, yieldToEventLoop } from '../../base/yielding.js';

/** MERGE: entries are added to those there are. REPLACE: what is not given again is taken away. */
export type ImportMode = Exclude<EditMode, 'SET'>;

/** What became of entries. */
export interface ManualCounts {
  readonly created: number;
  readonly renamed: number;
  /** Changed otherwise: description, status, or whose word it is. */
  readonly updated: number;
  readonly unchanged: number;
  /** Manual entries taken away by REPLACE. */
  readonly removed: number;
}

/** Entries laid over a snapshot. */
export interface Edited extends SnapshotUpdate {
  /** Whether anything has changed; otherwise the snapshot is the previous one itself. */
  readonly isChanged: boolean;
  readonly counts: ManualCounts;
  /** The IDs of the segments that the entries are about. */
  readonly ids: ReadonlySet<string>;
}

/** The snapshot with manual entries laid over it, and what that changed. */
export function withEntries(...edit: EditArguments): Edited {
  const turns = editing(...edit);
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
  }
}

/** The same in short turns, between which others get theirs. */
export async function withEntriesYielding(...edit: EditArguments): Promise<Edited> {
  const turns = editing(...edit);
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
    await yieldToEventLoop();
  }
}

type EditArguments = Parameters<typeof editing>;

function* editing(
  previous: Snapshot,
  entries: readonly ManualEntry[],
  mode: EditMode,
  authorship: Authorship,
): Generator<void, Edited> {
  const changed = new Map<string, Segment>();
  const kept = new Set<string>();
  const counts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0 };
  for (const [index, entry] of entries.entries()) {
    if (shouldYield(index)) yield;
    const { known, meant } = find(previous, entry);
    const fresh = known === undefined ? standalone(meant, authorship) : null;
    const id = known?.id ?? fresh?.id ?? meant.id;
    // Two entries may mean the same segment by different identifiers.
    const present = changed.get(id) ?? known;
    const next = present === undefined ? fresh : overlaid(present, meant, authorship, mode);
    kept.add(id);
    if (next === null) continue;
    if (present === undefined) counts.created += 1;
    else if (next === present) counts.unchanged += 1;
    else if (next.name !== present.name) counts.renamed += 1;
    else counts.updated += 1;
    if (next !== present) changed.set(id, next);
  }
  yield;
  if (mode === 'REPLACE') {
    for (const segment of withManual(previous)) {
      if (kept.has(segment.id)) continue;
      changed.set(segment.id, withoutManual(segment, authorship));
      counts.removed += 1;
    }
  }
  yield;
  const isChanged = changed.size > 0;
  const update = isChanged
    ? changedByHand(previous, changed)
    : { snapshot: previous, changes: SnapshotChanges.none(previous) };
  return { ...update, isChanged, counts, ids: kept };
}

function* withManual({ segments }: Snapshot): Generator<Segment> {
  for (let row = 0; row < segments.length; row++) {
    const segment = segments.mayHaveManual(row) ? segments.at(row) : undefined;
    if (segment !== undefined && segment.manual !== null) yield segment;
  }
}

/** The snapshot without the manual entry for one segment; `null` where there is none. */
export function withoutEntry(previous: Snapshot, segment: Segment, authorship: Authorship): SnapshotUpdate | null {
  if (segment.manual === null) return null;
  return changedByHand(previous, new Map([[segment.id, withoutManual(segment, authorship)]]));
}

/** The segment that an entry is about, and the entry in the terms of its own identifier. */
function find(previous: Snapshot, entry: ManualEntry): { known: Segment | undefined; meant: ManualEntry } {
  const known = previous.find(entry.id, entry.idType);
  if (known !== undefined || entry.idType !== 'MAPPING_ID') return { known, meant: entry };
  // From the export of another gateway.
  const key = standaloneKey(entry.id);
  if (key === null) return { known, meant: entry };
  return { known: previous.find(key.id, key.idType), meant: { ...entry, ...key } };
}
