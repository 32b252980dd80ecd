import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** After fewer rows it is left to PostgreSQL when it looks at its tables. It does so about once a minute. */
export const MIN_ROWS_TO_ANALYZE = 10_000;

/** How long to wait for others who look at the tables right now, in milliseconds. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * Makes PostgreSQL look at its tables after a large commit. Without statistics, it reads the histories of many segments by
 * an index that takes it through all revisions of the destination. Not part of the commit: only one transaction may do so at
 * a time, until it is over. Never rejects, as PostgreSQL does it by itself later.
 */
export async function analyze(db: Kysely<Tables>): Promise<void> {
  try {
    await db.transaction().execute(async (transaction) => {
      await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(transaction);
      await sql`analyze segment, revision`.execute(transaction);
    });
  } catch {
    // Nothing depends on it but speed.
  }
}
