import type { Transaction } from 'kysely';
import { expect, it, vi } from 'vitest';
import type { Engine } from '../../src/storage/engine.js';
import { Semaphore } from '../../src/storage/semaphore.js';
import {
  inOwnTransaction,
  inShortTransactions,
  type WriteStep,
} from '../../src/storage/short-transactions.js';
import { isBusy, SqliteError } from '../../src/storage/sqlite/errors.js';
import type { Tables } from '../../src/storage/tables.js';

// Only the long pauses are shortened.
vi.mock(import('node:timers/promises'), async (load) => {
  const real = await load();
  const setTimeout = ((ms: number) => real.setTimeout(ms < 1_000 ? ms : 1)) as typeof real.setTimeout;
  return { ...real, setTimeout };
});

type Work = (db: Transaction<Tables>) => Promise<unknown>;

/** An engine that executes nothing. @param begin called before each transaction */
function fakeEngine(begin: () => Promise<void>, end = (): void => undefined): Engine {
  const execute = async (work: Work): Promise<unknown> => {
    await begin();
    return await work(undefined as unknown as Transaction<Tables>).finally(end);
  };
  const writer = { transaction: () => ({ execute }) };
  return { writer, longWrites: new Semaphore(1), isWriterBusy: isBusy } as unknown as Engine;
}

function busy(): SqliteError {
  return new SqliteError('SQLITE_BUSY', 'database is locked');
}

const always = (): Promise<boolean> => Promise.resolve(true);

it('long writes of one process pause together, so that another process finds its turn', async () => {
  const pauses: number[] = [];
  let ended = undefined as number | undefined;
  const engine = fakeEngine(
    () => {
      if (ended !== undefined) pauses.push(performance.now() - ended);
      return Promise.resolve();
    },
    () => {
      ended = performance.now();
    },
  );
  function* steps(): Generator<WriteStep> {
    for (let step = 0; step < 15; step++) yield () => new Promise((resolve) => setTimeout(resolve, 20));
  }
  const written = await Promise.all([1, 2, 3].map(() => inShortTransactions(engine, steps(), always)));
  expect(written).toEqual([true, true, true]);
  expect(pauses.length).toBeGreaterThan(8);
  // Timers of Node may be a millisecond early.
  expect(Math.min(...pauses)).toBeGreaterThan(20);
});

it('a transaction of a long write that cannot begin is tried again, but not for ever', async () => {
  const failures = [busy(), busy()];
  const engine = fakeEngine(() =>
    Promise.resolve().then(() => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
    }),
  );
  let steps = 0;
  const step: WriteStep = () => {
    steps += 1;
    return Promise.resolve();
  };
  expect(await inShortTransactions(engine, [step], always)).toBe(true);
  expect(steps).toBe(1);
  let tries = 0;
  const locked = fakeEngine(() => Promise.reject(busy()).finally(() => (tries += 1)));
  await expect(inOwnTransaction(locked, always)).rejects.toThrow('locked');
  expect(tries).toBe(8);
  tries = 0;
  await expect(inOwnTransaction(locked, always, AbortSignal.abort())).rejects.toThrow('locked');
  expect(tries).toBe(1);
});

it('a transaction that has begun is not tried again', async () => {
  let tries = 0;
  const engine = fakeEngine(() => Promise.resolve());
  const work = (): Promise<never> => {
    tries += 1;
    return Promise.reject(busy());
  };
  await expect(inOwnTransaction(engine, work)).rejects.toThrow('locked');
  expect(tries).toBe(1);
});
