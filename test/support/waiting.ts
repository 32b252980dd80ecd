import type { FakeClock } from './fake-clock.js';

/** Maximum step of `passing` before it is multiplied by the speed, in milliseconds. */
const MAX_STEP_MS = 50;

/**
 * Work that has begun, and that the test awaits later. If the test fails before that, nobody awaits it, and its failure must not
 * end the run of all tests, maybe minutes later.
 */
export function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/**
 * Moves time on no faster than it passes, as those who wait for another gateway or a database need, until the work is done.
 * After a pause of this process, time goes on more slowly: what has arrived meanwhile is read first.
 *
 * @param speed how many times as fast as it passes time may move on
 */
export async function passing<T>(clock: FakeClock, work: Promise<T>, speed = 1): Promise<T> {
  let isDone = false;
  const settle = (): void => {
    isDone = true;
  };
  work.then(settle, settle);
  let last = performance.now();
  await eventually(() => {
    const passed = Math.floor(performance.now() - last);
    last += passed;
    if (!isDone && passed > 0) clock.advance(speed * Math.min(passed, MAX_STEP_MS));
    return isDone;
  });
  return await work;
}

/** Polls a condition once per turn of the event loop. @throws if it does not hold within `withinMs` */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${String(holds)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
