import { expect, it, onTestFinished } from 'vitest';
import type { DestinationKey, StoredSegment } from '../../src/storage/index.js';
import { PackThread } from '../../src/storage/packs/pack-thread.js';
import type { PackRow, PackSearch, PackState } from '../../src/storage/packs/protocol.js';
import { SearchPacks, type Searched } from '../../src/storage/packs/search-packs.js';
import { SqliteEngine } from '../../src/storage/sqlite/engine.js';
import { SqlStorage } from '../../src/storage/sql-storage.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import { change, KEY, segment, silent, sqliteDatabase } from './support.js';

const OTHER: DestinationKey = { customerId: 'globex', destinationId: '1' };

const MINUTE_MS = 60_000;

/** Notes how long the texts are that it was given, and how many packs it was told to drop. */
class NotingThread extends PackThread {
  readonly lengths: number[] = [];
  drops = 0;

  override add(pack: number, rows: string): Promise<PackState> {
    this.lengths.push(rows.length);
    return super.add(pack, rows);
  }

  override drop(pack: number): void {
    this.drops += 1;
    super.drop(pack);
  }
}

/** Search packs of a database, and what a test does to both. */
class Making {
  readonly clock = new FakeClock();
  readonly threads: NotingThread[] = [];
  readonly logged: { level: string; msg: string; error?: string }[] = [];
  readonly packs: SearchPacks;
  /** Called before each reading. */
  onTurn: (() => Promise<void> | void) | undefined;
  readonly #engine: SqliteEngine;
  readonly #storage: SqlStorage;

  private constructor(engine: SqliteEngine, maxBytes: number) {
    this.#engine = engine;
    this.#storage = new SqlStorage(engine, { logger: silent() });
    const write = (line: string): void => void this.logged.push(JSON.parse(line) as Making['logged'][0]);
    this.packs = new SearchPacks({
      engine,
      maxBytes,
      clock: this.clock,
      logger: createLogger({ redactor: new Redactor(), level: 'info', sink: { write } }),
      turn: async () => {
        await this.onTurn?.();
        return () => undefined;
      },
      startThread: () => {
        const thread = new NotingThread();
        this.threads.push(thread);
        return thread;
      },
    });
  }

  static async start(maxBytes = 100_000_000): Promise<Making> {
    const { config } = await sqliteDatabase();
    if (config.engine !== 'sqlite') throw new Error('not a file');
    const making = new Making(await SqliteEngine.open(config.path, { logger: silent() }), maxBytes);
    onTestFinished(async () => {
      await making.packs.close();
      await making.#storage.close();
    });
    return making;
  }

