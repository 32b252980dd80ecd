import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { StorageError } from '../errors.js';
import { codeOf } from './connection.js';
import { prepareDatabaseFile } from './database-file.js';

/** How long to wait for another process that is just taking or reading the lock, in milliseconds. */
const LOCK_TIMEOUT_MS = 250;

/** Number of times that taking the lock is tried, if another process writes into its file at the same moment. */
const MAX_TRIES = 3;

/** Pause before the next try, while another process updates the tables, in milliseconds. */
const UPDATE_PAUSE_MS = 100;

/** In place of a gateway's token: of a process that only updates the tables. */
const UPDATING = 'updating';

const SERVE_REMEDY =
  'a SQLite file is for one gateway. Stop that one first, give this one another file under storage.sqlite, or use ' +
  'storage.postgres for several gateways';

/** Who holds the lock of a database. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** In milliseconds since the epoch. */
  readonly since: number;
  /** Lets the processes of one gateway share the database. */
  readonly token: string;
}

/**
 * Keeps a database file for one gateway. The lock is a write transaction that stays open in a small SQLite database
 * beside the file, whose name ends in `-serve`. The operating system drops it with the process, however that ends. The
 * small database also says who holds the lock, which others can read meanwhile. Commands that only visit the file, such as
 * an import, take no lock.
 */
export class ServeLock {
  /** A process with this token belongs to the same gateway: it may use the file as well. */
  readonly token: string;
  /** `null`: another process of the gateway holds the lock. */
  readonly #database: Database.Database | null;
  readonly #updating: boolean;

  private constructor(token: string, database: Database.Database | null, updating = false) {
    this.token = token;
    this.#database = database;
    this.#updating = updating;
  }

  /**
   * Takes the lock. While a process of this version updates the tables, waits for its end.
   *
   * @param file the path of the database without symbolic links
   * @param now in milliseconds since the epoch
   * @param options `token`: of a gateway that this process belongs to; that gateway then has to hold the lock. `remedy`:
   *   what to do if another gateway holds it. `updating`: the lock is only held to update the tables. `onWait`: called once
   *   if that is waited for
   * @throws StorageError UNUSABLE if another gateway holds it; the message says who, and since when
   */
  static async take(
    file: string,
    now: number,
    {
      token,
      remedy = SERVE_REMEDY,
      updating = false,
      onWait,
    }: {
      readonly token?: string;
      readonly remedy?: string;
      readonly updating?: boolean;
      readonly onWait?: () => void;
    } = {},
  ): Promise<ServeLock> {
    const path = `${file}-serve`;
    prepareDatabaseFile(path);
    const database = new Database(path);
    let hasWaited = false;
    try {
      database.exec(`pragma busy_timeout = ${LOCK_TIMEOUT_MS}`);
      for (let tries = 1; ; tries++) {
        if (token === undefined && isTaken(database, now, updating ? UPDATING : randomUUID())) {
          return new ServeLock(readHolder(database)?.token ?? '', database, updating);
        }
        const holder = readHolder(database);
        if (token !== undefined && holder?.token === token) {
          database.close();
          return new ServeLock(token, null);
        }
        if (token === undefined && isUpdating(holder)) {
          tries = 0;
          if (!hasWaited) onWait?.();
          hasWaited = true;
          // A try does not block this process meanwhile, which may be the one that updates them.
          database.exec('pragma busy_timeout = 0');
          await pause(UPDATE_PAUSE_MS);
          continue;
        }
        database.exec(`pragma busy_timeout = ${LOCK_TIMEOUT_MS}`);
        if (token !== undefined || tries === MAX_TRIES) {
          // Who holds the lock had no room for its name, if the one that is there is of a process that has ended.
          throw heldBy(file, holder?.token === UPDATING ? null : holder, remedy);
        }
      }
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Gives the lock back. */
  release(): void {
    if (this.#database === null) return;
    if (this.#updating) forgetHolder(this.#database);
    // Statements that are not collected yet would keep a closed connection, and with it the lock.
    if (this.#database.inTransaction) this.#database.exec('rollback');
    this.#database.close();
  }
}

/** Deletes the name of a process that does not update the tables any more, in the transaction that is the lock. */
function forgetHolder(database: Database.Database): void {
  try {
    database.exec('delete from holder; commit');
  } catch {
    // The disk is full. Those who find the name see that the process has ended, or wait until it has.
  }
}

/** Whether a process updates the tables, as far as is known. One that was killed, or that had no room, has left its name. */
export function isUpdating(holder: Holder | null): boolean {
  if (holder?.token !== UPDATING) return false;
  return holder.host !== hostname() || isAlive(holder);
}

/** Whether its process runs on this machine. */
export function isAlive({ host, pid }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process cannot be signalled, but is there.
    return codeOf(error) !== 'ESRCH';
  }
}

/** Takes the lock and writes down who holds it. @returns `false` if another process holds it */
function isTaken(database: Database.Database, now: number, token: string): boolean {
  if (!begin(database)) return false;
  try {
    const holder: Holder = { pid: process.pid, host: hostname(), since: now, token };
    database.exec('create table if not exists holder (pid integer, host text, since integer, token text)');
    database.exec('delete from holder');
    database
      .prepare('insert into holder (pid, host, since, token) values (?, ?, ?, ?)')
      .run(holder.pid, holder.host, holder.since, holder.token);
    database.exec('commit');
  } catch (error) {
    if (database.inTransaction) database.exec('rollback');
    // With a full disk, the lock is held without a name.
    if (codeOf(error) !== 'SQLITE_FULL') throw error;
  }
  // Others can read who holds the lock only if it is committed, so the lock is taken a second time.
  return begin(database);
}

/** Begins a transaction that keeps others from writing, but not from reading. @returns `false` if another has done so */
function begin(database: Database.Database): boolean {
  try {
    database.exec('begin immediate');
    return true;
  } catch (error) {
    if (codeOf(error) === 'SQLITE_BUSY') return false;
    throw error;
  }
}

/** @returns `null` if nothing can be read */
export function readHolder(database: Database.Database): Holder | null {
  try {
    // `all`, as a statement that is not read to its end would keep others from writing.
    const [row] = database.prepare('select pid, host, since, token from holder').all() as Holder[];
    return row ?? null;
  } catch {
    return null;
  }
}

function heldBy(file: string, holder: Holder | null, remedy: string): StorageError {
  const who =
    holder === null
      ? 'another process'
      : `process ${holder.pid} on ${holder.host}, since ${new Date(holder.since).toISOString()}`;
  return new StorageError('UNUSABLE', `${file} is in use by another gateway (${who}): ${remedy}`);
}
