import { sql, type Kysely, type RawBuilder } from 'kysely';
import { IDENTIFIER_PREFIX_LENGTH } from './text.js';

const LENGTH = sql.lit(IDENTIFIER_PREFIX_LENGTH);

/**
 * The indexes by which segments are found by an identifier alone, in whichever destinations they are, and by which the
 * destinations with addresses are found: by name, what stands behind `on`.
 *
 * An alias that repeats the sid, as Audience Manager fills it in, is not indexed again. Of values and addresses, which few
 * types of destinations have, only those that are there are indexed.
 */
export const IDENTIFIER_INDEXES: ReadonlyMap<string, RawBuilder<unknown>> = new Map([
  ['segment_by_id', sql`segment (substr(id, 1, ${LENGTH}))`],
  ['segment_by_sid', sql`segment (substr(sid, 1, ${LENGTH})) where sid is not null`],
  [
    'segment_by_alias',
    sql`segment (substr(alias, 1, ${LENGTH})) where alias is not null and (sid is null or alias <> sid)`,
  ],
  ['segment_by_value', sql`segment (substr(value, 1, ${LENGTH})) where value is not null`],
  ['segment_with_address', sql`segment (destination_pk) where url is not null or secure_url is not null`],
]);

/**
 * The seventh step of the schema in SQLite: the indexes of identifiers. In PostgreSQL they are part of no step, because in a
 * database that is in use they are created beside gateways that write: see `ensureIdentifierIndexes`. A new one gets them with
 * its tables.
 */
export async function addIdentifierIndexes(db: Kysely<unknown>): Promise<void> {
  for (const [name, columns] of IDENTIFIER_INDEXES) {
    await sql`create index ${sql.ref(name)} on ${columns}`.execute(db);
  }
}
