import type { PostgresPool } from 'kysely';
import { Pool, type ClientBase, type PoolClient } from 'pg';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { StorageError } from '../errors.js';
import type { PoolUse } from '../types.js';
import { cancelStatement } from './cancel-request.js';
import { ConnectionLostError, isLoss } from './errors.js';
import { LentConnection } from './lent-connection.js';
import { ServerClient } from './server-client.js';
import type { Servers } from './servers.js';
import { setUpSession, type Pooling } from './session.js';
import { SilenceWatch, destroyConnection } from './silence-watch.js';

/** How long a call waits for a connection of the pool to be free, or to be made. */
const WAIT_MS = 5_000;

/**
 * Enforced by the client. Longer than the server's: if the server has not even reported its time-out, it is
 * gone.
 */
const QUERY_TIMEOUT_MS = 40_000;

/**
 * A connection is used for 27 to 33 minutes, so that a load balancer or a changed address of the server gets its share of
 * new ones, and so that what the server keeps for a connection does not grow for ever.
 */
const LIFETIME_MS = 27 * 60_000;
const LIFETIME_JITTER_MS = 6 * 60_000;

interface ConnectionPoolOptions {
  readonly servers: Servers;
  readonly pooling: Pooling;
  /** Maximum number of connections. */
  readonly size: number;
  /** Whether each statement is limited in time. Migrations are not. */
  readonly limitsTime: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns numbers from 0 to below 1, for the lifetimes. Default: `Math.random`. */
  readonly random?: () => number;
}

interface Connection {
  /** The order in which the connections were made. */
  readonly number: number;
  /** When it is not lent any more, by `clock.elapsed()`. */
  readonly retiresAt: number;
}

/**
 * A pool of connections. When one of them turns out to be lost, all that are older than that moment are discarded
 * instead of lent again, because a restart or a failover of the server ends them all.
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #pool: Pool;
  readonly #connections = new Map<ClientBase, Connection>();
  readonly #watch: SilenceWatch;
  #lastNumber = 0;
  /** Connections up to this number are not lent any more. */
  #lastDistrusted = 0;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    const { servers, logger, clock } = options;
    this.#pool = this.#createPool();
    this.#watch = new SilenceWatch({ servers, clock, onSilence: (error) => this.#discardAll(error) });
    this.#pool.on('connect', (client) => this.#onConnect(client));
    this.#pool.on('remove', (client) => this.#connections.delete(client));
    // pg adds the whole connection to the error, with the key that ends its statements.
    this.#pool.on('error', ({ message }) =>
      logger.warn({ error: message }, 'lost an idle connection to PostgreSQL'),
    );
  }

  #createPool(): Pool {
    const { servers, size, limitsTime, pooling } = this.#options;
    // Host and password may be others for each connection.
    class CurrentClient extends ServerClient {
      constructor() {
        super(servers, limitsTime ? { query_timeout: QUERY_TIMEOUT_MS } : {});
      }
    }
    const setUp = (client: ClientBase): unknown =>
      client instanceof ServerClient ? setUpSession(client, client.server, pooling, limitsTime) : undefined;
    return new Pool({
      max: size,
      connectionTimeoutMillis: WAIT_MS,
      Client: CurrentClient,
      // pg waits for the promise, which its types do not say.
      onConnect: setUp,
    });
  }

  #onConnect(client: ClientBase): void {
    const { clock, random = Math.random } = this.#options;
    const retiresAt = clock.elapsed() + LIFETIME_MS + random() * LIFETIME_JITTER_MS;
    this.#connections.set(client, { number: ++this.#lastNumber, retiresAt });
  }

  /** How many connections are lent and idle, and how many calls wait for one. */
  get use(): PoolUse {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  /** The pool as Kysely uses it. @param signal aborted when nobody waits for the results any more */
  forKysely(signal?: AbortSignal): PostgresPool {
    return { connect: async () => (await this.#lend(signal)).client, end: () => this.end() };
  }

  /** Lends none of the connections again that there are now. Those in use are discarded when they are given back. */
  retireAll(): void {
    this.#lastDistrusted = this.#lastNumber;
  }

  /** Waits for the queries in flight, then closes all connections. */
  async end(): Promise<void> {
    await this.#pool.end();
  }

  async #lend(signal: AbortSignal | undefined): Promise<LentConnection> {
    const { pooling, limitsTime, servers } = this.#options;
    const client = await this.#connect(signal);
    return new LentConnection(client, {
      signal,
      limitsTransactions: limitsTime && pooling === 'transaction',
      cancel: () => this.#cancel(client),
      watch: () => this.#watch.begin(),
      onLost: () => this.retireAll(),
      onReadOnly: () => {
        servers.seekPrimary();
        this.retireAll();
      },
    });
  }

  /** @throws ConnectionLostError, or the signal's reason */
  async #connect(signal: AbortSignal | undefined): Promise<PoolClient> {
    for (;;) {
      const client = await this.#takeFromPool(signal);
      if (this.#mayLend(client)) return client;
      client.release(true);
    }
  }

  #mayLend(client: PoolClient): boolean {
    const connection = this.#connections.get(client);
    if (connection === undefined || connection.number <= this.#lastDistrusted) return false;
    return this.#options.clock.elapsed() < connection.retiresAt;
  }

  async #takeFromPool(signal: AbortSignal | undefined): Promise<PoolClient> {
    signal?.throwIfAborted();
    const connecting = this.#options.servers
      .find(() => this.#wait())
      .catch((error: unknown) => {
        throw isLoss(error) && !(error instanceof StorageError) ? new ConnectionLostError(error) : error;
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

  async #wait(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const isFull = error instanceof Error && error.message === 'timeout exceeded when trying to connect';
      if (!isFull) throw error;
      throw new StorageError(
        'UNAVAILABLE',
        `PostgreSQL: all connections (storage.poolSize: ${this.#options.size}) were in use for ${WAIT_MS / 1_000} s`,
        error,
      );
    }
  }

  /** Resolves when the server has been told. @returns whether that is certain */
  async #cancel(client: PoolClient): Promise<boolean> {
    const isCertain = await cancelStatement(client);
    if (!isCertain) this.#options.logger.debug('could not cancel a statement: it goes on until it ends');
    return isCertain;
  }

  /** Ends the statements in flight, because the server does not answer. */
  #discardAll(error: Error): void {
    this.#options.logger.warn(
      { error: error.message },
      'PostgreSQL does not answer: its connections are discarded',
    );
    this.retireAll();
    for (const client of this.#connections.keys()) destroyConnection(client, error);
  }
}
