import { sql, type ColumnBuilderCallback, type ColumnDataType, type Kysely, type Migration } from 'kysely';
import type { RawBuilder } from 'kysely';
import { addCommits } from './commits-migration.js';
import { addDiscoveries } from './discovery-migration.js';
import { foldLetters } from './folded-letters-migration.js';
import { addIdentifierIndexes } from './identifier-indexes.js';
import { addIdentifiers } from './identifiers-migration.js';
import { addImports } from './imports-migration.js';
import { addKeptHistory } from './kept-history-migration.js';
import type { Storage } from './types.js';

/**
 * The migrations of an engine, by name, in the order of the names. A released migration is never changed.
 *
 * @param isNew whether the database has no tables yet, so that nobody has to wait for indexes. One that is in use gets those of
 *   identifiers from `ensureIdentifierIndexes` (PostgreSQL)
 */
export function migrationsFor(engine: Storage['engine'], isNew = false): Record<string, Migration> {
  return {
    '0001_destinations_and_segments': { up: (db) => createTables(db, engine) },
    '0002_identifiers': { up: (db) => addIdentifiers(db, engine, textOf(engine)) },
    '0003_commits': { up: (db) => addCommits(db, engine, textOf(engine)) },
    '0004_discoveries': { up: (db) => addDiscoveries(db, textOf(engine)) },
    '0005_kept_history': { up: (db) => addKeptHistory(db, engine) },
    '0006_imports': {
      up: async (db) => {
        await addImports(db, engine, textOf(engine), () => primaryKey(engine));
        if (isNew && engine === 'postgres') await addIdentifierIndexes(db);
      },
    },
    ...(engine === 'sqlite' && { '0007_identifier_indexes': { up: addIdentifierIndexes } }),
    '0008_folded_letters': { up: (db) => foldLetters(db, engine) },
  };
}

/**
 * Length of the indexed prefix of the sort key, in code points. PostgreSQL's B-trees refuse entries of more
 * than 2,700 bytes, and a name can be longer. The few segments with the same prefix are sorted by the engine.
 */
export const SORT_PREFIX_LENGTH = 64;

/** Creates the type of a text column each time, because Kysely does not allow sharing a column definition. */
function textOf(engine: Storage['engine']): () => ColumnDataType | RawBuilder<never> {
  return () => textType(engine) as ColumnDataType;
}

/** A text column that sorts by bytes, as `compareText` does. SQLite sorts by bytes by default. */
function textType(engine: Storage['engine']): ColumnDataType | RawBuilder<unknown> {
  return engine === 'postgres' ? sql`text collate "C"` : 'text';
}

