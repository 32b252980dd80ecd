import { sql, type Kysely } from 'kysely';
import { storableText } from '../base/text.js';
import { firstSequenceSince } from './history-since.js';
import { PLACE_COLUMNS, isNotShadowed, pksOf, placesOf, type Places } from './overlay.js';
import type { Tables } from './tables.js';
import type { ChangesOfDay, DailyChanges, DestinationKey, RevisionKind } from './types.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Counts the changes of a destination by day, in one statement.
 *
 * @param db a transaction in which all reads see the same moment
 * @param since only changes at this time or later
 */
export async function readChangesByDay(
  db: Kysely<Tables>,
  key: DestinationKey,
  since: number,
): Promise<DailyChanges> {
  const destination = await db
    .selectFrom('destination')
    .select([...PLACE_COLUMNS, 'complete_since'])
    .where('customer_id', '=', storableText(key.customerId))
    .where('destination_id', '=', storableText(key.destinationId))
    .executeTakeFirst();
  if (destination === undefined) return { days: [], segmentCount: 0, completeSince: null };
  const places = placesOf(destination);
  // A change is stored at its time or later, so none of those looked for comes before this one.
  const start = await firstSequenceSince(db, places, since);
  return {
    days: start === null ? [] : await countByDay(db, places, start, since),
    segmentCount: await countSegments(db, places),
    completeSince: destination.complete_since,
  };
}

/** @param start number of the first revision that may count */
async function countByDay(
  db: Kysely<Tables>,
  places: Places,
  start: number,
  since: number,
): Promise<ChangesOfDay[]> {
  const { overlay } = places;
  const at =
    overlay === null
      ? sql<number>`r.at`
      : sql<number>`case when r.destination_pk = ${overlay.pk} then cast(${overlay.at} as bigint) else r.at end`;
  // Where a segment by hand continues as a listed one, its beginning is repeated under the new ID, with its own time. An import
  // gives all of its revisions one time: what it repeats counts twice.
  const growth = sql<number>`case
    when r.kind = 'RESTORED' then 1
    when r.kind = 'REMOVED' then -1
    when r.kind = 'CREATED' and r.status <> 'DELETED'
      and (r.source <> 'MANUAL' or r.detected_at is null) then 1
    else 0 end`;
  const { rows } = await sql<{ day: number; kind: RevisionKind; count: number; growth: number }>`
    select day, kind, count(*) as count, sum(growth) as growth from (
      select ${at} / ${sql.lit(DAY_MS)} as day, r.kind, ${growth} as growth from revision r
      where r.destination_pk in (${sql.join(pksOf(places))}) and r.sequence >= ${start} and ${at} >= ${since}
    ) as changes group by day, kind`.execute(db);
  const days = new Map<number, { counts: Map<RevisionKind, number>; growth: number }>();
  for (const row of rows) {
    const day = days.get(row.day) ?? { counts: new Map(), growth: 0 };
    days.set(row.day, day);
    day.counts.set(row.kind, row.count);
    day.growth += row.growth;
  }
  return Array.from(days, ([day, changes]) => ({ day, ...changes }));
}

/** The number of segments of a destination that are not deleted. */
async function countSegments(db: Kysely<Tables>, places: Places): Promise<number> {
  const isVisible =
    places.overlay === null
      ? sql`1 = 1`
      : sql`exists (select 1 from destination h where h.pk = s.destination_pk and ${isNotShadowed('s', 'h')})`;
  const { rows } = await sql<{ count: number }>`select count(*) as count from segment s
    where s.destination_pk in (${sql.join(pksOf(places))}) and s.status <> 'DELETED' and ${isVisible}`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}
