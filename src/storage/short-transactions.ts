import { setTimeout as pause } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import type { Engine } from './engine.js';
import type { Tables } from './tables.js';

/** How long one transaction of a long write works, in milliseconds. */
const WORK_MS = 50;

/**
 * Pause after each transaction of a long write, in milliseconds. Writers of this process take turns anyway; one of another
 * process tries again every 100 ms at most, and finds such a pause within some tries. All long writes of this process have
 * their pauses together: otherwise one would work while another one pauses.
 */
const PAUSE_MS = 25;

/**
 * How often a transaction is tried to begin, each time for as long as a statement waits (5 s). Together that is less than
 * the lease of a long write.
 */
const MAX_TRIES = 8;

/** Pause before it is tried again, in milliseconds. Meanwhile the thread, which such a try occupies, reads what others ask for. */
const RETRY_PAUSE_MS = 1_000;

/** One part of a long write. It takes some milliseconds. */
export type WriteStep = (db: Transaction<Tables>) => Promise<void>;

/**
 * Makes a transaction of a long write, of which the others would be in vain if it failed. If it cannot begin because another
 * process is writing, it is tried again: nothing was done yet.
 *
 * @param signal ends that
 */
export async function inOwnTransaction<T>(
  engine: Engine,
  work: (db: Transaction<Tables>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    let hasBegun = false as boolean;
    try {
      return await engine.writer.transaction().execute(async (db) => {
        hasBegun = true;
        return await work(db);
      });
    } catch (error) {
      if (hasBegun || tries === MAX_TRIES || signal?.aborted === true) throw error;
      if (engine.isWriterBusy?.(error) !== true) throw error;
      await pause(RETRY_PAUSE_MS);
    }
  }
}

/**
 * Executes steps, some of them in each of many short transactions, so that other writers have their turn in between.
 *
 * @param before called at the beginning of each transaction; `false` ends the work
 * @param signal ends the work between two transactions
 * @returns whether all steps were executed
 */
export async function inShortTransactions(
  engine: Engine,
  steps: Iterable<WriteStep>,
  before: (db: Transaction<Tables>) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<boolean> {
  const iterator = steps[Symbol.iterator]();
  let next = iterator.next();
  const workForAWhile = async (db: Transaction<Tables>): Promise<boolean> => {
    await engine.requireWritable?.();
    if (!(await before(db))) return false;
    // How long a disk is at work does not depend on which clock the gateway goes by.
    const end = performance.now() + WORK_MS;
    while (next.done !== true) {
      await next.value(db);
      next = iterator.next();
      if (performance.now() >= end) break;
    }
    return true;
  };
  while (next.done !== true) {
    const endTurn = await engine.longWrites?.acquire();
    try {
      if (signal?.aborted === true || !(await inOwnTransaction(engine, workForAWhile, signal))) return false;
      await pause(PAUSE_MS);
    } finally {
      endTurn?.();
    }
  }
  return true;
}
