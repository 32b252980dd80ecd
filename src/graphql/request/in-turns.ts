import type { Turns } from '../../base/turns.js';

/** Number of works that are started in one turn. */
const STARTS_PER_TURN = 100;

/**
 * Starts a work for each item, some in each turn, and waits for all of them.
 *
 * @param work never rejects
 * @throws the reason of the signal of `turns` once that is aborted
 */
export async function startInTurns<T>(
  items: Iterable<T>,
  turns: Turns,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const started: Promise<void>[] = [];
  for (const item of items) {
    started.push(work(item));
    if (started.length % STARTS_PER_TURN === 0) await turns.next();
  }
  await Promise.all(started);
}
