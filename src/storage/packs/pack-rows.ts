import { sql, type Kysely } from 'kysely';
import type { Engine } from '../engine.js';
import { DESTINATION_ORDER, SORT_PREFIX } from '../search-query.js';
import type { Tables } from '../tables.js';

/** Rows per query: a text of some hundred kilobytes, which passes through the answering thread without holding it up. */
export const ROWS_PER_QUERY = 2_000;

/**
 * Reads what a pack holds of some segments of a destination, over which nothing is laid.
 *
 * @param after primary key of the segment before them; `null`: the first ones
 * @returns JSON of `PackRow[]`
 */
export async function readPackRows(
  engine: Engine,
  db: Kysely<Tables>,
  destinationPk: number,
  after: number | null,
): Promise<string> {
  // The comparison of the prefix follows from the other one, but only the prefix uses the index.
  const isAfter =
    after === null
      ? sql`1 = 1`
      : sql`${SORT_PREFIX} >= (select ${SORT_PREFIX} from segment s where s.pk = ${after})
          and (${DESTINATION_ORDER}) > (select ${DESTINATION_ORDER} from segment s where s.pk = ${after})`;
  const rows = sql`select s.pk, s.status, s.name, s.sort_key, s.search_text from segment s
    where s.destination_pk = ${destinationPk} and ${isAfter}
    order by ${DESTINATION_ORDER} limit ${ROWS_PER_QUERY}`;
  const result = await engine.packRows(rows).execute(db);
  return result.rows[0]?.json ?? '[]';
}
