import type { Clock } from '../../base/clock.js';
import { DirectoryError } from '../../directory/index.js';

/**
 * How long one request may wait: for Audience Manager, for the storage, for anything that it does not do itself.
 * What it waits for goes on behind it, for those who ask next. Costs nothing where nothing is waited for.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #start: number;
  #expiry: Promise<never> | undefined;
  #cancel: (() => void) | undefined;
  #expire: ((error: Error) => void) | undefined;
  #ended: Error | undefined;

  /** @param ms from now */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#start = clock.now();
  }

  /** What `promise` settles to, unless the time is over first. @throws DirectoryError AAM_UNAVAILABLE */
  async within<T>(promise: Promise<T>): Promise<T> {
    return await Promise.race([promise, this.#expired()]);
  }

  /** Nobody waits for the answer any more, or it is there. */
  end(): void {
    this.#cancel?.();
    this.#fail('The request was given up.');
  }

  #expired(): Promise<never> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#expiry === undefined) {
      this.#expiry = new Promise((_, reject) => {
        this.#expire = reject;
      });
      // Where everything else is there in time, nobody looks at it.
      this.#expiry.catch(() => undefined);
      const passed = this.#clock.now() - this.#start;
      this.#cancel = this.#clock.schedule(() => {
        this.#fail(`No answer within the ${this.#ms} ms that a request may take; try again.`);
      }, this.#ms - passed);
    }
    return this.#expiry;
  }

  #fail(message: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = new DirectoryError('AAM_UNAVAILABLE', message);
    this.#expire?.(this.#ended);
  }
}
