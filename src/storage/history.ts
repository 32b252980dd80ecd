import { sql, type Kysely } from 'kysely';
import { chunksOf } from './chunks.js';
import { revisionOf, storedRevisionOf } from './rows.js';
import type { Tables } from './tables.js';
import { storable } from './text.js';
import type { DestinationKey, Revision, RevisionPage, RevisionRequest } from './types.js';

/** How many segments one query asks for. */
const IDS_AT_ONCE = 500;

const REVISION_COLUMNS = [
  'number',
  'segment_id',
  'at',
  'kind',
  'name',
  'description',
  'status',
  'source',
  'changed_by',
] as const;

/** The revisions of a destination that is known, as a query to go on with. */
function revisionsOf(db: Kysely<Tables>, key: DestinationKey) {
  return db
    .selectFrom('revision')
    .where('destination_pk', '=', (eb) =>
      eb
        .selectFrom('destination')
        .select('pk')
        .where('customer_id', '=', storable(key.customerId))
        .where('destination_id', '=', storable(key.destinationId)),
    );
}

/** A stretch of the history of a segment or of all segments of a destination. */
export async function readRevisions(
  db: Kysely<Tables>,
  key: DestinationKey,
  request: RevisionRequest,
): Promise<RevisionPage> {
  const { segmentId, since, first, before } = request;
  const matching = revisionsOf(db, key)
    .$if(segmentId !== null, (query) => query.where('segment_id', '=', storable(segmentId ?? '')))
    .$if(since !== null, (query) => query.where('at', '>=', since ?? 0));
  const rows = await matching
    .$if(before !== null, (query) => query.where('number', '<', before ?? 0))
    .select(REVISION_COLUMNS)
    .orderBy('number', 'desc')
    .limit(first + 1)
    .execute();
  const { count } = await matching.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  return {
    revisions: rows.slice(0, first).map(storedRevisionOf),
    hasNextPage: rows.length > first,
    totalCount: count,
  };
}

/** For each of these segments the newest revision at `at` or before. */
export async function readRevisionsAt(
  db: Kysely<Tables>,
  key: DestinationKey,
  segmentIds: readonly string[],
  at: number,
): Promise<ReadonlyMap<string, Revision>> {
  const found = new Map<string, Revision>();
  for (const ids of chunksOf(segmentIds.map(storable), IDS_AT_ONCE)) {
    const newest = revisionsOf(db, key)
      .where('segment_id', 'in', ids)
      .where('at', '<=', at)
      .groupBy('segment_id')
      .select((eb) => eb.fn.max('number').as('number'));
    const rows = await db
      .selectFrom('revision')
      .select(REVISION_COLUMNS)
      .where('number', 'in', newest)
      .execute();
    for (const row of rows) found.set(row.segment_id, revisionOf(row));
  }
  return found;
}
