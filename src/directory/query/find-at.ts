import { Turns } from '../../base/turns.js';
import { SegmentPacker } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { resultOf, type Found, type FoundId } from '../lookup/found.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import { distinctMatches, type Match } from '../snapshot/identify.js';

/**
 * What IDs stood for at a time in the past. An ID whose segments were not known then is UNKNOWN. Several mappings may
 * have an identifier: what counts is their status at that time, whatever it is now.
 *
 * @param at in milliseconds since the epoch
 * @param signal ends the read
 * @throws DirectoryError as `Destination.snapshot`, or if the storage does not respond
 */
export async function findAt(
  destination: Pick<Destination, 'snapshot' | 'segmentsAt'>,
  ids: readonly string[],
  kinds: IdKinds,
  at: number,
  signal?: AbortSignal,
): Promise<Found> {
  const turns = new Turns(signal);
  const snapshot = await destination.snapshot();
  await snapshot.prepareFor(kinds);
  const matches = new Map<string, readonly Match[]>();
  const indices = new Set<number>();
  for (const id of ids) {
    if (matches.has(id)) continue;
    const found = snapshot.matchesOf(id, kinds);
    matches.set(id, found);
    for (const { index } of found) indices.add(index);
    if (turns.isOver) await turns.next();
  }
  const keys = Array.from(indices, (index) => snapshot.segments.id(index));
  const past = await destination.segmentsAt(keys, at, signal);
  /** The past segments that were known, and for each index of the snapshot the index in them. */
  const packer = new SegmentPacker();
  const positions = new Map<number, number>();
  let position = 0;
  for (const index of indices) {
    const segment = past[position++];
    if (segment === undefined) continue;
    positions.set(index, positions.size);
    packer.add(segment, segment);
    if (turns.isOver) await turns.next();
  }
  const packed = packer.finish();
  const results: FoundId[] = [];
  for (const id of ids) {
    const then = (matches.get(id) ?? []).flatMap(({ index, idType }) => {
      const known = positions.get(index);
      return known === undefined ? [] : [{ index: known, idType }];
    });
    results.push(resultOf(packed, distinctMatches(packed, then), 'UNKNOWN'));
    if (turns.isOver) await turns.next();
  }
  return { snapshot, results };
}
