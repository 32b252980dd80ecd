import { buffersOf } from '../../segments/index.js';
import { ThreadSession } from '../../base/thread-session.js';
import type { PackedRows } from '../packed-rows.js';
import { SqliteError } from './errors.js';
import type { Handle, QueryAnswer, WorkerData, WorkerRequest } from './messages.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/**
 * A thread needs JavaScript in a file, and compiled this is the one beside. Where the sources themselves are
 * run, as the tests do, nothing would compile the thread's, so it is the built one.
 */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../../dist/storage/sqlite/worker.js' : './worker.js';
  return new URL(built, import.meta.url);
}

/** One life of the thread. When it dies, transactions are rolled back. */
export class WorkerSession {
  readonly #thread: ThreadSession<WithoutId<WorkerRequest>, QueryAnswer>;

  private constructor(file: string) {
    const workerData: WorkerData = { file };
    const toError = ({ code, message }: { code: string; message: string }): Error =>
      new SqliteError(code, message);
    this.#thread = new ThreadSession({ url: workerUrl(), name: 'sqlite', workerData, toError });
  }

  /** Starts the thread, which opens the file. */
  static async start(file: string): Promise<WorkerSession> {
    const session = new WorkerSession(file);
    await session.#thread.started;
    return session;
  }

  get alive(): boolean {
    return this.#thread.alive;
  }

  query(handle: Handle, sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#thread.request({ type: 'query', handle, sql, parameters });
  }

  /** @param rows whose buffers the thread gets for good */
  insert(handle: Handle, sql: string, rows: PackedRows): Promise<QueryAnswer> {
    return this.#thread.request({ type: 'insert', handle, sql, rows }, buffersOf(rows.segments));
  }

  async rollback(handle: Handle): Promise<void> {
    await this.#thread.request({ type: 'rollback', handle });
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    if (this.alive) await this.#thread.request({ type: 'close' });
    await this.#thread.ended;
  }

  /** Ends the thread as it is. */
  async terminate(): Promise<void> {
    await this.#thread.terminate();
  }
}
