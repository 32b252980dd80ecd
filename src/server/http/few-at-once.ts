/** Runs tasks, a few of them at the same time. Callers take turns: whoever has many tasks does not hold up the others. */
export class FewAtOnce {
  readonly #max: number;
  readonly #maxWaiting: number;
  #running = 0;
  /** Who waits, by caller. The first caller is the next one. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * @param max how many run at the same time
   * @param maxWaiting how many of one caller wait
   */
  constructor(max: number, maxWaiting: number) {
    this.#max = max;
    this.#maxWaiting = maxWaiting;
  }

  /** Whether another task of a caller may run or wait. */
  hasRoom(caller: string): boolean {
    return this.#running < this.#max || (this.#waiting.get(caller)?.length ?? 0) < this.#maxWaiting;
  }

  /**
   * Runs a task when its turn has come. Ask `hasRoom` before.
   *
   * @throws the reason of `signal` when it is aborted while the task waits; then the task never runs
   */
  async run<T>(caller: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.#max) this.#running += 1;
    else await this.#wait(caller, signal);
    try {
      return await task();
    } finally {
      // Whoever has just had a turn is the last to have the next one.
      this.#moveBack(caller);
      this.#handOn();
    }
  }

  async #wait(caller: string, signal?: AbortSignal): Promise<void> {
    let leave: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.set(caller, [...(this.#waiting.get(caller) ?? []), resolve]);
        leave = () => {
          this.#remove(caller, resolve);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', leave);
      });
    } finally {
      if (leave !== undefined) signal?.removeEventListener('abort', leave);
    }
  }

  /** Hands a turn on to the next task, so that nobody can come in between. */
  #handOn(): void {
    for (const [caller, [begin]] of this.#waiting) {
      if (begin === undefined) continue;
      this.#remove(caller, begin);
      this.#moveBack(caller);
      begin();
      return;
    }
    this.#running -= 1;
  }

  #remove(caller: string, waiter: () => void): void {
    const rest = (this.#waiting.get(caller) ?? []).filter((each) => each !== waiter);
    if (rest.length > 0) this.#waiting.set(caller, rest);
    else this.#waiting.delete(caller);
  }

  #moveBack(caller: string): void {
    const waiters = this.#waiting.get(caller);
    if (waiters === undefined) return;
    this.#waiting.delete(caller);
    this.#waiting.set(caller, waiters);
  }
}
