import { storableText } from '../base/text.js';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';
import type { LogInState } from './types.js';

/** Reads how the log-ins of an account stand; `null` if there is neither a rejection nor an attempt. */
export async function readLogIn(db: Kysely<Tables>, account: string): Promise<LogInState | null> {
  const row = await db
    .selectFrom('log_in')
    .select(['rejections', 'last_try_at', 'is_trying', 'message'])
    .where('account', '=', storableText(account))
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    rejections: row.rejections,
    lastTryAt: row.last_try_at,
    isTrying: row.is_trying === 1,
    message: row.message,
  };
}

/**
 * Begins an attempt if the stored state is the expected one. A single statement, so that exactly one of several
 * concurrent processes succeeds.
 *
 * @param isRetry whether the attempt may have begun already, with the same arguments
 * @returns `false` if the state is another one
 */
export async function beginLogIn(
  db: Kysely<Tables>,
  account: string,
  expected: LogInState | null,
  now: number,
  isRetry: boolean,
): Promise<boolean> {
  // Taking over an attempt that began at this very moment would change nothing, so that two could succeed.
  if (expected?.isTrying === true && expected.lastTryAt === now) return false;
  if (isRetry) {
    const found = await readLogIn(db, account);
    const rejections = expected?.rejections ?? 0;
    if (found?.isTrying === true && found.lastTryAt === now && found.rejections === rejections) return true;
  }
  const begun = { last_try_at: now, is_trying: 1 };
  if (expected === null) {
    const inserted = await db
      .insertInto('log_in')
      .values({ account: storableText(account), rejections: 0, message: null, ...begun })
      .onConflict((conflict) => conflict.column('account').doNothing())
      .returning('account')
      .executeTakeFirst();
    return inserted !== undefined;
  }
  const updated = await db
    .updateTable('log_in')
    .set(begun)
    .where('account', '=', storableText(account))
    .where('rejections', '=', expected.rejections)
    .where('last_try_at', '=', expected.lastTryAt)
    .where('is_trying', '=', expected.isTrying ? 1 : 0)
    .returning('account')
    .executeTakeFirst();
  return updated !== undefined;
}

/**
 * Counts a rejection, and ends the attempt.
 *
 * @param isRetry whether the rejection may have been counted already
 */
export async function recordRejection(
  db: Kysely<Tables>,
  account: string,
  now: number,
  message: string,
  isRetry: boolean,
): Promise<void> {
  if (isRetry) {
    const found = await readLogIn(db, account);
    if (found?.isTrying === false && found.lastTryAt === now) return;
  }
  const rejected = { last_try_at: now, is_trying: 0, message: storableText(message) };
  await db
    .insertInto('log_in')
    .values({ account: storableText(account), rejections: 1, ...rejected })
    .onConflict((conflict) =>
      conflict
        .column('account')
        .doUpdateSet((eb) => ({ ...rejected, rejections: eb('log_in.rejections', '+', 1) })),
    )
    .execute();
}

/** Deletes the state of an account. */
export async function forgetLogIn(db: Kysely<Tables>, account: string): Promise<void> {
  await db.deleteFrom('log_in').where('account', '=', storableText(account)).execute();
}
