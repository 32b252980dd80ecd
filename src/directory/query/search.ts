import { searchTerms } from '../../base/text.js';
import { Turns } from '../../base/turns.js';
import type { MetadataSource, SegmentStatus } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { isAfterSegment, sortSegments, type SegmentPosition } from '../snapshot/name-order.js';
import { pageOf, type Page } from '../snapshot/paging.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** Which segments a search returns. A missing field or `null` does not filter. */
export interface SegmentFilter {
  readonly text?: string | null | undefined;
  readonly status?: readonly SegmentStatus[] | null | undefined;
}

/** Which segments of snapshots a search returns. */
export interface SnapshotFilter extends SegmentFilter {
  readonly source?: MetadataSource | null | undefined;
}

/** A segment with its destination. */
export interface Located {
  readonly segment: Segment;
  readonly destination: Destination;
  /** Time of the destination's last complete listing, in milliseconds since the epoch. */
  readonly asOf: number | null;
}

/** A snapshot with its destination. */
export interface LocatedSnapshot {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
}

/**
 * One page of the matching segments of several snapshots, sorted by name across all of them.
 *
 * @param first maximum number of segments
 * @param after position after which the page starts; `null` for the first page
 * @param signal ends the search
 */
export async function searchSnapshots(
  snapshots: readonly LocatedSnapshot[],
  filter: SnapshotFilter,
  first: number,
  after: SegmentPosition | null,
  signal?: AbortSignal,
): Promise<Page<Located>> {
  const terms = searchTerms(filter.text ?? '');
  const turns = new Turns(signal);
  const isAfter = after === null ? null : isAfterSegment(after);
  const pages: Page<Located>[] = [];
  for (const { destination, snapshot } of snapshots) {
    const located = (segment: Segment): Located => ({ segment, destination, asOf: snapshot.asOf });
    const found = await snapshot.search(terms, { status: filter.status, source: filter.source }, turns);
    const page = pageOf(found, first, isAfter && ((segment) => isAfter(positionOf(located(segment)))));
    pages.push({ ...page, items: page.items.map(located) });
  }
  return mergePages(pages, first);
}

/** Merges pages of different destinations into one with at most `first` segments. Each page was made with that limit. */
export function mergePages(pages: readonly Page<Located>[], first: number): Page<Located> {
  const all = pages.flatMap((page) => page.items);
  const items = pages.length > 1 ? sortSegments(all, positionOf) : all;
  return {
    items: items.slice(0, first),
    hasPreviousPage: pages.some((page) => page.hasPreviousPage),
    hasNextPage: items.length > first || pages.some((page) => page.hasNextPage),
    totalCount: pages.reduce((sum, page) => sum + page.totalCount, 0),
  };
}

/** The sort position of a segment among those of all destinations. */
export function positionOf({ segment, destination }: Located): SegmentPosition {
  return {
    name: segment.name,
    id: segment.id,
    customerId: destination.customerId,
    destinationId: destination.id,
  };
}
