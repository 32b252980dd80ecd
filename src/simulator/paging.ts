import { Refusal } from './answer.js';
import type { Row } from './rows.js';

const DEFAULT_PAGE_SIZE = 10;

/** The query options that all lists of the API share. */
export interface ListOptions {
  /** Absent where neither `page` nor `pageSize` is asked for: the answer is then a plain array. */
  readonly paging?: { readonly page: number; readonly pageSize: number };
  readonly sortBy?: string;
  readonly descending: boolean;
  /** In lower case. */
  readonly search?: string;
  readonly includeDeleted: boolean;
  readonly containsSegment?: number;
}

/** The answer to a call with paging options. `pageSize` is the one in force, not the one asked for. */
export interface Page {
  total: number;
  page: number;
  pageSize: number;
  list: unknown[];
}

/** A number of digits only, `least` or more, or a refusal with 400. */
export function wholeNumber(name: string, text: string, least: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (value < least) throw new Refusal(400, `${name} is not a whole number of ${least} or more: ${text}`);
  return value;
}

/** ReadSet the options of a list; throws a refusal with 400 for a bad one. Unknown ones are ignored. */
export function listOptions(query: URLSearchParams, maxPageSize = Infinity): ListOptions {
  const number = (name: string, least: number): number | undefined => {
    const text = query.get(name);
    return text === null ? undefined : wholeNumber(name, text, least);
  };
  const flag = (name: string): boolean => {
    const text = query.get(name) ?? 'false';
    if (text !== 'true' && text !== 'false') throw new Refusal(400, `${name} is neither true nor false`);
    return text === 'true';
  };
  const page = number('page', 0);
  const pageSize = number('pageSize', 1);
  const containsSegment = number('containsSegment', 0);
  const sortBy = query.get('sortBy');
  const search = query.get('search');
  flag('includeMetrics'); // Accepted; a mapping row has no metrics to show.
  return {
    ...((page !== undefined || pageSize !== undefined) && {
      paging: { page: page ?? 0, pageSize: Math.min(pageSize ?? DEFAULT_PAGE_SIZE, maxPageSize) },
    }),
    ...(sortBy !== null && { sortBy }),
    descending: flag('descending'),
    ...(search !== null && { search: search.toLowerCase() }),
    includeDeleted: flag('includeDeletedEntities'),
    ...(containsSegment !== undefined && { containsSegment }),
  };
}

/** Sorts, pages and writes a list. Only what is on the page is written, so that paging stays cheap. */
export function listAnswer<T>(
  items: readonly T[],
  write: (item: T) => Row,
  options: ListOptions,
): unknown[] | Page {
  const sorted = inOrder(items, write, options);
  if (options.paging === undefined) return sorted.map(write);
  const { page, pageSize } = options.paging;
  const list = sorted.slice(page * pageSize, (page + 1) * pageSize).map(write);
  return { total: sorted.length, page, pageSize, list };
}

function inOrder<T>(items: readonly T[], write: (item: T) => Row, options: ListOptions): readonly T[] {
  const { sortBy, descending } = options;
  if (sortBy === undefined) return descending ? items.toReversed() : items;
  const first = items[0];
  if (first === undefined) return items;
  if (!(sortBy in write(first))) throw new Refusal(400, `sortBy names no field: ${sortBy}`);
  const keyed = items.map((item) => ({ item, key: write(item)[sortBy] }));
  const sign = descending ? -1 : 1;
  return keyed.sort((a, b) => sign * compare(a.key, b.key)).map(({ item }) => item);
}

/** Numbers by value, texts by code unit, what is neither before both. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = typeof a === 'string' || typeof a === 'number' ? String(a) : '';
  const right = typeof b === 'string' || typeof b === 'number' ? String(b) : '';
  return left < right ? -1 : left > right ? 1 : 0;
}
