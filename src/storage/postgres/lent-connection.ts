import type { PostgresPoolClient } from 'kysely';
import { DatabaseError, type PoolClient } from 'pg';
import { DeferredParameters, parametersOf } from '../insert-batch.js';
import { ConnectionLostError, isLoss } from './errors.js';

/** The statements with which Kysely begins and ends a transaction. */
const TRANSACTION_CONTROL = /^(?:begin|start transaction|commit)\b/;

interface LentConnectionOptions {
  /** Aborted when nobody waits for the results any more. */
  readonly signal: AbortSignal | undefined;
  /**
   * Makes the server cancel the statement that this connection executes. Must not reject. If it returns `false`, the
   * connection is not used any more: its next statement might be cancelled in the place of this one.
   */
  readonly cancel: (client: PoolClient) => Promise<boolean>;
  /** Called when the connection has turned out to be lost. */
  readonly onLost: () => void;
}

/** A connection of the pool, lent for one query or transaction. A broken one is discarded when it is released. */
export class LentConnection {
  readonly #client: PoolClient;
  readonly #options: LentConnectionOptions;
  #isBroken = false;

  constructor(client: PoolClient, options: LentConnectionOptions) {
    this.#client = client;
    this.#options = options;
    // The pool does not listen to errors of a connection in use. A query in flight rejects by itself.
    client.on('error', this.#onError);
  }

  /** The connection as Kysely uses it. */
  get client(): PostgresPoolClient {
    const query = (sql: string, parameters: readonly unknown[]): Promise<unknown> =>
      sql === 'rollback' ? this.#rollback() : this.#query(sql, parameters);
    return { query: query as PostgresPoolClient['query'], release: () => this.#release() };
  }

  readonly #onError = (): void => {
    this.#isBroken = true;
  };

  /** Does nothing on a broken connection: the server has rolled its transaction back, or will when it notices. */
  async #rollback(): Promise<unknown> {
    return this.#isBroken ? { rows: [] } : await this.#send('rollback', []);
  }

  async #query(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    const { signal, cancel } = this.#options;
    if (signal === undefined) return await this.#send(sql, parameters);
    signal.throwIfAborted();
    // Once it is sent, it would be unknown whether a transaction is open.
    if (TRANSACTION_CONTROL.test(sql)) return await this.#send(sql, parameters);
    let cancelling: Promise<boolean> | undefined;
    const onAbort = (): void => {
      cancelling = cancel(this.#client);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#send(sql, parameters);
    } finally {
      signal.removeEventListener('abort', onAbort);
      // The next statement must not be cancelled in the place of this one.
      if ((await cancelling) === false) this.#isBroken = true;
      signal.throwIfAborted();
    }
  }

  async #send(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    const deferred = DeferredParameters.of(parameters);
    const values = deferred === null ? [...parameters] : parametersOf(deferred.batch);
    try {
      return await this.#client.query(sql, values);
    } catch (error) {
      const isLost = isLoss(error);
      // A DatabaseError is the server's answer to a statement; as a rule the connection itself still works.
      if (isLost || !(error instanceof DatabaseError)) this.#isBroken = true;
      if (!isLost) throw error;
      this.#options.onLost();
      throw new ConnectionLostError(error);
    }
  }

  #release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#isBroken);
  }
}
