import { Worker } from 'node:worker_threads';
import { SqliteError } from './errors.js';
import type { Handle, QueryAnswer, WorkerData, WorkerRequest, WorkerResponse } from './messages.js';

type Pending = Pick<PromiseWithResolvers<QueryAnswer>, 'resolve' | 'reject'>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/**
 * A thread needs JavaScript in a file, and compiled this is the one beside. Where the sources themselves are
 * run, as the tests do, nothing would compile the thread's, so it is the built one.
 */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../../dist/storage/sqlite/worker.js' : './worker.js';
  return new URL(built, import.meta.url);
}

/** One life of the worker thread. When it dies, everything under way fails, and transactions are rolled back. */
export class WorkerSession {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #alive = true;

  private constructor(file: string) {
    const workerData: WorkerData = { file };
    // The process's own options need not suit a thread: with some of them it would not even start. Its
    // environment may hold secrets, of which nothing is needed here.
    this.#worker = new Worker(workerUrl(), { workerData, name: 'sqlite', execArgv: [], env: {} });
    this.#worker.on('message', (response: WorkerResponse) => this.#settle(response));
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end('the thread has ended');
        resolve();
      });
    });
  }

  /** Starts the thread, which opens the file. */
  static async start(file: string): Promise<WorkerSession> {
    const session = new WorkerSession(file);
    const { promise, resolve, reject } = pending();
    session.#pending.set(0, { resolve, reject });
    await promise;
    return session;
  }

  get alive(): boolean {
    return this.#alive;
  }

  query(handle: Handle, sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#request({ type: 'query', handle, sql, parameters });
  }

  async rollback(handle: Handle): Promise<void> {
    await this.#request({ type: 'rollback', handle });
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    if (this.#alive) await this.#request({ type: 'close' });
    await this.#ended;
  }

  /** Ends the thread as it is. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }

  #request(request: WithoutId<WorkerRequest>): Promise<QueryAnswer> {
    if (!this.#alive) return Promise.reject(new SqliteError('', 'the thread has ended'));
    const { promise, resolve, reject } = pending();
    const id = ++this.#lastId;
    this.#pending.set(id, { resolve, reject });
    this.#worker.postMessage({ ...request, id });
    return promise;
  }

  #settle(response: WorkerResponse): void {
    const waiting = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if ('answer' in response) waiting?.resolve(response.answer);
    else waiting?.reject(new SqliteError(response.error.code, response.error.message));
  }

  #end(reason: string): void {
    this.#alive = false;
    for (const { reject } of this.#pending.values()) reject(new SqliteError('', reason));
    this.#pending.clear();
  }
}

function pending(): Pending & { readonly promise: Promise<QueryAnswer> } {
  let resolve!: Pending['resolve'];
  let reject!: Pending['reject'];
  const promise = new Promise<QueryAnswer>((onAnswer, onError) => {
    resolve = onAnswer;
    reject = onError;
  });
  return { promise, resolve, reject };
}
