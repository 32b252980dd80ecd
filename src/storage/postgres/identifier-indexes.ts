import { sql, type Kysely } from 'kysely';
import type { Logger } from '../../telemetry/logs.js';
import { IDENTIFIER_INDEXES } from '../identifier-indexes.js';
import type { Tables } from '../tables.js';
import { describe } from './errors.js';

/** The key of the advisory lock for creating the indexes: two arbitrary numbers that nobody else uses. */
const LOCK = sql.join([sql.lit(1_634_890_099), sql.lit(2)]);

const NOT_CREATED =
  'the indexes for finding segments by identifiers alone were not created: findSegments and searchSegments read every segment until then; the next start tries again, or run "aam-gateway migrate" once with the role that owns the tables';

/** Logged instead of creating them: the lock and the creation each need a connection to the server of their own. */
export const INDEXES_NEED_SESSIONS =
  'the indexes for finding segments by identifiers alone are not created through a pooler in transaction mode: findSegments and searchSegments read every segment until then; run "aam-gateway migrate" once with the address of the server itself';

/**
 * Creates the indexes of identifiers that are missing, while gateways go on writing. Takes minutes where there are many
 * segments; without the indexes, the same is found by reading all segments. Never rejects.
 *
 * @param db with two connections at least, whose statements are not limited in time
 * @param signal ends it. What is half done is taken away by the next call
 * @see https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 */
export async function ensureIdentifierIndexes(
  db: Kysely<Tables>,
  logger: Logger,
  signal?: AbortSignal,
): Promise<void> {
  try {
    // Creating an index beside writers waits for transactions that see an older state. This one sees the present state.
    const holder = db.transaction().setIsolationLevel('read committed');
    await holder.execute(async (transaction) => {
      // One process creates them, the others do without meanwhile. The lock ends with this transaction.
      const { rows } = await sql<{
        locked: boolean;
      }>`select pg_try_advisory_xact_lock(${LOCK}) as locked`.execute(transaction);
      if (rows[0]?.locked === true) await createMissing(db);
    });
  } catch (error) {
    if (signal?.aborted !== true) logger.warn({ error: describe(error) }, NOT_CREATED);
  }
}

/** Whether some of the indexes are missing, or cannot be used. */
export async function lacksIdentifierIndexes(db: Kysely<Tables>): Promise<boolean> {
  return (await missingIndexes(db)).length > 0;
}

async function createMissing(db: Kysely<Tables>): Promise<void> {
  for (const { name, isInvalid } of await missingIndexes(db)) {
    const columns = IDENTIFIER_INDEXES.get(name);
    if (columns === undefined) continue;
    // Left over where the creation was interrupted. It is kept up to date, but never used.
    if (isInvalid) await sql`drop index concurrently if exists ${sql.ref(name)}`.execute(db);
    await sql`create index concurrently if not exists ${sql.ref(name)} on ${columns}`.execute(db);
  }
}

/** The indexes that cannot be used: there is none, or an invalid one. */
async function missingIndexes(db: Kysely<Tables>): Promise<{ name: string; isInvalid: boolean }[]> {
  const { rows } = await sql<{ name: string; valid: boolean }>`
    select c.relname as name, i.indisvalid as valid
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = to_regclass('segment')`.execute(db);
  const valid = new Map(rows.map((row) => [row.name, row.valid]));
  return [...IDENTIFIER_INDEXES.keys()]
    .filter((name) => valid.get(name) !== true)
    .map((name) => ({ name, isInvalid: valid.has(name) }));
}
