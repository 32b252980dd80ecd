import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage, type Storage } from '../../src/storage/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { BlackHole } from '../support/black-hole.js';
import { PostgresCluster, clusterPrograms } from '../support/postgres-cluster.js';
import { needing } from '../support/programs.js';
import { change, codeOf, KEY, namesIn, NOON, revision, segment, silent } from '../storage/support.js';

/** A silent server is noticed after 3 s, and has 5 s to answer. */
const NOTICED_MS = 9_500;

describe.skipIf(clusterPrograms === null)(needing('PostgreSQL', { postgres: clusterPrograms }), () => {
  async function primary(settings: readonly string[] = []): Promise<PostgresCluster> {
    const cluster = await PostgresCluster.create(settings);
    onTestFinished(() => cluster.dispose());
    return cluster;
  }

  async function standbyOf(cluster: PostgresCluster): Promise<PostgresCluster> {
    const standby = await cluster.standby();
    onTestFinished(() => standby.dispose());
    return standby;
  }

  async function open(url: string, poolSize = 3): Promise<{ storage: Storage; log: string[] }> {
    const log: string[] = [];
    const sink = { write: (line: string) => void log.push(line) };
    const logger = createLogger({ redactor: new Redactor(), level: 'debug', sink });
    const storage = await openStorage({ engine: 'postgres', url, poolSize }, { logger });
    onTestFinished(() => storage.close());
    return { storage, log };
  }

  const aChange = (id: string) => change({ upserts: [segment(id)], revisions: [revision(id, NOON)] });

  /** @returns a function that ends the lock */
  async function lockSegments(cluster: PostgresCluster): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: cluster.url() });
    await client.connect();
    await client.query('begin');
    await client.query('lock table segment in access exclusive mode');
    return () => client.end();
  }

  /** Calls again until it succeeds. @returns how long that took, in milliseconds */
  async function untilDone(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    for (;;) {
      try {
        await work();
        return performance.now() - start;
      } catch (error) {
        if (performance.now() - start > 15_000) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  it('that is a standby refuses the start, and the error says what to do', async () => {
    const one = await primary();
    const two = await standbyOf(one);
    const url = two.url();
    await expect(open(url)).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ is a standby.*name the primary/) as string,
    });
    await one.query('alter system set default_transaction_read_only = on');
    await one.query('select pg_reload_conf()');
    await expect(open(one.url())).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: expect.stringContaining('default_transaction_read_only') as string,
    });
  }, 60_000);

  it('is found among several hosts, before and after a failover', async () => {
    const one = await primary();
    const two = await standbyOf(one);
    const url = `postgres://postgres@${two.host},${one.host}/postgres?target_session_attrs=read-write`;
    const { storage } = await open(url);
    const { storage: other } = await open(url);
    const noticed: number[] = [];
    other.onChange(() => {
      noticed.push(performance.now());
      return Promise.resolve();
    });
    expect(await storage.write(KEY, 0, aChange('1'))).toBe(1);
    const wal = await one.query<{ at: string }>('select pg_current_wal_lsn() as at');
    const replayed = `select pg_last_wal_replay_lsn() >= '${wal[0]!.at}' as done`;
    while ((await two.query<{ done: boolean }>(replayed))[0]?.done !== true);
    await one.stop();
    // Names are read from the standby, which nobody has promoted yet.
    expect(await untilDone(() => storage.read(KEY))).toBeLessThan(5_000);
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
    expect(await codeOf(storage.write(KEY, 1, aChange('2')))).toBe('UNAVAILABLE');
    await two.promote();
    expect(await untilDone(() => storage.write(KEY, 1, aChange('2')))).toBeLessThan(5_000);
    // The old primary comes back as a standby: nothing is lost on it.
    await one.follow(two);
    await one.start();
    expect(await storage.write(KEY, 2, aChange('3'))).toBe(3);
    while (noticed.length < 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await namesIn(other)).toEqual({ 1: 'Segment 1', 2: 'Segment 2', 3: 'Segment 3' });
  }, 90_000);

  it('that has turned read-only under its connections is left for the primary', async () => {
    const one = await primary();
    const { storage } = await open(one.url());
    expect(await storage.write(KEY, 0, aChange('1'))).toBe(1);
    await one.query('alter system set default_transaction_read_only = on');
    await one.query('select pg_reload_conf()');
    const readOnly = `select current_setting('default_transaction_read_only') as value`;
    while ((await one.query<{ value: string }>(readOnly))[0]?.value !== 'on');
    const processes = `select pid from pg_stat_activity where application_name = 'aam-segment-gateway'`;
    const before = await one.query<{ pid: number }>(`${processes} and query not like 'listen%'`);
    await expect(storage.write(KEY, 1, aChange('2'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/25006.*standby/) as string,
    });
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
    const after = await one.query<{ pid: number }>(processes);
    for (const { pid } of before) expect(after.map((row) => row.pid)).not.toContain(pid);
    await one.query('alter system reset default_transaction_read_only');
    await one.query('select pg_reload_conf()');
    expect(await untilDone(() => storage.write(KEY, 1, aChange('2')))).toBeLessThan(5_000);
  }, 60_000);

  it('that stops answering is noticed in bounded time, and found again when it is back', async () => {
    const one = await primary();
    const hole = await BlackHole.start(one.port);
    onTestFinished(() => hole.dispose());
    const { storage, log } = await open(`postgres://postgres@127.0.0.1:${hole.port}/postgres`);
    await storage.write(KEY, 0, aChange('1'));
    await Promise.all([storage.states(), storage.states(), storage.states()]);
    hole.open();
    const start = performance.now();
    const calls = [
      storage.read(KEY),
      storage.write(KEY, 1, aChange('2')),
      storage.claim(KEY, 'me', 1_000),
      // There is no connection left for it.
      storage.states(),
    ].map(codeOf);
    for (const code of await Promise.all(calls)) expect(code).toBe('UNAVAILABLE');
    expect(performance.now() - start).toBeLessThan(NOTICED_MS);
    expect(log.join('')).toMatch(/PostgreSQL does not answer/);
    hole.close();
    expect(await untilDone(() => storage.read(KEY))).toBeLessThan(6_000);
    const generation = (await storage.state(KEY))!.generation;
    expect(await storage.write(KEY, generation, aChange('3'))).toBe(generation + 1);
  }, 60_000);

  it('that stops answering is left for another host', async () => {
    const one = await primary();
    const two = await standbyOf(one);
    const hole = await BlackHole.start(one.port);
    onTestFinished(() => hole.dispose());
    const { storage } = await open(`postgres://postgres@127.0.0.1:${hole.port},${two.host}/postgres`);
    await storage.write(KEY, 0, aChange('1'));
    hole.open();
    await two.promote();
    const generation = (await storage.read(KEY))?.state.generation ?? 0;
    expect(await storage.write(KEY, generation, aChange('2'))).toBe(generation + 1);
    expect(await two.query('select 1 from segment')).toHaveLength(2);
  }, 60_000);

  it('that executes a statement for long is not taken for one that is gone', async () => {
    const one = await primary();
    const { storage, log } = await open(one.url());
    await storage.write(KEY, 0, aChange('1'));
    const unlock = await lockSegments(one);
    const reading = storage.read(KEY);
    // Twice as long as it takes to find out.
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    await unlock();
    expect((await reading)?.state.generation).toBe(1);
    expect(log.join('')).not.toMatch(/does not answer/);
  }, 60_000);

  it('refuses calls as UNAVAILABLE when all connections are in use, and says which setting that is', async () => {
    const one = await primary();
    const { storage } = await open(one.url(), 1);
    await storage.write(KEY, 0, aChange('1'));
    const unlock = await lockSegments(one);
    const reading = storage.read(KEY);
    await expect(storage.states()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('storage.poolSize: 1') as string,
    });
    expect(storage.poolUse()).toEqual({ used: 1, idle: 0, waiting: 0 });
    await unlock();
    expect((await reading)?.state.generation).toBe(1);
    expect(storage.poolUse()).toEqual({ used: 0, idle: 1, waiting: 0 });
  }, 60_000);

  it('accepts another password while calls go on, and keeps the old one if the new one is wrong', async () => {
    const one = await primary();
    await one.query(`create role gateway login superuser password 'first'`);
    await one.setAccess([
      'local all all trust',
      'host all postgres all trust',
      'host all all all scram-sha-256',
    ]);
    const url = (password: string): string => `postgres://gateway:${password}@${one.host}/postgres`;
    const { storage, log } = await open(url('first'));
    await storage.write(KEY, 0, aChange('1'));
    const processes = async (): Promise<number[]> =>
      (await one.query<{ pid: number }>(`select pid from pg_stat_activity where usename = 'gateway'`)).map(
        ({ pid }) => pid,
      );
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const failures: unknown[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) await storage.read(KEY).catch((error: unknown) => failures.push(error));
    });
    // A mistake in the file changes nothing.
    storage.reconfigure(url('wrong'));
    await storage.states();
    expect(log.join('')).toMatch(/does not accept the password/);
    // The file is ahead of the database.
    storage.reconfigure(url('second'));
    await storage.states();
    await one.query(`alter role gateway password 'second'`);
    await untilDone(async () => {
      // Three for queries, and one that listens.
      if ((await processes()).length !== 4) throw new Error('not all are made');
    });
    const before = await processes();
    storage.reconfigure(url('second'));
    await untilDone(async () => {
      for (const pid of await processes())
        if (before.includes(pid)) throw new Error('an old connection lives');
    });
    // The database is ahead of the file: connections from before go on.
    await one.query(`alter role gateway password 'third'`);
    storage.reconfigure(url('third'));
    await storage.states();
    isOver = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(log.join('')).not.toMatch(/first|second|third/);
  }, 60_000);

  it('gets new connections after half an hour', async () => {
    const one = await primary();
    let elapsed = 0;
    const clock = { now: Date.now, elapsed: () => elapsed, schedule: () => () => undefined };
    const config = { engine: 'postgres', url: one.url(), poolSize: 1 } as const;
    const storage = await openStorage(config, { logger: silent(), clock });
    onTestFinished(() => storage.close());
    const pid = async (): Promise<number | undefined> => {
      await storage.states();
      const [row] = await one.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = 'aam-segment-gateway' and query not like 'listen%'`,
      );
      return row?.pid;
    };
    const first = await pid();
    elapsed = 26 * 60_000;
    expect(await pid()).toBe(first);
    elapsed = 34 * 60_000;
    expect(await pid()).not.toBe(first);
  }, 60_000);
});
