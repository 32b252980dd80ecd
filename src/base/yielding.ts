import { setImmediate } from 'node:timers/promises';

/** Processing this many segments takes a few milliseconds, which is as long as a lookup may be delayed. */
const ITEMS_PER_TURN = 1_000;

/** Whether a long loop has to yield to the event loop after processing the item at this index. */
export function shouldYield(index: number): boolean {
  return index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1;
}

/** Resolves after the event loop has handled its pending events. */
export async function yieldToEventLoop(): Promise<void> {
  await setImmediate();
}
