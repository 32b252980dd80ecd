import { useAnswer } from '../../app/use-answer.js';
import { DestinationUnstatedIdsDocument } from '../../generated/operations.js';
import { bestIdOf, statedIdOf, type StatedId } from '../../parts/segment-key.js';
import type { SegmentRow } from './segment-row.js';

/** The ID by which each segment of a page is found, by its global ID. */
export type StatedIds = ReadonlyMap<string, StatedId>;

/**
 * Finds out by which ID each segment of a page is found. Of segments that are only known by hand under an ID whose kind
 * nobody has stated, their history says it.
 */
export function useStatedIds(rows: readonly SegmentRow[]): StatedIds {
  const known = rows.flatMap((row) => {
    const id = bestIdOf(row);
    return id === null ? [] : [[row.id, id] as const];
  });
  const unstated = rows.filter((row) => bestIdOf(row) === null).map(({ id }) => id);
  const { data } = useAnswer(
    DestinationUnstatedIdsDocument,
    { ids: unstated },
    { isPaused: unstated.length === 0 },
  );
  const found = (data?.nodes ?? []).flatMap((node) => {
    const segmentId = node !== null && 'history' in node ? node.history?.nodes[0]?.segmentId : undefined;
    return node === null || segmentId === undefined ? [] : [[node.id, statedIdOf(segmentId)] as const];
  });
  return new Map([...known, ...found]);
}
