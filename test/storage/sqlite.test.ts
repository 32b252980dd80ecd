import { appendFile, chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely, sql } from 'kysely';
import Database from 'libsql';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { StoredSegment } from '../../src/storage/index.js';
import { Semaphore } from '../../src/storage/semaphore.js';
import { ThreadDialect } from '../../src/storage/sqlite/dialect.js';
import { SqliteEngine } from '../../src/storage/sqlite/engine.js';
import { ThreadSupervisor } from '../../src/storage/sqlite/thread-supervisor.js';
import { SqlStorage } from '../../src/storage/sql-storage.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  change,
  codeOf,
  KEY,
  namesIn,
  NOON,
  segment,
  silent,
  sqliteDatabase,
  storageErrorOf,
} from './support.js';
import type { TestDatabase } from './support.js';

function fileOf({ config }: TestDatabase): string {
  if (config.engine !== 'sqlite') throw new Error('not a file');
  return config.path;
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

function manySegments(name: string): StoredSegment[] {
  return Array.from({ length: 2_000 }, (_, id) => segment(String(id), { name }));
}

it('creates its folder and files for their owner only', async () => {
  const database = await sqliteDatabase();
  const file = fileOf(database);
  const storage = await database.open();
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  expect(await modeOf(dirname(file))).toBe('700');
  for (const path of [file, `${file}-wal`, `${file}-shm`]) expect(await modeOf(path)).toBe('600');
});

it('makes a file that everybody can read readable for its owner only', async () => {
  const database = await sqliteDatabase();
  const file = fileOf(database);
  await (await database.open()).close();
  await chmod(file, 0o644);
  await database.open();
  expect(await modeOf(file)).toBe('600');
});

it('refuses a file that is no database, names the remedy and leaves the file unchanged', async () => {
  const database = await sqliteDatabase();
  const file = fileOf(database);
  await mkdir(dirname(file));
  const content = 'Dear diary, '.repeat(1_000);
  await writeFile(file, content);
  const error = await storageErrorOf(database.open());
  expect(error.code).toBe('UNUSABLE');
  expect(error.message).toContain(file);
  expect(error.message).toMatch(/move it away or restore a backup/);
  expect(await readFile(file, 'utf8')).toBe(content);
});

it('refuses a database with broken pages and leaves the file unchanged', async () => {
  const database = await sqliteDatabase();
  const file = fileOf(database);
  const storage = await database.open();
  await storage.write(KEY, 0, change({ upserts: manySegments('whole') }));
  await storage.close();
  const content = await readFile(file);
  content.fill(0x5a, 100 * 1024, 300 * 1024);
  await writeFile(file, content);
  expect(await codeOf(database.open())).toBe('UNUSABLE');
  expect((await readFile(file)).equals(content)).toBe(true);
});

it('refuses a database that a newer version has migrated', async () => {
  const database = await sqliteDatabase();
  await (await database.open()).close();
  const direct = new Database(fileOf(database));
  direct.exec("insert into schema_version (name, timestamp) values ('9999_from_the_future', '')");
  direct.close();
  const error = await storageErrorOf(database.open());
  expect(error.code).toBe('UNUSABLE');
  expect(error.message).toMatch(/newer version.*9999_from_the_future.*restore a backup/);
});

it("refuses another program's database", async () => {
  const database = await sqliteDatabase();
  await mkdir(dirname(fileOf(database)));
  const direct = new Database(fileOf(database));
  direct.exec('create table segment (x)');
  direct.close();
  const error = await storageErrorOf(database.open());
  expect(error.code).toBe('UNUSABLE');
  expect(error.message).toMatch(/another program/);
});

it('is unavailable if the file cannot be created', async () => {
  const database = await sqliteDatabase();
  await appendFile(dirname(fileOf(database)), 'a file where the folder should be');
  expect(await codeOf(database.open())).toBe('UNAVAILABLE');
});

it('rolls a change back when the disk is full, and works again when there is space', async () => {
  const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
  const storage = new SqlStorage(engine, { logger: silent() });
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(engine.writer);
  await sql.raw(`pragma max_page_count = ${rows[0]!.page_count + 10}`).execute(engine.writer);
  const error = await storageErrorOf(storage.write(KEY, 1, change({ upserts: manySegments('too much') })));
  expect(error.code).toBe('UNAVAILABLE');
  expect(error.message).toMatch(/full/);
  expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
  await sql.raw(`pragma max_page_count = 1000000`).execute(engine.writer);
  expect(await storage.write(KEY, 1, change({ upserts: manySegments('fits') }))).toBe(2);
  await storage.close();
});

it('keeps nothing of a large import for which the disk has no room', async () => {
  const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
  const storage = new SqlStorage(engine, { logger: silent() });
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(engine.writer);
  await sql.raw(`pragma max_page_count = ${rows[0]!.page_count + 50}`).execute(engine.writer);
  const counts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };
  const record = { id: 'an import', by: 'Ann', fileName: null, mode: 'MERGE', counts } as const;
  const large = change({ upserts: manySegments('too much'), import: { record, changes: [] } });
  const error = await storageErrorOf(storage.write(KEY, 1, large));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: 'its disk is full' });
  expect(error.message).toMatch(/full.*nothing was changed\. Make room, then try again$/);
  expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
  expect(await storage.importById('an import')).toBeNull();
  await sql.raw(`pragma max_page_count = 1000000`).execute(engine.writer);
  const again = change({
    upserts: manySegments('fits'),
    import: { record: { ...record, id: 'b' }, changes: [] },
  });
  expect(await storage.write(KEY, 1, again)).toBe(2);
  await storage.close();
});

