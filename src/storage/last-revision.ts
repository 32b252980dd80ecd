import type { Kysely } from 'kysely';
import { dated, pksOf, type Places } from './overlay.js';
import type { Tables } from './tables.js';

/** The number and the time of a revision. */
export interface RevisionPosition {
  readonly sequence: number;
  readonly at: number;
}

/** Number and time of the newest revision of a destination. Both are 0 if it has none. */
export async function readLastRevision(db: Kysely<Tables>, places: Places): Promise<RevisionPosition> {
  let last: RevisionPosition = { sequence: 0, at: 0 };
  for (const pk of pksOf(places)) {
    const found = await db
      .selectFrom('revision')
      .select(['destination_pk', 'sequence', 'at'])
      .where('destination_pk', '=', pk)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (found !== undefined && found.sequence > last.sequence) last = dated(found, places);
  }
  return { sequence: last.sequence, at: last.at };
}
