import { chmod, copyFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'libsql';
import { StorageError } from '../errors.js';
import { codeOf } from './connection.js';
import { identityOf } from './database-file.js';
import { isDamage, sqliteStorageError } from './errors.js';
import { COMPANIONS, exists, flush, linkOrCopy, partOf, removeParts } from './files.js';
import { inspectDatabase, type DatabaseSummary } from './inspect.js';
import { requireOwner } from './owner.js';
import { ServeLock } from './serve-lock.js';

/** What restoring a backup has done. */
export interface Restored {
  readonly summary: DatabaseSummary;
  /** Where the database is that was there before; `null`: there was none. */
  readonly keptAs: string | null;
}

/**
 * Puts a copy of a backup in the place of a database. Nothing is changed unless no gateway and no command uses the
 * database, and the backup is a sound database of this version or an earlier one. The database that was there before is
 * kept beside it. A process that is killed in between leaves one of both at the place, never a part of one.
 *
 * @param from absolute path of the backup; it stays as it is
 * @param path absolute path of the database
 * @param now in milliseconds since the epoch
 * @throws StorageError UNUSABLE with a remedy
 */
export async function restoreFile(from: string, path: string, now: number): Promise<Restored> {
  requireOwner(path);
  const isNew = !(await exists(path));
  // A symbolic link stays one.
  const file = isNew ? path : await realpath(path);
  const source = await identityOf(from);
  if (source === null) throw new StorageError('UNUSABLE', `there is no file ${from}`);
  if (source === (await identityOf(file))) {
    throw new StorageError('UNUSABLE', `${from} is the database itself: name the file of a backup`);
  }
  const lock = await ServeLock.take(file, now, { remedy: 'stop it, then restore the backup' });
  const part = partOf(file);
  try {
    await removeParts(file);
    const summary = await copyBackup(from, part);
    if (!isNew) closeDatabase(file);
    const keptAs = await setAside(file, now);
    await rename(part, file);
    await flush(dirname(file));
    return { summary, keptAs };
  } catch (error) {
    throw error instanceof StorageError ? error : sqliteStorageError(error, file);
  } finally {
    for (const companion of ['', ...COMPANIONS]) await rm(`${part}${companion}`, { force: true });
    lock.release();
  }
}

/** Copies a backup, with what a plain copy of the files of a running gateway has beside it, into one sound file. */
async function copyBackup(from: string, part: string): Promise<DatabaseSummary> {
  await copyFile(from, part);
  for (const companion of ['-wal', '-journal']) {
    if (await exists(`${from}${companion}`)) await copyFile(`${from}${companion}`, `${part}${companion}`);
  }
  await chmod(part, 0o600);
  try {
    intoOneFile(part);
    const summary = inspectDatabase(part);
    await flush(part);
    return summary;
  } catch (error) {
    const damage = `${part} is damaged or no database of SQLite`;
    const { message } = isDamage(causeOf(error)) ? { message: damage } : startErrorOf(error, part);
    // The operator knows the backup by its own name.
    throw new StorageError('UNUSABLE', `nothing was changed: ${message.replaceAll(part, from)}`, error);
  }
}

/**
 * Brings everything into the file itself. SQLite does so only if nobody else has the file open.
 *
 * @throws the error of SQLite
 */
function intoOneFile(file: string): void {
  const database = new Database(file);
  try {
    database.exec('pragma busy_timeout = 1000');
    const [row] = database.prepare('pragma journal_mode = delete').raw().all() as unknown[][];
    if (row?.[0] !== 'delete') throw new Error('its log could not be merged');
  } finally {
    database.close();
  }
}

/** Makes sure that nobody has the database open. A damaged one is left as it is. @throws StorageError */
function closeDatabase(file: string): void {
  try {
    intoOneFile(file);
  } catch (error) {
    if (isDamage(error)) return;
    if (codeOf(error) !== 'SQLITE_BUSY') throw error;
    throw new StorageError(
      'UNUSABLE',
      `${file} is in use by another program, such as an import, a backup or sqlite3: wait for its end, then try again`,
      error,
    );
  }
}

/**
 * Gives a database, and what belongs to it, another name beside it. SQLite would take the log of a database that has gone
 * for that of the next one at its place.
 *
 * @returns the name; `null` if there is no database
 */
async function setAside(file: string, now: number): Promise<string | null> {
  const date = new Date(now).toISOString().replaceAll(':', '-').replace(/\.\d+/, '');
  const dated = `${file}.before-restore-${date}`;
  let aside = dated;
  // Another one may have been restored within the same second.
  for (let count = 2; await exists(aside); count++) aside = `${dated}-${count}`;
  const isThere = await exists(file);
  // The database stays at its place until the other one takes it.
  if (isThere) await linkOrCopy(file, aside);
  for (const companion of COMPANIONS) {
    if (await exists(`${file}${companion}`)) await rename(`${file}${companion}`, `${aside}${companion}`);
  }
  return isThere ? aside : null;
}

function startErrorOf(error: unknown, file: string): StorageError {
  return error instanceof StorageError ? error : sqliteStorageError(error, file);
}

/** What SQLite has said, if that was translated already. */
function causeOf(error: unknown): unknown {
  return error instanceof StorageError ? error.cause : error;
}
