import type { MappingStatus } from '../../audience-manager/index.js';
import type { Destination } from '../destination.js';
import { compareSegments, type SegmentPosition } from '../snapshot/name-order.js';
import { pageOf, type Page } from '../snapshot/paging.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { searchTerms } from '../../base/text.js';

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
  const pages = snapshots.map(({ destination, snapshot }): Page<Located> => {
    const located = (segment: Segment): Located => ({ segment, destination, asOf: snapshot.asOf });
    const isAfter =
      after === null ? null : (segment: Segment) => compareSegments(positionOf(located(segment)), after) > 0;
    const page = pageOf(snapshot.search(terms, filter.status ?? null), first, isAfter);
    return { ...page, items: page.items.map(located) };
  });
  return joinedPages(pages, first);
}

/** The first `first` of what is on several pages, each of which has as many at least where there are more. */
export function joinedPages(pages: readonly Page<Located>[], first: number): Page<Located> {
  const items = pages.flatMap((page) => page.items);
  if (pages.length > 1) items.sort((a, b) => compareSegments(positionOf(a), positionOf(b)));
  return {
    items: items.slice(0, first),
    hasPreviousPage: pages.some((page) => page.hasPreviousPage),
    hasNextPage: items.length > first || pages.some((page) => page.hasNextPage),
    totalCount: pages.reduce((sum, page) => sum + page.totalCount, 0),
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
