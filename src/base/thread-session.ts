import { setPriority } from 'node:os';
import { Worker, type ResourceLimits, type Transferable } from 'node:worker_threads';

/** Below the threads that answer requests, where both want the same core. */
const NICENESS = 5;

/** For a thread to call: what it does can wait a moment for those who answer requests. */
export function lowerThreadPriority(): void {
  // Elsewhere it would be the priority of the whole process.
  if (process.platform === 'linux') setPriority(NICENESS);
}

/** What a thread answers to the request of that `id`; 0 is its start. */
export type ThreadResponse<Answer> =
  { readonly id: number; readonly answer: Answer } | { readonly id: number; readonly error: ThreadFailure };

/** Errors do not cross over from thread to thread with their classes. */
export interface ThreadFailure {
  /** '' where there is none. */
  readonly code: string;
  readonly message: string;
}

export interface ThreadOptions {
  /** Of the thread's compiled JavaScript. */
  readonly url: URL;
  readonly name: string;
  readonly workerData?: unknown;
  readonly resourceLimits?: ResourceLimits;
  readonly toError: (failure: ThreadFailure) => Error;
}

type Pending<Answer> = Pick<PromiseWithResolvers<Answer>, 'resolve' | 'reject'>;

/** One life of a thread that answers requests. When it dies, everything under way fails. */
export class ThreadSession<Request extends object, Answer> {
  readonly #worker: Worker;
  readonly #toError: ThreadOptions['toError'];
  readonly #ending: string;
  readonly #pending = new Map<number, Pending<Answer>>();
  /** Resolves when the thread is there no more. */
  readonly ended: Promise<void>;
  /** Resolves when the thread takes requests. */
  readonly started: Promise<Answer>;
  #lastId = 0;
  #alive = true;

  constructor({ url, name, workerData, resourceLimits, toError }: ThreadOptions) {
    this.#toError = toError;
    this.#ending = `the ${name} thread has ended`;
    // The process's own options need not suit a thread: with some of them it would not even start. Its
    // environment may hold secrets, of which nothing is needed here.
    this.#worker = new Worker(url, {
      workerData,
      name,
      execArgv: [],
      env: {},
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#worker.on('message', (response: ThreadResponse<Answer>) => this.#settle(response));
    this.#worker.on('error', (error) => this.#end(`${this.#ending}: ${error.message}`));
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end(this.#ending);
        resolve();
      });
    });
    this.started = this.#wait(0);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** @param transfer buffers that the thread gets for good */
  request(request: Request, transfer: readonly Transferable[] = []): Promise<Answer> {
    if (!this.#alive) return Promise.reject(this.#toError({ code: '', message: this.#ending }));
    const id = ++this.#lastId;
    // What cannot be sent throws here, and nobody waits for its answer.
    this.#worker.postMessage({ ...request, id }, transfer);
    return this.#wait(id);
  }

  /** Ends the thread as it is. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.ended;
  }

  #wait(id: number): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
  }

  #settle(response: ThreadResponse<Answer>): void {
    const waiting = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if ('answer' in response) waiting?.resolve(response.answer);
    else waiting?.reject(this.#toError(response.error));
  }

  #end(message: string): void {
    this.#alive = false;
    for (const { reject } of this.#pending.values()) reject(this.#toError({ code: '', message }));
    this.#pending.clear();
  }
}
