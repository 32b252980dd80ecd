import type { SegmentIdType, SegmentKey } from '../generated/operations.js';

/** How the gateway calls segments that are only known by hand, by the beginning of that. `docs/by-hand.md` has them. */
const PREFIXES: readonly (readonly [prefix: string, idType: SegmentIdType])[] = [
  ['mapping-id:', 'AUTO'],
  ['sid:', 'SID'],
  ['alias:', 'ALIAS'],
  ['value:', 'VALUE'],
  ['key-value:', 'KEY_VALUE'],
  ['url:', 'URL'],
  ['id:', 'AUTO'],
];

/** An ID with its kind. */
export interface StatedId {
  readonly idType: SegmentIdType;
  readonly id: string;
}

/** The ID in what a change says of its segment: a mapping ID, or a kind with an ID, such as `sid:80920`. */
export function statedIdOf(segmentId: string): StatedId {
  for (const [prefix, idType] of PREFIXES) {
    if (segmentId.startsWith(prefix) && segmentId.length > prefix.length)
      return { idType, id: segmentId.slice(prefix.length) };
  }
  return { idType: 'MAPPING_ID', id: segmentId };
}

/** What segments are looked up by. */
export interface IdentifiedSegment {
  readonly mappingId: string | null;
  readonly sid: string | null;
  readonly alias: string | null;
  readonly value: string | null;
  readonly url: string | null;
}

/** The ID by which a segment is found most certainly; `null` if it has none of these. */
export function bestIdOf({ mappingId, sid, alias, value, url }: IdentifiedSegment): StatedId | null {
  const ids = [
    ['MAPPING_ID', mappingId],
    ['SID', sid],
    ['ALIAS', alias],
    ['VALUE', value],
    ['URL', url],
  ] as const;
  for (const [idType, id] of ids) if (id !== null && id !== '') return { idType, id };
  return null;
}

/** Names a segment to the API. */
export function keyOf(place: DestinationPlace, { idType, id }: StatedId): SegmentKey {
  return { customerId: place.customer, destinationId: place.destination, idType, segmentId: id };
}

/** Names a destination. */
export interface DestinationPlace {
  readonly customer: string;
  readonly destination: string;
}
