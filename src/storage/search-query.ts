import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { SEGMENT_COLUMNS, type SegmentRow } from './row-decoding.js';
import { SORT_PREFIX_LENGTH } from './schema.js';

/** A segment that was found, with the IDs of its customer and destination. */
export type SearchRow = SegmentRow & {
  readonly customer_id: string;
  readonly destination_id: string;
  readonly as_of: number | null;
};

/** The conditions that every match of a search has to meet. */
export interface SearchConditions {
  /** Primary keys of the destinations to search in; at least one. */
  readonly destinationPks: readonly number[];
  /**
   * Whether something is laid over some of them (see `Overlay`): its primary keys are among `destinationPks`, and what it
   * hides does not match. Only with an engine that has one writer.
   */
  readonly hasOverlays: boolean;
  /** Folded and storable terms, none of them empty; each has to occur in `search_text`. */
  readonly terms: readonly string[];
  /** A condition on the segment `s`. */
  readonly filter: RawBuilder<SqlBool>;
}

/** Which of the matches a page query returns. */
export interface PageRange {
  /** A condition on the position of the segment `s` in the destination `d`. */
  readonly within: RawBuilder<SqlBool>;
  /** Maximum number of rows. */
  readonly limit: number;
}

/** The columns of a `SearchRow`, selected from the segment `s` and the destination `d`. */
export const SEARCH_COLUMNS = sql.join([
  ...SEGMENT_COLUMNS.map((column) => sql.ref(`s.${column}`)),
  sql.ref('d.customer_id'),
  sql.ref('d.destination_id'),
  sql.ref('d.as_of'),
]);

/** The indexed prefix of the sort key of the segment `s`. */
export const SORT_PREFIX = sql`substr(s.sort_key, 1, ${sql.lit(SORT_PREFIX_LENGTH)})`;

/** The order within one destination: by folded name (null last), name and ID of the segment `s`. */
export const DESTINATION_ORDER = sql`${SORT_PREFIX}, s.sort_key, coalesce(s.name, ''), s.id`;

/** The order of all results: as `DESTINATION_ORDER`, then by customer and destination `d`. */
export const SEARCH_ORDER = sql`${DESTINATION_ORDER}, d.customer_id, d.destination_id`;

/** Minimum length of an indexed term, in code points: the text indexes of both engines hold trigrams. */
const MIN_INDEXED_TERM_LENGTH = 3;

/** Whether the text index finds a term. Shorter terms have to be looked for in every text. */
export function isIndexedTerm(term: string): boolean {
  return Array.from(term).length >= MIN_INDEXED_TERM_LENGTH;
}
