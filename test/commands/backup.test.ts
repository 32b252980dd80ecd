import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { restore } from '../../src/storage/index.js';
import { RunningCommand } from '../support/command.js';
import { TO_900, commandFolder, type CommandFolder } from './support.js';

const NAMES = 'sid,name\n1,One\n2,Two\n';
const MORE = 'sid,name\n3,Three\n';

/** A folder with a database in which two segments have names. */
async function withNames(): Promise<CommandFolder> {
  const place = await commandFolder();
  await importNames(place, NAMES);
  return place;
}

async function importNames(place: CommandFolder, names: string): Promise<void> {
  await place.folder.write('names.csv', names);
  expect(await place.run('import', 'names.csv', ...TO_900)).toMatchObject({ code: 0 });
}

async function exported(place: CommandFolder): Promise<string[]> {
  const { stdout } = await place.run('export', '--customer', 'initech', '--destination', '900');
  return [...stdout.matchAll(/One|Two|Three/g)].map(([name]) => name).sort();
}

function serve({ folder }: CommandFolder): RunningCommand {
  return new RunningCommand(['serve'], {}, folder.path);
}

/** Where the database of `CommandFolder` is. */
const DATABASE = 'data/gateway.db';

/** Writes to a database and leaves the log, as a program that is killed does. @param to where the log is left */
async function leaveLog(file: string, to: string): Promise<void> {
  const database = new Database(file);
  try {
    database.exec('pragma journal_mode = wal');
    database.exec("update segment set name = 'Three'");
    await copyFile(`${file}-wal`, to);
  } finally {
    database.close();
  }
}

describe('backup', () => {
  it('copies the database of a running gateway into one checked file for its owner only', async () => {
    await using place = await withNames();
    await using gateway = serve(place);
    await gateway.url();
    const { code, stdout, stderr } = await place.run('backup', 'copy.db');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Backed up to .*copy\.db: \d+\.\d KiB, 1 customer, 1 destination, 2 segments, 2 changes\. The copy was checked\.$/m,
    );
    expect((await readdir(place.folder.path)).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    expect(((await stat(place.folder.pathOf('copy.db'))).mode & 0o777).toString(8)).toBe('600');
    const copy = new Database(place.folder.pathOf('copy.db'));
    expect(copy.prepare('select name from segment order by id').raw().all()).toEqual([['One'], ['Two']]);
    copy.close();
  });

  it('replaces no file without --force, and never the database itself', async () => {
    await using place = await withNames();
    await place.folder.write('copy.db', 'something else');
    expect(await place.run('backup', 'copy.db')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/copy\.db exists already.*--force/),
    });
    expect((await stat(place.folder.pathOf('copy.db'))).size).toBe('something else'.length);
    expect(await place.run('backup', 'copy.db', '--force')).toMatchObject({ code: 0 });
    await symlink(place.folder.pathOf(DATABASE), place.folder.pathOf('link.db'));
    expect(await place.run('backup', 'link.db', '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is the database itself'),
    });
    expect(await exported(place)).toEqual(['One', 'Two']);
  });

  it('leaves no log of another database beside the copy', async () => {
    await using place = await withNames();
    const copy = place.folder.pathOf('copy.db');
    await place.run('backup', 'copy.db');
    await place.run('backup', 'other.db');
    await leaveLog(place.folder.pathOf('other.db'), `${copy}-wal`);
    expect(await place.run('backup', 'copy.db', '--force')).toMatchObject({ code: 0 });
    expect((await readdir(place.folder.path)).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    await rename(copy, `${copy}-wal`);
    expect(await place.run('backup', 'copy.db')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/copy\.db-wal exists already.*--force/),
    });
  });

  it('says what is wrong with the place, and leaves nothing behind', async () => {
    await using place = await withNames();
    expect(await place.run('backup', 'none/copy.db')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the folder .*none does not exist/),
    });
    await writeFile(place.folder.pathOf(DATABASE), 'no database');
    expect(await place.run('backup', 'copy.db')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is corrupt or not a SQLite database'),
    });
    await rename(place.folder.pathOf('data'), place.folder.pathOf('away'));
    expect(await place.run('backup', 'copy.db')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is no database at .* yet/),
    });
    expect((await readdir(place.folder.path)).filter((name) => name.includes('copy'))).toEqual([]);
  });

  it('removes what a backup has left that was killed', async () => {
    await using place = await withNames();
    // No process has this number.
    await place.folder.write('copy.db.4194305.part', 'half');
    await place.folder.write('copy.db.note', 'kept');
    expect(await place.run('backup', 'copy.db')).toMatchObject({ code: 0 });
    const names = (await readdir(place.folder.path)).filter((name) => name.startsWith('copy'));
    expect(names.sort()).toEqual(['copy.db', 'copy.db.note']);
  });

  it('says which command backs PostgreSQL up, without the password', async () => {
    await using place = await commandFolder(
      'storage: { postgres: "postgres://gateway:hunter22@db.example:5433/names?sslmode=require" }\ncustomers: [{ id: a }]\n',
    );
    const { code, stderr } = await place.run('backup', 'my copy.dump');
    expect(code).toBe(1);
    expect(stderr).toContain(
      "pg_dump --format=custom --file='my copy.dump' 'postgres://gateway@db.example:5433/names?sslmode=require'",
    );
    expect(stderr).not.toContain('hunter22');
    const restored = await place.run('restore', 'names.dump');
    expect(restored.stderr).toMatch(/Stop all gateways.*pg_restore .*names\.dump/);
  });
});

