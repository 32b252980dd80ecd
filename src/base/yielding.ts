import { setImmediate } from 'node:timers/promises';

/** Work on this many segments takes a few milliseconds: as long as a lookup may be kept waiting by it. */
const SEGMENTS_A_TURN = 1_000;

/** Whether a long loop has to let others have their turn after the item of this index. */
export function shouldYield(index: number): boolean {
  return index % SEGMENTS_A_TURN === SEGMENTS_A_TURN - 1;
}

/** Resolves after the others' turn. */
export async function yieldToEventLoop(): Promise<void> {
  await setImmediate();
}
