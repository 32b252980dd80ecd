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

/**
 * A clock for dates that are kept: `now()` never goes back by a little, and whoever keeps dates can find out by how much
 * it was set back otherwise.
 */
export interface SteadyClock extends Clock {
  /**
   * By how much `now()` was set back in all, in milliseconds. A date that was taken before it grew by `n` is `n` less by
   * now; without that, it would seem to be in the future. Brought up to date by `now()`.
   */
  readonly setBackMs: number;
}

/** A moment by both times of a clock, so that its age can be told whatever happens to one of them. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly date: number;
  /** By `Clock.elapsed()`. */
  readonly elapsed: number;
}

/** The present moment. */
export function momentOf(clock: Clock): Moment {
  return { date: clock.now(), elapsed: clock.elapsed() };
}

/**
 * How long ago a moment was, in milliseconds: what the larger of both times says. The date may have been set back since,
 * and `elapsed()` stands still while the machine is suspended.
 */
export function ageOf(moment: Moment, clock: Clock): number {
  return Math.max(clock.now() - moment.date, clock.elapsed() - moment.elapsed);
}

/** A step back of the date that is smaller is not told from rounding, in milliseconds. */
const MIN_STEP_MS = 1_000;

/** The date of a moment: as it was noted, or what it would be by a date that was set back since. */
export function dateOf(moment: Moment, clock: Clock): number {
  const setBackMs = clock.elapsed() - moment.elapsed - (clock.now() - moment.date);
  return setBackMs > MIN_STEP_MS ? moment.date - Math.round(setBackMs) : moment.date;
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