/** A primary key that the engine generates. Numbers are ascending and never reused. */
function primaryKey(engine: Storage['engine']): [ColumnDataType, ColumnBuilderCallback] {
  return engine === 'postgres'
    ? ['bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity()]
    : ['integer', (column) => column.primaryKey().autoIncrement()];
}

async function createTables(db: Kysely<unknown>, engine: Storage['engine']): Promise<void> {
  const text = textOf(engine);
  await db.schema
    .createTable('destination')
    .addColumn('pk', ...primaryKey(engine))
    .addColumn('customer_id', text(), (column) => column.notNull())
    .addColumn('destination_id', text(), (column) => column.notNull())
    .addColumn('generation', 'bigint', (column) => column.notNull())
    .addColumn('as_of', 'bigint')
    .addColumn('segment_count', 'bigint', (column) => column.notNull())
    .addColumn('last_attempt_at', 'bigint')
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('retry_at', 'bigint')
    .addColumn('failures', 'bigint', (column) => column.notNull())
    .addColumn('last_error_code', text())
    .addColumn('last_error_message', text())
    .addColumn('last_error_at', 'bigint')
    .addColumn('details', text())
    .addColumn('details_read_at', 'bigint')
    .addUniqueConstraint('destination_ids', ['customer_id', 'destination_id'])
    .execute();
  await db.schema
    .createTable('segment')
    .addColumn('pk', ...primaryKey(engine))
    .addColumn('destination_pk', 'bigint', (column) => column.notNull().references('destination.pk'))
    .addColumn('id', text(), (column) => column.notNull())
    .addColumn('sid', text())
    .addColumn('alias', text())
    .addColumn('name', text())
    .addColumn('description', text())
    .addColumn('status', text(), (column) => column.notNull().check(STATUS))
    .addColumn('start_date', text())
    .addColumn('end_date', text())
    .addColumn('created_at', 'bigint')
    .addColumn('updated_at', 'bigint')
    .addColumn('source', text(), (column) => column.notNull().check(SOURCE))
    .addColumn('confirmed_at', 'bigint')
    .addColumn('manual', text())
    .addColumn('sort_key', text(), (column) => column.notNull())
    .addColumn('search_text', text(), (column) => column.notNull())
    .addUniqueConstraint('segment_ids', ['destination_pk', 'id'])
    .execute();
  // With the status in the index, matches are counted without reading the table.
  await sql`create index segment_order
    on segment (destination_pk, substr(sort_key, 1, ${sql.lit(SORT_PREFIX_LENGTH)}), status)`.execute(db);
  await db.schema
    .createTable('revision')
    .addColumn('number', ...primaryKey(engine))
    .addColumn('destination_pk', 'bigint', (column) => column.notNull().references('destination.pk'))
    .addColumn('segment_id', text(), (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('kind', text(), (column) => column.notNull().check(KIND))
    .addColumn('name', text())
    .addColumn('description', text())
    .addColumn('status', text(), (column) => column.notNull().check(STATUS))
    .addColumn('source', text(), (column) => column.notNull().check(SOURCE))
    .addColumn('changed_by', text())
    .execute();
  await db.schema
    .createIndex('revision_by_segment')
    .on('revision')
    .columns(['destination_pk', 'segment_id', 'number', 'at'])
    .execute();
  await db.schema
    .createIndex('revision_by_destination')
    .on('revision')
    .columns(['destination_pk', 'number', 'at'])
    .execute();
  await db.schema
    .createTable('lease')
    .addColumn('customer_id', text(), (column) => column.notNull())
    .addColumn('destination_id', text(), (column) => column.notNull())
    .addColumn('owner', text(), (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('lease_ids', ['customer_id', 'destination_id'])
    .execute();
  await db.schema
    .createTable('token')
    .addColumn('account', text(), (column) => column.primaryKey())
    .addColumn('sealed', text(), (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  if (engine === 'sqlite') await createTextIndex(db);
}

/** The values that the types of the columns allow. */
const STATUS = sql`status in ('ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN')`;
const SOURCE = sql`source in ('AUDIENCE_MANAGER', 'MANUAL')`;
const KIND = sql`kind in ('CREATED', 'RENAMED', 'DESCRIBED', 'STATUS_CHANGED', 'REMOVED', 'RESTORED')`;

/**
 * Creates SQLite's trigram index, which triggers keep up to date. It is an external content table: it reads
 * the texts from `segment` instead of storing a copy. Deleting needs the old text, but is several times
 * quicker than in a contentless-delete table. PostgreSQL's index is not part of a migration: its extension
 * may be installed later.
 *
 * @see https://www.sqlite.org/fts5.html#external_content_tables
 */
async function createTextIndex(db: Kysely<unknown>): Promise<void> {
  await sql`create virtual table segment_text using fts5(
    search_text, content='segment', content_rowid='pk', tokenize='trigram case_sensitive 1')`.execute(db);
  await sql`create trigger segment_text_insert after insert on segment begin
    insert into segment_text (rowid, search_text) values (new.pk, new.search_text);
  end`.execute(db);
  await sql`create trigger segment_text_update after update on segment
    when new.search_text <> old.search_text begin
    insert into segment_text (segment_text, rowid, search_text) values ('delete', old.pk, old.search_text);
    insert into segment_text (rowid, search_text) values (new.pk, new.search_text);
  end`.execute(db);
  await sql`create trigger segment_text_delete after delete on segment begin
    insert into segment_text (segment_text, rowid, search_text) values ('delete', old.pk, old.search_text);
  end`.execute(db);
}
