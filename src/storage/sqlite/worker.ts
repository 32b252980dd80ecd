/**
 * The thread that SQLite runs in, as its calls block: started by `WorkerSession`, one statement a message. Both
 * connections live in it, so a read waits for one statement of a long write transaction at most.
 */
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { lowerThreadPriority } from '../../base/thread-session.js';
import { parametersOf } from '../packed-rows.js';
import type { Handle, QueryAnswer, WorkerData, WorkerRequest, WorkerResponse } from './messages.js';

/** How long to wait for another process that has the database locked. */
const BUSY_TIMEOUT_MS = 5_000;

/** Larger files are not checked at the start: it takes about a second per 100 MiB. */
const MAX_CHECKED_FILE_BYTES = 16 * 1024 * 1024;

/** Statements kept compiled, the least recently used go first. */
const MAX_STATEMENTS = 200;

const NO_ROWS: QueryAnswer = { columns: [], rows: [], changes: 0 };

/** A connection with its compiled statements. */
class Connection {
  readonly database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(file: string) {
    this.database = new Database(file);
    this.database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }

  /** After the database has been found to be one: this is the first that may write to it. */
  configure(): void {
    this.#enterWalMode();
    this.database.exec('pragma synchronous = normal');
    this.database.exec('pragma foreign_keys = on');
    // A large transaction leaves a large log behind; this much of it is kept for the next one.
    this.database.exec(`pragma journal_size_limit = ${64 * 1024 * 1024}`);
    this.database.exec(`pragma cache_size = -${16 * 1024}`);
  }

  query(sql: string, parameters: readonly unknown[]): QueryAnswer {
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

  /** Changing the mode is the one thing for which SQLite does not wait by itself for other processes. */
  #enterWalMode(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; ; waitedMs += 20) {
      try {
        this.query('pragma journal_mode = wal', []);
        return;
      } catch (error) {
        if (codeOf(error) !== 'SQLITE_BUSY' || waitedMs >= BUSY_TIMEOUT_MS) throw error;
        Atomics.wait(pause, 0, 0, 20);
      }
    }
  }
}

function openConnections(file: string): Record<Handle, Connection> {
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

/** What SQLite's own check has found. */
class CorruptionError extends Error {
  readonly code = 'SQLITE_CORRUPT';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function failure(id: number, error: unknown): WorkerResponse {
  const message = error instanceof Error ? error.message : String(error);
  return { id, error: { code: codeOf(error), message } };
}

function serve(connections: Record<Handle, Connection>, request: WorkerRequest): QueryAnswer {
  switch (request.type) {
    case 'query':
      return connections[request.handle].query(request.sql, request.parameters);
    case 'insert':
      return connections[request.handle].query(request.sql, parametersOf(request.rows));
    case 'rollback': {
      const { database } = connections[request.handle];
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
    const connections = openConnections((workerData as WorkerData).file);
    port.on('message', (request: WorkerRequest) => {
      let response: WorkerResponse;
      try {
        response = { id: request.id, answer: serve(connections, request) };
      } catch (error) {
        response = failure(request.id, error);
      }
      port.postMessage(response);
      // Without the port nothing keeps the thread alive.
      if (request.type === 'close') port.close();
    });
    port.postMessage({ id: 0, answer: NO_ROWS } satisfies WorkerResponse);
  } catch (error) {
    port.postMessage(failure(0, error));
    port.close();
  }
}
