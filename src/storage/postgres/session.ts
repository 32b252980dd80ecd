import pg, { type ClientBase } from 'pg';
import { StorageError } from '../errors.js';
import { ReadOnlyServerError } from './errors.js';
import type { Server } from './servers.js';

/** Enforced by the server. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** So that a gateway that is cut off in the middle of a transaction does not keep its locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** How long setting up a connection may take, in milliseconds. */
const SET_UP_TIMEOUT_MS = 5_000;

/**
 * What is between the gateway and PostgreSQL. 'none': nothing. 'session': a pooler such as PgBouncer that gives each of
 * its clients a connection of the server as long as the client stays. 'transaction': one that does so for each
 * transaction only, so that nothing may be left in the session.
 */
export type Pooling = 'none' | 'session' | 'transaction';

/** Limits each statement of a session in time. Not part of the start-up message, because PgBouncer refuses it there. */
const SET_LIMITS = `set statement_timeout = ${STATEMENT_TIMEOUT_MS};
  set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`;

/** The same for one transaction, to follow its `begin` in the same message. */
export const SET_LOCAL_LIMITS = SET_LIMITS.replaceAll('set ', 'set local ');

/**
 * Prepares a new connection for the gateway's statements.
 *
 * @param limitsTime whether its statements are limited in time
 * @throws ReadOnlyServerError if it leads to a standby and that is not good enough
 */
export async function setUpSession(
  client: ClientBase,
  server: Server,
  pooling: Pooling,
  limitsTime: boolean,
): Promise<void> {
  if (limitsTime && pooling !== 'transaction') await quickly(client, SET_LIMITS);
  if (server.acceptsStandby) return;
  const reason = await readOnlyReason(client);
  if (reason !== null) throw new ReadOnlyServerError(`is ${reason}`);
}

/** Fails if nothing can be stored in the database. @throws StorageError UNUSABLE */
export async function requireWritable(client: ClientBase, host: string): Promise<void> {
  const reason = await readOnlyReason(client);
  if (reason === null) return;
  const remedy = reason.startsWith('a standby')
    ? 'name the primary in storage.postgres, or all servers, of which the gateway finds the primary: postgres://user:password@one,two/database?target_session_attrs=read-write'
    : 'take back default_transaction_read_only, or use another role or database';
  throw new StorageError(
    'UNUSABLE',
    `PostgreSQL at ${host} is ${reason}, and the gateway has to write: ${remedy}`,
  );
}

/** Why nothing can be written; `null`: it can. */
async function readOnlyReason(client: ClientBase): Promise<string | null> {
  const { rows } = await quickly<{ standby: boolean; read_only: string }>(
    client,
    `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only`,
  );
  const [row] = rows;
  if (row?.standby === true) return 'a standby, which only reads';
  return row?.read_only === 'on' ? 'set to read-only (default_transaction_read_only)' : null;
}

/**
 * The order in which two connections ask for the process that serves them. A pooler that hands its connections of the
 * server round in a circle would serve each of two by the same one in turn, if they took turns.
 */
const PROBES = [0, 1, 1, 0, 0, 1, 0, 1, 1, 0] as const;

/**
 * Finds out whether a pooler is in between, and how it pools. A pooler makes up the process ID that it announces, so
 * that a connection whose statements another process executes goes through one. If it pools by transaction, one process
 * serves both of two connections, or several processes serve one of them: an idle pooler hands out the connection that
 * it got back last, a busy one any. Nothing is left in a session: that would stay in the pooler.
 *
 * @param first and `second`: two connections
 * @throws StorageError UNAVAILABLE if a pooler has no second connection for the gateway, UNUSABLE if it pools by statement
 */
export async function detectPooling(first: ClientBase, second: () => Promise<ClientBase>): Promise<Pooling> {
  const announced: unknown = Reflect.get(first, 'processID');
  if ((await processOf(first)) === announced) return 'none';
  const clients = [first, await second()] as const;
  const processes: [number | null, number | null] = [null, null];
  for (const index of PROBES) {
    const process = await processOf(clients[index]).catch((error: unknown) => {
      if (index === 0 || error instanceof pg.DatabaseError) throw error;
      throw new StorageError(
        'UNAVAILABLE',
        'PostgreSQL: the pooler in front of it has no second connection for the gateway: its pool has to be larger than storage.poolSize (default_pool_size of PgBouncer)',
        error,
      );
    });
    if (process === processes[1 - index] || (processes[index] ?? process) !== process) {
      await requireTransactions(first);
      return 'transaction';
    }
    processes[index] = process;
  }
  return 'session';
}

/** @throws StorageError UNUSABLE if a pooler hands its connections on after each statement */
async function requireTransactions(client: ClientBase): Promise<void> {
  try {
    await quickly(client, 'begin');
    await quickly(client, 'rollback');
  } catch (error) {
    throw new StorageError(
      'UNUSABLE',
      'PostgreSQL: the pooler in front of it allows no transactions: set pool_mode = session for this database (PgBouncer)',
      error,
    );
  }
}

async function processOf(client: ClientBase): Promise<number> {
  const { rows } = await quickly<{ pid: number }>(client, 'select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

function quickly<Row extends pg.QueryResultRow>(
  client: ClientBase,
  text: string,
): Promise<pg.QueryResult<Row>> {
  // The types of pg lack this option of a query.
  const query: pg.QueryConfig & { query_timeout: number } = { text, query_timeout: SET_UP_TIMEOUT_MS };
  return client.query<Row>(query);
}
