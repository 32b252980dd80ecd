import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Read and write for the owner only. */
const FILE_MODE = 0o600;

/**
 * Creates the database file and its folder if they are missing, and makes the file readable for its owner
 * only. SQLite creates the files beside it (-wal, -shm) with the same mode. Synchronous, so that the thread of SQLite begins
 * to start before this thread has other things to do.
 */
export function prepareDatabaseFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', FILE_MODE));
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      // A file that was copied here may have another mode.
      chmodSync(path, FILE_MODE);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

/**
 * Which file has a path now: its device and its number on it. A file that is open keeps its number, so that no other one
 * gets it, even if it was deleted.
 *
 * @returns `null` if there is no file
 */
export async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null;
    throw error;
  }
}
