import { sql, type ColumnDataType, type Kysely, type RawBuilder } from 'kysely';
import { UNSTATED_PREFIX, renameManualOnly } from './manual-ids-migration.js';
import type { Storage } from './types.js';

/** SQLite keeps so many rows in memory at once. */
const REVISIONS_PER_STATEMENT = 20_000;

/**
 * The second step of the schema: more identifiers of segments, revisions that are numbered within their
 * destination, and the log-ins that were rejected.
 *
 * Gateways of the first version may still write to the same database while this one starts. New columns have
 * defaults for their rows, and a trigger numbers their revisions.
 *
 * @param text creates the type of a text column
 */
export async function addIdentifiers(
  db: Kysely<unknown>,
  engine: Storage['engine'],
  text: () => ColumnDataType | RawBuilder<never>,
): Promise<void> {
  if (engine === 'postgres') {
    // Writers take this lock first. If they waited in the middle of a commit, each would wait for the other.
    await sql`lock table destination in exclusive mode`.execute(db);
  }
  // SQLite adds one column per statement.
  for (const column of ['value', 'url', 'secure_url']) {
    await db.schema.alterTable('segment').addColumn(column, text()).execute();
  }
  await db.schema
    .alterTable('segment')
    .addColumn('is_trait', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('renamed_segment')
    .addColumn('destination_pk', 'bigint', (column) => column.notNull())
    .addColumn('id', text(), (column) => column.notNull())
    .addPrimaryKeyConstraint('renamed_segment_ids', ['destination_pk', 'id'])
    .execute();
  await renameManualOnly(db);
  await numberRevisions(db, engine);
  await db.schema.dropTable('renamed_segment').execute();
  await db.schema
    .createTable('log_in')
    .addColumn('account', text(), (column) => column.primaryKey())
    .addColumn('rejections', 'bigint', (column) => column.notNull())
    .addColumn('last_try_at', 'bigint', (column) => column.notNull())
    .addColumn('is_trying', 'integer', (column) => column.notNull())
    .addColumn('message', text())
    .execute();
  // Stored details lack the new fields: they are still served, but count as outdated.
  await sql`update destination set details_read_at = null where details_read_at is not null`.execute(db);
}

/**
 * Adds the number of each revision within its destination, and the indexes by it. In the same pass over the
 * table, revisions of renamed segments get the new IDs.
 */
async function numberRevisions(db: Kysely<unknown>, engine: Storage['engine']): Promise<void> {
  // Without indexes, millions of rows are updated several times as fast.
  await db.schema.dropIndex('revision_by_segment').execute();
  await db.schema.dropIndex('revision_by_destination').execute();
  await db.schema
    .alterTable('revision')
    .addColumn('sequence', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('revision_count')
    .addColumn('destination_pk', 'bigint', (column) => column.primaryKey())
    .addColumn('revisions', 'bigint', (column) => column.notNull())
    .execute();
  for (let after: number | null = 0; after !== null;) after = await numberChunk(db, after);
  await db.schema.dropTable('revision_count').execute();
  await db.schema
    .createIndex('revision_by_segment')
    .on('revision')
    .columns(['destination_pk', 'segment_id', 'sequence', 'at'])
    .execute();
  await db.schema
    .createIndex('revision_by_destination')
    .on('revision')
    .columns(['destination_pk', 'sequence', 'at'])
    .execute();
  await (engine === 'postgres' ? createPostgresTrigger(db) : createSqliteTrigger(db));
}

/**
 * Numbers the next revisions after `after`, and adds them to the counts of their destinations.
 *
 * @returns the last of these revisions; `null` if there are no more
 */
async function numberChunk(db: Kysely<unknown>, after: number): Promise<number | null> {
  const { rows } = await sql<{ number: number }>`select number from revision where number > ${after}
    order by number limit 1 offset ${REVISIONS_PER_STATEMENT - 1}`.execute(db);
  const last = rows[0]?.number ?? null;
  const isInChunk = (table: string): RawBuilder<unknown> => {
    const number = sql.ref(`${table}.number`);
    return last === null ? sql`${number} > ${after}` : sql`${number} > ${after} and ${number} <= ${last}`;
  };
  await sql`update revision set sequence = next.sequence,
      segment_id = case when next.renamed_id is null then segment_id
        else ${sql.lit(UNSTATED_PREFIX)} || segment_id end
    from (
      select r.number, renamed.id as renamed_id, coalesce(earlier.revisions, 0)
        + row_number() over (partition by r.destination_pk order by r.number) as sequence
      from revision r
        left join revision_count earlier on earlier.destination_pk = r.destination_pk
        left join renamed_segment renamed
          on renamed.destination_pk = r.destination_pk and renamed.id = r.segment_id
      where ${isInChunk('r')}
    ) as next
    where revision.number = next.number and ${isInChunk('revision')}`.execute(db);
  await sql`insert into revision_count (destination_pk, revisions)
    select destination_pk, count(*) from revision where ${isInChunk('revision')} group by destination_pk
    on conflict (destination_pk)
    do update set revisions = revision_count.revisions + excluded.revisions`.execute(db);
  return last;
}

/** Numbers the revisions that a gateway of the first version inserts: it leaves `sequence` at its default. */
async function createPostgresTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`create function number_revision() returns trigger language plpgsql as $$
    begin
      select coalesce(max(sequence), 0) + 1 into new.sequence
        from revision where destination_pk = new.destination_pk;
      return new;
    end
  $$`.execute(db);
  await sql`create trigger revision_sequence before insert on revision for each row
    when (new.sequence = 0) execute function number_revision()`.execute(db);
}

/** As `createPostgresTrigger`. SQLite's triggers cannot change a row before it is inserted. */
async function createSqliteTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`create trigger revision_sequence after insert on revision when new.sequence = 0 begin
    update revision
      set sequence = (select max(sequence) + 1 from revision where destination_pk = new.destination_pk)
      where number = new.number;
  end`.execute(db);
}
