import type { ManualLayer } from '../../segments/index.js';
import type { ImportedChange } from '../../storage/index.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** The author of a layer that stands for a manual entry that had been taken away. Callers have names. */
const TAKEN_AWAY = '';

/**
 * What an import has changed, for taking it back.
 *
 * @param changed the changed segments after the import, by the gateway's own ID
 * @returns what can be iterated again, because a commit may be tried again
 */
export function importedChanges(
  previous: Snapshot,
  changed: ReadonlyMap<string, Segment>,
): Iterable<ImportedChange> {
  return {
    *[Symbol.iterator]() {
      for (const [segmentId, after] of changed) {
        const before = previous.find(segmentId);
        yield {
          segmentId,
          before: before === undefined ? null : layerToRestore(before),
          after: after.manual,
          isNew: before === undefined,
        };
      }
    },
  };
}

/** A segment that Audience Manager never had keeps its metadata when its entry is taken away, so they are kept here too. */
function layerToRestore({
  manual,
  source,
  name,
  description,
  status,
  confirmedAt,
}: Segment): ManualLayer | null {
  if (manual !== null || source !== 'MANUAL') return manual;
  return { name, description, status, at: confirmedAt ?? 0, by: TAKEN_AWAY, base: null };
}

/** Whether a layer of `importedChanges` stands for a manual entry that had been taken away. */
export function isTakenAway({ by }: ManualLayer): boolean {
  return by === TAKEN_AWAY;
}