describe('restore', () => {
  it('puts the backup in the place of the database, and keeps that beside it', async () => {
    await using place = await withNames();
    await place.run('backup', 'copy.db');
    await importNames(place, MORE);
    expect(await exported(place)).toEqual(['One', 'Three', 'Two']);
    const { code, stdout } = await place.run('restore', 'copy.db');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Restored .*gateway\.db from copy\.db: .*, 2 segments, 2 changes\./);
    expect(await exported(place)).toEqual(['One', 'Two']);
    const kept = /kept as (\S+):/.exec(stdout)?.[1] ?? '';
    expect(kept).toMatch(/gateway\.db\.before-restore-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
    expect(await place.run('restore', kept)).toMatchObject({ code: 0 });
    expect(await exported(place)).toEqual(['One', 'Three', 'Two']);
  });

  it('keeps each database that was there, also of two within a second', async () => {
    await using place = await withNames();
    await place.run('backup', 'copy.db');
    const storage = { engine: 'sqlite', path: place.folder.pathOf(DATABASE) } as const;
    const copy = place.folder.pathOf('copy.db');
    const now = Date.UTC(2026, 0, 15, 12);
    const kept = [(await restore(storage, copy, now)).keptAs, (await restore(storage, copy, now)).keptAs];
    expect(kept.map((path) => basename(path ?? ''))).toEqual([
      'gateway.db.before-restore-2026-01-15T12-00-00Z',
      'gateway.db.before-restore-2026-01-15T12-00-00Z-2',
    ]);
    for (const path of kept) expect(existsSync(path ?? '')).toBe(true);
  });

  it('is refused while a gateway uses the database, also if that was killed and started again', async () => {
    await using place = await withNames();
    await place.run('backup', 'copy.db');
    await using gateway = serve(place);
    await gateway.url();
    const refused = await place.run('restore', 'copy.db');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      new RegExp(`in use by another gateway \\(process ${gateway.pid} on .*\\): stop it, then restore`),
    );
    gateway.kill('SIGKILL');
    await gateway.exit;
    expect(await place.run('restore', 'copy.db')).toMatchObject({ code: 0 });
  });

  it('is refused while another program has the database open', async () => {
    await using place = await withNames();
    await place.run('backup', 'copy.db');
    const other = new Database(place.folder.pathOf(DATABASE));
    other.exec('begin');
    other.prepare('select count(*) from segment').all();
    expect(await place.run('restore', 'copy.db')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is in use by another program'),
    });
    other.exec('rollback');
    other.close();
    expect(await exported(place)).toEqual(['One', 'Two']);
  });

  it('changes nothing if the file is no sound database of a known version', async () => {
    await using place = await withNames();
    await place.run('backup', 'copy.db');
    await place.folder.write('text', 'Dear diary, '.repeat(1_000));
    const other = new Database(place.folder.pathOf('other.db'));
    other.exec('create table diary (text)');
    other.close();
    const newer = new Database(place.folder.pathOf('copy.db'));
    newer.exec("insert into schema_version (name, timestamp) values ('9999_from_the_future', '')");
    newer.close();
    for (const [file, reason] of [
      ['none.db', 'there is no file'],
      ['text', 'is damaged or no database of SQLite'],
      ['other.db', 'is no database of a gateway'],
      ['copy.db', 'was written by a newer version of the gateway'],
      [DATABASE, 'is the database itself'],
    ] as const) {
      const { code, stderr } = await place.run('restore', file);
      expect(stderr).toContain(reason);
      expect(code).toBe(1);
    }
    expect(await readdir(place.folder.pathOf('data'))).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/part|before-restore/)]),
    );
    expect(await exported(place)).toEqual(['One', 'Two']);
  });

  it('does not mix the backup with the log of a database that has gone', async () => {
    await using place = await withNames();
    const database = place.folder.pathOf(DATABASE);
    await place.run('backup', 'copy.db');
    const log = place.folder.pathOf('log');
    await leaveLog(database, log);
    await rm(database);
    await rename(log, `${database}-wal`);
    const { code, stdout } = await place.run('restore', 'copy.db');
    expect(code).toBe(0);
    expect(stdout).not.toContain('kept as');
    expect(await exported(place)).toEqual(['One', 'Two']);
    expect(await readdir(place.folder.pathOf('data'))).toContainEqual(
      expect.stringMatching(/^gateway\.db\.before-restore-.*-wal$/),
    );
  });

  it('works where there is no database, and where it is damaged', async () => {
    await using place = await withNames();
    await place.run('backup', 'copy.db');
    await rename(place.folder.pathOf('data'), place.folder.pathOf('away'));
    expect(await place.run('restore', 'copy.db')).toMatchObject({ code: 0 });
    expect(await exported(place)).toEqual(['One', 'Two']);
    await writeFile(place.folder.pathOf(DATABASE), 'no database any more');
    expect(await place.run('restore', 'copy.db')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('kept as'),
    });
    expect(await exported(place)).toEqual(['One', 'Two']);
  });
});
