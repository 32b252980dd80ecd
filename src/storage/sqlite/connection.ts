import Database from 'libsql';
import { BUSY_TIMEOUT_MS } from './busy-timeout.js';
import { StatementCache } from './statement-cache.js';
import type { StatementResult } from './thread-protocol.js';

/** Pause before the switch to WAL mode is tried again, in milliseconds. */
const WAL_RETRY_MS = 20;

export const NO_ROWS: StatementResult = { columns: [], rows: [], changes: 0 };

/** A connection for short statements. It executes them on the thread that calls it. */
export class Connection {
  readonly #database: Database.Database;
  readonly #statements = new StatementCache<Database.Statement>();

  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }

  /**
   * Sets the connection up. Called after the checks of the file, because this is the first call that may
   * write to it.
   */
  configure(): void {
    this.#enterWalMode();
    this.#database.exec('pragma synchronous = normal');
    this.#database.exec('pragma foreign_keys = on');
    // A large transaction enlarges the write-ahead log. It is truncated to this many bytes afterwards.
    this.#database.exec(`pragma journal_size_limit = ${64 * 1024 * 1024}`);
    // Negative values are KiB.
    this.#database.exec(`pragma cache_size = -${16 * 1024}`);
  }

  query(sql: string, parameters: readonly unknown[]): StatementResult {
    const statement = this.#prepare(sql);
    if (!statement.reader) return { ...NO_ROWS, changes: statement.run([...parameters]).changes };
    const rows = statement.raw().all([...parameters]) as unknown[][];
    return { columns: statement.columns().map(({ name }) => name), rows, changes: 0 };
  }

  /** Does nothing outside of a transaction: SQLite ends one by itself when the disk is full. */
  rollback(): void {
    if (this.#database.inTransaction) this.#database.exec('rollback');
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /**
   * Switches to WAL mode. SQLite's busy time-out does not apply to this statement, so the wait is implemented
   * here.
   */
  #enterWalMode(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; ; waitedMs += WAL_RETRY_MS) {
      try {
        this.query('pragma journal_mode = wal', []);
        return;
      } catch (error) {
        if (codeOf(error) !== 'SQLITE_BUSY' || waitedMs >= BUSY_TIMEOUT_MS) throw error;
        Atomics.wait(pause, 0, 0, WAL_RETRY_MS);
      }
    }
  }
}

/** The symbolic code of an error of SQLite; empty for other errors. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
