import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage } from '../../src/storage/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import {
  addDestination,
  addRows,
  appliedIn,
  createFirstSchema,
  FIRST,
  found,
  historyOf,
  idsIn,
  manualColumns,
  revisionColumns,
  segmentColumns,
  STRANGER,
  withRaw,
  type RawDatabase,
} from './first-schema.js';
import { change, codeOf, describeEngines, KEY, NOON, postgresDatabase } from './support.js';
import { postgresServer, queryPostgres, revision } from './support.js';

/** The steps after the first version. */
const LATER = [
  '0002_identifiers',
  '0003_commits',
  '0004_discoveries',
  '0005_kept_history',
  '0006_imports',
  '0008_folded_letters',
];
/** PostgreSQL's indexes are created beside its migrations. */
const LATER_IN_SQLITE = [...LATER, '0007_identifier_indexes'].sort();

describeEngines('the migration of a database of the first version', (create) => {
  it('is updated with a word in the log, which a new database does not need', async () => {
    const [database, empty] = [await create(), await create()];
    await createFirstSchema(database.config, (db) => addDestination(db, 'acme', '314'));
    const lines: string[] = [];
    const logger = createLogger({
      redactor: new Redactor(),
      sink: { write: (line: string) => lines.push(line) },
    });
    for (const { config } of [empty, database, database]) {
      await (await openStorage(config, { logger })).close();
    }
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      {
        level: 'info',
        msg: expect.stringContaining('updating the tables'),
        missing: database.config.engine === 'sqlite' ? LATER_IN_SQLITE : LATER,
      },
    ]);
  });

  it('lets a gateway of the first version write on, and numbers its revisions', async () => {
    const database = await create();
    await createFirstSchema(database.config, async (db) => {
      const destination = await addDestination(db, 'acme', '314');
      await addRows(db, 'revision', [revisionColumns(destination, '1')]);
    });
    const storage = await database.open();
    await withRaw(database.config, async (db) => {
      const { pk } = await db.selectFrom('destination').select('pk').executeTakeFirstOrThrow();
      await addRows(db, 'segment', [segmentColumns(pk as number, '1'), manualColumns(pk as number, '2')]);
      await addRows(
        db,
        'revision',
        ['2', '3', '4'].map((id) => revisionColumns(pk as number, id)),
      );
      const other = await addDestination(db, 'globex', '314');
      await addRows(
        db,
        'revision',
        ['1', '2'].map((id) => revisionColumns(other, id)),
      );
    });
    expect([...(await storage.read(KEY))!.segments]).toMatchObject([
      { id: '1', value: null, url: null, secureUrl: null, isTrait: false },
      { id: '2' },
    ]);
    await storage.write(KEY, 3, change({ revisions: [revision('5', NOON), revision('6', NOON)] }));
    expect(await historyOf(storage)).toEqual([
      ['1', 1],
      ['2', 2],
      ['3', 3],
      ['4', 4],
      ['5', 5],
      ['6', 6],
    ]);
    expect(await historyOf(storage, STRANGER)).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
  });

  it('is migrated once by ten gateways that start at the same time', async () => {
    const database = await create();
    await createFirstSchema(database.config, async (db) => {
      const destination = await addDestination(db, 'acme', '314');
      await addRows(db, 'segment', [manualColumns(destination, '77')]);
      await addRows(db, 'revision', [revisionColumns(destination, '77')]);
    });
    const storages = await Promise.all(Array.from({ length: 10 }, () => database.open()));
    for (const storage of storages) {
      expect(await idsIn(storage)).toEqual(['mapping-id:77']);
      expect(await historyOf(storage)).toEqual([['mapping-id:77', 1]]);
    }
  });

  it('stays as it is if the migration fails, and is migrated when the cause is gone', async () => {
    const database = await create();
    await createFirstSchema(database.config, async (db) => {
      const destination = await addDestination(db, 'acme', '314', { details_read_at: NOON });
      await addRows(db, 'segment', [manualColumns(destination, '77')]);
      await addRows(db, 'revision', [revisionColumns(destination, '77')]);
      // A table of the migration's last steps.
      await sql`create table log_in (x integer)`.execute(db);
    });
    const before = await withRaw(database.config, everything);
    expect(await codeOf(database.open())).toBe('UNUSABLE');
    await withRaw(database.config, async (db) => {
      expect(await everything(db)).toEqual(before);
      expect(await appliedIn(db)).toEqual([FIRST]);
      await sql`drop table log_in`.execute(db);
    });
    const storage = await database.open();
    expect(await idsIn(storage)).toEqual(['mapping-id:77']);
    expect(await found(storage, 'mapping-id:77')).toEqual(['mapping-id:77']);
  });
});

/** All rows of the tables that the migration changes. */
async function everything(db: RawDatabase): Promise<unknown> {
  const tables = ['destination', 'segment', 'revision'] as const;
  return Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
}

describe.skipIf(postgresServer === null)('a PostgreSQL database of the first version', () => {
  it('is migrated between two commits of a gateway that still writes to it', async () => {
    const database = await postgresDatabase();
    const { config } = database;
    const url = config.engine === 'postgres' ? config.url : '';
    let pk = 0;
    await createFirstSchema(config, async (db) => {
      pk = await addDestination(db, 'acme', '314');
      await addRows(db, 'segment', [manualColumns(pk, '77')]);
    });
    const writer = new pg.Client({ connectionString: url });
    await writer.connect();
    onTestFinished(() => writer.end());
    // In the order in which a gateway of the first version writes a change.
    await writer.query('begin');
    await writer.query('select pk from destination for update');
    const opening = database.open();
    for (let waiting = 0; waiting === 0;) {
      const rows = await queryPostgres<{ count: number }>(
        url,
        `select count(*)::int as count from pg_locks where not granted and relation = 'destination'::regclass`,
      );
      waiting = rows[0]!.count;
    }
    await writer.query(
      `insert into segment (destination_pk, id, status, source, sort_key, search_text)
        values ($1, '78', 'ACTIVE', 'MANUAL', '1', '78')`,
      [pk],
    );
    await writer.query(
      `insert into revision (destination_pk, segment_id, at, kind, status, source)
        values ($1, '78', 1, 'CREATED', 'ACTIVE', 'MANUAL')`,
      [pk],
    );
    await writer.query('update destination set generation = generation + 1');
    await writer.query('commit');
    const storage = await opening;
    expect(await idsIn(storage)).toEqual(['mapping-id:77', 'mapping-id:78']);
    expect(await historyOf(storage)).toEqual([['mapping-id:78', 1]]);
  });
});
