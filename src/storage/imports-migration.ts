import { sql, type ColumnBuilderCallback, type ColumnDataType, type Kysely, type RawBuilder } from 'kysely';
import type { Storage } from './types.js';

/**
 * The sixth step of the schema: the imports of customers' files, and what each has changed; and commits that are laid over a
 * destination. New tables, and columns without values, so it is quick with any number of rows. Gateways of the version
 * before may still write to the same database of PostgreSQL, where nothing is laid over: their imports are not listed.
 *
 * @param text creates the type of a text column
 * @param primaryKey creates a primary key that the engine generates
 */
export async function addImports(
  db: Kysely<unknown>,
  engine: Storage['engine'],
  text: () => ColumnDataType | RawBuilder<never>,
  primaryKey: () => [ColumnDataType, ColumnBuilderCallback],
): Promise<void> {
  if (engine === 'postgres') {
    // Writers take this lock first. If they waited in the middle of a commit, each would wait for the other.
    await sql`lock table destination in exclusive mode`.execute(db);
  }
  // SQLite adds one column per statement.
  for (const column of ['overlay_pk', 'overlay_at', 'overlay_of']) {
    await db.schema.alterTable('destination').addColumn(column, 'bigint').execute();
  }
  // One B-tree instead of two: rows are only found by the key.
  const byKey = engine === 'sqlite' ? sql`without rowid` : sql``;
  await db.schema
    .createTable('shadowed_segment')
    .addColumn('overlay_pk', 'bigint', (column) => column.notNull().references('destination.pk'))
    .addColumn('segment_id', text(), (column) => column.notNull())
    .addPrimaryKeyConstraint('shadowed_segment_ids', ['overlay_pk', 'segment_id'])
    .modifyEnd(byKey)
    .execute();
  let fileImport = db.schema
    .createTable('file_import')
    .addColumn('pk', ...primaryKey())
    .addColumn('id', text(), (column) => column.notNull().unique())
    .addColumn('destination_pk', 'bigint', (column) => column.notNull().references('destination.pk'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('imported_by', text(), (column) => column.notNull())
    .addColumn('file_name', text())
    .addColumn('mode', text(), (column) => column.notNull().check(sql`mode in ('MERGE', 'REPLACE')`));
  for (const count of ['created', 'renamed', 'updated', 'unchanged', 'removed', 'rejected', 'kept']) {
    fileImport = fileImport.addColumn(count, 'bigint', (column) => column.notNull());
  }
  await fileImport.addColumn('undone_at', 'bigint').addColumn('undone_by', text()).execute();
  await db.schema
    .createIndex('file_import_by_time')
    .on('file_import')
    .columns(['destination_pk', 'at', 'pk'])
    .execute();
  await db.schema
    .createTable('import_change')
    .addColumn('import_pk', 'bigint', (column) => column.notNull().references('file_import.pk'))
    .addColumn('segment_id', text(), (column) => column.notNull())
    .addColumn('is_new', 'integer', (column) => column.notNull())
    .addColumn('layer_before', text())
    .addColumn('layer_after', text())
    .addPrimaryKeyConstraint('import_change_ids', ['import_pk', 'segment_id'])
    .modifyEnd(byKey)
    .execute();
}
