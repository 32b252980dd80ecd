import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.js';
import { DirectoryError } from '../../directory/index.js';

/**
 * Limits how long one request waits for Audience Manager, the storage or anything else outside itself, and ends the work
 * that is done for it alone. What other requests may need as well goes on after the deadline. No timer is started until
 * something is awaited.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  /** By `elapsed()`. */
  readonly #start: number;
  #expiry: Promise<never> | undefined;
  #cancelTimer: (() => void) | undefined;
  #rejectExpiry: ((error: Error) => void) | undefined;
  #failure: Error | undefined;
  // Created on first use: a response of the fast path has nothing to end.
  #controller: AbortController | undefined;

  /** @param ms time limit in milliseconds, counted from now */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#start = clock.elapsed();
  }

  /** Aborted at the deadline, and by `end`; its reason is the error that `within` throws. The first use starts the timer. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // One for each read that is under way. Node.js warns of more than ten.
      setMaxListeners(0, this.#controller.signal);
      if (this.#failure === undefined) this.#startTimer();
      else this.#controller.abort(this.#failure);
    }
    return this.#controller.signal;
  }

  /** How much time is left, in milliseconds. */
  get leftMs(): number {
    return this.#failure === undefined ? Math.max(0, this.#ms - (this.#clock.elapsed() - this.#start)) : 0;
  }

  /** For work that is about to begin. @throws DirectoryError AAM_UNAVAILABLE after the deadline or `end()` */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Waits for `promise`, until the deadline at most.
   *
   * @throws DirectoryError AAM_UNAVAILABLE after the deadline or `end()`
   */
  async within<T>(promise: Promise<T>): Promise<T> {
    return await Promise.race([promise, this.#expired()]);
  }

  /**
   * As `within`, for work that only the storage does.
   *
   * @throws DirectoryError STORAGE_UNAVAILABLE after the deadline or `end()`
   */
  async withinStorage<T>(promise: Promise<T>): Promise<T> {
    try {
      return await this.within(promise);
    } catch (error) {
      if (error !== this.#failure || !(error instanceof DirectoryError)) throw error;
      throw new DirectoryError('STORAGE_UNAVAILABLE', error.message, error);
    }
  }

  /** Stops waiting and working, because the response was sent or the client disconnected. */
  end(): void {
    this.#cancelTimer?.();
    this.#fail('The request was cancelled.');
  }

  /** A promise that rejects at the deadline; the first call starts the timer. */
  #expired(): Promise<never> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#expiry === undefined) {
      this.#expiry = new Promise((_, reject) => {
        this.#rejectExpiry = reject;
      });
      // Prevents an unhandled rejection if nothing is awaited when the deadline passes.
      this.#expiry.catch(() => undefined);
      this.#startTimer();
    }
    return this.#expiry;
  }

  #startTimer(): void {
    if (this.#cancelTimer !== undefined) return;
    const elapsed = this.#clock.elapsed() - this.#start;
    this.#cancelTimer = this.#clock.schedule(() => {
      this.#fail(`The request exceeded its time limit of ${this.#ms} ms; try again.`);
    }, this.#ms - elapsed);
  }

  #fail(message: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new DirectoryError('AAM_UNAVAILABLE', message);
    this.#rejectExpiry?.(this.#failure);
    this.#controller?.abort(this.#failure);
  }
}
