import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Storage, StorageConfig } from '../../src/storage/index.js';
import { makeSegment } from '../support/segment.js';
import {
  addDestination,
  addRows,
  appliedIn,
  createFirstSchema,
  FIRST,
  manualColumns,
  revisionColumns,
  withRaw,
} from './first-schema.js';
import { describeEngines, KEY, NOON, queryPostgres, seededRandom } from './support.js';

const SEGMENTS = 400;

/** Number of databases that one process writes to at once: each kill is observed in all of them. */
const DATABASES = 5;

/** Number of processes that are killed. */
const ROUNDS = 4;

const OPEN_STORAGE = `
  import { openStorage } from ${JSON.stringify(pathToFileURL(resolve('build/storage/index.js')).href)};
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
`;

/**
 * A program that writes change after change to several databases at once. Each change names all segments of one
 * destination after the number of its generation. The program prints a dot every millisecond, and a line
 * `DATABASE GENERATION` for each change that was acknowledged.
 */
const WRITER = `
  ${OPEN_STORAGE}
  const key = ${JSON.stringify(KEY)};
  const segment = ${JSON.stringify(makeSegment(''))};
  async function write(config, database) {
    const storage = await openStorage(config, { logger });
    let generation = (await storage.state(key))?.generation ?? 0;
    for (;;) {
      const number = generation + 1;
      const upserts = Array.from({ length: ${SEGMENTS} }, (_, id) => (
        { ...segment, id: String(id), name: 'number ' + number }
      ));
      generation = await storage.write(key, generation, {
        upserts, removals: [], revisions: [], state: { segmentCount: number },
      });
      process.stdout.write('\\n' + database + ' ' + generation + '\\n');
    }
  }
  setInterval(() => process.stdout.write('.'), 1);
  await Promise.all(JSON.parse(process.argv[1]).map(write));
`;

/**
 * Runs the writer until it has acknowledged a change of each database and then printed some dots.
 *
 * @returns the last acknowledged generation of each database
 */
async function writeAndKill(configs: readonly StorageConfig[], dots: number): Promise<number[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, JSON.stringify(configs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let last = -1;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (last === -1 && acknowledged(output, configs.length).every((generation) => generation > 0)) {
      last = output.length;
    }
    if (last !== -1 && output.slice(last).split('.').length > dots) child.kill('SIGKILL');
  });
  const signal = await new Promise((ended) => child.on('close', (_, how) => ended(how)));
  expect(signal).toBe('SIGKILL');
  return acknowledged(output, configs.length);
}

/** The last generation of each database that the writer has printed in whole; 0 if there is none. */
function acknowledged(output: string, databases: number): number[] {
  const generations = Array.from({ length: databases }, () => 0);
  for (const [, database, generation] of output.matchAll(/\n(\d+) (\d+)(?=\n)/g)) {
    generations[Number(database)] = Number(generation);
  }
  return generations;
}

/** Expects one generation in its entirety, not older than the acknowledged one. */
async function expectWhole(storage: Storage, acknowledgedGeneration: number): Promise<void> {
  const stored = await storage.read(KEY);
  const generation = stored!.state.generation;
  expect(generation).toBeGreaterThanOrEqual(acknowledgedGeneration);
  expect(stored!.state.segmentCount).toBe(generation);
  expect(stored!.segments).toHaveLength(SEGMENTS);
  expect(new Set([...stored!.segments].map(({ name }) => name))).toEqual(new Set([`number ${generation}`]));
  const found = await storage.search({
    terms: [`number ${generation}`],
    destinations: [KEY],
    status: null,
    after: null,
    first: 1,
  });
  expect(found.totalCount).toBe(SEGMENTS);
}

describeEngines('a process that is killed', (create) => {
  it(
    'leaves each change written completely or not at all, and loses no committed change',
    { timeout: 120_000 },
    async () => {
      const databases = await Promise.all(Array.from({ length: DATABASES }, () => create()));
      const configs = databases.map(({ config }) => config);
      const random = seededRandom(15);
      for (let round = 0; round < ROUNDS; round++) {
        const generations = await writeAndKill(configs, Math.floor(random() * 60));
        for (const [index, database] of databases.entries()) {
          const storage = await database.open();
          await expectWhole(storage, generations[index]!);
          await storage.close();
        }
      }
    },
  );
});

