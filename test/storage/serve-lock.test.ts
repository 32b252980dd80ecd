import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openStorage, type Storage, type StorageConfig } from '../../src/storage/index.js';
import { isServed } from '../../src/storage/sqlite/is-served.js';
import { ServeLock } from '../../src/storage/sqlite/serve-lock.js';
import { ThreadSupervisor } from '../../src/storage/sqlite/thread-supervisor.js';
import { FakeClock } from '../support/fake-clock.js';
import { addDestination, appliedIn, createFirstSchema, FIRST, withRaw } from './first-schema.js';
import { change, KEY, namesIn, segment, silent, sqliteDatabase, storageErrorOf } from './support.js';

async function databaseFile(): Promise<string> {
  const { config } = await sqliteDatabase();
  if (config.engine !== 'sqlite') throw new Error('not a file');
  await mkdir(dirname(config.path));
  return config.path;
}

async function serve(config: StorageConfig, serving = true): Promise<Storage> {
  const storage = await openStorage(config, { logger: silent(), clock: new FakeClock(), serving });
  onTestFinished(() => storage.close());
  return storage;
}

it('lets one gateway serve from a file, and says who it is', async () => {
  const { config } = await sqliteDatabase();
  const storage = await serve(config);
  const error = await storageErrorOf(serve(config));
  expect(error.code).toBe('UNUSABLE');
  expect(error.message).toContain(
    `another gateway (process ${process.pid} on ${hostname()}, since 2026-01-15T12:00:00.000Z)`,
  );
  await storage.close();
  await (await serve(config)).close();
});

it('lets the next gateway serve if closing the file of the last one fails', async () => {
  const { config } = await sqliteDatabase();
  const storage = await openStorage(config, { logger: silent(), clock: new FakeClock(), serving: true });
  const close = Reflect.get(ThreadSupervisor.prototype, 'close');
  vi.spyOn(ThreadSupervisor.prototype, 'close').mockImplementationOnce(async function (
    this: ThreadSupervisor,
  ) {
    await close.call(this);
    throw new Error('the thread has ended');
  });
  await expect(storage.close()).rejects.toThrow('the thread has ended');
  await serve(config);
});

it('lets commands visit a file that is served', async () => {
  const { config } = await sqliteDatabase();
  const gateway = await serve(config);
  const command = await serve(config, false);
  await command.write(KEY, 0, change({ upserts: [segment('1')] }));
  expect(await namesIn(gateway)).toEqual({ 1: 'Segment 1' });
});

it('keeps commands of a new version from updating the tables under a gateway of an older one', async () => {
  const file = await databaseFile();
  const config = { engine: 'sqlite', path: file } as const;
  await createFirstSchema(config, (db) => addDestination(db, 'acme', '314'));
  const older = await ServeLock.take(await realpath(file), 0);
  const error = await storageErrorOf(serve(config, false));
  expect(error.code).toBe('UNUSABLE');
  expect(error.message).toContain(`in use by another gateway (process ${process.pid} on ${hostname()}`);
  expect(error.message).toContain('Stop that gateway, or update it');
  await withRaw(config, async (db) => expect(await appliedIn(db)).toEqual([FIRST]));
  older.release();
  const command = await serve(config, false);
  expect(command.migrated).not.toEqual([]);
  // The command leaves the file to the gateway of the new version.
  await serve(config);
});

it('lets a gateway update the tables of its file', async () => {
  const file = await databaseFile();
  const config = { engine: 'sqlite', path: file } as const;
  await createFirstSchema(config, (db) => addDestination(db, 'acme', '314'));
  expect((await serve(config)).migrated).not.toEqual([]);
});

it('takes a path through a symbolic link for the same file', async () => {
  const file = await databaseFile();
  await serve({ engine: 'sqlite', path: file });
  const link = join(dirname(file), 'link.db');
  await symlink(file, link);
  expect((await storageErrorOf(serve({ engine: 'sqlite', path: link }))).message).toMatch(
    /in use by another/,
  );
});

it('lets the processes of one gateway in by their token, as long as the gateway runs', async () => {
  const file = await databaseFile();
  const lock = await ServeLock.take(file, 0);
  const worker = await ServeLock.take(file, 0, lock);
  expect(worker.token).toBe(lock.token);
  worker.release();
  expect((await storageErrorOf(ServeLock.take(file, 0))).code).toBe('UNUSABLE');
  expect((await storageErrorOf(ServeLock.take(file, 0, { token: 'another token' }))).code).toBe('UNUSABLE');
  lock.release();
});

