import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage } from '../../src/storage/index.js';
import { PostgresEngine } from '../../src/storage/postgres/engine.js';
import { begun } from '../support/waiting.js';
import {
  change,
  codeOf,
  KEY,
  namesIn,
  postgresDatabase,
  postgresServer,
  segment,
  silent,
  storageErrorOf,
} from './support.js';

const OTHER = { customerId: 'acme', destinationId: '315' };

/** Begins a transaction of another gateway, which goes on until it is committed, or the test ends. */
async function otherTransaction(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('begin');
  return client;
}

async function start() {
  const database = await postgresDatabase();
  const { config } = database;
  if (config.engine !== 'postgres') throw new Error('not a server');
  const storage = await database.open();
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  const other = await otherTransaction(config.url);
  return { url: config.url, storage, other };
}

describe.skipIf(postgresServer === null)('a destination that another transaction keeps locked', () => {
  it('keeps no connections from changes of other destinations', { timeout: 30_000 }, async () => {
    const { storage, other } = await start();
    await other.query(`select 1 from destination where destination_id = '314' for update`);
    // More than the connections of the pool.
    const waiting = Array.from({ length: 20 }, (_, index) => [
      storage.write(KEY, 1, change({ upserts: [segment(String(index))] })),
      storage.saveState(KEY, { failures: 1 }).then(() => null),
    ])
      .flat()
      .map((work) => begun<number | null>(work));
    let longestMs = 0;
    for (let generation = 0; generation < 20; generation++) {
      const began = performance.now();
      expect(await storage.write(OTHER, generation, change({ upserts: [segment('1')] }))).toBe(
        generation + 1,
      );
      longestMs = Math.max(longestMs, performance.now() - began);
    }
    expect(longestMs).toBeLessThan(4_900);
    await other.query('commit');
    const written = await Promise.all(waiting);
    expect(written.filter((generation) => generation === 2)).toHaveLength(1);
    expect((await storage.state(KEY))?.failures).toBe(1);
  });

  it('is BUSY after five seconds, which says nothing of the storage', { timeout: 30_000 }, async () => {
    const { storage, other } = await start();
    await other.query(`select 1 from destination where destination_id = '314' for update`);
    // Whoever adds the row of a destination has it locked too.
    await other.query(
      `insert into destination (customer_id, destination_id, generation, segment_count, failures)
        values ('acme', '315', 0, 0, 0)`,
    );
    const writing = storageErrorOf(storage.write(KEY, 1, change({ upserts: [segment('2')] })));
    expect(
      await Promise.all([
        codeOf(storage.saveState(KEY, { failures: 1 })),
        codeOf(storage.removeHistoryBefore(KEY, 1, 1)),
        codeOf(storage.removeDestination(KEY, 1)),
        codeOf(storage.write(OTHER, 0, change({ upserts: [segment('2')] }))),
        codeOf(storage.saveState(OTHER, { failures: 1 })),
      ]),
    ).toEqual(['BUSY', 'BUSY', 'BUSY', 'BUSY', 'BUSY']);
    const { code, message, reason } = await writing;
    expect(code).toBe('BUSY');
    expect(message).toMatch(/another change of the destination.*more than 5 s; nothing was changed/);
    expect(reason).toMatch(/a large import, is under way$/);
    await other.query('rollback');
    expect(await storage.write(KEY, 1, change({ upserts: [segment('2')] }))).toBe(2);
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1', 2: 'Segment 2' });
  });

  it('is waited for by a large change for longer', { timeout: 30_000 }, async () => {
    const { storage, other } = await start();
    await other.query(`select 1 from destination where destination_id = '314' for update`);
    const upserts = Array.from({ length: 1_000 }, (_, index) => segment(String(index)));
    const writing = begun(storage.write(KEY, 1, change({ upserts })));
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    await other.query('commit');
    expect(await writing).toBe(2);
  });

  it('ends the wait when the storage is closed', async () => {
    const { url, other } = await start();
    await other.query(`select 1 from destination where destination_id = '314' for update`);
    const storage = await openStorage({ engine: 'postgres', url, poolSize: 2 }, { logger: silent() });
    const writing = codeOf(storage.write(KEY, 1, change({ upserts: [segment('2')] })));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await storage.close();
    expect(await writing).toBe('UNAVAILABLE');
  });
});

it.skipIf(postgresServer === null)(
  'searches and large changes at once leave a connection to everything else',
  async () => {
    const { config } = await postgresDatabase();
    if (config.engine !== 'postgres') throw new Error('not a server');
    const left: Record<number, number> = {};
    for (const poolSize of [3, 4, 10]) {
      const engine = await PostgresEngine.open({ url: config.url, poolSize, logger: silent() });
      left[poolSize] = poolSize - engine.searchesAtOnce - engine.largeWritesAtOnce;
      await engine.close();
    }
    expect(left).toEqual({ 3: 1, 4: 1, 10: 1 });
  },
);
