import { HttpError } from './response.js';

const DEFAULT_PAGE_SIZE = 10;

/** The query options that all lists of the API share. */
export interface ListOptions {
  /** Absent if the request has neither `page` nor `pageSize`: the response is then a plain array. */
  readonly paging?: { readonly page: number; readonly pageSize: number };
  /** A field of the listed objects. */
  readonly sortBy?: string;
  readonly descending: boolean;
  /** In lower case. */
  readonly search?: string;
  readonly includeDeleted: boolean;
  /** A sid. */
  readonly containsSegment?: number;
}

/** The response to a request with paging options. `pageSize` is the applied size, not the requested one. */
export interface Page {
  total: number;
  page: number;
  pageSize: number;
  list: unknown[];
}

type JsonObject = Record<string, unknown>;

/**
 * Parses a number that consists of digits only.
 *
 * @throws {HttpError} 400 for any other text, and for a number below `min`.
 */
export function parseWholeNumber(name: string, text: string, min: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (value < min) throw new HttpError(400, `${name} is not a whole number of ${min} or more: ${text}`);
  return value;
}

/** Parses the query options of a list. Unknown options are ignored. @throws {HttpError} 400 for an invalid one. */
export function parseListOptions(query: URLSearchParams, maxPageSize = Infinity): ListOptions {
  const number = (name: string, min: number): number | undefined => {
    const text = query.get(name);
    return text === null ? undefined : parseWholeNumber(name, text, min);
  };
  const flag = (name: string): boolean => {
    const text = query.get(name) ?? 'false';
    if (text !== 'true' && text !== 'false') throw new HttpError(400, `${name} is neither true nor false`);
    return text === 'true';
  };
  const page = number('page', 0);
  const pageSize = number('pageSize', 1);
  const containsSegment = number('containsSegment', 0);
  const sortBy = query.get('sortBy');
  const search = query.get('search');
  flag('includeMetrics'); // Validated but without effect: a mapping has no metrics.
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

/** Sorts a list, selects a page and converts the page to JSON. Other items are not converted: paging stays cheap. */
export function listJson<T>(
  items: readonly T[],
  toJson: (item: T) => JsonObject,
  options: ListOptions,
): unknown[] | Page {
  const sorted = sort(items, toJson, options);
  if (options.paging === undefined) return sorted.map(toJson);
  const { page, pageSize } = options.paging;
  const list = sorted.slice(page * pageSize, (page + 1) * pageSize).map(toJson);
  return { total: sorted.length, page, pageSize, list };
}

function sort<T>(items: readonly T[], toJson: (item: T) => JsonObject, options: ListOptions): readonly T[] {
  const { sortBy, descending } = options;
  if (sortBy === undefined) return descending ? items.toReversed() : items;
  const first = items[0];
  if (first === undefined) return items;
  if (!(sortBy in toJson(first))) throw new HttpError(400, `sortBy is not the name of a field: ${sortBy}`);
  const keyed = items.map((item) => ({ item, key: toJson(item)[sortBy] }));
  const sign = descending ? -1 : 1;
  return keyed.sort((a, b) => sign * compare(a.key, b.key)).map(({ item }) => item);
}

/** Compares numbers by value and strings by code unit. Other values come before both. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = typeof a === 'string' || typeof a === 'number' ? String(a) : '';
  const right = typeof b === 'string' || typeof b === 'number' ? String(b) : '';
  return left < right ? -1 : left > right ? 1 : 0;
}
