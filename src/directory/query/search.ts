import { searchTerms } from '../../base/text.js';
import { Turns } from '../../base/turns.js';
import { MAX_EXACT } from '../../storage/index.js';
import type { List, MetadataSource, SegmentStatus } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { isAfterSegment, sortFound, type SegmentPosition } from '../snapshot/name-order.js';
import { pageOf, type Page } from '../snapshot/paging.js';
import type { Segment } from '../snapshot/segment.js';
import type { SegmentMatches, Snapshot } from '../snapshot/snapshot.js';

/** Which segments a search returns. A missing field or `null` does not filter. */
export interface SegmentFilter {
  readonly text?: string | null | undefined;
  readonly status?: readonly SegmentStatus[] | null | undefined;
}

/** Which segments of snapshots a search returns. */
export interface SnapshotFilter extends SegmentFilter {
  readonly source?: MetadataSource | null | undefined;
  /**
   * What may be an identifier: matches that have it come first, unless there are more than `MAX_EXACT`. It is a part of the
   * text. Default: none.
   */
  readonly identifier?: string | null;
}

/** A segment with its destination. */
export interface Located {
  readonly segment: Segment;
  readonly destination: Destination;
  /** Time of the destination's last complete listing, in milliseconds since the epoch. */
  readonly asOf: number | null;
  /** Whether it has what was searched for as an identifier. Default: it has not, or nothing was searched for. */
  readonly isExact?: boolean;
}

/** A page of what a search found. What was not asked for is `null`. */
export interface MatchPage extends Omit<Page<Located>, 'hasPreviousPage' | 'totalCount'> {
  readonly hasPreviousPage: boolean | null;
  readonly totalCount: number | null;
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
  const pages: Page<Located>[] = [];
  let exact = 0;
  for (const place of snapshots) {
    const found = await place.snapshot.search(terms, filter, turns);
    exact += found.exact.length;
    if (exact > MAX_EXACT) {
      return await searchSnapshots(snapshots, { ...filter, identifier: null }, first, after, signal);
    }
    pages.push(matchesOn(place, found, first, after));
  }
  return mergePages(pages, first);
}

/** The page of the matches in one snapshot. */
function matchesOn(
  { destination, snapshot }: LocatedSnapshot,
  { exact, others }: SegmentMatches,
  first: number,
  after: SegmentPosition | null,
): Page<Located> {
  const located = (segment: Segment, isExact: boolean): Located => {
    return { segment, destination, asOf: snapshot.asOf, ...(isExact && { isExact }) };
  };
  const isAfter = after === null ? null : isAfterSegment(after);
  const page = (found: List<Segment>, isExact: boolean): Page<Located> => {
    // Behind an exact match come all that are none, and before one that is none come all that are exact.
    if (after !== null && (after.isExact ?? false) !== isExact) {
      const all = pageOf(found, isExact ? 0 : first, null);
      return {
        items: all.items.map((segment) => located(segment, isExact)),
        hasPreviousPage: isExact && found.length > 0,
        hasNextPage: !isExact && all.hasNextPage,
        totalCount: found.length,
      };
    }
    const { items, ...rest } = pageOf(
      found,
      first,
      isAfter && ((segment) => isAfter(positionOf(located(segment, isExact)))),
    );
    return { ...rest, items: items.map((segment) => located(segment, isExact)) };
  };
  return mergePages([page(exact, true), page(others, false)], first);
}

/** Merges pages of different destinations into one with at most `first` segments. Each page was made with that limit. */
function mergePages(pages: readonly Page<Located>[], first: number): Page<Located> {
  const all = pages.flatMap((page) => page.items);
  const items = pages.length > 1 ? sortFound(all, positionOf) : all;
  return {
    items: items.slice(0, first),
    hasPreviousPage: pages.some((page) => page.hasPreviousPage),
    hasNextPage: items.length > first || pages.some((page) => page.hasNextPage),
    totalCount: pages.reduce((sum, page) => sum + page.totalCount, 0),
  };
}

/** Merges what the storage has found with what was found in memory. */
export function mergeFound(stored: MatchPage, inMemory: Page<Located>, first: number): MatchPage {
  const { hasPreviousPage, totalCount } = stored;
  const known = { hasPreviousPage: hasPreviousPage ?? false, totalCount: totalCount ?? 0 };
  const page = mergePages([{ ...stored, ...known }, inMemory], first);
  return {
    ...page,
    hasPreviousPage: hasPreviousPage === null ? null : page.hasPreviousPage,
    totalCount: totalCount === null ? null : page.totalCount,
  };
}

/** The sort position of a segment among those of all destinations. */
export function positionOf({ segment, destination, isExact = false }: Located): SegmentPosition {
  return {
    ...(isExact && { isExact }),
    name: segment.name,
    id: segment.id,
    customerId: destination.customerId,
    destinationId: destination.id,
  };
}
