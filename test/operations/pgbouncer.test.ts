import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openStorage, type Storage } from '../../src/storage/index.js';
import { PostgresEngine } from '../../src/storage/postgres/engine.js';
import { detectPooling } from '../../src/storage/postgres/session.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { PgBouncer, PostgresCluster, clusterPrograms, pgbouncer } from '../support/postgres-cluster.js';
import { needing } from '../support/programs.js';
import { change, codeOf, KEY, namesIn, NOON, revision, segment, silent } from '../storage/support.js';

const isMissing = clusterPrograms === null || pgbouncer === null;

describe.skipIf(isMissing)(needing('behind PgBouncer', { postgres: clusterPrograms, pgbouncer }), () => {
  let cluster: PostgresCluster;
  let databases = 0;

  beforeAll(async () => {
    cluster = await PostgresCluster.create();
  }, 60_000);
  afterAll(() => cluster.dispose());

  /** A pooler with an empty database behind it. */
  async function start(
    mode: 'session' | 'transaction' | 'statement',
    settings: readonly string[] = [],
  ): Promise<{ bouncer: PgBouncer; url: string; database: string }> {
    const database = `names_${++databases}`;
    await cluster.query(`create database ${database}`);
    const bouncer = await PgBouncer.start(cluster, mode, settings);
    onTestFinished(() => bouncer.dispose());
    return { bouncer, url: bouncer.url(database), database };
  }

  async function open(url: string, poolSize = 3): Promise<{ storage: Storage; log: string[] }> {
    const log: string[] = [];
    const logger = createLogger({
      redactor: new Redactor(),
      level: 'debug',
      sink: { write: (line) => void log.push(line) },
    });
    const storage = await openStorage({ engine: 'postgres', url, poolSize }, { logger });
    onTestFinished(() => storage.close());
    return { storage, log };
  }

  async function connected(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  /** Resolves with the time in milliseconds until another gateway is told of a change. */
  async function noticing(listener: Storage, writer: Storage, generation: number): Promise<number> {
    const noticed = new Promise<number>((resolve) => {
      listener.onChange(() => {
        resolve(performance.now());
        return Promise.resolve();
      });
    });
    const id = String(generation);
    await writer.write(KEY, generation, change({ upserts: [segment(id)], revisions: [revision(id, NOON)] }));
    const written = performance.now();
    return (await noticed) - written;
  }

  it('works in session mode without settings there, and is told of changes at once', async () => {
    const { url } = await start('session');
    const [one, other] = [await open(url), await open(url)];
    expect(await noticing(other.storage, one.storage, 0)).toBeLessThan(900);
    expect(await namesIn(other.storage)).toEqual({ 0: 'Segment 0' });
    expect(one.log.join('')).not.toMatch(/pooler/);
  });

  for (const settings of [[], ['server_round_robin = 1'], ['default_pool_size = 1'], ['min_pool_size = 2']]) {
    it(`works in transaction mode by polling, and says so (${settings.join() || 'defaults'})`, async () => {
      const { url } = await start('transaction', settings);
      const [one, other] = [await open(url), await open(url)];
      expect(one.log.join('')).toMatch(/pools by transaction/);
      expect(await noticing(other.storage, one.storage, 0)).toBeLessThan(3_000);
      expect(await namesIn(other.storage)).toEqual({ 0: 'Segment 0' });
    });
  }

  it('knows either mode while others keep the pooler busy', async () => {
    for (const [mode, ...settings] of [
      ['transaction', 'default_pool_size = 4'],
      ['transaction', 'default_pool_size = 4', 'server_round_robin = 1'],
      ['session', 'default_pool_size = 8'],
    ] as const) {
      const { url } = await start(mode, settings);
      let isOver = false;
      onTestFinished(() => {
        isOver = true;
      });
      const busy = Array.from({ length: 5 }, () =>
        connected(url, async (client) => {
          while (!isOver) await client.query('select 1');
        }),
      );
      for (let times = 0; times < 20; times++) {
        await connected(url, async (one) => {
          await connected(url, async (other) => {
            expect(await detectPooling(one, () => Promise.resolve(other))).toBe(mode);
          });
        });
      }
      isOver = true;
      await Promise.all(busy);
    }
  });

  it('leaves neither locks, nor settings, nor listeners in the connections of a transaction pooler', async () => {
    const { url, database } = await start('transaction', ['default_pool_size = 1']);
    const { storage } = await open(url);
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    await storage.search({ terms: [], destinations: [KEY], status: null, after: null, first: 1 });
    const locks = await cluster.query(`select 1 from pg_locks where locktype = 'advisory'`, database);
    expect(locks).toEqual([]);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('statement_timeout') as statement,
         current_setting('idle_in_transaction_session_timeout') as idle, (select count(*)::int from pg_listening_channels()) as channels`,
    );
    await client.end();
    expect(rows).toEqual([{ statement: '0', idle: '0', channels: 0 }]);
  });

  it('limits the statements of transactions in time in either mode', async () => {
    for (const mode of ['session', 'transaction'] as const) {
      const { url } = await start(mode);
      const engine = await PostgresEngine.open({ url, poolSize: 1, logger: silent() });
      onTestFinished(() => engine.close());
      const limit = sql<{ limit: string }>`select current_setting('statement_timeout') as limit`;
      const { rows } = await engine.writer.transaction().execute((transaction) => limit.execute(transaction));
      expect(rows).toEqual([{ limit: '30s' }]);
      expect((await limit.execute(engine.writer)).rows).toEqual([
        { limit: mode === 'session' ? '30s' : '0' },
      ]);
    }
  });

  it('says what to do about statement mode, and about a pool that is too small', async () => {
    const statement = await start('statement');
    await expect(open(statement.url)).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: expect.stringContaining('pool_mode = session') as string,
    });
    const small = await start('session', ['default_pool_size = 1']);
    await expect(open(small.url)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('default_pool_size') as string,
    });
  });

  for (const mode of ['session', 'transaction'] as const) {
    it(`cancels the statements of those who are gone, and nobody else's, in ${mode} mode`, async () => {
      const { url, database } = await start(mode, ['default_pool_size = 12']);
      const { storage } = await open(url, 4);
      await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
      let isOver = false;
      onTestFinished(() => {
        isOver = true;
      });
      let failures = 0;
      const others = Array.from({ length: 4 }, async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        while (!isOver) await client.query('select pg_sleep(0.002)').catch(() => (failures += 1));
        await client.end();
      });
      const gone = new Error('gone');
      for (let round = 0; round < 60; round++) {
        const controller = new AbortController();
        const reads = [0, 1, 2].map(() =>
          storage.read(KEY, controller.signal).catch((error: unknown) => error),
        );
        for (let turn = 0; turn < round % 8; turn++) await new Promise((resolve) => setImmediate(resolve));
        controller.abort(gone);
        await Promise.all(reads);
        expect((await storage.read(KEY))?.state.generation).toBe(1);
      }
      const blocker = new pg.Client({ connectionString: cluster.url({ database }) });
      await blocker.connect();
      await blocker.query('begin');
      await blocker.query('lock table segment in access exclusive mode');
      const controller = new AbortController();
      const reading = storage.read(KEY, controller.signal);
      const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = '${database}'`;
      while ((await cluster.query(waiting, database)).length === 0);
      controller.abort(gone);
      await expect(reading).rejects.toBe(gone);
      while ((await cluster.query(waiting, database)).length > 0);
      await blocker.end();
      isOver = true;
      await Promise.all(others);
      expect(failures).toBe(0);
    });
  }

  it('fails calls as UNAVAILABLE while the pooler has no connection for them', async () => {
    const { url } = await start('transaction', ['default_pool_size = 1', 'query_wait_timeout = 1']);
    const { storage } = await open(url);
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query('begin');
    expect(await codeOf(storage.states())).toBe('UNAVAILABLE');
    await blocker.query('commit');
    await blocker.end();
    expect(await storage.states()).toEqual([]);
  });
});