/** A program that migrates a database. */
const MIGRATOR = `
  ${OPEN_STORAGE}
  await openStorage(JSON.parse(process.argv[1]), { logger });
`;

/** Makes the last statement of the migration take forever, in PostgreSQL: until its connection is ended. */
const ENDLESS = {
  sqlite: [
    `create view endless as with recursive n (i) as (select 1 union all select i + 1 from n) select i from n`,
    `create trigger stop before update of details_read_at on destination begin
      select count(*) from endless;
    end`,
  ],
  postgres: [
    `create function stop() returns trigger language plpgsql as
      $$ begin perform pg_sleep(1000000); return new; end $$`,
    `create trigger stop before update of details_read_at on destination
      for each row execute function stop()`,
  ],
};
const END = {
  sqlite: ['drop trigger stop', 'drop view endless'],
  postgres: ['drop trigger stop on destination', 'drop function stop'],
};

/** SQLite writes this much into its log only after changes of the migration no longer fit into memory. */
const SPILLED_BYTES = 1024 * 1024;

/** Waits until the migration has made changes, none of which are committed. */
async function untilChanging(config: StorageConfig): Promise<void> {
  for (let isChanging = false; !isChanging;) {
    if (config.engine === 'sqlite') {
      const log = await stat(`${config.path}-wal`).catch(() => null);
      isChanging = (log?.size ?? 0) > SPILLED_BYTES;
    } else {
      const sleeping = `select 1 from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'`;
      isChanging = (await queryPostgres(config.url, sleeping)).length > 0;
    }
  }
}

/** Ends what the server goes on with for a client that is gone: it notices that only when it writes to it. */
async function endSleep(config: StorageConfig): Promise<void> {
  if (config.engine === 'sqlite') return;
  const sleeping = `datname = current_database() and wait_event = 'PgSleep'`;
  await queryPostgres(
    config.url,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where ${sleeping}`,
  );
}

describeEngines('a migration that is killed', (create) => {
  it(
    'leaves the database of the first version, and is made at the next start',
    { timeout: 120_000 },
    async () => {
      const database = await create();
      const { config } = database;
      const ids = Array.from({ length: 20_000 }, (_, index) => String(index));
      await createFirstSchema(config, async (db) => {
        const destination = await addDestination(db, 'acme', '314', { details_read_at: NOON });
        const description = 'Many words. '.repeat(200);
        const manual = ids.slice(0, 500).map((id) => manualColumns(destination, id));
        await addRows(db, 'segment', manual);
        await addRows(
          db,
          'revision',
          ids.map((id) => revisionColumns(destination, id, { description })),
        );
        for (const statement of ENDLESS[config.engine]) await sql.raw(statement).execute(db);
      });
      const child = spawn(process.execPath, ['--input-type=module', '-e', MIGRATOR, JSON.stringify(config)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const ended = once(child, 'close');
      await untilChanging(config);
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
      await endSleep(config);
      await withRaw(config, async (db) => {
        expect(await appliedIn(db)).toEqual([FIRST]);
        const [segment] = await db.selectFrom('segment').selectAll().orderBy('pk').limit(1).execute();
        const [revision] = await db.selectFrom('revision').selectAll().orderBy('number').limit(1).execute();
        expect(segment).not.toHaveProperty('value');
        expect(segment).toHaveProperty('id', '0');
        expect(revision).not.toHaveProperty('sequence');
        for (const statement of END[config.engine]) await sql.raw(statement).execute(db);
      });
      const storage = await database.open();
      const stored = await storage.read(KEY);
      expect(stored!.segments).toHaveLength(500);
      expect([...stored!.segments].every(({ id }) => id.startsWith('mapping-id:'))).toBe(true);
      const { revisions } = await storage.revisions(KEY, {
        segmentId: null,
        since: null,
        first: ids.length,
        order: 'newest-first',
        after: null,
      });
      expect(revisions.map(({ number }) => number)).toEqual(ids.map((_, index) => ids.length - index));
    },
  );
});
