import { compareText, fold } from '../../base/text.js';

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

/** What sorts by name. */
export interface Named {
  readonly name: string | null;
  readonly id: string;
}

/** By name without case and accents, then the name as it is, then ID; what has no name comes last. */
export function sortByName<T extends Named>(items: Iterable<T>): T[] {
  // Folding is the dear part, so it is done once an item rather than once a comparison.
  return Array.from(items, keyed)
    .sort(compareKeyed)
    .map(({ item }) => item);
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
export function compareNamed(a: Named, b: Named): number {
  return compareKeyed(keyed(a), keyed(b));
}

/** The order of `sortByName`. */
export function compareCustomers(a: CustomerPosition, b: CustomerPosition): number {
  return compareNamed(a, b);
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
