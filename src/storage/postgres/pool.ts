import type { PostgresPool } from 'kysely';
import { Pool, types, type ClientConfig, type PoolClient } from 'pg';
import type { Logger } from '../../telemetry/logs.js';
import { ConnectionLostError, isLoss } from './errors.js';
import { LentConnection } from './lent-connection.js';

const CONNECTION_TIMEOUT_MS = 5_000;
/** Enforced by the server. */
const STATEMENT_TIMEOUT_MS = 30_000;
/**
 * Enforced by the client. Longer than the server's: if the server has not even reported its time-out, it is
 * gone.
 */
const QUERY_TIMEOUT_MS = 40_000;

type TypeParser = (value: string | Buffer) => unknown;

/** The configuration of every connection. */
export function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'aam-segment-gateway',
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    // Times and counts are bigint columns. pg returns those as text, but all of these values fit into a
    // number.
    types: {
      getTypeParser: (oid, format): TypeParser =>
        oid === types.builtins.INT8 && format !== 'binary'
          ? Number
          : (types.getTypeParser(oid, format) as TypeParser),
    },
  };
}

/** A pool of at most `size` connections for queries, each query limited in time. */
export function queryPool(url: string, size: number, logger: Logger): ConnectionPool {
  const limits = { max: size, statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS };
  // Cancelling a statement takes another connection, which is opened when it is needed.
  const canceller = new Pool({ ...clientConfig(url), max: 1, query_timeout: CONNECTION_TIMEOUT_MS });
  return new ConnectionPool(new Pool({ ...clientConfig(url), ...limits }), canceller, logger);
}

/** A pool of one connection for migrations, which are not limited in time. */
export function migrationPool(url: string, logger: Logger): PostgresPool {
  return new ConnectionPool(new Pool({ ...clientConfig(url), max: 1 }), null, logger).forKysely();
}

/**
 * A pool of connections. When one of them turns out to be lost, all that are older than that moment are discarded
 * instead of lent again, because a restart or a failover of the server ends them all.
 */
export class ConnectionPool {
  readonly #pool: Pool;
  readonly #canceller: Pool | null;
  readonly #logger: Logger;
  /** The order in which the connections were made. */
  readonly #numbers = new WeakMap<PoolClient, number>();
  #lastNumber = 0;
  /** Connections up to this number are not trusted any more. */
  #lastDistrusted = 0;

  /** @param canceller for cancelling statements; `null`: statements are not cancelled */
  constructor(pool: Pool, canceller: Pool | null, logger: Logger) {
    this.#pool = pool;
    this.#canceller = canceller;
    this.#logger = logger;
    pool.on('connect', (client) => this.#numbers.set(client, ++this.#lastNumber));
    pool.on('error', (error) => logger.warn({ err: error }, 'lost an idle connection to PostgreSQL'));
    canceller?.on('error', () => undefined);
    // An error that nothing listens to would end the process. While the pool hands a connection over, neither the pool
    // nor its borrower listens.
    for (const each of [pool, canceller]) {
      each?.on('connect', (client) => client.on('error', () => undefined));
    }
  }

  /** The pool as Kysely uses it. @param signal aborted when nobody waits for the results any more */
  forKysely(signal?: AbortSignal): PostgresPool {
    return { connect: async () => (await this.#lend(signal)).client, end: () => this.end() };
  }

  /** Waits for the queries in flight, then closes all connections. */
  async end(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#canceller?.end()]);
  }

  async #lend(signal: AbortSignal | undefined): Promise<LentConnection> {
    const client = await this.#connect(signal);
    return new LentConnection(client, {
      signal,
      cancel: (running) => this.#cancel(running),
      onLost: () => {
        this.#lastDistrusted = this.#lastNumber;
      },
    });
  }

  /** @throws ConnectionLostError, or the signal's reason */
  async #connect(signal: AbortSignal | undefined): Promise<PoolClient> {
    for (;;) {
      const client = await this.#takeFromPool(signal);
      if ((this.#numbers.get(client) ?? 0) > this.#lastDistrusted) return client;
      client.release(true);
    }
  }

  async #takeFromPool(signal: AbortSignal | undefined): Promise<PoolClient> {
    signal?.throwIfAborted();
    const connecting = this.#pool.connect().catch((error: unknown) => {
      throw isLoss(error) ? new ConnectionLostError(error) : error;
    });
    if (signal === undefined) return await connecting;
    return await new Promise<PoolClient>((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
        // The pool cannot take the call back.
        connecting.then(
          (client) => client.release(),
          () => undefined,
        );
      };
      signal.addEventListener('abort', onAbort, { once: true });
      connecting.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  /**
   * Resolves when the server has told the connection's process to cancel its statement.
   *
   * @returns whether that is certain. Otherwise the process may be told later, when it executes another statement
   */
  async #cancel(client: PoolClient): Promise<boolean> {
    const processId: unknown = Reflect.get(client, 'processID');
    try {
      await this.#canceller?.query('select pg_cancel_backend($1)', [processId]);
      return true;
    } catch (error) {
      this.#logger.debug({ err: error }, 'could not cancel a statement: it goes on until it ends');
      return false;
    }
  }
}
