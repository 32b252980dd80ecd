/**
 * Time as a parameter: everything that waits or compares moments takes a Clock, so that tests run on
 * a clock of their own instead of sleeping.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `ms` milliseconds; the returned function cancels that. */
  schedule(callback: () => void, ms: number): () => void;
}

/** The computer's own time. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(callback, ms) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `ms` milliseconds; rejects with the signal's reason when that aborts first. */
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

/** What `promise` settles to, or `onTimeout()` when `ms` milliseconds pass first. The promise itself goes on. */
export async function withTimeout<T, U>(
  clock: Clock,
  promise: Promise<T>,
  ms: number,
  onTimeout: () => U,
): Promise<T | U> {
  let cancel: (() => void) | undefined;
  const timeUp = new Promise<typeof TIME_UP>((resolve) => {
    cancel = clock.schedule(() => resolve(TIME_UP), ms);
  });
  try {
    const first = await Promise.race([promise, timeUp]);
    return first === TIME_UP ? onTimeout() : first;
  } finally {
    cancel?.();
  }
}

const TIME_UP = Symbol('time is up');
