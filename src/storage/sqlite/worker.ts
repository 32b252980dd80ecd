/**
 * The SQLite thread, started by `SqliteThread`. SQLite's calls block, so they are made outside the answering
 * thread. Each message is one statement. Both connections share this thread, so a read waits for at most one
 * statement of a long write transaction.
 */
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { lowerThreadPriority } from '../../base/thread-session.js';
import { parametersOf } from '../insert-batch.js';
import type {
  ConnectionName,
  SqliteRequest,
  SqliteResponse,
  SqliteThreadData,
  StatementResult,
} from './thread-protocol.js';

/** How long a statement waits while another process has the database locked, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** Larger files are not checked for corruption at the start: the check takes about 1 s per 100 MiB. */
const MAX_CHECKED_FILE_BYTES = 16 * 1024 * 1024;

/** Maximum number of prepared statements per connection. The least recently used one is dropped first. */
const MAX_STATEMENTS = 200;

/** Pause before the switch to WAL mode is tried again, in milliseconds. */
const WAL_RETRY_MS = 20;

const NO_ROWS: StatementResult = { columns: [], rows: [], changes: 0 };

/** A connection with its prepared statements. */
class Connection {
  readonly database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(file: string) {
    this.database = new Database(file);
    this.database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }

  /**
   * Sets the connection up. Called after the checks of the file, because this is the first call that may
   * write to it.
   */
  configure(): void {
    this.#enterWalMode();
    this.database.exec('pragma synchronous = normal');
    this.database.exec('pragma foreign_keys = on');
    // A large transaction enlarges the write-ahead log. It is truncated to this many bytes afterwards.
    this.database.exec(`pragma journal_size_limit = ${64 * 1024 * 1024}`);
    // Negative values are KiB.
    this.database.exec(`pragma cache_size = -${16 * 1024}`);
  }

  query(sql: string, parameters: readonly unknown[]): StatementResult {
    const statement = this.#prepare(sql);
    if (!statement.reader) return { ...NO_ROWS, changes: statement.run([...parameters]).changes };
    const rows = statement.raw().all([...parameters]) as unknown[][];
    return { columns: statement.columns().map(({ name }) => name), rows, changes: 0 };
  }

  close(): void {
    this.#statements.clear();
    this.database.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) statement = this.database.prepare(sql);
    else this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
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

function openConnections(file: string): Record<ConnectionName, Connection> {
  const reader = new Connection(file);
  reader.query('select count(*) from sqlite_schema', []);
  if (statSync(file).size <= MAX_CHECKED_FILE_BYTES) {
    const [result] = reader.query('pragma quick_check(1)', []).rows;
    if (result?.[0] !== 'ok') throw new CorruptionError(String(result?.[0]));
  }
  reader.configure();
  const writer = new Connection(file);
  writer.configure();
  return { reader, writer };
}

/** `pragma quick_check` has found damage, which the message describes. */
class CorruptionError extends Error {
  readonly code = 'SQLITE_CORRUPT';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function failure(id: number, error: unknown): SqliteResponse {
  const message = error instanceof Error ? error.message : String(error);
  return { id, error: { code: codeOf(error), message } };
}

function execute(connections: Record<ConnectionName, Connection>, request: SqliteRequest): StatementResult {
  switch (request.type) {
    case 'query':
      return connections[request.connection].query(request.sql, request.parameters);
    case 'insert':
      return connections[request.connection].query(request.sql, parametersOf(request.batch));
    case 'rollback': {
      const { database } = connections[request.connection];
      if (database.inTransaction) database.exec('rollback');
      return NO_ROWS;
    }
    case 'close':
      connections.reader.close();
      connections.writer.close();
      return NO_ROWS;
  }
}

const port = parentPort;
if (port !== null) {
  lowerThreadPriority();
  try {
    const connections = openConnections((workerData as SqliteThreadData).file);
    port.on('message', (request: SqliteRequest) => {
      let response: SqliteResponse;
      try {
        response = { id: request.id, answer: execute(connections, request) };
      } catch (error) {
        response = failure(request.id, error);
      }
      port.postMessage(response);
      // The thread ends when its port is closed.
      if (request.type === 'close') port.close();
    });
    port.postMessage({ id: 0, answer: NO_ROWS } satisfies SqliteResponse);
  } catch (error) {
    port.postMessage(failure(0, error));
    port.close();
  }
}
