/**
 * The SQLite thread, started by `SqliteThread`. SQLite's calls block, so they are made outside the answering
 * thread. Each message is one statement. The connections for writing and for names share this thread, so reading
 * names waits for at most one statement of a long write transaction. Searches, histories and what search packs
 * are made of may take long, and are executed by libsql outside of it.
 */
import { statSync } from 'node:fs';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { lowerThreadPriority } from '../../base/thread-session.js';
import { parametersOf } from '../insert-batch.js';
import { codeOf, Connection, NO_ROWS } from './connection.js';
import { InterruptibleConnection } from './interruptible-connection.js';
import type {
  ConnectionName,
  SqliteRequest,
  SqliteResponse,
  SqliteThreadData,
  StatementResult,
} from './thread-protocol.js';

/** Larger files are not checked for corruption at the start: the check takes about 1 s per 100 MiB. */
const MAX_CHECKED_FILE_BYTES = 16 * 1024 * 1024;

type Connections = Record<ConnectionName, Connection | InterruptibleConnection>;

async function openConnections(file: string): Promise<Connections> {
  const names = new Connection(file);
  names.query('select count(*) from sqlite_schema', []);
  if (statSync(file).size <= MAX_CHECKED_FILE_BYTES) {
    const [result] = names.query('pragma quick_check(1)', []).rows;
    if (result?.[0] !== 'ok') throw new CorruptionError(String(result?.[0]));
  }
  names.configure();
  const writer = new Connection(file);
  writer.configure();
  const [history, search, packs] = [
    new InterruptibleConnection(file),
    new InterruptibleConnection(file),
    new InterruptibleConnection(file),
  ];
  for (const connection of [history, search, packs]) await connection.configure();
  return { names, writer, history, search, packs };
}

/** `pragma quick_check` has found damage, which the message describes. */
class CorruptionError extends Error {
  readonly code = 'SQLITE_CORRUPT';
}

function failure(id: number, error: unknown): SqliteResponse {
  const message = error instanceof Error ? error.message : String(error);
  return { id, error: { code: codeOf(error), message } };
}

function execute(
  connections: Connections,
  request: SqliteRequest,
): StatementResult | Promise<StatementResult> {
  switch (request.type) {
    case 'query':
      return connections[request.connection].query(request.sql, request.parameters);
    case 'insert':
      return connections[request.connection].query(request.sql, parametersOf(request.batch));
    case 'rollback': {
      const rollingBack = connections[request.connection].rollback();
      return rollingBack === undefined ? NO_ROWS : rollingBack.then(() => NO_ROWS);
    }
    case 'interrupt': {
      const connection = connections[request.connection];
      if (connection instanceof InterruptibleConnection) connection.interrupt();
      return NO_ROWS;
    }
    case 'close':
      for (const connection of Object.values(connections)) connection.close();
      return NO_ROWS;
  }
}

async function serve(port: MessagePort): Promise<void> {
  lowerThreadPriority();
  try {
    const connections = await openConnections((workerData as SqliteThreadData).file);
    port.on('message', (request: SqliteRequest) => void respond(port, connections, request));
    port.postMessage({ id: 0, answer: NO_ROWS } satisfies SqliteResponse);
  } catch (error) {
    port.postMessage(failure(0, error));
    port.close();
  }
}

async function respond(port: MessagePort, connections: Connections, request: SqliteRequest): Promise<void> {
  try {
    const result = execute(connections, request);
    const answer = result instanceof Promise ? await result : result;
    port.postMessage({ id: request.id, answer } satisfies SqliteResponse);
  } catch (error) {
    port.postMessage(failure(request.id, error));
  }
  // The thread ends when its port is closed.
  if (request.type === 'close') port.close();
}

if (parentPort !== null) void serve(parentPort);
