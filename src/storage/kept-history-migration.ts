import { sql, type Kysely } from 'kysely';
import type { Storage } from './types.js';

/**
 * The fifth step of the schema: how far the history of each destination reaches back. Two columns with constant defaults,
 * so it is quick with any number of rows.
 *
 * Gateways of the version before may still write to the same database: they only add revisions, at the end. While old
 * revisions are removed, they count the changes of a destination too high.
 */
export async function addKeptHistory(db: Kysely<unknown>, engine: Storage['engine']): Promise<void> {
  if (engine === 'postgres') {
    // Writers take this lock first. If they waited in the middle of a commit, each would wait for the other.
    await sql`lock table destination in exclusive mode`.execute(db);
  }
  await db.schema.alterTable('destination').addColumn('complete_since', 'bigint').execute();
  await db.schema
    .alterTable('destination')
    .addColumn('condensed_to', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
}
