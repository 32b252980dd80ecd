import { storableText } from '../base/text.js';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { atOneMoment } from './at-one-moment.js';
import type { Engine } from './engine.js';
import { PLACE_COLUMNS, pksOf, placesOf, type Places } from './overlay.js';
import { segmentFromRow } from './row-decoding.js';
import { SORT_PREFIX_LENGTH } from './schema.js';
import { SEARCH_ORDER, SORT_PREFIX, type SearchConditions } from './search-query.js';
import type { Tables } from './tables.js';
import { sortKey } from './text.js';
import type { DestinationKey, SearchPosition, SearchRequest, SearchResult } from './types.js';

const TRUE = sql<SqlBool>`1 = 1`;

const NO_MATCHES: SearchResult = {
  segments: [],
  hasPreviousPage: false,
  hasNextPage: false,
  totalCount: 0,
};

/**
 * Reads one page of the matching segments of several destinations. All queries see the database at one
 * moment.
 */
export async function search(
  engine: Engine,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchResult> {
  const { status, after, first } = request;
  if (status?.length === 0) return NO_MATCHES;
  return await atOneMoment(engine.reader('search', signal), async (db) => {
    const places = await placesAmong(db, request.destinations);
    if (places.length === 0) return NO_MATCHES;
    const conditions: SearchConditions = {
      destinationPks: places.flatMap(pksOf),
      hasOverlays: places.some(({ overlay }) => overlay !== null),
      terms: request.terms.map(storableText).filter((term) => term !== ''),
      filter: status === null ? TRUE : sql<SqlBool>`s.status in (${sql.join([...new Set(status)])})`,
    };
    const within = after === null ? TRUE : isAfter(after);
    // One row more than asked for tells whether there is a next page.
    const { rows } = await engine.page(conditions, { within, limit: first + 1 }).execute(db);
    const total = await engine.count(conditions).execute(db);
    const rowsBefore =
      after === null
        ? []
        : (await engine.page(conditions, { within: isUpTo(after), limit: 1 }).execute(db)).rows;
    return {
      segments: rows.slice(0, first).map((row) => ({
        ...segmentFromRow(row),
        customerId: row.customer_id,
        destinationId: row.destination_id,
        asOf: row.as_of,
      })),
      hasPreviousPage: rowsBefore.length > 0,
      hasNextPage: rows.length > first,
      totalCount: total.rows[0]?.count ?? 0,
    };
  });
}

/**
 * The comparison of the prefix follows from the comparison of the positions, but only the prefix uses the
 * index.
 */
function isAfter(position: SearchPosition): RawBuilder<SqlBool> {
  return sql`${SORT_PREFIX} >= ${prefixOf(position)} and (${SEARCH_ORDER}) > (${tuple(position)})`;
}

function isUpTo(position: SearchPosition): RawBuilder<SqlBool> {
  return sql`${SORT_PREFIX} <= ${prefixOf(position)} and (${SEARCH_ORDER}) <= (${tuple(position)})`;
}

/** A position as a tuple that compares with `SEARCH_ORDER`. */
function tuple(position: SearchPosition): RawBuilder<unknown> {
  const name = position.name === null ? null : storableText(position.name);
  return sql.join([
    prefixOf(position),
    sortKey(name),
    name ?? '',
    storableText(position.id),
    storableText(position.customerId),
    storableText(position.destinationId),
  ]);
}

/** The first characters of the sort key. The engines count code points, not UTF-16 code units. */
function prefixOf(position: SearchPosition): string {
  const key = sortKey(position.name === null ? null : storableText(position.name));
  return Array.from(key.slice(0, 2 * SORT_PREFIX_LENGTH))
    .slice(0, SORT_PREFIX_LENGTH)
    .join('');
}

/** Where the rows of those of the destinations are that are stored. */
async function placesAmong(db: Kysely<Tables>, keys: readonly DestinationKey[]): Promise<Places[]> {
  const wanted = new Set(
    keys.map((key) => idOf(storableText(key.customerId), storableText(key.destinationId))),
  );
  const rows = await db
    .selectFrom('destination')
    .select([...PLACE_COLUMNS, 'customer_id', 'destination_id'])
    .execute();
  return rows.filter((row) => wanted.has(idOf(row.customer_id, row.destination_id))).map(placesOf);
}

function idOf(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}
