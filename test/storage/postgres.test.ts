import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage, type DestinationKey, type Storage } from '../../src/storage/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  change,
  codeOf,
  KEY,
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

/** What a storage hears, one after the other. */
class Heard {
  readonly keys: DestinationKey[] = [];
  #wake: (() => void) | undefined;

  constructor(storage: Storage) {
    storage.onChange((key) => {
      this.keys.push(key);
      this.#wake?.();
    });
  }

  /** Resolves when this many changes were heard of. */
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

/** As if committed by a process whose notification gets lost. */
async function changeSilently(url: string): Promise<void> {
  await queryPostgres(url, 'update destination set generation = generation + 1');
}

/** Resolves when exactly these timers are set. */
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

it('is unavailable when no server answers, without a word of the password', async () => {
  const url = `postgres://user:hunter22@127.0.0.1:${await closedPort()}/gateway`;
  const error = await storageErrorOf(
    openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() }),
  );
  expect(error.code).toBe('UNAVAILABLE');
  expect(error.message).toMatch(/ECONNREFUSED/);
  expect(`${error.stack ?? ''} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter22');
});

it('says nothing of the password of a connection string that it cannot read', async () => {
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

  it('refuses a database that a newer version has written', async () => {
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

  it('has an index for searching', async () => {
    const database = await postgresDatabase();
    await database.open();
    const indexes = await queryPostgres(
      urlOf(database),
      "select 1 from pg_indexes where indexname = 'segment_search_text' and indexdef like '%gin_trgm_ops%'",
    );
    expect(indexes).toHaveLength(1);
  });

  it('searches without the index where the extension cannot be had, and says so', async () => {
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

  it('lives on when the server cuts its idle connections', async () => {
    const database = await postgresDatabase();
    const storage = await database.open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    await queryPostgres(
      urlOf(database),
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    // A connection whose end has not been noticed yet may be handed out once more.
    let answered = false;
    while (!answered) answered = await storage.ping();
    expect((await storage.state(KEY))?.generation).toBe(1);
  });

  it("tells of other processes' changes and never of its own", async () => {
    const database = await postgresDatabase();
    const [a, b] = [await database.open(), await database.open()];
    const [heardByA, heardByB] = [new Heard(a), new Heard(b)];
    const other = { customerId: 'globex', destinationId: '"quoted" \\ ü' };
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await a.write(KEY, 1, change({ upserts: [segment('2')] }));
    expect(await heardByB.times(2)).toEqual([KEY, KEY]);
    await b.write(KEY, 2, change({ upserts: [segment('3')] }));
    await b.write(other, 0, change({ upserts: [segment('3')] }));
    expect(await heardByA.times(2)).toEqual([KEY, other]);
    expect(heardByB.keys).toEqual([KEY, KEY]);
  });

  it('does not tell of a change that was rolled back or of a state that was noted', async () => {
    const database = await postgresDatabase();
    const [a, b] = [await database.open(), await database.open()];
    const heard = new Heard(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await heard.times(1);
    await a.saveState(KEY, { failures: 1 });
    expect(await a.write(KEY, 0, change({ upserts: [segment('1')] }))).toBeNull();
    const wrong = segment('1', { status: 'WRONG' as 'ACTIVE' });
    expect(await codeOf(a.write(KEY, 1, change({ upserts: [wrong] })))).toBe('UNAVAILABLE');
    const last = { customerId: 'globex', destinationId: '1' };
    await a.write(last, 0, change({ upserts: [segment('1')] }));
    expect(await heard.times(2)).toEqual([KEY, last]);
  });

  it('looks for changes now and then, in case a notification got lost', async () => {
    const database = await postgresDatabase();
    const clock = new FakeClock();
    const [a, b] = [await database.open(), await database.open(clock)];
    const heard = new Heard(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await heard.times(1);
    await changeSilently(urlOf(database));
    expect(clock.pending()).toEqual([10_000]);
    clock.advance(10_000);
    expect(await heard.times(2)).toEqual([KEY, KEY]);
  });

  it('looks more often while it hears nothing, and listens again after a growing pause', async () => {
    const database = await postgresDatabase();
    const clock = new FakeClock();
    const [a, b] = [await database.open(), await database.open(clock)];
    const heard = new Heard(b);
    await a.write(KEY, 0, change({ upserts: [segment('1')] }));
    await heard.times(1);
    await cutListeners(urlOf(database));
    // The pause before listening again, and before looking.
    await clock.timer((ms) => ms === 1_000);
    expect(clock.pending()).toEqual([1_000, 1_000]);
    await a.write(KEY, 1, change({ upserts: [segment('2')] }));
    clock.advance(1_000);
    expect(await heard.times(2)).toEqual([KEY, KEY]);
    await clock.timer((ms) => ms === 10_000);
    await a.write(KEY, 2, change({ upserts: [segment('3')] }));
    expect(await heard.times(3)).toEqual([KEY, KEY, KEY]);
  });

  it('looks once more when it listens again, for what was committed just before', async () => {
    const database = await postgresDatabase();
    const url = urlOf(database);
    const name = new URL(url).pathname.slice(1);
    const clock = new FakeClock();
    const storage = await database.open(clock);
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const heard = new Heard(storage);
    await queryPostgres(
      postgresServer!,
      `with closed as (select pg_terminate_backend(pid) from pg_stat_activity
        where query like 'listen%' and datname = '${name}') select count(*) from closed`,
    );
    await queryPostgres(postgresServer!, `alter database ${name} allow_connections false`);
    await clock.timer((ms) => ms === 1_000);
    clock.advance(1_000);
    // Listening has failed and is due again in two seconds; looking has worked and is due in one.
    await pending(clock, [1_000, 2_000]);
    clock.advance(1_000);
    clock.advance(300);
    await pending(clock, [700, 1_000]);
    await queryPostgres(postgresServer!, `alter database ${name} allow_connections true`);
    await changeSilently(url);
    expect(heard.keys).toEqual([]);
    clock.advance(700);
    expect(await heard.times(1)).toEqual([KEY]);
  });
});
