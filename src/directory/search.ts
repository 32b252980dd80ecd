import type { MappingStatus } from '../audience-manager/index.js';
import type { Destination } from './destination.js';
import { compareSegments, type SegmentPosition } from './order.js';
import { pageOf, type Page } from './paging.js';
import type { Segment } from './segment.js';
import type { Snapshot } from './snapshot.js';
import { searchTerms } from '../text.js';

/** Which segments of a snapshot a list holds; absent: no restriction. */
export interface SegmentFilter {
  readonly text?: string | null | undefined;
  readonly status?: readonly MappingStatus[] | null | undefined;
}

/** A segment with where it is from. */
export interface Located {
  readonly segment: Segment;
  readonly destination: Destination;
  /** When that was last read completely, in milliseconds since the epoch. */
  readonly asOf: number | null;
}

/** A snapshot with where it is from. */
export interface LocatedSnapshot {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
}

/** One page of what matches in several snapshots, by name over all of them. */
export function searchSnapshots(
  snapshots: readonly LocatedSnapshot[],
  filter: SegmentFilter,
  first: number,
  after: SegmentPosition | null,
): Page<Located> {
  const terms = searchTerms(filter.text ?? '');
  let totalCount = 0;
  let hasPreviousPage = false;
  const candidates: Located[] = [];
  for (const { destination, snapshot } of snapshots) {
    const located = (segment: Segment): Located => ({ segment, destination, asOf: snapshot.asOf });
    const matching = withStatus(snapshot.search(terms), filter.status);
    const isAfter =
      after === null ? null : (segment: Segment) => compareSegments(positionOf(located(segment)), after) > 0;
    // One more than asked for tells whether there is a next page.
    const page = pageOf(matching, first + 1, isAfter);
    totalCount += page.totalCount;
    hasPreviousPage ||= page.hasPreviousPage;
    for (const segment of page.items) candidates.push(located(segment));
  }
  candidates.sort((a, b) => compareSegments(positionOf(a), positionOf(b)));
  return {
    items: candidates.slice(0, first),
    hasPreviousPage,
    hasNextPage: candidates.length > first,
    totalCount,
  };
}

/** The place of a segment among those of all destinations. */
export function positionOf({ segment, destination }: Located): SegmentPosition {
  return {
    name: segment.name,
    id: segment.id,
    customerId: destination.customerId,
    destinationId: destination.id,
  };
}

function withStatus(
  segments: readonly Segment[],
  status: readonly MappingStatus[] | null | undefined,
): readonly Segment[] {
  if (status === null || status === undefined) return segments;
  return segments.filter((segment) => status.includes(segment.status));
}
