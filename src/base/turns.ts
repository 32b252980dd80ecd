import { setImmediate } from 'node:timers/promises';

/** Number of looks at `isOver` between two reads of the clock, where the steps are short. */
const LOOKS_PER_READ = 64;

/**
 * Splits long work on the answering thread into turns, so that other requests are answered in between:
 *
 *     for (const item of items) {
 *       work(item);
 *       if (turns.isOver) await turns.next();
 *     }
 */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  readonly #turnMs: number;
  readonly #looksPerRead: number;
  #startedAt = performance.now();
  #looks = 0;

  /**
   * @param signal ends the work: `next` throws its reason once it is aborted
   * @param turnMs how long one turn may take, in milliseconds
   * @param looksPerRead number of looks at `isOver` between two reads of the clock; 1 for long steps
   */
  constructor(signal?: AbortSignal, turnMs = 5, looksPerRead = LOOKS_PER_READ) {
    this.#signal = signal;
    this.#turnMs = turnMs;
    this.#looksPerRead = looksPerRead;
  }

  /** Whether this turn has taken its time. Cheap enough for each step of a loop. */
  get isOver(): boolean {
    this.#looks += 1;
    if (this.#looks < this.#looksPerRead) return false;
    this.#looks = 0;
    return performance.now() - this.#startedAt >= this.#turnMs;
  }

  /** Begins the next turn, after the event loop has handled what waits. @throws the signal's reason if it is aborted */
  async next(): Promise<void> {
    this.#signal?.throwIfAborted();
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#startedAt = performance.now();
  }
}

/** Long work as short steps: a generator that yields after each, and returns the result. */
export type Steps<T> = Generator<void, T>;

/** Takes all steps at once, for threads of which nothing else is expected meanwhile, and for little work. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Takes the steps in turns. @throws the reason of the turns' signal */
export async function inTurns<T>(steps: Steps<T>, turns: Turns): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (turns.isOver) await turns.next();
  }
}