  async write(key: DestinationKey, segments: readonly StoredSegment[]): Promise<number> {
    const { generation } = (await this.#storage.state(key)) ?? { generation: 0 };
    await this.#storage.write(key, generation, change({ upserts: segments }));
    return generation + 1;
  }

  /** The number of a destination's pack if a search can use it. */
  async packOf(key: DestinationKey): Promise<number | undefined> {
    const row = await this.#engine
      .reader('names')
      .selectFrom('destination')
      .select(['pk', 'generation', 'last_commit'])
      .where('customer_id', '=', key.customerId)
      .executeTakeFirstOrThrow();
    const searched: Searched = { ...key, ...row, lastCommit: row.last_commit };
    return this.packs.packsFor([searched]).get(row.pk);
  }

  /** Searches until there is a pack. */
  async untilPacked(key: DestinationKey): Promise<void> {
    await expect.poll(() => this.packOf(key)).toBeDefined();
  }

  get lengths(): number[] {
    return this.threads.flatMap(({ lengths }) => lengths);
  }
}

const segments = (count: number, length: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    segment(String(from + index), { description: 'x'.repeat(length) }),
  );

it('reads about half a megabyte at once, however long the texts are', async () => {
  const making = await Making.start();
  await making.write(KEY, segments(300, 20_000));
  await making.untilPacked(KEY);
  const [first, ...others] = making.lengths;
  expect(first).toBeLessThan(2_100_000);
  expect(Math.max(...others)).toBeLessThan(510_000);
  expect(others).toHaveLength(9);
  await making.write(OTHER, segments(5_000, 10));
  await making.untilPacked(OTHER);
  // 100, 2,000, 2,000 and 900 rows
  expect(making.lengths).toHaveLength(10 + 4);
});

it('makes one pack after the other, however many are missing, and none once it is closed', async () => {
  const making = await Making.start();
  const keys = Array.from({ length: 30 }, (_, index) => ({ ...KEY, customerId: `customer ${index}` }));
  for (const key of keys) await making.write(key, segments(1, 10));
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  let reading = 0;
  making.onTurn = async () => {
    reading += 1;
    await new Promise((resolve) => setImmediate(resolve));
    expect(reading--).toBe(1);
  };
  for (const key of keys) await making.packOf(key);
  await expect.poll(() => making.packs.memory.destinations).toBe(30);
  expect(making.lengths).toHaveLength(30);
  for (const key of keys) making.packs.changed(key, 2);
  for (const key of keys) await making.packOf(key);
  await making.packs.close();
  expect(making.packs.memory.destinations).toBeLessThan(30);
  expect(warnings).toEqual([]);
});

it('gives a pack up whose destination changes meanwhile, and makes it for the next search', async () => {
  const making = await Making.start();
  await making.write(KEY, segments(150, 10));
  let turns = 0;
  making.onTurn = async () => {
    turns += 1;
    if (turns === 2) await making.write(KEY, segments(1, 20));
  };
  await making.untilPacked(KEY);
  // Of the first try, only the part before the change.
  expect(making.lengths).toHaveLength(1 + 2);
});

it('makes a pack again only when ten times as much time has passed as it took', async () => {
  const making = await Making.start();
  const { clock, packs } = making;
  await making.write(KEY, segments(150, 10));
  // A pack takes two readings.
  making.onTurn = () => clock.advance(1_000);
  await making.untilPacked(KEY);
  const edit = async (): Promise<void> => packs.changed(KEY, await making.write(KEY, segments(1, 20)));
  await edit();
  expect(packs.memory).toMatchObject({ destinations: 0, bytes: 0 });
  expect(await making.packOf(KEY)).toBeUndefined();
  expect(clock.pending()).toEqual([20_000]);
  clock.advance(20_000);
  await expect.poll(() => packs.memory.destinations).toBe(1);
  expect(making.lengths).toHaveLength(4);
  // One that nobody has used is not made again.
  await edit();
  expect(clock.pending()).toEqual([]);
  expect(await making.packOf(KEY)).toBeUndefined();
  expect(clock.pending()).toEqual([20_000]);
  await packs.close();
  expect(clock.pending()).toEqual([]);
});

it('keeps a pack that somebody searches, and gives its room away a minute after the last search', async () => {
  const making = await Making.start(200_000);
  const { clock, packs } = making;
  for (const key of [KEY, OTHER]) await making.write(key, segments(150, 1_000));
  await making.untilPacked(KEY);
  const pack = await making.packOf(KEY);
  for (let search = 0; search < 20; search++) {
    expect(await making.packOf(OTHER)).toBeUndefined();
    expect(await making.packOf(KEY)).toBe(pack);
  }
  await expect.poll(() => making.threads[0]!.drops).toBe(1);
  expect(making.lengths).toHaveLength(3);
  // What has not fitted is not read again while there is no more room.
  expect(await making.packOf(OTHER)).toBeUndefined();
  clock.advance(MINUTE_MS - 1);
  expect(await making.packOf(OTHER)).toBeUndefined();
  expect(making.lengths).toHaveLength(3);
  clock.advance(1);
  await making.untilPacked(OTHER);
  expect(making.lengths).toHaveLength(5);
  expect(packs.memory.destinations).toBe(1);
  expect(await making.packOf(KEY)).toBeUndefined();
});

it('gives away the room of the pack that was searched least recently', async () => {
  const making = await Making.start(400_000);
  const { clock, packs } = making;
  const third = { ...OTHER, customerId: 'initech' };
  for (const key of [KEY, OTHER, third]) await making.write(key, segments(150, 1_000));
  for (const key of [KEY, OTHER, KEY]) {
    await making.untilPacked(key);
    clock.advance(1_000);
  }
  clock.advance(MINUTE_MS);
  await making.untilPacked(third);
  expect(packs.memory.destinations).toBe(2);
  expect(await making.packOf(KEY)).toBeDefined();
});

it('starts the thread again, but not when it ends again and again', async () => {
  const making = await Making.start();
  const { clock, logged, threads } = making;
  await making.write(KEY, segments(1, 10));
  const end = async (): Promise<void> => {
    await making.untilPacked(KEY);
    await threads.at(-1)!.close();
    expect(await making.packOf(KEY)).toBeUndefined();
  };
  const error = 'the search thread has ended';
  const again = { level: 'warn', error, msg: `${error} unexpectedly: searches take longer for a while` };
  await end();
  await end();
  await making.untilPacked(KEY);
  clock.advance(10 * MINUTE_MS);
  await end();
  await end();
  expect(logged).toMatchObject([again, again, again, again]);
  await end();
  for (let search = 0; search < 3; search++) expect(await making.packOf(KEY)).toBeUndefined();
  expect(logged.slice(4)).toMatchObject([
    {
      level: 'warn',
      error,
      msg: `${error} 3 times: the database is searched until the next start; see cache.maxSearchMemory`,
    },
  ]);
  expect(threads).toHaveLength(5);
});

it('ends a search in the thread with its request, and answers the next one', async () => {
  const thread = new PackThread();
  onTestFinished(() => thread.close());
  const rows = Array.from({ length: 4_000 }, (_, pk): PackRow => [pk, 'ACTIVE', 1, 'n'.padEnd(1_000, 'x')]);
  await thread.add(1, JSON.stringify(rows));
  const search: Omit<PackSearch, 'packs'> = {
    ...{ terms: ['nx'], status: null, limit: 1 },
    ...{ withTotal: true, withPrevious: false },
  };
  const pack = { pack: 1, from: 'FIRST' } as const;
  const ending = new AbortController();
  // Would take minutes.
  const long = thread.search({ ...search, packs: Array<typeof pack>(100_000).fill(pack) }, ending.signal);
  ending.abort(new Error('ended'));
  await expect(long).rejects.toThrow('ended');
  expect(await thread.search({ ...search, packs: [pack] }, undefined)).toMatchObject({ total: 4_000 });
});
