import { withTimeout, type Clock } from './clock.js';

/** One limit of time for work of several steps. By the monotonic clock, so it holds while the time is being set. */
export class TimeLimit {
  readonly #clock: Clock;
  /** When the limit is reached, by `clock.elapsed()`. */
  readonly #end: number;

  /** @param ms how much time there is from now on, in milliseconds */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#end = clock.elapsed() + ms;
  }

  /** How much time is left, in milliseconds; 0 at the limit and after it. */
  get remainingMs(): number {
    return Math.max(0, this.#end - this.#clock.elapsed());
  }

  /** A limit that is reached `ms` milliseconds before this one. */
  before(ms: number): TimeLimit {
    return new TimeLimit(this.#clock, this.#end - this.#clock.elapsed() - ms);
  }

  /**
   * Waits for `work`, until the limit at most. The work goes on after the limit.
   *
   * @returns whether it was done in time. Rejects if the work fails in time
   */
  async allows(work: Promise<unknown>): Promise<boolean> {
    // A failure after the limit is nobody's business any more.
    work.catch(() => undefined);
    const done = work.then(() => true);
    return await withTimeout(this.#clock, done, this.remainingMs, () => false);
  }
}
