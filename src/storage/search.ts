import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Engine, SearchConditions } from './engine.js';
import { segmentOf, SEGMENT_COLUMNS, type SegmentRow } from './rows.js';
import { SORT_PREFIX_LENGTH } from './schema.js';
import type { Tables } from './tables.js';
import { sortKey, storable } from './text.js';
import type { DestinationKey, SearchPosition, SearchRequest, SearchResult } from './types.js';

/** A match with where it is from. */
export type SearchRow = SegmentRow & { readonly customer_id: string; readonly destination_id: string };

/** The columns of a `SearchRow`, of the segment `s` and the destination `d`. */
export const SEARCH_COLUMNS = sql.join([
  ...SEGMENT_COLUMNS.map((column) => sql.ref(`s.${column}`)),
  sql.ref('d.customer_id'),
  sql.ref('d.destination_id'),
]);

/** Indices hold all trigrams, so shorter words must be looked for in every text. */
export const MIN_INDEXED_TERM_LENGTH = 3;

const PREFIX = sql.lit(SORT_PREFIX_LENGTH);

/** What an index finds; the order of the rest follows from it. */
const SORT_PREFIX = sql`substr(s.sort_key, 1, ${PREFIX})`;

/** By folded name (none last), name and ID, then customer and destination; of the aliases `s` and `d`. */
export const SEARCH_ORDER = sql`${SORT_PREFIX}, s.sort_key, coalesce(s.name, ''), s.id, d.customer_id, d.destination_id`;

/** The order within one destination. */
export const SEARCH_ORDER_WITHIN = sql`${SORT_PREFIX}, s.sort_key, coalesce(s.name, ''), s.id`;

const EVERYWHERE = sql<SqlBool>`1 = 1`;

const NOTHING: SearchResult = { segments: [], hasPreviousPage: false, hasNextPage: false, totalCount: 0 };

/** One page of the segments that match in several destinations. All of it is read at one moment. */
export async function search(engine: Engine, request: SearchRequest): Promise<SearchResult> {
  const { status, after, first } = request;
  if (status?.length === 0) return NOTHING;
  return engine.reader
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (db) => {
      const destinations = await primaryKeys(db, request.destinations);
      if (destinations.length === 0) return NOTHING;
      const conditions: SearchConditions = {
        destinations,
        terms: request.terms.map(storable).filter((term) => term !== ''),
        filter: status === null ? EVERYWHERE : sql<SqlBool>`s.status in (${sql.join([...status])})`,
      };
      const within = after === null ? EVERYWHERE : isAfter(after);
      const { rows } = await engine.page(conditions, { within, limit: first + 1 }).execute(db);
      const total = await engine.count(conditions).execute(db);
      const before =
        after === null
          ? []
          : (await engine.page(conditions, { within: isUpTo(after), limit: 1 }).execute(db)).rows;
      return {
        segments: rows.slice(0, first).map((row) => ({
          ...segmentOf(row),
          customerId: row.customer_id,
          destinationId: row.destination_id,
        })),
        hasPreviousPage: before.length > 0,
        hasNextPage: rows.length > first,
        totalCount: total.rows[0]?.count ?? 0,
      };
    });
}

/** Repeats for the index what follows from comparing whole places. */
function isAfter(position: SearchPosition): RawBuilder<SqlBool> {
  return sql`${SORT_PREFIX} >= ${prefixOf(position)} and (${SEARCH_ORDER}) > (${place(position)})`;
}

function isUpTo(position: SearchPosition): RawBuilder<SqlBool> {
  return sql`${SORT_PREFIX} <= ${prefixOf(position)} and (${SEARCH_ORDER}) <= (${place(position)})`;
}

function place(position: SearchPosition): RawBuilder<unknown> {
  const name = position.name === null ? null : storable(position.name);
  return sql.join([
    prefixOf(position),
    sortKey(name),
    name ?? '',
    storable(position.id),
    storable(position.customerId),
    storable(position.destinationId),
  ]);
}

/** The first characters as the engines count them: code points. */
function prefixOf(position: SearchPosition): string {
  const key = sortKey(position.name === null ? null : storable(position.name));
  return Array.from(key.slice(0, 2 * SORT_PREFIX_LENGTH))
    .slice(0, SORT_PREFIX_LENGTH)
    .join('');
}

async function primaryKeys(db: Kysely<Tables>, keys: readonly DestinationKey[]): Promise<number[]> {
  const wanted = new Set(keys.map((key) => idOf(storable(key.customerId), storable(key.destinationId))));
  const rows = await db.selectFrom('destination').select(['pk', 'customer_id', 'destination_id']).execute();
  return rows.filter((row) => wanted.has(idOf(row.customer_id, row.destination_id))).map(({ pk }) => pk);
}

function idOf(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}
