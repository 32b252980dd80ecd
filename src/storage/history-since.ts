import type { Kysely } from 'kysely';
import { readLastRevision } from './last-revision.js';
import type { Places } from './overlay.js';
import type { Tables } from './tables.js';

/**
 * How much later a revision without a time of storing may have been stored than it was detected, in milliseconds: a
 * day. Listings are stored late after an outage of the database.
 */
const MAX_STORING_DELAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The number of the first revision of a destination that was stored at `since` or later. No index over all revisions
 * is needed: commits are found by their time, and the revisions that a gateway of an earlier version has written in
 * between are searched by halves.
 *
 * @param db a transaction in which all reads see the same moment
 * @returns `null` if there is none
 */
export async function firstSequenceSince(
  db: Kysely<Tables>,
  places: Places,
  since: number,
): Promise<number | null> {
  const { pk: destinationPk } = places;
  const commit = await db
    .selectFrom('revision_commit')
    .select('first_sequence')
    .where('destination_pk', '=', destinationPk)
    .where('stored_at', '>=', since)
    .orderBy('stored_at')
    .orderBy('first_sequence')
    .executeTakeFirst();
  const end = commit?.first_sequence ?? (await readLastRevision(db, places)).sequence + 1;
  const before = await db
    .selectFrom('revision_commit')
    .select('last_sequence')
    .where('destination_pk', '=', destinationPk)
    .where('last_sequence', '<', end)
    .orderBy('last_sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  // Only the revisions between the two commits are in doubt: they have no commit of their own.
  const doubtful = { destinationPk, after: before?.last_sequence ?? 0, end };
  return (await firstDetectedSince(db, doubtful, since)) ?? commit?.first_sequence ?? null;
}

/** The revisions of a destination with numbers between both, exclusively. */
interface Stretch {
  readonly destinationPk: number;
  readonly after: number;
  readonly end: number;
}

/** The first revision of the stretch that was detected at `since` or later; `null` if there is none. */
async function firstDetectedSince(
  db: Kysely<Tables>,
  { destinationPk, after, end }: Stretch,
  since: number,
): Promise<number | null> {
  // Times do not ascend strictly. All before the one found here were detected too early.
  let [low, high] = [after, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    // Revisions in between may have been removed.
    const found = await db
      .selectFrom('revision')
      .select(['sequence', 'at'])
      .where('destination_pk', '=', destinationPk)
      .where('sequence', '>=', middle)
      .where('sequence', '<', high)
      .orderBy('sequence')
      .limit(1)
      .executeTakeFirst();
    if (found !== undefined && found.at < since - MAX_STORING_DELAY_MS) low = found.sequence;
    else high = middle;
  }
  if (high >= end) return null;
  const first = await db
    .selectFrom('revision')
    .select('sequence')
    .where('destination_pk', '=', destinationPk)
    .where('sequence', '>=', high)
    .where('sequence', '<', end)
    .where('at', '>=', since)
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst();
  return first?.sequence ?? null;
}
