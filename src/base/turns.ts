import { yieldToEventLoop } from './yielding.js';

/** Number of looks at `isOver` between two reads of the clock. */
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
  #startedAt = performance.now();
  #looks = 0;

  /**
   * @param signal ends the work: `next` throws its reason once it is aborted
   * @param turnMs how long one turn may take, in milliseconds
   */
  constructor(signal?: AbortSignal, turnMs = 5) {
    this.#signal = signal;
    this.#turnMs = turnMs;
  }

  /** Whether this turn has taken its time. Cheap enough for each step of a loop. */
  get isOver(): boolean {
    this.#looks += 1;
    if (this.#looks < LOOKS_PER_READ) return false;
    this.#looks = 0;
    return performance.now() - this.#startedAt >= this.#turnMs;
  }

  /** Begins the next turn, after the event loop has handled what waits. @throws the signal's reason if it is aborted */
  async next(): Promise<void> {
    this.#signal?.throwIfAborted();
    await yieldToEventLoop();
    this.#signal?.throwIfAborted();
    this.#startedAt = performance.now();
  }
}
