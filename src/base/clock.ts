/**
 * Source of the current time and of timers. Code that waits or compares times takes a Clock as a parameter, so that
 * tests can pass a clock of their own instead of sleeping.
 */
export interface Clock {
  /** Current time, in milliseconds since the epoch. */
  now(): number;
  /**
   * Milliseconds since some fixed moment of this process. Unlike `now()`, it is never set back or forward: take it for
   * durations, and `now()` for dates.
   */
  elapsed(): number;
  /**
   * Calls `callback` once after `ms` milliseconds.
   *
   * @returns a function that cancels the call
   */
  schedule(callback: () => void, ms: number): () => void;
}

/** The system clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(callback, ms) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `ms` milliseconds. Rejects with the signal's reason if the signal aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.schedule(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Settles as `promise` does, or with the result of `onTimeout()` after `ms` milliseconds. The timeout does not cancel
 * the work behind the promise.
 */
export async function withTimeout<T, U>(
  clock: Clock,
  promise: Promise<T>,
  ms: number,
  onTimeout: () => U,
): Promise<T | U> {
  let cancel: (() => void) | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    cancel = clock.schedule(() => resolve(TIMED_OUT), ms);
  });
  try {
    const first = await Promise.race([promise, timeout]);
    return first === TIMED_OUT ? onTimeout() : first;
  } finally {
    cancel?.();
  }
}

const TIMED_OUT = Symbol('timed out');
