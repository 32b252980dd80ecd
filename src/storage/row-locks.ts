import { setTimeout as pause } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import { StorageError } from './errors.js';
import type { Tables } from './tables.js';
import type { DestinationKey } from './types.js';

/** How long a transaction waits for the row of a destination, in milliseconds. It occupies a connection meanwhile. */
const LOCK_TIMEOUT_MS = 100;

/** Pause before the next try, without a connection, in milliseconds. */
const PAUSE_MS = 100;

/** How long a call waits for the row of a destination in all, in milliseconds. */
export const ROW_WAIT_MS = 5_000;

/** The same for a large change: others like it take about a minute, and it would have been prepared in vain. */
export const LARGE_ROW_WAIT_MS = 120_000;

/**
 * Lets one transaction of this process at a time lock the row of a destination. The others would only wait for it, and
 * occupy connections meanwhile.
 */
export class RowTurns {
  /** For each destination with turns, the end of the last one. */
  readonly #ends = new Map<string, Promise<void>>();

  /** @param work told whether it had to wait. If it need not, it begins at once */
  async run<T>(
    { customerId, destinationId }: DestinationKey,
    work: (hasWaited: boolean) => Promise<T>,
  ): Promise<T> {
    const name = JSON.stringify([customerId, destinationId]);
    const before = this.#ends.get(name);
    const turn = before === undefined ? work(false) : before.then(() => work(true));
    const end = turn.then(ignore, ignore);
    this.#ends.set(name, end);
    try {
      return await turn;
    } finally {
      if (this.#ends.get(name) === end) this.#ends.delete(name);
    }
  }
}

function ignore(): void {
  // The caller of the turn gets its error.
}

/**
 * Does what locks the row of a destination in PostgreSQL, and fails if another transaction keeps it locked. What follows in
 * the transaction is not limited.
 */
export async function lockingRow<T>(db: Transaction<Tables>, lock: () => Promise<T>): Promise<T> {
  await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(db);
  const result = await lock();
  await sql`set local lock_timeout to default`.execute(db);
  return result;
}

/**
 * Makes a transaction that locks the row of a destination, again and again as long as another one has it locked. A large
 * import has it locked for a minute: who waits for it occupies no connection, which changes of other destinations need.
 *
 * @param isLocked whether an error says that the row is locked by another transaction
 * @throws StorageError BUSY if it stays locked for `limitMs`
 */
export async function waitingForRow<T>(
  work: () => Promise<T>,
  isLocked: (error: unknown) => boolean,
  limitMs: number,
): Promise<T> {
  let end: number | undefined;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error)) throw error;
      end ??= performance.now() + limitMs;
      if (performance.now() >= end) throw lockedFor(limitMs, error);
      await pause(PAUSE_MS);
    }
  }
}

function lockedFor(ms: number, cause: unknown): StorageError {
  return new StorageError(
    'BUSY',
    `PostgreSQL: another change of the destination, such as a large import, has been under way for more than ${ms / 1_000} s; ` +
      'nothing was changed. Wait for its end, then try again',
    cause,
    'another change of the destination, such as a large import, is under way',
  );
}
