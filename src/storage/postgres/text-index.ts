import { sql, type Kysely } from 'kysely';
import { DatabaseError } from 'pg';
import type { Logger } from '../../telemetry/logs.js';
import type { Tables } from '../tables.js';

/**
 * The key of the advisory lock for creating the index: two arbitrary numbers that other users of the database do not
 * use.
 */
const LOCK = sql.join([sql.lit(1_634_890_099), sql.lit(1)]);

const NOT_AVAILABLE =
  'the PostgreSQL extension pg_trgm is not available: searches read every segment; install it to speed them up';

const FORBIDDEN =
  'the role of storage.postgres may not create the index for searches, which read every segment without it: run "aam-gateway migrate" once with the role that owns the tables';

/**
 * Creates the trigram index if the server has the extension pg_trgm and allows this user to create it. Called
 * at every start, because the extension may have been installed since the last one. Where the index exists, nothing is
 * locked, and the user needs no right to create it.
 *
 * @see https://www.postgresql.org/docs/current/pgtrgm.html
 */
export async function ensureTextIndex(db: Kysely<Tables>, logger: Logger): Promise<void> {
  try {
    if (await hasTextIndex(db)) return;
    await db.transaction().execute(async (transaction) => {
      // Several gateways may start at once. The lock ends with the transaction.
      await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction);
      if (await hasTextIndex(transaction)) return;
      await sql`create extension if not exists pg_trgm`.execute(transaction);
      await sql`create index if not exists segment_search_text on segment using gin (search_text gin_trgm_ops)`.execute(
        transaction,
      );
    });
  } catch (error) {
    logger.info({ err: error }, isForbidden(error) ? FORBIDDEN : NOT_AVAILABLE);
  }
}

async function hasTextIndex(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{
    found: boolean;
  }>`select to_regclass('segment_search_text') is not null as found`.execute(db);
  return rows[0]?.found === true;
}

function isForbidden(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '42501';
}
