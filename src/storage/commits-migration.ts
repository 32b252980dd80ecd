import { sql, type ColumnDataType, type Kysely, type RawBuilder } from 'kysely';
import type { Storage } from './types.js';

/**
 * The third step of the schema: when each commit was made, and which was the last one of a destination. No row of a
 * large table is touched, so it is quick with any number of segments and revisions.
 *
 * Gateways of the version before may still write to the same database. They add revisions without a row in
 * `revision_commit`, and leave `last_commit` as it is.
 *
 * @param text creates the type of a text column
 */
export async function addCommits(
  db: Kysely<unknown>,
  engine: Storage['engine'],
  text: () => ColumnDataType | RawBuilder<never>,
): Promise<void> {
  if (engine === 'postgres') {
    // Writers take this lock first. If they waited in the middle of a commit, each would wait for the other.
    await sql`lock table destination in exclusive mode`.execute(db);
  }
  // In the order in which reads of the version before take their locks, so that none waits for the other.
  await db.schema.alterTable('revision').addColumn('detected_at', 'bigint').execute();
  await db.schema.alterTable('destination').addColumn('last_commit', text()).execute();
  await db.schema
    .createTable('revision_commit')
    .addColumn('destination_pk', 'bigint', (column) => column.notNull().references('destination.pk'))
    .addColumn('last_sequence', 'bigint', (column) => column.notNull())
    .addColumn('first_sequence', 'bigint', (column) => column.notNull())
    .addColumn('stored_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('revision_commit_numbers', ['destination_pk', 'last_sequence'])
    .execute();
  await db.schema
    .createIndex('revision_commit_by_time')
    .on('revision_commit')
    .columns(['destination_pk', 'stored_at', 'first_sequence'])
    .execute();
}
