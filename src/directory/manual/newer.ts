import { isManualOnly } from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** A moment, in milliseconds since the epoch, and what was known then. */
export interface Since {
  readonly at: number;
  readonly snapshot: Snapshot;
}

/**
 * The segment, if it was changed by hand after a moment; else `null`.
 *
 * @param id the gateway's own ID of the segment
 * @param segment the segment now; `undefined` if there is none
 */
export function newerThan({ at, snapshot }: Since, id: string, segment: Segment | undefined): Segment | null {
  if (segment !== undefined && segment.manual !== null) return segment.manual.at > at ? segment : null;
  // One that was taken away keeps the time of that.
  if (segment !== undefined && isManualOnly(segment)) return (segment.confirmedAt ?? 0) > at ? segment : null;
  // What was given by hand at that moment was taken away since, or the segment was purged.
  const before = snapshot.find(id);
  const isChanged = before !== undefined && (segment === undefined || before.manual !== null);
  return isChanged ? (segment ?? before) : null;
}
