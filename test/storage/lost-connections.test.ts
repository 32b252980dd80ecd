import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import pino from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStorage, type ContentChange, type Storage } from '../../src/storage/index.js';
import { systemClock } from '../../src/base/clock.js';
import { ContentWriter } from '../../src/storage/content-writer.js';
import { ConnectionLostError } from '../../src/storage/postgres/errors.js';
import { ConnectionPool } from '../../src/storage/postgres/pool.js';
import { Servers } from '../../src/storage/postgres/servers.js';
import { begun, eventually } from '../support/waiting.js';
import {
  change,
  codeOf,
  KEY,
  namesIn,
  NOON,
  postgresDatabase,
  postgresServer,
  queryPostgres,
  revision,
  segment,
  silent,
} from './support.js';
import type { TestDatabase } from './support.js';

const ALL = { segmentId: null, since: null, first: 100, order: 'newest-first', after: null } as const;

function urlOf({ config }: TestDatabase): string {
  if (config.engine !== 'postgres') throw new Error('not a server');
  return config.url;
}

/** Ends all connections of gateways, except those that match `except`. */
async function endConnections(url: string, except = 'false'): Promise<void> {
  await queryPostgres(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and not (${except})`,
  );
}

/** Opens as many connections of the pool as it may have. */
async function fillPool(storage: Storage): Promise<void> {
  await Promise.all(Array.from({ length: 8 }, () => storage.states()));
}

function aChange(id: string): ContentChange {
  return change({ upserts: [segment(id)], revisions: [revision(id, NOON)], state: { asOf: NOON } });
}

/** A proxy in front of PostgreSQL that cuts a connection when the client or the server says something. */
class CuttingProxy {
  /** What the client has to send for its connection to be cut; `null`: nothing is cut. */
  cutAfter: string | null = null;
  /** Whether the server gets what the client has sent. */
  isDelivered = true;
  cuts = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#onConnection(client));

  static async start(url: string): Promise<{ proxy: CuttingProxy; url: string }> {
    const proxy = new CuttingProxy(new URL(url));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => proxy.#close());
    const through = new URL(url);
    through.host = `127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    return { proxy, url: through.href };
  }

  private constructor(readonly target: URL) {}

  #onConnection(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    let isCut = false;
    client.on('data', (data) => {
      if (this.cutAfter === null || isCut || !data.includes(this.cutAfter)) {
        server.write(data);
        return;
      }
      isCut = true;
      this.cutAfter = null;
      this.cuts += 1;
      // The server has executed the statement when it answers. The client never gets the answer.
      if (this.isDelivered) server.once('data', () => client.destroy());
      else client.destroy();
      if (this.isDelivered) server.write(data);
      else server.destroy();
    });
    server.on('data', (data) => {
      if (!isCut) client.write(data);
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  async #close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe.skipIf(postgresServer === null)('lost connections to PostgreSQL', () => {
  it('do not fail a call, even if all of them have ended at once', async () => {
    const database = await postgresDatabase();
    const url = urlOf(database);
    const storage = await database.open();
    await storage.write(KEY, 0, aChange('1'));
    for (let round = 1; round <= 5; round++) {
      await fillPool(storage);
      await endConnections(url);
      const calls = [
        storage.states(),
        storage.state(KEY),
        storage.read(KEY),
        storage.revisions(KEY, ALL),
        storage.histories(KEY, { segmentIds: ['1'], first: 1, after: null }),
        storage.search({ terms: ['seg'], destinations: [KEY], status: null, after: null, first: 10 }),
        storage.saveState(KEY, { failures: round }),
        storage.claim(KEY, 'me', 1_000),
        storage.saveToken('acme', 'sealed', NOON),
        storage.write(KEY, round, aChange(`${round + 1}`)),
      ];
      await Promise.all(calls);
      expect(await calls.at(-1)).toBe(round + 1);
      expect((await storage.revisions(KEY, ALL)).totalCount).toBe(round + 1);
    }
  });

  it('do not fail a call of which a statement is being executed', async () => {
    const database = await postgresDatabase();
    const url = urlOf(database);
    const storage = await database.open();
    await storage.write(KEY, 0, aChange('1'));
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    onTestFinished(() => blocker.end());
    await blocker.query('begin');
    // Reads of segments wait for this lock, and writes of a destination too.
    await blocker.query('lock table segment, destination, lease in access exclusive mode');
    const reading = begun(storage.read(KEY));
    const writing = begun(storage.write(KEY, 1, aChange('2')));
    const claiming = begun(storage.claim(KEY, 'me', 1_000));
    await waiting(url, 3);
    await endConnections(url, "wait_event_type is distinct from 'Lock'");
    // The write tries again and again, and waits for the lock only at times.
    await waiting(url, 2);
    await blocker.query('commit');
    expect((await reading)?.state.generation).toBeGreaterThan(0);
    expect(await writing).toBe(2);
    expect(await claiming).toBe(true);
    expect((await storage.revisions(KEY, ALL)).totalCount).toBe(2);
  });

  // The last one is a message of its own, with its length in front.
  for (const statement of [
    'begin',
    'insert into "segment"',
    'revision_commit',
    'pg_notify',
    '\x0bcommit\0',
  ]) {
    for (const isDelivered of [true, false]) {
      const where = isDelivered ? 'the answer to' : 'the way to';
      it(`write a change once if ${where} ${JSON.stringify(statement)} is lost`, async () => {
        const database = await postgresDatabase();
        const { proxy, url } = await CuttingProxy.start(urlOf(database));
        const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
        onTestFinished(() => storage.close());
        const other = await database.open();
        expect(await storage.write(KEY, 0, aChange('1'))).toBe(1);
        proxy.cutAfter = statement;
        proxy.isDelivered = isDelivered;
        expect(await storage.write(KEY, 1, aChange('2'))).toBe(2);
        expect(proxy.cuts).toBe(1);
        expect(await storage.write(KEY, 2, aChange('3'))).toBe(3);
        expect(await namesIn(other)).toEqual({ 1: 'Segment 1', 2: 'Segment 2', 3: 'Segment 3' });
        const { revisions } = await other.revisions(KEY, ALL);
        expect(revisions.map(({ number, segmentId }) => [number, segmentId])).toEqual([
          [3, '3'],
          [2, '2'],
          [1, '1'],
        ]);
      });
    }
  }

  it('let a commit with an unknown outcome be made again if another gateway has committed meanwhile', async () => {
    const database = await postgresDatabase();
    const { proxy, url } = await CuttingProxy.start(urlOf(database));
    const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
    onTestFinished(() => storage.close());
    const other = await database.open();
    await storage.write(KEY, 0, aChange('1'));
    proxy.cutAfter = 'insert into "segment"';
    proxy.isDelivered = false;
    const [mine, theirs] = await Promise.all([
      storage.write(KEY, 1, aChange('mine')),
      other.write(KEY, 1, aChange('theirs')),
    ]);
    expect([mine, theirs].filter((generation) => generation === null)).toHaveLength(1);
    expect(Object.keys(await namesIn(other))).toHaveLength(2);
  });

  it('make no import, and take none back, a second time if the answer is lost and others commit', async () => {
    const database = await postgresDatabase();
    const other = await database.open();
    const storage = await database.open();
    await storage.write(KEY, 0, aChange('1'));
    const counts = { created: 1, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };
    const record = { id: 'an import', by: 'Ann', fileName: null, mode: 'MERGE', counts } as const;
    /** Makes a commit of which the answer is lost, and another one before it is made again. */
    const writeTwice = async (generation: number, content: ContentChange, id: string): Promise<unknown> => {
      const spy = vi.spyOn(ContentWriter.prototype, 'write');
      spy.mockImplementationOnce(async () => {
        // What has come of the commit whose answer is lost.
        expect(await other.write(KEY, generation, content)).toBe(generation + 1);
        expect(await other.write(KEY, generation + 1, aChange(id))).toBe(generation + 2);
        throw new ConnectionLostError(new Error('Connection terminated unexpectedly'));
      });
      return await storage.write(KEY, generation, content).finally(() => spy.mockRestore());
    };
    const imported = { ...aChange('2'), import: { record, changes: [] } };
    expect(await writeTwice(1, imported, '3')).toBe(2);
    const undone = {
      ...aChange('2'),
      undoes: { importId: 'an import', by: 'Ann', segmentIds: 'ALL' },
    } satisfies ContentChange;
    expect(await writeTwice(3, undone, '4')).toBe(4);
    expect(Object.keys(await namesIn(other))).toEqual(['1', '2', '3', '4']);
  });

  it('take the rest of an import back, if the same person has taken a part of it back before', async () => {
    const database = await postgresDatabase();
    const other = await database.open();
    const storage = await database.open();
    const counts = { created: 2, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };
    const record = { id: 'an import', by: 'Ann', fileName: null, mode: 'MERGE', counts } as const;
    const ids = ['1', '2', '3'];
    const changes = ids.map((segmentId) => ({ segmentId, before: null, after: null, isNew: true }));
    const upserts = ids.map((id) => segment(id));
    await storage.write(KEY, 0, change({ upserts, import: { record, changes } }));
    const undoing = (id: string, segmentIds: string[] | 'ALL'): ContentChange =>
      change({ removals: [id], undoes: { importId: 'an import', by: 'Bea', segmentIds } });
    let generation = await storage.write(KEY, 1, undoing('1', ['1']));
    for (const [id, segmentIds] of [
      ['2', ['2']],
      ['3', 'ALL'],
    ] as const) {
      const spy = vi.spyOn(ContentWriter.prototype, 'write');
      spy.mockImplementationOnce(() =>
        Promise.reject(new ConnectionLostError(new Error('Connection terminated unexpectedly'))),
      );
      const expected = generation! + 1;
      generation = await storage.write(
        KEY,
        generation!,
        undoing(id, segmentIds === 'ALL' ? 'ALL' : [...segmentIds]),
      );
      spy.mockRestore();
      expect(generation).toBe(expected);
      expect(Object.keys(await namesIn(other))).not.toContain(id);
    }
    expect(await other.importChanges('an import', { first: 5, after: null })).toEqual([]);
  });

  it('let the removal of a destination go on if the answer to its first step is lost', async () => {
    const database = await postgresDatabase();
    const { proxy, url } = await CuttingProxy.start(urlOf(database));
    const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
    onTestFinished(() => storage.close());
    await storage.write(KEY, 0, change({ upserts: ['1', '2', '3', '4'].map((id) => segment(id)) }));
    proxy.cutAfter = '\x0bcommit\0';
    const first = await storage.removeDestination(KEY, 1);
    expect(proxy.cuts).toBe(1);
    expect(first.rest).not.toBeNull();
    expect(await storage.removeDestination(first.rest!, 10)).toEqual({ removed: 2, rest: null });
    expect(await storage.states()).toEqual([]);
    expect(await queryPostgres(url, 'select 1 from segment')).toEqual([]);
  });

  it('count a rejected log-in once, and leave a begun one to who has begun it', async () => {
    const database = await postgresDatabase();
    const { proxy, url } = await CuttingProxy.start(urlOf(database));
    const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
    onTestFinished(() => storage.close());
    const rejected = { rejections: 1, lastTryAt: NOON + 1, isTrying: false, message: 'wrong' };
    for (const isDelivered of [true, false]) {
      await storage.clearLogIn('acme');
      proxy.isDelivered = isDelivered;
      proxy.cutAfter = 'insert into "log_in"';
      expect(await storage.claimLogIn('acme', null, NOON)).toBe(true);
      proxy.cutAfter = 'insert into "log_in"';
      await storage.rejectLogIn('acme', NOON + 1, 'wrong');
      expect(await storage.logIn('acme')).toEqual(rejected);
      proxy.cutAfter = 'update "log_in"';
      expect(await storage.claimLogIn('acme', rejected, NOON + 2)).toBe(true);
      const begun = (await storage.logIn('acme'))!;
      expect(await storage.claimLogIn('acme', begun, NOON + 2)).toBe(false);
    }
    expect(proxy.cuts).toBe(6);
  });

  it('do not fail the start', async () => {
    const database = await postgresDatabase();
    const { proxy, url } = await CuttingProxy.start(urlOf(database));
    // Only a start that changes the tables takes the lock.
    for (const statement of ['pg_advisory_lock', 'server_encoding', 'schema_version', 'listen aam']) {
      proxy.cutAfter = statement;
      const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
      await storage.close();
    }
    expect(proxy.cuts).toBe(4);
  });

  it('are logged without the key by which others could end the statements of a connection', async () => {
    const { config } = await postgresDatabase();
    if (config.engine !== 'postgres') throw new Error('not a server');
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const storage = await openStorage(config, { logger });
    onTestFinished(() => storage.close());
    await fillPool(storage);
    await endConnections(config.url);
    await eventually(() => lines.some((line) => line.includes('lost an idle connection')));
    expect(lines.join('')).toContain('terminating connection due to administrator command');
    expect(lines.join('')).not.toMatch(/secretKey|processID/);
  });

  it('do not end the process while a connection is handed over', async () => {
    const servers = new Servers(postgresServer!, silent());
    const options = { servers, pooling: 'none', size: 2, limitsTime: true } as const;
    const connections = new ConnectionPool({ ...options, clock: systemClock, logger: silent() });
    let handedOver = 0;
    const emit = Reflect.get(pg.Pool.prototype, 'emit');
    vi.spyOn(pg.Pool.prototype, 'emit').mockImplementation(function (this: pg.Pool, event, ...args) {
      if (event === 'acquire') {
        queueMicrotask(() => {
          handedOver += 1;
          (args as unknown as [pg.ClientBase])[0].emit('error', new Error('terminating connection'));
        });
      }
      return Reflect.apply(emit, this, [event, ...args]);
    });
    for (let use = 0; use < 3; use++) (await connections.forKysely().connect()).release();
    expect(handedOver).toBe(3);
    await connections.end();
  });

  it('fail a call when the server is gone, and not one that the server refuses', async () => {
    const database = await postgresDatabase();
    const { proxy, url } = await CuttingProxy.start(urlOf(database));
    const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
    onTestFinished(() => storage.close());
    await storage.write(KEY, 0, aChange('1'));
    const wrong = segment('1', { status: 'WRONG' as 'ACTIVE' });
    expect(await codeOf(storage.write(KEY, 1, change({ upserts: [wrong] })))).toBe('UNAVAILABLE');
    const name = new URL(url).pathname.slice(1);
    await queryPostgres(postgresServer!, `alter database ${name} allow_connections false`);
    await queryPostgres(
      postgresServer!,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    expect(await codeOf(storage.read(KEY))).toBe('UNAVAILABLE');
    expect(await codeOf(storage.write(KEY, 1, aChange('2')))).toBe('UNAVAILABLE');
    expect(await storage.ping()).toBe(false);
    await queryPostgres(postgresServer!, `alter database ${name} allow_connections true`);
    expect(await storage.write(KEY, 1, aChange('2'))).toBe(2);
    expect(proxy.cuts).toBe(0);
  });
});

/** Resolves when this many statements of gateways wait for a lock. */
async function waiting(url: string, count: number): Promise<void> {
  for (let found = -1; found < count;) {
    const [row] = await queryPostgres<{ count: number }>(
      url,
      `select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    found = row!.count;
  }
}
