import type { PostgresPoolClient } from 'kysely';
import { DatabaseError, type PoolClient } from 'pg';
import { DeferredParameters, parametersOf } from '../insert-batch.js';
import { ConnectionLostError, isFatal, isLoss, isQueryTimeout, isReadOnly } from './errors.js';
import { SET_LOCAL_LIMITS } from './session.js';

/** The statements with which Kysely begins a transaction. */
const BEGIN = /^(?:begin|start transaction)\b/;

interface LentConnectionOptions {
  /** Aborted when nobody waits for the results any more. */
  readonly signal: AbortSignal | undefined;
  /** Whether transactions state how long their statements may take, because the session cannot keep it. */
  readonly limitsTransactions: boolean;
  /**
   * Makes the server cancel the statement that this connection executes. Must not reject. If it returns `false`, the
   * connection is not used any more: its next statement might be cancelled in the place of this one.
   */
  readonly cancel: () => Promise<boolean>;
  /** Called when a statement is sent; returns a function that is called when it is answered. */
  readonly watch: () => () => void;
  /** Called when the connection has turned out to be lost. */
  readonly onLost: () => void;
  /** Called when the server has turned out to be one that cannot be written. */
  readonly onReadOnly: () => void;
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
    const { signal, cancel, limitsTransactions } = this.#options;
    const begins = BEGIN.test(sql);
    const text = begins && limitsTransactions ? `${sql}; ${SET_LOCAL_LIMITS}` : sql;
    if (signal === undefined) return await this.#send(text, parameters);
    signal.throwIfAborted();
    // Once it is sent, it would be unknown whether a transaction is open.
    if (begins || sql === 'commit') return await this.#send(text, parameters);
    let cancelling: Promise<boolean> | undefined;
    const onAbort = (): void => {
      cancelling = cancel();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#send(text, parameters);
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
    const end = this.#options.watch();
    try {
      return await this.#client.query(sql, values);
    } catch (error) {
      throw this.#onFailure(error);
    } finally {
      end();
    }
  }

  /** @returns the error to throw */
  #onFailure(error: unknown): unknown {
    const { onLost, onReadOnly, cancel } = this.#options;
    const isLost = isLoss(error);
    // A DatabaseError is the server's answer to a statement; as a rule the connection itself still works.
    if (isLost || !(error instanceof DatabaseError) || isFatal(error)) this.#isBroken = true;
    // The server may not know that nobody waits any more.
    if (isQueryTimeout(error)) void cancel();
    if (isLost) onLost();
    if (isReadOnly(error)) {
      this.#isBroken = true;
      onReadOnly();
    }
    return isLost || isReadOnly(error) ? new ConnectionLostError(error) : error;
  }

  #release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#isBroken);
  }
}
