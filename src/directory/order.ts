import { SegmentPacker, type PackedSegments } from '../segments/index.js';
import { compareText, fold } from '../text.js';

/**
 * The place of a segment in a sorted list, and so all that a cursor has to hold: it stays meaningful
 * when the segment itself, or any other, is gone by the next page.
 */
export interface SegmentPosition {
  readonly name: string | null;
  readonly id: string;
  /** Which of several destinations; the same everywhere within one. */
  readonly customerId: string;
  readonly destinationId: string;
}

/** The place of a customer in the list of customers. */
export interface CustomerPosition {
  readonly name: string;
  readonly id: string;
}

interface Named {
  readonly name: string | null;
  readonly id: string;
}

/** By name without case and accents, then the name as it is, then ID; what has no name comes last. */
export function sortByName<T extends Named>(items: Iterable<T>): T[] {
  // Folding is the dear part, so it is done once an item rather than once a comparison.
  const all = Array.from(items, keyed);
  if (all.length > MOST_ITEMS) return all.sort(compareKeyed).map(({ item }) => item);
  // Most are in order by how they begin, and numbers sort many times as fast as anything else.
  const places = new Float64Array(all.length);
  for (const [index, { key }] of all.entries()) places[index] = beginningOf(key) * MOST_ITEMS + index;
  places.sort();
  const result: T[] = [];
  for (let from = 0; from < places.length;) {
    const beginning = Math.floor((places[from] ?? 0) / MOST_ITEMS);
    let end = from + 1;
    while (end < places.length && Math.floor((places[end] ?? 0) / MOST_ITEMS) === beginning) end += 1;
    const alike: Keyed<T>[] = [];
    for (let place = from; place < end; place++) {
      const one = all[(places[place] ?? 0) % MOST_ITEMS];
      if (one !== undefined) alike.push(one);
    }
    if (alike.length > 1) alike.sort(compareKeyed);
    for (const { item } of alike) result.push(item);
    from = end;
  }
  return result;
}

/** A number for each item beside its beginning, both in the 53 bits of a safe integer. */
const MOST_ITEMS = 2 ** 20;
const CHARACTERS = 4;

/** A number of 33 bits, the larger the further back a key belongs, as far as its first characters tell. */
function beginningOf(key: string | null): number {
  if (key === null) return 2 ** 32;
  let number = 0;
  let isTold = false;
  for (let index = 0; index < CHARACTERS; index++) {
    const character: number = isTold || index >= key.length ? 0 : Math.min(key.charCodeAt(index), 255);
    // Whatever has no place in Latin-1 is alike, and so is what stands behind it.
    isTold ||= character === 255;
    number = number * 256 + character;
  }
  return number;
}

/** Segments by name; the same ones where they are in order already. */
export function sorted(segments: PackedSegments): PackedSegments {
  const rows = sortByName(namedRows(segments));
  if (rows.every(({ row }, place) => row === place)) return segments;
  const packer = new SegmentPacker();
  for (const { row } of rows) packer.copy(segments, row, row + 1);
  return packer.finish();
}

/** Two lists as one. */
export interface Merged {
  /** By name. */
  readonly segments: PackedSegments;
  /** Which of them are those that were added. */
  readonly added: Uint32Array<ArrayBuffer>;
}

/** More than this share of a list is sorted anew rather than put into its places. */
const FEW = 1 / 16;

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
  const packer = new SegmentPacker();
  const added = new Uint32Array(others.length);
  let addedCount = 0;
  let length = 0;
  const take = (row: number): void => {
    packer.copy(others, row, row + 1);
    added[addedCount++] = length++;
  };
  /** Stretches of rows that stay together are copied together. */
  const keep = (from: number, end: number): void => {
    for (let index = from; index < end;) {
      const first = kept[index] ?? 0;
      let count = 1;
      while (index + count < end && kept[index + count] === first + count) count += 1;
      packer.copy(before, first, first + count);
      index += count;
      length += count;
    }
  };
  if (others.length > kept.length * FEW) {
    const all = namedRows(others);
    for (const [index, row] of kept.entries()) all.push(namedRow(before, row, index));
    for (const { row, index } of sortByName(all)) {
      if (index < 0) take(row);
      else keep(index, index + 1);
    }
    return { segments: packer.finish(), added };
  }
  let from = 0;
  for (const named of sortByName(namedRows(others))) {
    const place = placeOf(named, kept.length, from, (index) => namedRow(before, kept[index] ?? 0));
    keep(from, place);
    take(named.row);
    from = place;
  }
  keep(from, kept.length);
  return { segments: packer.finish(), added };
}

interface NamedRow extends Named {
  readonly row: number;
  /** Its place among those that are kept; -1: it is none of them. */
  readonly index: number;
}

function namedRow(segments: PackedSegments, row: number, index = -1): NamedRow {
  return { name: segments.text(row, 'name'), id: segments.id(row), row, index };
}

function namedRows(segments: PackedSegments): NamedRow[] {
  return Array.from({ length: segments.length }, (_, row) => namedRow(segments, row));
}

/** Where in a sorted list an item belongs, at `from` or behind. */
function placeOf(item: Named, length: number, from: number, at: (index: number) => Named): number {
  const key = keyed(item);
  let low = from;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeyed(keyed(at(middle)), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The order of `sortByName`, then customer and destination. */
export function compareSegments(a: SegmentPosition, b: SegmentPosition): number {
  return (
    compareKeyed(keyed(a), keyed(b)) ||
    compareText(a.customerId, b.customerId) ||
    compareText(a.destinationId, b.destinationId)
  );
}

/** The order of `sortByName`. */
export function compareCustomers(a: CustomerPosition, b: CustomerPosition): number {
  return compareKeyed(keyed(a), keyed(b));
}

interface Keyed<T extends Named> {
  readonly item: T;
  readonly key: string | null;
  /** Whether code units sort as code points do, so that the engine's own comparison serves. */
  readonly isPlain: boolean;
}

const SURROGATE = /[\ud800-\udfff]/;

function keyed<T extends Named>(item: T): Keyed<T> {
  const key = item.name === null ? null : fold(item.name);
  return { item, key, isPlain: key !== null && !SURROGATE.test(key) };
}

function compareKeyed<T extends Named>(a: Keyed<T>, b: Keyed<T>): number {
  if (a.key === null || b.key === null) {
    if (a.key === b.key) return compareText(a.item.id, b.item.id);
    return a.key === null ? 1 : -1;
  }
  if (a.isPlain && b.isPlain && a.key !== b.key) return a.key < b.key ? -1 : 1;
  return (
    compareText(a.key, b.key) ||
    compareText(a.item.name ?? '', b.item.name ?? '') ||
    compareText(a.item.id, b.item.id)
  );
}
