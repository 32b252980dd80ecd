import { sql, type Kysely } from 'kysely';
import type { Logger } from '../../telemetry/logs.js';
import type { Tables } from '../tables.js';

/**
 * Makes the trigram index, where the server has the extension for it and lets us use it. Tried at every start,
 * as it may have become available.
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
      'no index of the extension pg_trgm, so searching looks through every segment',
    );
  }
}
