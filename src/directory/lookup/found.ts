import type { List, Segment, SegmentIdType } from '../../segments/index.js';
import type { Match } from '../snapshot/identify.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** A segment that has an ID, and as which kind of identifier. AUTO: a manual entry for an ID of unstated kind. */
export interface Candidate {
  readonly segment: Segment;
  readonly idType: SegmentIdType;
}

/**
 * What an ID turned out to be.
 *
 * - FOUND: one segment.
 * - AMBIGUOUS: several segments; the first 100 of them.
 * - UNKNOWN: no segment, according to a complete and recent listing.
 * - UNCHECKED: no known segment, and Audience Manager could not be asked since.
 */
export type FoundId =
  | ({ readonly status: 'FOUND' } & Candidate)
  | { readonly status: 'AMBIGUOUS'; readonly candidates: readonly Candidate[] }
  | { readonly status: 'UNKNOWN' | 'UNCHECKED' };

/** What a lookup found out about an ID. */
export type LookupStatus = FoundId['status'];

/** What a list of IDs turned out to be, and the snapshot that was looked at. */
export interface Found {
  readonly snapshot: Snapshot;
  /** In the order of the IDs. */
  readonly results: readonly FoundId[];
}

/** Maximum number of segments that are listed for an ambiguous ID. */
const MAX_CANDIDATES = 100;

/**
 * The result for one ID.
 *
 * @param matches its distinct matches
 * @param missing the status if there is none
 */
export function resultOf(
  segments: List<Segment>,
  matches: readonly Match[],
  missing: 'UNKNOWN' | 'UNCHECKED',
): FoundId {
  const candidates = matches.slice(0, MAX_CANDIDATES).flatMap(({ index, idType }): Candidate[] => {
    const segment = segments.at(index);
    return segment === undefined ? [] : [{ segment, idType }];
  });
  const [only] = candidates;
  if (only === undefined) return { status: missing };
  return candidates.length === 1 ? { status: 'FOUND', ...only } : { status: 'AMBIGUOUS', candidates };
}
