import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage, type DestinationKey, type Storage } from '../../src/storage/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  change,
  codeOf,
  KEY,
  NOON,
  postgresDatabase,
  postgresServer,
  queryPostgres,
  segment,
  silent,
  storageErrorOf,
} from './support.js';
import type { TestDatabase } from './support.js';

function urlOf({ config }: TestDatabase): string {
  if (config.engine !== 'postgres') throw new Error('not a server');
  return config.url;
}

/** Records the calls of a change listener. */
class ChangeCalls {
  readonly keys: DestinationKey[] = [];
  #wake: (() => void) | undefined;

  constructor(storage: Storage) {
    storage.onChange((key) => {
      this.keys.push(key);
      this.#wake?.();
      return Promise.resolve();
    });
  }

  /** Resolves after this many calls. */
  async times(count: number): Promise<DestinationKey[]> {
    while (this.keys.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.keys;
  }
}

const IDLE_LISTENER = `query like 'listen%' and datname = current_database() and pid <> pg_backend_pid()`;

async function cutListeners(url: string): Promise<void> {
  await queryPostgres(url, `select pg_terminate_backend(pid) from pg_stat_activity where ${IDLE_LISTENER}`);
}

/** Simulates a commit of a process whose notification gets lost. */
async function changeSilently(url: string): Promise<void> {
  await queryPostgres(url, 'update destination set generation = generation + 1');
}

/** Resolves when exactly these timers are pending. */
async function pending(clock: FakeClock, timers: readonly number[]): Promise<void> {
  await clock.timer(() => JSON.stringify(clock.pending()) === JSON.stringify(timers));
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('is unavailable when no server answers, and does not reveal the password', async () => {
  const url = `postgres://user:hunter22@127.0.0.1:${await closedPort()}/gateway`;
  const error = await storageErrorOf(
    openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() }),
  );
  expect(error.code).toBe('UNAVAILABLE');
  expect(error.message).toMatch(/ECONNREFUSED/);
  expect(`${error.stack ?? ''} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter22');
});

it('does not reveal the password of a malformed connection string', async () => {
  const url = 'postgres://user:hunter22@host:not-a-port/gateway';
  const error = await storageErrorOf(
    openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() }),
  );
  const cause = error.cause as object;
  expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify({ ...cause })}`).not.toContain('hunter22');
});

