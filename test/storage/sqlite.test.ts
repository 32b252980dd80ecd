import { appendFile, chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely, sql } from 'kysely';
import Database from 'libsql';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { StoredSegment } from '../../src/storage/index.js';
import { WorkerDialect } from '../../src/storage/sqlite/dialect.js';
import { SqliteEngine } from '../../src/storage/sqlite/engine.js';
import { WorkerSessions } from '../../src/storage/sqlite/sessions.js';
import { SqlStorage } from '../../src/storage/store.js';
import { FakeClock } from '../support/fake-clock.js';
import { change, codeOf, KEY, namesIn, segment, silent, sqliteDatabase, storageErrorOf } from './support.js';
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

it('keeps its folder and files to their owner', async () => {
  const database = await sqliteDatabase();
  const file = fileOf(database);
  const storage = await database.open();
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  expect(await modeOf(dirname(file))).toBe('700');
  for (const path of [file, `${file}-wal`, `${file}-shm`]) expect(await modeOf(path)).toBe('600');
});

it('takes a file that everybody could read away from everybody', async () => {
  const database = await sqliteDatabase();
  const file = fileOf(database);
  await (await database.open()).close();
  await chmod(file, 0o644);
  await database.open();
  expect(await modeOf(file)).toBe('600');
});

it('refuses a file that is no database, says what to do and leaves it as it was', async () => {
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

it('refuses a database with broken pages and leaves it as it was', async () => {
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

it('refuses a database that a newer version has written', async () => {
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

it('is unavailable where no file can be made', async () => {
  const database = await sqliteDatabase();
  await appendFile(dirname(fileOf(database)), 'a file where the folder should be');
  expect(await codeOf(database.open())).toBe('UNAVAILABLE');
});

it('rolls a change back when the disk is full, and works again when there is room', async () => {
  const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
  const storage = new SqlStorage(engine);
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

it('reads while a change is under way that is not committed yet', async () => {
  const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
  const storage = new SqlStorage(engine);
  await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
  await engine.writer.transaction().execute(async (db) => {
    await db.deleteFrom('segment').execute();
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
  });
  expect(await namesIn(storage)).toEqual({});
  await storage.close();
});

it('fails what is under way when its thread dies, and starts another one for the next call', async () => {
  const file = fileOf(await sqliteDatabase());
  const sessions = new WorkerSessions(file, systemClock, silent());
  const db = new Kysely<{ t: { x: number } }>({ dialect: new WorkerDialect(sessions, 'writer') });
  await sql`create table t (x integer)`.execute(db);
  const session = await sessions.current();
  const transaction = db.transaction().execute(async (trx) => {
    await trx.insertInto('t').values({ x: 1 }).execute();
    await session.terminate();
    // Not on the next thread, where it would stand alone.
    await trx.insertInto('t').values({ x: 2 }).execute();
  });
  await expect(transaction).rejects.toThrow('the sqlite thread has ended');
  await db.insertInto('t').values({ x: 3 }).execute();
  expect(await db.selectFrom('t').selectAll().execute()).toEqual([{ x: 3 }]);
  await sessions.close();
});

it('stops starting threads that keep dying, for a minute', async () => {
  const clock = new FakeClock();
  const sessions = new WorkerSessions(fileOf(await sqliteDatabase()), clock, silent());
  for (let start = 0; start < 5; start++) await (await sessions.current()).terminate();
  await expect(sessions.current()).rejects.toThrow('5 times within a minute');
  clock.advance(60_000);
  const session = await sessions.current();
  expect(session.alive).toBe(true);
  await sessions.close();
});

it('hears within a second what another process commits, once a change, and never itself', async () => {
  const database = await sqliteDatabase();
  const clock = new FakeClock();
  const mine = await database.open(clock);
  const other = await database.open();
  const look = async (): Promise<void> => {
    expect(await clock.timer()).toBe(1_000);
    clock.advance(1_000);
    // The next look is set when this one has ended.
    await clock.timer();
  };
  const heard: unknown[] = [];
  mine.onChange((key) => heard.push(key));
  expect(await mine.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
  await look();
  expect(heard).toEqual([]);
  expect(await other.write(KEY, 1, change({ upserts: [segment('2')] }))).toBe(2);
  await look();
  await look();
  expect(heard).toEqual([KEY]);
  expect(await mine.write(KEY, 2, change({ upserts: [segment('3')] }))).toBe(3);
  await look();
  expect(heard).toEqual([KEY]);
});
