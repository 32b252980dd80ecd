import { realpathSync } from 'node:fs';
import { prepareDatabaseFile } from './database-file.js';
import { sqliteStartError } from './errors.js';
import { requireOwner } from './owner.js';
import { ServeLock } from './serve-lock.js';

/**
 * Keeps a database file for one gateway, and creates it if it is missing. All paths to a file lead to one lock. If nobody
 * else holds it, this is done before the caller's thread does anything else, so that the thread of SQLite starts soon.
 *
 * @param file absolute path
 * @param now in milliseconds since the epoch
 * @param onWait as for `ServeLock.take`
 * @throws StorageError
 */
export async function reserveFile(file: string, now: number, onWait: () => void): Promise<ServeLock> {
  try {
    requireOwner(file);
    prepareDatabaseFile(file);
    return await ServeLock.take(realpathSync(file), now, { onWait });
  } catch (error) {
    throw sqliteStartError(error, file);
  }
}
