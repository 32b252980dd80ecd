import type { ThreadResponse } from '../../base/thread-session.js';
import type { SegmentStatus } from '../../segments/index.js';

/**
 * A segment as a pack takes it: primary key, status, length of the folded name in UTF-8 (-1 without a name), and the search
 * text, which begins with the folded name.
 */
export type PackRow = readonly [pk: number, status: SegmentStatus, nameBytes: number, searchText: string];

/** Where a search begins in a pack. */
export interface PackStart {
  readonly pack: number;
  /** Primary key of the first segment on the page or behind it; `null`: all are before it. `FIRST`: the page is the first one. */
  readonly from: number | 'FIRST' | null;
}

/** What is looked for in packs. */
export interface PackSearch {
  readonly packs: readonly PackStart[];
  /** Folded terms, none of them empty or with white space. */
  readonly terms: readonly string[];
  /** `null`: any. */
  readonly status: readonly SegmentStatus[] | null;
  /** How many segments are wanted. */
  readonly limit: number;
  readonly withTotal: boolean;
  readonly withPrevious: boolean;
}

/** What was found in packs. */
export interface PackMatches {
  /**
   * Primary keys of segments among which are the first `limit` matches, by name, then ID, over all packs. More than `limit`
   * where names fold to the same.
   */
  readonly pks: readonly number[];
  /** Number of all matches; `null` if it was not asked for. */
  readonly total: number | null;
  /** Whether there are matches before the page, if that was asked for. */
  readonly hasPrevious: boolean;
}

/** What a pack has after rows were added. */
export interface PackState {
  readonly bytes: number;
  /** Number of rows that were added. */
  readonly added: number;
  /** Primary key of the last row; `null` if nothing was added. */
  readonly last: number | null;
}

/** A request to the thread. */
export type PackRequest =
  /** Adds rows, which follow those that are there, in the order of names, and makes the pack if it is new. `rows`: JSON of `PackRow[]`. */
  | { readonly id: number; readonly type: 'add'; readonly pack: number; readonly rows: string }
  | { readonly id: number; readonly type: 'search'; readonly search: PackSearch }
  /** Ends a search, whose request then fails. */
  | { readonly id: number; readonly type: 'abort'; readonly search: number }
  | { readonly id: number; readonly type: 'drop'; readonly pack: number };

export type PackAnswer = PackState | PackMatches | null;
export type PackResponse = ThreadResponse<PackAnswer>;
