import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** The value below which a share of the values lies: 0.5 is the median. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

/** How long a call takes, in milliseconds. */
export async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}

/** How long each of so many calls takes that come at a fixed pace, whether those before were answered or not. */
export async function paced(ask, count, everyMs) {
  const calls = [];
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const wait = start + index * everyMs - performance.now();
    if (wait > 0) await sleep(wait);
    calls.push(timed(() => ask(index)).then(({ ms }) => ms));
  }
  return await Promise.all(calls);
}

/** What `timed` says, and the longest time in which nothing else had its turn on the event loop. */
export async function watched(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  globalThis.gc?.();
  delay.enable();
  // The first interval would otherwise begin within the work.
  await sleep(10);
  delay.reset();
  const { result, ms } = await timed(work);
  // A block is recorded when it is over.
  await sleep(10);
  delay.disable();
  return { result, ms, blockMs: delay.max / 1e6 };
}