it('says which process has kept others from writing', async () => {
  const database = await sqliteDatabase();
  const storage = await database.open();
  const raw = new Database(fileOf(database));
  raw.exec('begin immediate');
  try {
    const error = await storageErrorOf(storage.write(KEY, 0, change({ upserts: [segment('1')] })));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'another process is writing to its database',
    });
    // Only Linux tells which one.
    const who = process.platform === 'linux' ? `process ${process.pid} \\(.+\\)` : 'another process';
    expect(error.message).toMatch(
      new RegExp(`SQLITE_BUSY.*: ${who} has been writing to it for more than 5 s`),
    );
  } finally {
    raw.exec('rollback');
    raw.close();
  }
  expect(await storage.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
});

it('reads the committed data while a change is not committed yet', async () => {
  const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
  const storage = new SqlStorage(engine, { logger: silent() });
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  await engine.writer.transaction().execute(async (db) => {
    await db.deleteFrom('segment').execute();
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
  });
  expect(await namesIn(storage)).toEqual({});
  await storage.close();
});

it('fails calls in flight when the thread ends, and starts another thread for the next call', async () => {
  const file = fileOf(await sqliteDatabase());
  const supervisor = new ThreadSupervisor(file, systemClock, silent());
  const db = new Kysely<{ t: { x: number } }>({
    dialect: new ThreadDialect({ supervisor, connection: 'writer', turns: new Semaphore(1) }),
  });
  await sql`create table t (x integer)`.execute(db);
  const thread = await supervisor.current();
  const transaction = db.transaction().execute(async (trx) => {
    await trx.insertInto('t').values({ x: 1 }).execute();
    await thread.terminate();
    // Must not run on the next thread, outside of the transaction.
    await trx.insertInto('t').values({ x: 2 }).execute();
  });
  await expect(transaction).rejects.toThrow('the sqlite thread has ended');
  await db.insertInto('t').values({ x: 3 }).execute();
  expect(await db.selectFrom('t').selectAll().execute()).toEqual([{ x: 3 }]);
  await supervisor.close();
});

it('starts at most five threads a minute', async () => {
  const clock = new FakeClock();
  const supervisor = new ThreadSupervisor(fileOf(await sqliteDatabase()), clock, silent());
  for (let start = 0; start < 5; start++) await (await supervisor.current()).terminate();
  await expect(supervisor.current()).rejects.toThrow('5 times within a minute');
  clock.advance(60_000);
  const thread = await supervisor.current();
  expect(thread.alive).toBe(true);
  await supervisor.close();
});

it('notifies within a second of a commit of another process, once each, and never of its own', async () => {
  const database = await sqliteDatabase();
  const clock = new FakeClock();
  const mine = await database.open(clock);
  const other = await database.open();
  const poll = async (): Promise<void> => {
    expect(await clock.timer((ms) => ms <= 1_000)).toBe(1_000);
    clock.advance(1_000);
    // The next poll is scheduled when this one has ended.
    await clock.timer((ms) => ms <= 1_000);
  };
  const calls: unknown[] = [];
  mine.onChange((key) => {
    calls.push(key);
    return Promise.resolve();
  });
  expect(await mine.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
  await poll();
  expect(calls).toEqual([]);
  expect(await other.write(KEY, 1, change({ upserts: [segment('2')] }))).toBe(2);
  await poll();
  await poll();
  expect(calls).toEqual([KEY]);
  expect(await mine.write(KEY, 2, change({ upserts: [segment('3')] }))).toBe(3);
  await poll();
  expect(calls).toEqual([KEY]);
  expect(await other.write(KEY, 3, change({ state: { asOf: NOON } }))).toBe(3);
  await poll();
  await poll();
  expect(calls).toEqual([KEY, KEY]);
  expect(await mine.write(KEY, 3, change({ state: { asOf: NOON + 1 } }))).toBe(3);
  await poll();
  await other.saveState(KEY, { failures: 1 });
  await poll();
  expect(calls).toEqual([KEY, KEY]);
});
