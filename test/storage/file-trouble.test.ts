import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import Database from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { openStorage, type Storage } from '../../src/storage/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import { eventually } from '../support/waiting.js';
import { change, KEY, namesIn, NOON, revision, segment, sqliteDatabase, storageErrorOf } from './support.js';

const MINUTE = 60_000;

/** An open storage in a file, on a clock that the test moves. */
interface Opened {
  readonly storage: Storage;
  readonly file: string;
  readonly clock: FakeClock;
  /** What was logged as an error or as information, in order. */
  readonly log: Record<string, unknown>[];
}

async function opened(): Promise<Opened> {
  const { config } = await sqliteDatabase();
  if (config.engine !== 'sqlite') throw new Error('not a file');
  const log: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) };
  const clock = new FakeClock();
  const storage = await openStorage(config, {
    logger: createLogger({ redactor: new Redactor(), sink }),
    clock,
  });
  onTestFinished(() => storage.close());
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  return { storage, file: config.path, clock, log };
}

/** Lets a minute pass, in the steps in which timers are set again. */
async function aMinute(clock: FakeClock): Promise<void> {
  for (let passed = 0; passed < MINUTE; passed += 10_000) {
    await allTimersSet(clock);
    clock.advance(10_000);
  }
  await allTimersSet(clock);
}

/** Waits until both jobs of the storage wait for their next turn: the watch of the file, and the moving of rows. */
async function allTimersSet(clock: FakeClock): Promise<void> {
  await clock.timer(() => clock.pending().filter((ms) => ms > 1_000).length === 2);
}

it.each([
  ['moved', (file: string) => rename(file, `${file}.away`), /was moved or deleted while/, 'moved or deleted'],
  ['deleted', (file: string) => rm(file), /was moved or deleted while/, 'moved or deleted'],
  [
    'replaced',
    async (file: string) => {
      await rename(file, `${file}.away`);
      await writeFile(file, await readFile(`${file}.away`));
    },
    /was replaced by another file while/,
    'replaced by another one',
  ],
])(
  'a file that is %s underneath is noticed within a minute, once, and not written any more',
  async (_, harm, what, reason) => {
    const { storage, file, clock, log } = await opened();
    expect(storage.trouble).toBeNull();
    await harm(file);
    await aMinute(clock);
    expect(storage.trouble?.message).toMatch(what);
    expect(storage.trouble?.reason).toContain(reason);
    await aMinute(clock);
    expect(log).toMatchObject([
      {
        level: 'error',
        file,
        error: expect.stringMatching(what),
        msg: expect.stringContaining('Put the same file back'),
      },
    ]);
    expect(await storage.ping()).toBe(false);
    const error = await storageErrorOf(storage.write(KEY, 1, change({ upserts: [segment('2')] })));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(what) });
    expect(await storageErrorOf(storage.saveState(KEY, { failures: 1 }))).toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(await storageErrorOf(storage.read(KEY))).toMatchObject({ message: expect.stringMatching(what) });
  },
);

it('goes on with the same file when it comes back, but not with another one', async () => {
  const { storage, file, clock, log } = await opened();
  await rename(file, `${file}.away`);
  await aMinute(clock);
  await writeFile(file, 'another file');
  await aMinute(clock);
  expect(storage.trouble?.message).toMatch(/replaced/);
  await rename(`${file}.away`, file);
  await aMinute(clock);
  expect(storage.trouble).toBeNull();
  expect(await storage.ping()).toBe(true);
  expect(await storage.write(KEY, 1, change({ upserts: [segment('2')] }))).toBe(2);
  expect(await namesIn(storage)).toEqual({ 1: 'Segment 1', 2: 'Segment 2' });
  expect(log.map(({ level, msg }) => `${String(level)}: ${String(msg).slice(0, 40)}`)).toEqual([
    'error: the database file is not at its place: n',
    'error: the database file is not at its place: n',
    'info: the database file is back at its place',
  ]);
});

it('reports a damaged page once, says what to do, and writes nothing more', async () => {
  const { storage, file, log } = await opened();
  const many = Array.from({ length: 2_000 }, (_, id) => segment(String(id), { name: `Segment ${id}` }));
  await storage.write(KEY, 1, change({ upserts: many, revisions: [revision('1', NOON)] }));
  await storage.write({ ...KEY, destinationId: '2' }, 0, change({ upserts: [segment('7')] }));
  await damage(file, 'segment');
  for (let tries = 0; tries < 3; tries++) {
    const error = await storageErrorOf(storage.read(KEY));
    expect(error).toMatchObject({ code: 'UNUSABLE', reason: 'its database is damaged' });
  }
  expect(log).toHaveLength(1);
  expect(log[0]).toMatchObject({
    level: 'error',
    file,
    msg: expect.stringMatching(/damaged.*memory.*Audience Manager.*aam-gateway restore FILE.*start anew/),
  });
  expect(await storage.ping()).toBe(false);
  expect(await storageErrorOf(storage.saveState(KEY, { failures: 1 }))).toMatchObject({ code: 'UNUSABLE' });
  const discovery: Parameters<Storage['writeDiscovery']>[2] = {
    destinations: [],
    listedAt: NOON,
    emptySince: null,
    lastAttemptAt: NOON,
    nextAttemptAt: null,
    retryAt: null,
    failures: 0,
    lastError: null,
  };
  expect(await storageErrorOf(storage.writeDiscovery('acme', 0, discovery))).toMatchObject({
    code: 'UNUSABLE',
  });
  // Other pages are sound.
  expect((await storage.revisions(KEY, ALL)).totalCount).toBe(1);
});

const ALL = { segmentId: null, since: null, first: 10, order: 'newest-first', after: null } as const;

/** Overwrites the root page of the first index of a table, behind the back of all connections. */
async function damage(file: string, table: string): Promise<void> {
  const direct = new Database(file);
  const [{ page_size: size }] = direct.prepare('pragma page_size').all() as [{ page_size: number }];
  const [{ rootpage }] = direct
    .prepare('select rootpage from sqlite_schema where type = ? and tbl_name = ? limit 1')
    .all('index', table) as [{ rootpage: number }];
  // Pages that are in the write-ahead log would be read from there.
  direct.prepare('pragma wal_checkpoint(truncate)').all();
  direct.close();
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(size, 0x5a), 0, size, (rootpage - 1) * size);
  await handle.close();
}

it('confirms no edit of a file that has just gone', async () => {
  const { storage, file, clock } = await opened();
  await rename(file, `${file}.away`);
  const error = await storageErrorOf(storage.write(KEY, 1, change({ upserts: [segment('2')] })));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: expect.stringContaining('moved or deleted') });
  await rename(`${file}.away`, file);
  await aMinute(clock);
  expect(await storage.write(KEY, 1, change({ upserts: [segment('2')] }))).toBe(2);
});

it('looks for the file at once when a statement fails', async () => {
  const { storage, file } = await opened();
  await rm(file);
  const other = { ...KEY, destinationId: '2' };
  // A value that the table refuses makes a statement fail whatever has become of the file.
  const wrong = revision('1', NOON, { kind: 'WRONG' as 'CREATED' });
  await storageErrorOf(storage.write(other, 0, change({ revisions: [wrong] })));
  await eventually(() => storage.trouble !== null);
});
