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
import type { Turns } from '../semaphore.js';
import type { SqliteThread } from './sqlite-thread.js';
import type { ConnectionName } from './thread-protocol.js';
import type { ThreadSupervisor } from './thread-supervisor.js';

interface ThreadDialectOptions {
  readonly supervisor: ThreadSupervisor;
  readonly connection: ConnectionName;
  /** Lends the connection to one query or transaction at a time. All dialects of a connection share it. */
  readonly turns: Turns;
  /** Aborted when nobody waits for the results any more. */
  readonly signal?: AbortSignal | undefined;
}

/** A Kysely dialect that executes statements on one connection of the SQLite thread. */
export class ThreadDialect implements Dialect {
  readonly #options: ThreadDialectOptions;

  constructor(options: ThreadDialectOptions) {
    this.#options = options;
  }

  createDriver(): Driver {
    return new ThreadDriver(this.#options);
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

class ThreadDriver implements Driver {
  readonly #options: ThreadDialectOptions;
  readonly #endTurn = new WeakMap<DatabaseConnection, () => void>();

  constructor(options: ThreadDialectOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    // The supervisor starts the thread when it is needed.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const { supervisor, connection: name, turns, signal } = this.#options;
    const endTurn = await turns.acquire(signal);
    try {
      // A transaction keeps its thread: on a restarted thread its second half would run outside of any
      // transaction.
      const connection = new ThreadConnection(await supervisor.current(), name, signal);
      this.#endTurn.set(connection, endTurn);
      return connection;
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async beginTransaction(connection: ThreadConnection): Promise<void> {
    connection.throwIfAborted();
    // `begin immediate` takes the write lock at once, so that other processes cannot change what the writer
    // reads.
    await connection.control(this.#options.connection === 'writer' ? 'begin immediate' : 'begin');
  }

  async commitTransaction(connection: ThreadConnection): Promise<void> {
    await connection.control('commit');
  }

  async rollbackTransaction(connection: ThreadConnection): Promise<void> {
    await connection.rollback();
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#endTurn.get(connection)?.();
    return Promise.resolve();
  }

  /** Waits for the query or transaction in flight. */
  async destroy(): Promise<void> {
    const endTurn = await this.#options.turns.acquire();
    endTurn();
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;
  readonly #name: ConnectionName;
  readonly #signal: AbortSignal | undefined;

  constructor(thread: SqliteThread, name: ConnectionName, signal: AbortSignal | undefined) {
    this.#thread = thread;
    this.#name = name;
    this.#signal = signal;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query;
    const deferred = DeferredParameters.of(parameters);
    const { columns, rows, changes } = await this.#interruptible(() =>
      deferred === null
        ? this.#thread.query(this.#name, sql, parameters)
        : this.#thread.insert(this.#name, sql, deferred.batch),
    );
    return { rows: rows.map((row) => objectOf(columns, row) as R), numAffectedRows: BigInt(changes) };
  }

  /** Begins or ends a transaction. Not interrupted once it is sent: then it would be unknown whether one is open. */
  async control(sql: string): Promise<void> {
    await this.#thread.query(this.#name, sql, []);
  }

  /** @throws the signal's reason if it is aborted */
  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }

  /** Executes a statement, unless or until the signal is aborted. @throws the signal's reason */
  async #interruptible<T>(statement: () => Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return await statement();
    signal.throwIfAborted();
    const interrupt = (): void => void this.#thread.interrupt(this.#name);
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await statement();
    } finally {
      signal.removeEventListener('abort', interrupt);
      signal.throwIfAborted();
    }
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
