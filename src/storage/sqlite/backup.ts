import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'libsql';
import { StorageError } from '../errors.js';
import { BUSY_TIMEOUT_MS } from './busy-timeout.js';
import { identityOf } from './database-file.js';
import { sqliteStorageError } from './errors.js';
import { COMPANIONS, exists, flush, isCode, linkOrRename, partOf, removeParts } from './files.js';
import { inspectDatabase, type DatabaseSummary } from './inspect.js';
import { requireOwner } from './owner.js';

/** Read and write for the owner only. */
const FILE_MODE = 0o600;

/**
 * Copies a database into a file, while a gateway may be running. The copy is of one moment, is one file that needs no other
 * ones beside it, was read again from its first page to its last, and appears under its name when all of that is done.
 *
 * @param from absolute path of the database
 * @param to absolute path of the copy
 * @param overwrite whether a file at that path may be replaced
 * @throws StorageError UNUSABLE with a remedy
 */
export async function backUpFile(from: string, to: string, overwrite: boolean): Promise<DatabaseSummary> {
  requireOwner(from);
  const source = await identityOf(from);
  if (source === null)
    throw new StorageError('UNUSABLE', `there is no database at ${from} yet: nothing to back up`);
  const target = await identityOf(to);
  if (target === source)
    throw new StorageError('UNUSABLE', `${to} is the database itself: name another file`);
  if (target !== null && !overwrite) throw fileExists(to);
  const companions = COMPANIONS.map((companion) => `${to}${companion}`);
  for (const companion of overwrite ? [] : companions) {
    if (await exists(companion)) throw fileExists(companion);
  }
  const part = partOf(to);
  try {
    await createPart(to, part);
    copy(from, part);
    const summary = inspectDatabase(part);
    await flush(part);
    if (overwrite) {
      // Whoever opens the copy would add the log of the file that it replaces.
      for (const companion of companions) await rm(companion, { force: true });
      await rename(part, to);
    } else {
      await linkOrRename(part, to).catch((error: unknown) => {
        throw isCode(error, 'EEXIST') ? fileExists(to) : error;
      });
    }
    await flush(dirname(to));
    return summary;
  } catch (error) {
    throw error instanceof StorageError ? error : sqliteStorageError(error, to);
  } finally {
    await rm(part, { force: true });
  }
}

async function createPart(to: string, part: string): Promise<void> {
  if (!(await exists(dirname(to)))) {
    throw new StorageError(
      'UNUSABLE',
      `the folder ${dirname(to)} does not exist: create it, or name another file`,
    );
  }
  await removeParts(to);
  // SQLite fills an empty file, and leaves its mode as it is.
  await (await open(part, 'wx', FILE_MODE)).close();
}

/** SQLite reads in one transaction, which keeps nobody from writing. */
function copy(from: string, to: string): void {
  const database = new Database(from);
  try {
    database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.prepare('vacuum into ?').run([to]);
  } catch (error) {
    throw sqliteStorageError(error, from);
  } finally {
    database.close();
  }
}

function fileExists(path: string): StorageError {
  return new StorageError(
    'UNUSABLE',
    `${path} exists already: name another file, or allow to replace it with --force`,
  );
}
