import type { List } from '../../segments/index.js';

/** A stretch of a sorted list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  /** Of the whole list. */
  readonly totalCount: number;
}

/**
 * The first `first` items for which `isAfter` holds; the list is sorted, so they are a tail of it.
 * `null`: from the start.
 */
export function pageOf<T>(sorted: List<T>, first: number, isAfter: ((item: T) => boolean) | null): Page<T> {
  const start = isAfter === null ? 0 : firstIndex(sorted, isAfter);
  return {
    items: stretch(sorted, start, start + first),
    hasPreviousPage: start > 0,
    hasNextPage: start + first < sorted.length,
    totalCount: sorted.length,
  };
}

function stretch<T>(list: List<T>, start: number, end: number): T[] {
  const items: T[] = [];
  for (let index = start; index < Math.min(end, list.length); index++) items.push(list.at(index) as T);
  return items;
}

function firstIndex<T>(sorted: List<T>, holds: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted.at(middle) as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
