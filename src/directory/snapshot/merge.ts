import { NameKeys, PackedSegments } from '../../segments/index.js';
import { compareNamed, sortByName, type Named } from './name-order.js';

/** Segments in the order of `sortByName`; the same ones where they are in it already. */
export function sorted(segments: PackedSegments): PackedSegments {
  const rows = rowsByName(segments, NameKeys.of(segments));
  return rows.every((row, place) => row === place) ? segments : segments.picked(rows);
}

/** Two lists as one. */
export interface Merged {
  /** By name. */
  readonly segments: PackedSegments;
  /** Which of them are those that were added. */
  readonly added: Uint32Array<ArrayBuffer>;
  /** Which of the others each of those is. */
  readonly rows: Uint32Array;
}

/**
 * @param before by name
 * @param isKept which of them stay
 * @param others in no order
 */
export function merged(
  before: PackedSegments,
  isKept: (row: number) => boolean,
  others: PackedSegments,
): Merged {
  const kept: number[] = [];
  for (let row = 0; row < before.length; row++) if (isKept(row)) kept.push(row);
  const keys = NameKeys.of(others);
  const rows = rowsByName(others, keys);
  const added = new Uint32Array(rows.length);
  const keysBefore = new NameKeys(before);
  /** Rows of both lists, those of the others behind those before. */
  const order = new Uint32Array(kept.length + rows.length);
  let from = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    const isBefore = (place: number): boolean => {
      const known = kept[place] ?? 0;
      keysBefore.add(known);
      return (
        (keysBefore.compare(known, keys, row) || compareNamed(named(before, known), named(others, row))) < 0
      );
    };
    const place = placeBehind(from, kept.length, isBefore);
    for (; from < place; from++) order[from + index] = kept[from] ?? 0;
    order[place + index] = before.length + row;
    added[index] = place + index;
  }
  for (; from < kept.length; from++) order[from + rows.length] = kept[from] ?? 0;
  const both = before.length === 0 ? others : PackedSegments.joined([before, others]);
  return { segments: both.picked(order), added, rows };
}

/** The first place at `from` or behind for which `isBefore` does not hold any more; the nearer, the sooner found. */
function placeBehind(from: number, end: number, isBefore: (place: number) => boolean): number {
  let low = from;
  let high = from;
  for (let step = 1; high < end && isBefore(high); step *= 2) {
    low = high + 1;
    high = low + step;
  }
  high = Math.min(high, end);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rowsByName(segments: PackedSegments, keys: NameKeys): Uint32Array {
  return keys.sorted((alike) => {
    // In the order in which they came, should two be the same in name and ID.
    const all = Array.from(alike.sort(), (row) => named(segments, row));
    alike.set(sortByName(all).map(({ row }) => row));
  });
}

function named(segments: PackedSegments, row: number): Named & { readonly row: number } {
  return { row, name: segments.text(row, 'name'), id: segments.id(row) };
}
