import type { Steps } from '../../base/turns.js';
import { NameKeys, PackedSegments } from '../../segments/index.js';
import { compareNamed, sortByName, type Named } from './name-order.js';

/** Sorts packed segments in the order of `sortByName`, in steps. Returns the same object if they are sorted already. */
export function* sortPackedByName(segments: PackedSegments): Steps<PackedSegments> {
  const indices = yield* indicesByName(segments, yield* NameKeys.making(segments));
  return indices.every((index, position) => index === position) ? segments : segments.select(indices);
}

/** The result of `mergeByName`. */
interface MergedSegments {
  /** In the order of `sortByName`. */
  readonly segments: PackedSegments;
  /** The indices in `segments` of the segments that were added. */
  readonly addedIndices: Uint32Array<ArrayBuffer>;
  /** For each of `addedIndices`, the index that the segment had in `added`. */
  readonly addedFrom: Uint32Array;
}

/**
 * Merges a sorted and an unsorted list into one in the order of `sortByName`, in steps.
 *
 * @param before sorted
 * @param isKept whether the segment at an index of `before` stays in the list
 * @param added unsorted
 */
export function* mergeByName(
  before: PackedSegments,
  isKept: (index: number) => boolean,
  added: PackedSegments,
): Steps<MergedSegments> {
  const kept: number[] = [];
  for (let index = 0; index < before.length; index++) {
    if (isKept(index)) kept.push(index);
    yield;
  }
  const addedKeys = yield* NameKeys.making(added);
  const addedFrom = yield* indicesByName(added, addedKeys);
  const addedIndices = new Uint32Array(addedFrom.length);
  const keysBefore = new NameKeys(before);
  /** Indices into the concatenation of both lists. */
  const order = new Uint32Array(kept.length + addedFrom.length);
  let from = 0;
  for (let count = 0; count < addedFrom.length; count++) {
    yield;
    const addedIndex = addedFrom[count] ?? 0;
    const isSmaller = (position: number): boolean => {
      const keptIndex = kept[position] ?? 0;
      keysBefore.add(keptIndex);
      return (
        (keysBefore.compare(keptIndex, addedKeys, addedIndex) ||
          compareNamed(namedAt(before, keptIndex), namedAt(added, addedIndex))) < 0
      );
    };
    const position = findInsertPosition(from, kept.length, isSmaller);
    for (; from < position; from++) order[from + count] = kept[from] ?? 0;
    order[position + count] = before.length + addedIndex;
    addedIndices[count] = position + count;
  }
  for (; from < kept.length; from++) order[from + addedFrom.length] = kept[from] ?? 0;
  const both = before.length === 0 ? added : PackedSegments.concat([before, added]);
  return { segments: both.select(order), addedIndices, addedFrom };
}

/**
 * The first position from `from` to `end` for which `isSmaller` does not hold. An exponential search followed by a
 * binary search: fast if the position is close to `from`.
 */
function findInsertPosition(from: number, end: number, isSmaller: (position: number) => boolean): number {
  let low = from;
  let high = from;
  for (let step = 1; high < end && isSmaller(high); step *= 2) {
    low = high + 1;
    high = low + step;
  }
  high = Math.min(high, end);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSmaller(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function indicesByName(segments: PackedSegments, keys: NameKeys): Steps<Uint32Array> {
  return keys.sorting((tied) => {
    // Sorted by index first, so that segments with the same name and ID keep their order.
    const all = Array.from(tied.sort(), (index) => namedAt(segments, index));
    tied.set(sortByName(all).map(({ index }) => index));
  });
}

function namedAt(segments: PackedSegments, index: number): Named & { readonly index: number } {
  return { index, name: segments.text(index, 'name'), id: segments.id(index) };
}
