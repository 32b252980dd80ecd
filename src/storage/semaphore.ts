/** Lets callers work in turn. */
export interface Turns {
  /**
   * Waits for a turn.
   *
   * @param signal ends the wait
   * @returns the function that ends the turn
   * @throws the signal's reason if it is aborted first
   */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly begin: () => void;
}

/** Lets a limited number of callers work at once. The others wait, in the order of the calls. */
export class Semaphore implements Turns {
  readonly #maxWaiting: number;
  readonly #whenFull: () => Error;
  readonly #waiting = new Set<Waiter>();
  #free: number;

  /**
   * @param permits number of callers that may work at once
   * @param maxWaiting number of callers that may wait. Default: any number
   * @param whenFull makes the error for a caller who may not wait
   */
  constructor(
    permits: number,
    maxWaiting = Number.POSITIVE_INFINITY,
    whenFull = () => new Error('too many calls wait'),
  ) {
    this.#free = permits;
    this.#maxWaiting = maxWaiting;
    this.#whenFull = whenFull;
  }

  /**
   * Waits for a turn.
   *
   * @param signal ends the wait
   * @returns the function that ends the turn
   * @throws the signal's reason if it is aborted first; the error of `whenFull` if too many wait
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    return () => this.#release();
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) throw this.#whenFull();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        begin: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
    } else {
      this.#waiting.delete(next);
      next.begin();
    }
  }
}
