import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Engine } from './engine.js';
import { identifierConditions, preferringIndexes } from './identifier-search.js';
import { isNotShadowed } from './overlay.js';
import { isAfter } from './search-position.js';
import type { Tables } from './tables.js';
import { isOneOfNumbers } from './text-list.js';
import type { SearchPosition } from './types.js';

/**
 * What more segments have identifies none of them: the key of a cookie destination is the alias of all of its segments.
 */
export const MAX_EXACT = 1_000;

interface ExactRequest {
  readonly identifier: string;
  /** Those of the search, which all matches have. */
  readonly terms: readonly string[];
  /** A condition on the segment `s`. */
  readonly filter: RawBuilder<SqlBool>;
  readonly after: SearchPosition | null;
  /** Primary keys under which the rows of the destinations are. */
  readonly destinationPks: readonly number[];
}

/** A segment that has an identifier. */
interface ExactMatch {
  readonly pk: number;
  /** Whether it comes after the position. */
  readonly isAfter: boolean;
}

/** The matches that have a text as ID, sid, alias or value, in any order. None if there are more than `MAX_EXACT`. */
export async function findExactly(
  engine: Engine,
  db: Kysely<Tables>,
  { identifier, terms, filter, after, destinationPks }: ExactRequest,
): Promise<ExactMatch[]> {
  const behind = after === null ? sql`1` : sql`case when ${isAfter(after)} then 1 else 0 end`;
  // The + keeps the engines from going by the destinations. Where PostgreSQL lacks the indexes of identifiers, that of texts
  // finds the terms.
  const branches = identifierConditions(engine.name, identifier).map(
    (isIt) => sql`select * from (select s.pk, ${behind} as is_after
      from segment s
      cross join destination h
      cross join destination d
      where ${isIt} and ${isOneOfNumbers(engine.name, sql`+s.destination_pk`, destinationPks)}
        and ${engine.contains(terms)} and ${filter}
        and h.pk = +s.destination_pk and d.pk = coalesce(h.overlay_of, h.pk)
        and (h.overlay_pk is null or ${isNotShadowed('s', 'h')})
      limit ${MAX_EXACT + 1}) as found`,
  );
  return await preferringIndexes(engine, db, async () => {
    const { rows } = await sql<{ pk: number; is_after: number }>`${sql.join(branches, sql` union `)}
      limit ${MAX_EXACT + 1}`.execute(db);
    if (rows.length > MAX_EXACT) return [];
    return rows.map((row) => ({ pk: row.pk, isAfter: row.is_after === 1 }));
  });
}
