import AsyncDatabase from 'libsql/promise';
import { BUSY_TIMEOUT_MS } from './busy-timeout.js';
import { NO_ROWS } from './connection.js';
import { StatementCache } from './statement-cache.js';
import type { StatementResult } from './thread-protocol.js';

/** What is used of a statement of libsql's asynchronous API, whose own types leave most of it out. */
interface AsyncStatement {
  readonly reader: boolean;
  raw(): AsyncStatement;
  run(parameters: readonly unknown[]): { readonly changes: number };
  all(parameters: readonly unknown[]): Promise<unknown[][]>;
  columns(): readonly { readonly name: string }[];
}

/** Pause before a statement that has not ended yet is interrupted again, in milliseconds. */
const INTERRUPT_AGAIN_MS = 5;

/**
 * A connection for reads that may take long. libsql executes its statements on threads of its own, so the SQLite
 * thread goes on with other work, and can interrupt them. One statement at a time.
 */
export class InterruptibleConnection {
  readonly #database: AsyncDatabase;
  readonly #statements = new StatementCache<AsyncStatement>();
  /** Identifies the statement that is being executed; `null`: there is none. */
  #running: object | null = null;

  constructor(file: string) {
    this.#database = new AsyncDatabase(file, {});
  }

  async configure(): Promise<void> {
    await this.#database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // A connection that only reads cannot be made to write by a mistake.
    await this.#database.exec('pragma query_only = on');
    await this.#database.exec(`pragma cache_size = -${8 * 1024}`);
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    this.#running = {};
    try {
      const statement = await this.#prepare(sql);
      if (!statement.reader) return { ...NO_ROWS, changes: statement.run([...parameters]).changes };
      const rows = await statement.raw().all([...parameters]);
      return { columns: statement.columns().map(({ name }) => name), rows, changes: 0 };
    } finally {
      this.#running = null;
    }
  }

  /** Makes the statement that is being executed fail with SQLITE_INTERRUPT. */
  interrupt(): void {
    const running = this.#running;
    if (running === null) return;
    this.#database.interrupt();
    // SQLite forgets an interrupt that comes before the statement has begun.
    setTimeout(() => {
      if (this.#running === running) this.interrupt();
    }, INTERRUPT_AGAIN_MS);
  }

  async rollback(): Promise<void> {
    if (Reflect.get(this.#database, 'inTransaction') === true) await this.#database.exec('rollback');
  }

  close(): void {
    this.#running = null;
    this.#statements.clear();
    this.#database.close();
  }

  async #prepare(sql: string): Promise<AsyncStatement> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = (await this.#database.prepare(sql)) as AsyncStatement;
    this.#statements.set(sql, statement);
    return statement;
  }
}