describe.skipIf(postgresServer === null)('PostgreSQL', () => {
  it('refuses a database that does not exist', async () => {
    const url = new URL(postgresServer!);
    url.pathname = '/no_such_database';
    const opening = openStorage({ engine: 'postgres', url: url.href, poolSize: 2 }, { logger: silent() });
    expect(await codeOf(opening)).toBe('UNUSABLE');
  });

  it('refuses a database that a newer version has migrated', async () => {
    const database = await postgresDatabase();
    await (await database.open()).close();
    await queryPostgres(
      urlOf(database),
      "insert into schema_version (name, timestamp) values ('9999_from_the_future', '')",
    );
    const error = await storageErrorOf(database.open());
    expect(error.code).toBe('UNUSABLE');
    expect(error.message).toMatch(/newer version.*9999_from_the_future.*restore a backup/);
  });

  it('has a text index for searches', async () => {
    const database = await postgresDatabase();
    await database.open();
    const indexes = await queryPostgres(
      urlOf(database),
      "select 1 from pg_indexes where indexname = 'segment_search_text' and indexdef like '%gin_trgm_ops%'",
    );
    expect(indexes).toHaveLength(1);
  });

  it('neither locks the segments nor needs a right to create the text index where it exists', async () => {
    const database = await postgresDatabase();
    const url = urlOf(database);
    await (await database.open()).close();
    const role = `serving_${new URL(url).pathname.slice(1)}`;
    for (const statement of [
      `create role ${role} login`,
      `grant select, insert, update, delete on all tables in schema public to ${role}`,
      `grant usage on all sequences in schema public to ${role}`,
    ]) {
      await queryPostgres(url, statement);
    }
    onTestFinished(async () => {
      await queryPostgres(url, `drop owned by ${role}`);
      await queryPostgres(url, `drop role ${role}`);
    });
    const serving = new URL(url);
    serving.username = role;
    const lines: string[] = [];
    const logger = createLogger({
      redactor: new Redactor(),
      sink: { write: (line: string) => lines.push(line) },
    });
    const writer = new pg.Client({ connectionString: url });
    await writer.connect();
    try {
      await writer.query('begin; lock table segment in row exclusive mode');
      for (const href of [serving.href, url]) {
        const storage = await openStorage({ engine: 'postgres', url: href, poolSize: 2 }, { logger });
        await storage.close();
      }
      expect(lines).toEqual([]);
    } finally {
      await writer.end();
    }
    await queryPostgres(url, 'drop index segment_search_text');
    const storage = await openStorage({ engine: 'postgres', url: serving.href, poolSize: 2 }, { logger });
    await storage.close();
    expect(lines.join('')).toContain('aam-gateway migrate');
  });

  it('searches without the text index and logs it if the extension is not available', async () => {
    const database = await postgresDatabase();
    for (const statement of [
      `create function refuse() returns event_trigger language plpgsql as
        $$ begin raise exception 'no extensions here'; end $$`,
      `create event trigger refuse on ddl_command_start when tag in ('CREATE EXTENSION')
        execute function refuse()`,
    ]) {
      await queryPostgres(urlOf(database), statement);
    }
    const lines: string[] = [];
    const sink = { write: (line: string) => lines.push(line) };
    const logger = createLogger({ redactor: new Redactor(), sink });
    const storage = await openStorage(database.config, { logger });
    onTestFinished(() => storage.close());
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: 'info', msg: expect.stringContaining('pg_trgm') },
    ]);
    await storage.write(KEY, 0, change({ upserts: [segment('1', { name: 'Summer' })] }));
    const found = await storage.search({
      terms: ['summ'],
      destinations: [KEY],
      status: null,
      after: null,
      first: 10,
    });
    expect(found.totalCount).toBe(1);
  });

  it('works on when the server closes its idle connections', async () => {
    const database = await postgresDatabase();
    const storage = await database.open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    await queryPostgres(
      urlOf(database),
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    // The pool may still hand out a connection of which it has not noticed the end.
    let answered = false;
    while (!answered) answered = await storage.ping();
    expect((await storage.state(KEY))?.generation).toBe(1);
  });

  it("notifies of other processes' commits and never of its own", async () => {
    const database = await postgresDatabase();
    const [a, b] = [await database.open(), await database.open()];
    const [callsOfA, callsOfB] = [new ChangeCalls(a), new ChangeCalls(b)];
    const other = { customerId: 'globex', destinationId: '"quoted" \\ ü' };
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await a.write(KEY, 1, change({ upserts: [segment('2')] }));
    expect(await callsOfB.times(2)).toEqual([KEY, KEY]);
    await b.write(KEY, 2, change({ upserts: [segment('3')] }));
    await b.write(other, 0, change({ upserts: [segment('3')] }));
    expect(await callsOfA.times(2)).toEqual([KEY, other]);
    expect(callsOfB.keys).toEqual([KEY, KEY]);
  });

  it('notifies of a commit that only moves asOf, once, and never of its own', async () => {
    const database = await postgresDatabase();
    const clock = new FakeClock();
    const [a, b] = [await database.open(), await database.open(clock)];
    const [callsOfA, callsOfB] = [new ChangeCalls(a), new ChangeCalls(b)];
    await a.write(KEY, 0, change({ upserts: [segment('1')], state: { asOf: NOON } }));
    await callsOfB.times(1);
    expect(await a.write(KEY, 1, change({ state: { asOf: NOON + 1 } }))).toBe(1);
    expect(await callsOfB.times(2)).toEqual([KEY, KEY]);
    // Polling finds the version that was notified.
    clock.advance(10_000);
    await clock.timer((ms) => ms === 10_000);
    expect(await b.write(KEY, 1, change({ state: { asOf: NOON + 2 } }))).toBe(1);
    expect(await callsOfA.times(1)).toEqual([KEY]);
    expect(callsOfB.keys).toHaveLength(2);
  });

  it('polls for a commit that only moves asOf', async () => {
    const database = await postgresDatabase();
    const clock = new FakeClock();
    const [a, b] = [await database.open(), await database.open(clock)];
    const calls = new ChangeCalls(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')], state: { asOf: NOON } }));
    await calls.times(1);
    await queryPostgres(urlOf(database), 'update destination set as_of = as_of + 1');
    clock.advance(10_000);
    expect(await calls.times(2)).toEqual([KEY, KEY]);
  });

  it('does not notify of a change that was rolled back or of a saved state', async () => {
    const database = await postgresDatabase();
    const [a, b] = [await database.open(), await database.open()];
    const calls = new ChangeCalls(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await calls.times(1);
    await a.saveState(KEY, { failures: 1 });
    expect(await a.write(KEY, 0, change({ upserts: [segment('1')] }))).toBeNull();
    const wrong = segment('1', { status: 'WRONG' as 'ACTIVE' });
    expect(await codeOf(a.write(KEY, 1, change({ upserts: [wrong] })))).toBe('UNAVAILABLE');
    const last = { customerId: 'globex', destinationId: '1' };
    await a.write(last, 0, change({ upserts: [segment('1')] }));
    expect(await calls.times(2)).toEqual([KEY, last]);
  });

  it('polls for changes, in case a notification got lost', async () => {
    const database = await postgresDatabase();
    const clock = new FakeClock();
    const [a, b] = [await database.open(), await database.open(clock)];
    const calls = new ChangeCalls(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await calls.times(1);
    await changeSilently(urlOf(database));
    expect(clock.pending()).toEqual([10_000]);
    clock.advance(10_000);
    expect(await calls.times(2)).toEqual([KEY, KEY]);
  });

  it('polls more often while disconnected, and reconnects after a growing pause', async () => {
    const database = await postgresDatabase();
    const clock = new FakeClock();
    const [a, b] = [await database.open(), await database.open(clock)];
    const calls = new ChangeCalls(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await calls.times(1);
    await cutListeners(urlOf(database));
    // The timers for reconnecting and for polling.
    await clock.timer((ms) => ms === 1_000);
    expect(clock.pending()).toEqual([1_000, 1_000]);
    await a.write(KEY, 1, change({ upserts: [segment('2')] }));
    clock.advance(1_000);
    expect(await calls.times(2)).toEqual([KEY, KEY]);
    await clock.timer((ms) => ms === 10_000);
    await a.write(KEY, 2, change({ upserts: [segment('3')] }));
    expect(await calls.times(3)).toEqual([KEY, KEY, KEY]);
  });

  it('polls once after it has replaced its connection, for commits while none listened', async () => {
    const database = await postgresDatabase();
    const url = urlOf(database);
    const clock = new FakeClock();
    const storage = await database.open(clock);
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const calls = new ChangeCalls(storage);
    await changeSilently(url);
    storage.reconfigure(url);
    expect(await calls.times(1)).toEqual([KEY]);
    await pending(clock, [10_000]);
  });

  it('polls once after reconnecting, for commits made just before', async () => {
    const database = await postgresDatabase();
    const url = urlOf(database);
    const name = new URL(url).pathname.slice(1);
    const clock = new FakeClock();
    const storage = await database.open(clock);
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const calls = new ChangeCalls(storage);
    await queryPostgres(
      postgresServer!,
      `with closed as (select pg_terminate_backend(pid) from pg_stat_activity
        where query like 'listen%' and datname = '${name}') select count(*) from closed`,
    );
    await queryPostgres(postgresServer!, `alter database ${name} allow_connections false`);
    await clock.timer((ms) => ms === 1_000);
    clock.advance(1_000);
    // Reconnecting has failed and is due again in 2 s; polling has worked and is due again in 1 s.
    await pending(clock, [1_000, 2_000]);
    clock.advance(1_000);
    clock.advance(300);
    await pending(clock, [700, 1_000]);
    await queryPostgres(postgresServer!, `alter database ${name} allow_connections true`);
    await changeSilently(url);
    expect(calls.keys).toEqual([]);
    clock.advance(700);
    expect(await calls.times(1)).toEqual([KEY]);
  });
});
