import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import { DeferredParameters } from '../packed-rows.js';
import type { Handle } from './messages.js';
import { Mutex } from './mutex.js';
import type { WorkerSession } from './session.js';
import type { WorkerSessions } from './sessions.js';

/** Kysely's SQLite over one of the worker's connections. */
export class WorkerDialect implements Dialect {
  readonly #sessions: WorkerSessions;
  readonly #handle: Handle;

  constructor(sessions: WorkerSessions, handle: Handle) {
    this.#sessions = sessions;
    this.#handle = handle;
  }

  createDriver(): Driver {
    return new WorkerDriver(this.#sessions, this.#handle);
  }

  createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

/**
 * Migrations run in a transaction, which SQLite can do for every statement. As it is an immediate one, it is
 * also the lock that keeps several processes from migrating at once.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): true {
    return true;
  }
}

/** One connection, which one query or transaction has at a time. */
class WorkerDriver implements Driver {
  readonly #sessions: WorkerSessions;
  readonly #handle: Handle;
  readonly #mutex = new Mutex();
  readonly #unlock = new WeakMap<DatabaseConnection, () => void>();

  constructor(sessions: WorkerSessions, handle: Handle) {
    this.#sessions = sessions;
    this.#handle = handle;
  }

  async init(): Promise<void> {
    // The worker is started before.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const unlock = await this.#mutex.lock();
    try {
      // One session for all of a transaction: on the next one its later half would be on its own.
      const connection = new WorkerConnection(await this.#sessions.current(), this.#handle);
      this.#unlock.set(connection, unlock);
      return connection;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  async beginTransaction(connection: WorkerConnection): Promise<void> {
    // What a writer has read must still hold when it writes, so it keeps other processes out from the start.
    await connection.execute(this.#handle === 'writer' ? 'begin immediate' : 'begin');
  }

  async commitTransaction(connection: WorkerConnection): Promise<void> {
    await connection.execute('commit');
  }

  async rollbackTransaction(connection: WorkerConnection): Promise<void> {
    await connection.rollback();
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#unlock.get(connection)?.();
    return Promise.resolve();
  }

  /** Waits for whatever is under way. */
  async destroy(): Promise<void> {
    const unlock = await this.#mutex.lock();
    unlock();
  }
}

class WorkerConnection implements DatabaseConnection {
  readonly #session: WorkerSession;
  readonly #handle: Handle;

  constructor(session: WorkerSession, handle: Handle) {
    this.#session = session;
    this.#handle = handle;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query;
    const deferred = DeferredParameters.of(parameters);
    const { columns, rows, changes } =
      deferred === null
        ? await this.#session.query(this.#handle, sql, parameters)
        : await this.#session.insert(this.#handle, sql, deferred.rows);
    return { rows: rows.map((row) => objectOf(columns, row) as R), numAffectedRows: BigInt(changes) };
  }

  async execute(sql: string): Promise<void> {
    await this.#session.query(this.#handle, sql, []);
  }

  /** A transaction of a thread that has ended was rolled back with it. */
  async rollback(): Promise<void> {
    if (this.#session.alive) await this.#session.rollback(this.#handle);
  }

  streamQuery(): never {
    throw new Error('answers are read page by page');
  }
}

function objectOf(columns: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index++) object[columns[index] as string] = row[index];
  return object;
}
