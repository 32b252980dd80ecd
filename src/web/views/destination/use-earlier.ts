import { useAnswer } from '../../app/use-answer.js';
import { DestinationHistoriesDocument } from '../../generated/operations.js';
import { changesBefore } from '../../parts/change-acts.js';
import type { Change } from '../../parts/change-words.js';
import { keyOf, statedIdOf, type DestinationPlace } from '../../parts/segment-key.js';

/** How many changes of a segment are looked through for the one before. */
const DEPTH = 10;

/** The change of the same segment before each change, by the ID of the change. */
export type EarlierChanges = ReadonlyMap<string, Change>;

/** Finds what was before each change: in the history of its segment. */
export function useEarlier(place: DestinationPlace, changes: readonly Change[]): EarlierChanges {
  // Before a segment was seen for the first time, there was nothing.
  const changed = changes.filter(({ kind }) => kind !== 'CREATED');
  const segmentIds = [...new Set(changed.map(({ segmentId }) => segmentId))];
  const { data } = useAnswer(
    DestinationHistoriesDocument,
    { keys: segmentIds.map((id) => keyOf(place, statedIdOf(id))), first: DEPTH },
    { isPaused: segmentIds.length === 0 },
  );
  const earlier = new Map<string, Change>();
  for (const lookup of data?.lookupSegments ?? []) {
    const history = lookup.segment?.history?.nodes ?? [];
    for (const [id, change] of changesBefore(history)) earlier.set(id, change);
  }
  return earlier;
}
