import { realpathSync } from 'node:fs';
import { identityOf, prepareDatabaseFile } from './database-file.js';
import { sqliteStartError } from './errors.js';
import { ServeLock } from './serve-lock.js';

/**
 * Keeps a database file for one gateway, and creates it if it is missing. All paths to a file lead to one lock.
 *
 * @param file absolute path
 * @param now in milliseconds since the epoch
 * @param onWait as for `ServeLock.take`
 * @throws StorageError
 */
export async function reserveFile(
  file: string,
  now: number,
  onWait: () => void,
): Promise<{ readonly lock: ServeLock; readonly identity: string | null }> {
  try {
    requireOwner(file);
    prepareDatabaseFile(file);
    const lock = await ServeLock.take(realpathSync(file), now, { onWait });
    return { lock, identity: await identityOf(file) };
  } catch (error) {
    throw sqliteStartError(error, file);
  }
}
