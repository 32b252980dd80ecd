import type { Clock } from '../../base/clock.js';
import { DirectoryError } from '../../directory/index.js';

/**
 * Limits how long one request waits for Audience Manager, the storage or anything else outside itself. The awaited
 * work goes on after the deadline, for later requests. No timer is started until something is awaited.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #start: number;
  #expiry: Promise<never> | undefined;
  #cancelTimer: (() => void) | undefined;
  #rejectExpiry: ((error: Error) => void) | undefined;
  #failure: Error | undefined;
  // Created on first use, because most requests do nothing that has to be ended.
  #controller: AbortController | undefined;

  /** @param ms time limit in milliseconds, counted from now */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#start = clock.now();
  }

  /** Aborted at the deadline, and by `end`. The first use starts the timer. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#expired().catch((error: unknown) => this.#controller?.abort(error));
    }
    return this.#controller.signal;
  }

  /**
   * Waits for `promise`, until the deadline at most.
   *
   * @throws DirectoryError AAM_UNAVAILABLE after the deadline or `end()`
   */
  async within<T>(promise: Promise<T>): Promise<T> {
    return await Promise.race([promise, this.#expired()]);
  }

  /** Stops waiting, because the response was sent or the client disconnected. */
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
      const elapsed = this.#clock.now() - this.#start;
      this.#cancelTimer = this.#clock.schedule(() => {
        this.#fail(`The request exceeded its time limit of ${this.#ms} ms; try again.`);
      }, this.#ms - elapsed);
    }
    return this.#expiry;
  }

  #fail(message: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new DirectoryError('AAM_UNAVAILABLE', message);
    this.#rejectExpiry?.(this.#failure);
  }
}
