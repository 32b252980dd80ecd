import { getPriority, setPriority } from 'node:os';
import { Worker, type ResourceLimits, type Transferable } from 'node:worker_threads';

/** Nice value: below the priority of the answering thread when both compete for a core. */
const NICENESS = 5;

/** Lowers the priority of the calling thread, on Linux only. */
export function lowerThreadPriority(): void {
  // On other systems this would lower the priority of the whole process. A program that was started with a lower one may not raise it.
  if (process.platform === 'linux' && getPriority() < NICENESS) setPriority(NICENESS);
}

/** A thread's response to the request with that `id`. The response with ID 0 says that the thread has started. */
export type ThreadResponse<Answer> =
  { readonly id: number; readonly answer: Answer } | { readonly id: number; readonly error: ThreadFailure };

/** An error as it is sent between threads, which would lose its class. */
export interface ThreadFailure {
  /** Empty if the error has no code. */
  readonly code: string;
  readonly message: string;
}

export interface ThreadOptions {
  /** The thread's compiled JavaScript. */
  readonly url: URL;
  /** For error messages. */
  readonly name: string;
  readonly workerData?: unknown;
  readonly resourceLimits?: ResourceLimits;
  readonly toError: (failure: ThreadFailure) => Error;
}

type Pending<Answer> = Pick<PromiseWithResolvers<Answer>, 'resolve' | 'reject'>;

/** A worker thread that answers requests, until it ends. Requests in flight fail when it ends. */
export class ThreadSession<Request extends object, Answer> {
  readonly #worker: Worker;
  readonly #toError: ThreadOptions['toError'];
  readonly #ending: string;
  readonly #pending = new Map<number, Pending<Answer>>();
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  /** Resolves when the thread is ready for requests. */
  readonly started: Promise<Answer>;
  #lastId = 0;
  #endedBy: string | null = null;

  constructor({ url, name, workerData, resourceLimits, toError }: ThreadOptions) {
    this.#toError = toError;
    this.#ending = `the ${name} thread has ended`;
    // The thread gets neither the process's options, some of which would keep it from starting, nor its
    // environment, which may hold secrets.
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
    return this.#endedBy === null;
  }

  /** Why the thread has ended; `null` while it is alive. */
  get endedBy(): string | null {
    return this.#endedBy;
  }

  /** @param transfer buffers whose ownership passes to the thread. @throws what `postMessage` throws */
  request(request: Request, transfer: readonly Transferable[] = []): Promise<Answer> {
    return this.begin(request, transfer).answer;
  }

  /** As `request`, with the number by which the thread knows the request. */
  begin(request: Request, transfer: readonly Transferable[] = []): { id: number; answer: Promise<Answer> } {
    const id = ++this.#lastId;
    if (!this.alive) {
      return { id, answer: Promise.reject(this.#toError({ code: '', message: this.#ending })) };
    }
    // Throws if the request cannot be cloned; then there is no response to wait for.
    this.#worker.postMessage({ ...request, id }, transfer);
    return { id, answer: this.#wait(id) };
  }

  /** Ends the thread at once. */
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
    // The exit comes behind the error.
    this.#endedBy ??= message;
    for (const { reject } of this.#pending.values()) reject(this.#toError({ code: '', message }));
    this.#pending.clear();
  }
}