it('leaves the lock with nobody after a worker was refused or released', async () => {
  const file = await databaseFile();
  const lock = await ServeLock.take(file, 0);
  await storageErrorOf(ServeLock.take(file, 0));
  lock.release();
  const next = await ServeLock.take(file, 0);
  expect(next.token).not.toBe(lock.token);
  next.release();
});

it('keeps what it writes down for the owner only', async () => {
  const file = await databaseFile();
  const lock = await ServeLock.take(file, 0);
  onTestFinished(() => lock.release());
  expect(((await stat(`${file}-serve`)).mode & 0o777).toString(8)).toBe('600');
});

it('forgets who has updated the tables, so that nobody waits for that again', async () => {
  const file = await databaseFile();
  const updating = await ServeLock.take(file, 0, { updating: true });
  let waits = 0;
  const waiting = ServeLock.take(file, 0, { onWait: () => (waits += 1) });
  await new Promise((resolve) => setTimeout(resolve, 350));
  updating.release();
  (await waiting).release();
  expect(waits).toBe(1);
  const again = await ServeLock.take(file, 0, { updating: true });
  again.release();
  const database = new Database(`${file}-serve`);
  expect(database.prepare('select * from holder').all()).toEqual([]);
  database.close();
});

it('does not wait for a process that has ended while it updated the tables', async () => {
  const file = await databaseFile();
  const ended = spawn(process.execPath, ['-e', '']);
  await once(ended, 'close');
  // A gateway that has found the disk full holds the lock without its name.
  const holder = new Database(`${file}-serve`);
  onTestFinished(() => void holder.close());
  holder.exec('create table holder (pid integer, host text, since integer, token text)');
  holder
    .prepare('insert into holder (pid, host, since, token) values (?, ?, 0, ?)')
    .run(ended.pid, hostname(), 'updating');
  holder.exec('begin immediate');
  const error = await storageErrorOf(ServeLock.take(file, 0));
  expect(error.message).toContain('in use by another gateway (another process)');
  holder.exec('rollback');
  (await ServeLock.take(file, 0)).release();
});

/** Takes the lock in a process of its own, which prints a line when it has it. */
const HOLDER = `
  import { ServeLock } from ${JSON.stringify(pathToFileURL(resolve('build/storage/sqlite/serve-lock.js')).href)};
  const lock = await ServeLock.take(process.argv[1], 0);
  process.stdout.write('taken');
  setInterval(() => lock, 1_000);
`;

it('loses the lock with the process, even if that is killed', async () => {
  const file = await databaseFile();
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const error = await storageErrorOf(ServeLock.take(file, 0));
  expect(error.message).toContain(`process ${holder.pid ?? 0} on ${hostname()}, since 1970-01-01`);
  holder.kill('SIGKILL');
  await once(holder, 'close');
  (await ServeLock.take(file, 0)).release();
});

it(
  'gives the lock to one of many processes that take it at the same moment',
  { timeout: 60_000 },
  async () => {
    const file = await databaseFile();
    const holders = Array.from({ length: 5 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', HOLDER, file], {
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    const outcomes = holders.map(async (holder) => {
      let output = '';
      for (const stream of [holder.stdout, holder.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      }
      await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]);
      return { isHolder: output === 'taken', output };
    });
    const settled = await Promise.all(outcomes);
    for (const holder of holders) holder.kill('SIGKILL');
    expect(settled.filter(({ isHolder }) => isHolder)).toHaveLength(1);
    for (const { isHolder, output } of settled) if (!isHolder) expect(output).toContain('in use by another');
  },
);

it('tells others whether a gateway is served from a file', async () => {
  const file = await databaseFile();
  // The folder can be read, and has no such file.
  expect(await isServed(file)).toBe(false);
  expect(await isServed(join(dirname(file), 'nowhere', 'names.db'))).toBeNull();
  const link = join(dirname(file), 'link-to-nothing.db');
  await symlink(join(dirname(file), 'nowhere', 'names.db'), link);
  expect(await isServed(link)).toBeNull();
  await writeFile(file, '');
  const lock = await ServeLock.take(file, 0);
  expect(await isServed(file)).toBe(true);
  lock.release();
  expect(await isServed(file)).toBe(false);
});

it('does not take those who update the tables, or who only look, for a gateway that is served', async () => {
  const file = await databaseFile();
  await writeFile(file, '');
  const updating = await ServeLock.take(file, 0, { updating: true });
  expect(await isServed(file)).toBe(false);
  updating.release();
  const looking = new Database(`${file}-serve`);
  looking.exec('begin immediate');
  const answering = isServed(file);
  looking.exec('rollback');
  expect(await answering).toBe(false);
  // Whoever holds it that long is a gateway, though it had no room for its name.
  looking.exec('begin immediate');
  expect(await isServed(file)).toBe(true);
  looking.close();
});
