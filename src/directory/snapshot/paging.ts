import type { List } from '../../segments/index.js';

/** One page of a sorted list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  /** Number of items on all pages. */
  readonly totalCount: number;
}

/**
 * The page with the first `first` items for which `isAfter` holds.
 *
 * @param isAfter holds for all items from some position of the sorted list on; `null` starts at the first item
 */
export function pageOf<T>(sorted: List<T>, first: number, isAfter: ((item: T) => boolean) | null): Page<T> {
  const start = isAfter === null ? 0 : firstIndexWhere(sorted, isAfter);
  return {
    items: itemsBetween(sorted, start, start + first),
    hasPreviousPage: start > 0,
    hasNextPage: start + first < sorted.length,
    totalCount: sorted.length,
  };
}

function itemsBetween<T>(list: List<T>, start: number, end: number): T[] {
  const items: T[] = [];
  for (let index = start; index < Math.min(end, list.length); index++) items.push(list.at(index) as T);
  return items;
}

/** Binary search for the first item for which `condition` holds. */
function firstIndexWhere<T>(sorted: List<T>, condition: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (condition(sorted.at(middle) as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
