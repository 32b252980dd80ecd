import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** Number and time of the newest revision of a destination. Both are 0 if it has none. */
export async function readLastRevision(
  db: Kysely<Tables>,
  destinationPk: number,
): Promise<{ readonly sequence: number; readonly at: number }> {
  const last = await db
    .selectFrom('revision')
    .select(['sequence', 'at'])
    .where('destination_pk', '=', destinationPk)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? { sequence: 0, at: 0 };
}
