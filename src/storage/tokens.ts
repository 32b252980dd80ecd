import { storableText } from '../base/text.js';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** The encrypted token of an account; `null` if none is stored that expires after `now`. */
export async function readToken(db: Kysely<Tables>, account: string, now: number): Promise<string | null> {
  const row = await db
    .selectFrom('token')
    .select('sealed')
    .where('account', '=', storableText(account))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.sealed ?? null;
}

/** Stores the encrypted token of an account, in the place of an earlier one. */
export async function writeToken(
  db: Kysely<Tables>,
  account: string,
  sealed: string,
  expiresAt: number,
): Promise<void> {
  const columns = { sealed: storableText(sealed), expires_at: expiresAt };
  await db
    .insertInto('token')
    .values({ account: storableText(account), ...columns })
    .onConflict((conflict) => conflict.column('account').doUpdateSet(columns))
    .execute();
}
