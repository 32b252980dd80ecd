import { performance } from 'node:perf_hooks';

/** How often it is looked whether the thread answers, in milliseconds. */
const TICK_MS = 10;

/** When the thread has been idle for so long in all, what it was to do waits for something else. In milliseconds. */
const MAX_IDLE_MS = 100;

/** Measures for how long at a stretch something keeps the thread to itself. */
export class ThreadHold {
  readonly #timer: NodeJS.Timeout;
  readonly #idleBefore = idleMs();
  #lastTick = performance.now();
  #longest = 0;

  /** @param onIdle called when the thread has been idle for 100 ms in all */
  constructor(onIdle: () => void) {
    this.#timer = setInterval(() => {
      this.#tick(TICK_MS);
      if (idleMs() - this.#idleBefore > MAX_IDLE_MS) onIdle();
    }, TICK_MS);
    this.#timer.unref();
  }

  /** Ends the measurement. @returns the longest time without an answer of the thread, in milliseconds */
  end(): number {
    clearInterval(this.#timer);
    this.#tick(0);
    return this.#longest;
  }

  #tick(expectedMs: number): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#lastTick - expectedMs);
    this.#lastTick = now;
  }
}

/** For how long the thread has been idle since the process started, in milliseconds. */
function idleMs(): number {
  return performance.eventLoopUtilization().idle;
}
