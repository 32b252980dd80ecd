import { sql, type Kysely } from 'kysely';
import type { Logger } from '../../telemetry/logs.js';
import type { Tables } from '../tables.js';

/**
 * Creates the trigram index if the server has the extension pg_trgm and allows this user to create it. Called
 * at every start, because the extension may have been installed since the last one.
 *
 * @see https://www.postgresql.org/docs/current/pgtrgm.html
 */
export async function ensureTextIndex(db: Kysely<Tables>, logger: Logger): Promise<void> {
  try {
    await sql`create extension if not exists pg_trgm`.execute(db);
    await sql`create index if not exists segment_search_text on segment using gin (search_text gin_trgm_ops)`.execute(
      db,
    );
  } catch (error) {
    logger.info(
      { err: error },
      'the PostgreSQL extension pg_trgm is not available: searches read every segment; install it to speed them up',
    );
  }
}
