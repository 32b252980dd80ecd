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
import { DeferredParameters } from '../insert-batch.js';
import { Mutex } from './mutex.js';
import type { SqliteThread } from './sqlite-thread.js';
import type { ConnectionName } from './thread-protocol.js';
import type { ThreadSupervisor } from './thread-supervisor.js';

/** A Kysely dialect that executes statements on one connection of the SQLite thread. */
export class ThreadDialect implements Dialect {
  readonly #supervisor: ThreadSupervisor;
  readonly #connectionName: ConnectionName;

  constructor(supervisor: ThreadSupervisor, connectionName: ConnectionName) {
    this.#supervisor = supervisor;
    this.#connectionName = connectionName;
  }

  createDriver(): Driver {
    return new ThreadDriver(this.#supervisor, this.#connectionName);
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
 * Makes Kysely run migrations in a transaction, which SQLite supports for every statement. As the transaction
 * is an immediate one, only one process migrates at a time.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): true {
    return true;
  }
}

/** Lends the connection to one query or transaction at a time. */
class ThreadDriver implements Driver {
  readonly #supervisor: ThreadSupervisor;
  readonly #connectionName: ConnectionName;
  readonly #mutex = new Mutex();
  readonly #unlock = new WeakMap<DatabaseConnection, () => void>();

  constructor(supervisor: ThreadSupervisor, connectionName: ConnectionName) {
    this.#supervisor = supervisor;
    this.#connectionName = connectionName;
  }

  async init(): Promise<void> {
    // The supervisor starts the thread when it is needed.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const unlock = await this.#mutex.lock();
    try {
      // A transaction keeps its thread: on a restarted thread its second half would run outside of any
      // transaction.
      const connection = new ThreadConnection(await this.#supervisor.current(), this.#connectionName);
      this.#unlock.set(connection, unlock);
      return connection;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  async beginTransaction(connection: ThreadConnection): Promise<void> {
    // `begin immediate` takes the write lock at once, so that other processes cannot change what the writer
    // reads.
    await connection.execute(this.#connectionName === 'writer' ? 'begin immediate' : 'begin');
  }

  async commitTransaction(connection: ThreadConnection): Promise<void> {
    await connection.execute('commit');
  }

  async rollbackTransaction(connection: ThreadConnection): Promise<void> {
    await connection.rollback();
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#unlock.get(connection)?.();
    return Promise.resolve();
  }

  /** Waits for the query or transaction in flight. */
  async destroy(): Promise<void> {
    const unlock = await this.#mutex.lock();
    unlock();
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;
  readonly #name: ConnectionName;

  constructor(thread: SqliteThread, name: ConnectionName) {
    this.#thread = thread;
    this.#name = name;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query;
    const deferred = DeferredParameters.of(parameters);
    const { columns, rows, changes } =
      deferred === null
        ? await this.#thread.query(this.#name, sql, parameters)
        : await this.#thread.insert(this.#name, sql, deferred.batch);
    return { rows: rows.map((row) => objectOf(columns, row) as R), numAffectedRows: BigInt(changes) };
  }

  async execute(sql: string): Promise<void> {
    await this.#thread.query(this.#name, sql, []);
  }

  /** Does nothing if the thread has ended, which has rolled its transactions back. */
  async rollback(): Promise<void> {
    if (this.#thread.alive) await this.#thread.rollback(this.#name);
  }

  streamQuery(): never {
    throw new Error('streaming queries are not supported; read large results page by page');
  }
}

function objectOf(columns: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index++) object[columns[index] as string] = row[index];
  return object;
}
