import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { codeOf } from './connection.js';
import { isForeign } from './owner.js';
import { isAlive, isUpdating, readHolder } from './serve-lock.js';

/** How often it is looked whether the lock is held, unless it is clear by whom. Others take it for a moment, as this question does. */
const MAX_LOOKS = 4;

/** Pause between two looks, in milliseconds. */
const PAUSE_MS = 50;

/**
 * Whether a gateway is served from a database file: see `ServeLock`. A process that only updates its tables is none. A gateway that
 * starts at this moment waits for as long as the question takes.
 *
 * @param file absolute path
 * @returns `null` if it cannot be told: this user may not ask, or the folder is not there
 */
export async function isServed(file: string): Promise<boolean | null> {
  try {
    if (isForeign(file)) return null;
    const lock = `${realpathSync(file)}-serve`;
    if (!existsSync(lock)) return false;
    const database = new Database(lock);
    try {
      for (let looks = 1; ; looks += 1) {
        const isHeld = isHeldNow(database);
        if (isHeld !== true) return isHeld;
        const holder = readHolder(database);
        if (isUpdating(holder)) return false;
        // The name of a gateway that was killed is still there.
        if (looks === MAX_LOOKS || (holder !== null && isAlive(holder))) return true;
        await pause(PAUSE_MS);
      }
    } finally {
      database.close();
    }
  } catch (error) {
    return codeOf(error) === 'ENOENT' && isMissing(file) ? false : null;
  }
}

/** @returns `null` if this user may not ask */
function isHeldNow(database: Database.Database): boolean | null {
  try {
    database.exec('pragma busy_timeout = 0; begin immediate');
    database.exec('rollback');
    return false;
  } catch (error) {
    return codeOf(error) === 'SQLITE_BUSY' ? true : null;
  }
}

/** Whether it is certain that there is no such file: its folder can be read. A link to nothing may lead to a place that others see. */
function isMissing(file: string): boolean {
  try {
    return !readdirSync(dirname(file)).includes(basename(file));
  } catch {
    return false;
  }
}
