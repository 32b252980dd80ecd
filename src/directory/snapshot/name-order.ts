import { compareText, fold } from '../../base/text.js';

/**
 * The sort position of a segment, which is all that a cursor has to contain. The position stays valid when the segment
 * itself or any other segment has been removed before the next page is requested.
 */
export interface SegmentPosition {
  readonly name: string | null;
  readonly id: string;
  readonly customerId: string;
  readonly destinationId: string;
  /** Whether the segment has what was searched for as an identifier: those come first. Default: it has not. */
  readonly isExact?: boolean;
}

/** The sort position of a customer in the list of customers. */
export interface CustomerPosition {
  readonly name: string;
  readonly id: string;
}

/** The sort position of a destination in a list of destinations. */
export interface DestinationPosition {
  readonly name: string | null;
  readonly id: string;
  readonly customerId: string;
}

/** An item that can be sorted by name. */
export interface Named {
  readonly name: string | null;
  readonly id: string;
}

/** Sorts by folded name, then by name, then by ID. Items without a name come last. */
export function sortByName<T extends Named>(items: Iterable<T>): T[] {
  // Folding is the expensive part: it is done once per item instead of once per comparison.
  return Array.from(items, keyed)
    .sort(compareKeyed)
    .map(({ item }) => item);
}

/** Compares in the order of `sortByName`, then by customer and destination. */
export function compareSegments(a: SegmentPosition, b: SegmentPosition): number {
  return compareKeyed(keyed(a), keyed(b)) || compareDestinations(a, b);
}

function compareDestinations(a: SegmentPosition, b: SegmentPosition): number {
  return compareText(a.customerId, b.customerId) || compareText(a.destinationId, b.destinationId);
}

/** Whether segments come after a position in the order of `compareSegments`. Its name is folded once. */
export function isAfterSegment(position: SegmentPosition): (segment: SegmentPosition) => boolean {
  const limit = keyed(position);
  return (segment) => (compareKeyed(keyed(segment), limit) || compareDestinations(segment, position)) > 0;
}

/** Whether customers come after a position in the order of `compareCustomers`. Its name is folded once. */
export function isAfterCustomer(position: CustomerPosition): (customer: CustomerPosition) => boolean {
  const limit = keyed(position);
  return (customer) => compareKeyed(keyed(customer), limit) > 0;
}

/** Sorts by name, then by customer, then by ID. Destinations without a name come last. */
export function sortDestinations<T extends DestinationPosition>(items: Iterable<T>): T[] {
  return Array.from(items, (item) => ({ item, name: keyedName(item) }))
    .sort((a, b) => compareKeyed(a.name, b.name) || comparePlaces(a.item, b.item))
    .map(({ item }) => item);
}

/** Whether destinations come after a position in the order of `sortDestinations`. Its name is folded once. */
export function isAfterDestination(
  position: DestinationPosition,
): (destination: DestinationPosition) => boolean {
  const limit = keyedName(position);
  return (destination) =>
    (compareKeyed(keyedName(destination), limit) || comparePlaces(destination, position)) > 0;
}

/** The sort key of a name alone. */
function keyedName({ name }: DestinationPosition): Keyed<Named> {
  return keyed({ name, id: '' });
}

function comparePlaces(a: DestinationPosition, b: DestinationPosition): number {
  return compareText(a.customerId, b.customerId) || compareText(a.id, b.id);
}

/** Sorts what a search found: exact ones first, each in the order of `compareSegments`. */
export function sortFound<T>(items: Iterable<T>, positionOf: (item: T) => SegmentPosition): T[] {
  return Array.from(items, (item) => ({ item, key: keyed(positionOf(item)) }))
    .sort(
      ({ key: a }, { key: b }) =>
        Number(b.item.isExact ?? false) - Number(a.item.isExact ?? false) ||
        compareKeyed(a, b) ||
        compareDestinations(a.item, b.item),
    )
    .map(({ item }) => item);
}

/** Compares in the order of `sortByName`. */
export function compareNamed(a: Named, b: Named): number {
  return compareKeyed(keyed(a), keyed(b));
}

/** Compares in the order of `sortByName`. */
export function compareCustomers(a: CustomerPosition, b: CustomerPosition): number {
  return compareNamed(a, b);
}

/** An item with its sort key. */
interface Keyed<T extends Named> {
  readonly item: T;
  /** The folded name. */
  readonly key: string | null;
  /** Whether the key has no surrogates, so that the built-in comparison of strings yields the code point order. */
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
