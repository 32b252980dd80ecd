import { buffersOf } from '../../segments/index.js';
import { threadFile } from '../../base/program-files.js';
import { ThreadSession } from '../../base/thread-session.js';
import type { InsertBatch } from '../insert-batch.js';
import { SqliteError } from './errors.js';
import type { ConnectionName, SqliteRequest, SqliteThreadData, StatementResult } from './thread-protocol.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A running thread with an open database. When the thread ends, its transactions are rolled back. */
export class SqliteThread {
  readonly #thread: ThreadSession<WithoutId<SqliteRequest>, StatementResult>;

  private constructor(file: string) {
    const workerData: SqliteThreadData = { file };
    const toError = ({ code, message }: { code: string; message: string }): Error =>
      new SqliteError(code, message);
    this.#thread = new ThreadSession({
      url: threadFile('storage/sqlite/worker'),
      name: 'sqlite',
      workerData,
      toError,
    });
  }

  /** Starts a thread and opens the file. @throws SqliteError if the file cannot be opened */
  static async start(file: string): Promise<SqliteThread> {
    const thread = new SqliteThread(file);
    await thread.#thread.started;
    return thread;
  }

  get alive(): boolean {
    return this.#thread.alive;
  }

  /** @throws SqliteError */
  query(connection: ConnectionName, sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    return this.#thread.request({ type: 'query', connection, sql, parameters });
  }

  /**
   * @param batch its buffers are transferred to the thread and cannot be used afterwards
   * @throws SqliteError
   */
  insert(connection: ConnectionName, sql: string, batch: InsertBatch): Promise<StatementResult> {
    return this.#thread.request({ type: 'insert', connection, sql, batch }, buffersOf(batch.segments));
  }

  /** Makes the statement that the connection executes fail. Never rejects. */
  async interrupt(connection: ConnectionName): Promise<void> {
    await this.#thread.request({ type: 'interrupt', connection }).catch(() => undefined);
  }

  async rollback(connection: ConnectionName): Promise<void> {
    await this.#thread.request({ type: 'rollback', connection });
  }

  /** Closes the file and waits for the thread to end. */
  async close(): Promise<void> {
    if (this.alive) await this.#thread.request({ type: 'close' });
    await this.#thread.ended;
  }

  /** Ends the thread at once, without closing the file. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }
}
