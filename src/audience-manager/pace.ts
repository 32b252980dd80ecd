import type { Clock } from '../base/clock.js';

export interface PacerOptions {
  /** Maximum number of calls to one host that begin within any second; 0: any number. */
  readonly callsPerSecond: number;
  readonly clock: Clock;
}

const SECOND_MS = 1_000;

/**
 * Paces calls: a token bucket per host, in which a token is back one second after it was taken. So no second sees more
 * calls than `callsPerSecond`, and a few calls after a pause need not wait. Who waits longest is next.
 */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Resolves with `true` when a call to a host may begin, or with `false` if the signal aborts first. */
  async take(host: string, signal: AbortSignal): Promise<boolean> {
    const { callsPerSecond, clock } = this.#options;
    if (callsPerSecond === 0) return true;
    let bucket = this.#buckets.get(host);
    if (bucket === undefined) {
      bucket = new Bucket(callsPerSecond, clock);
      this.#buckets.set(host, bucket);
    }
    return await bucket.take(signal);
  }
}

class Bucket {
  readonly #size: number;
  readonly #clock: Clock;
  /** When each token was taken, oldest first, in milliseconds since the epoch; at most `size`. */
  #taken: number[] = [];
  /** In the order in which they came; `Set` because any may leave. */
  readonly #waiting = new Set<() => void>();
  #timer: (() => void) | null = null;

  constructor(size: number, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.#waiting.delete(begin);
        if (this.#waiting.size === 0) this.#stop();
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(begin);
      this.#serve();
    });
  }

  /** Lets as many begin as there are tokens, and comes back when the next token does. */
  #serve(): void {
    const now = this.#clock.now();
    // After the clock was set back, times in the future would keep everybody waiting until then.
    this.#taken = this.#taken.map((at) => Math.min(at, now)).filter((at) => now - at < SECOND_MS);
    for (const begin of this.#waiting) {
      if (this.#taken.length >= this.#size) break;
      this.#waiting.delete(begin);
      this.#taken.push(now);
      begin();
    }
    const [oldest] = this.#taken;
    if (this.#waiting.size === 0 || oldest === undefined || this.#timer !== null) return;
    this.#timer = this.#clock.schedule(
      () => {
        this.#timer = null;
        this.#serve();
      },
      oldest + SECOND_MS - now,
    );
  }

  #stop(): void {
    this.#timer?.();
    this.#timer = null;
  }
}
