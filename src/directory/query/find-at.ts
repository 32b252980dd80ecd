import { PackedSegments } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { resultOf, type Found } from '../lookup/found.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import { distinctMatches } from '../snapshot/identify.js';

/**
 * What IDs stood for at a time in the past. An ID whose segments were not known then is UNKNOWN. Several mappings may
 * have an identifier: what counts is their status at that time, whatever it is now.
 *
 * @param at in milliseconds since the epoch
 * @param signal ends the read
 * @throws DirectoryError as `Destination.snapshot`, or if the storage does not respond
 */
export async function findAt(
  destination: Destination,
  ids: readonly string[],
  kinds: IdKinds,
  at: number,
  signal?: AbortSignal,
): Promise<Found> {
  const snapshot = await destination.snapshot();
  const matches = new Map(ids.map((id) => [id, snapshot.matchesOf(id, kinds)]));
  const indices = [...new Set([...matches.values()].flatMap((found) => found.map(({ index }) => index)))];
  const keys = indices.map((index) => snapshot.segments.id(index));
  const past = await destination.segmentsAt(keys, at, signal);
  /** The past segments that were known, and for each index of the snapshot the index in them. */
  const known = past.filter((segment) => segment !== undefined);
  const positions = new Map<number, number>();
  for (const [position, index] of indices.entries()) {
    if (past[position] !== undefined) positions.set(index, positions.size);
  }
  const packed = PackedSegments.of(known);
  const results = ids.map((id) => {
    const then = (matches.get(id) ?? []).flatMap(({ index, idType }) => {
      const position = positions.get(index);
      return position === undefined ? [] : [{ index: position, idType }];
    });
    return resultOf(packed, distinctMatches(packed, then), 'UNKNOWN');
  });
  return { snapshot, results };
}
