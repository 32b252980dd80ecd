import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Engine } from './engine.js';
import { hasIdentifier, preferringIndexes } from './identifier-search.js';
import { isNotShadowed } from './overlay.js';
import { isAfter } from './search-position.js';
import type { Tables } from './tables.js';
import { isOneOfNumbers } from './text-list.js';
import type { SearchPosition } from './types.js';

interface ExactRequest {
  readonly identifier: string;
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

/** The segments that have a text as ID, sid, alias or value, in any order. */
export async function findExactly(
  engine: Engine,
  db: Kysely<Tables>,
  { identifier, filter, after, destinationPks }: ExactRequest,
): Promise<ExactMatch[]> {
  const behind = after === null ? sql`1` : sql`case when ${isAfter(after)} then 1 else 0 end`;
  const isWithin = isOneOfNumbers(engine.name, sql`+destination_pk`, destinationPks);
  return await preferringIndexes(engine, db, async () => {
    const { rows } = await sql<{ pk: number; is_after: number }>`select s.pk, ${behind} as is_after
      from segment s
      join destination h on h.pk = s.destination_pk
      join destination d on d.pk = coalesce(h.overlay_of, h.pk)
      where s.pk in (${hasIdentifier(engine.name, identifier, isWithin)})
        and (h.overlay_pk is null or ${isNotShadowed('s', 'h')}) and ${filter}`.execute(db);
    return rows.map((row) => ({ pk: row.pk, isAfter: row.is_after === 1 }));
  });
}
