import { sql, type Kysely } from 'kysely';
import { chunksOf } from './chunks.js';
import { revisionFromRow, storedRevisionFromRow } from './row-decoding.js';
import type { Tables } from './tables.js';
import { storable } from './text.js';
import type { DestinationKey, Revision, RevisionPage, RevisionRequest } from './types.js';

/** Maximum number of segment IDs in one query. */
const MAX_IDS_PER_QUERY = 500;

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

/** A query for the revisions of a destination, to which conditions and columns are added. */
function selectRevisions(db: Kysely<Tables>, key: DestinationKey) {
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

/** Reads one page of the history of a segment, or of all segments of a destination. */
export async function readRevisions(
  db: Kysely<Tables>,
  key: DestinationKey,
  request: RevisionRequest,
): Promise<RevisionPage> {
  const { segmentId, since, first, before } = request;
  const matching = selectRevisions(db, key)
    .$if(segmentId !== null, (query) => query.where('segment_id', '=', storable(segmentId ?? '')))
    .$if(since !== null, (query) => query.where('at', '>=', since ?? 0));
  // One row more than asked for tells whether there is a next page.
  const rows = await matching
    .$if(before !== null, (query) => query.where('number', '<', before ?? 0))
    .select(REVISION_COLUMNS)
    .orderBy('number', 'desc')
    .limit(first + 1)
    .execute();
  const { count } = await matching.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  return {
    revisions: rows.slice(0, first).map(storedRevisionFromRow),
    hasNextPage: rows.length > first,
    totalCount: count,
  };
}

/** Reads the newest revision at `at` or earlier of each segment, by segment ID. */
export async function readRevisionsAt(
  db: Kysely<Tables>,
  key: DestinationKey,
  segmentIds: readonly string[],
  at: number,
): Promise<ReadonlyMap<string, Revision>> {
  const found = new Map<string, Revision>();
  for (const ids of chunksOf(segmentIds.map(storable), MAX_IDS_PER_QUERY)) {
    const newest = selectRevisions(db, key)
      .where('segment_id', 'in', ids)
      .where('at', '<=', at)
      .groupBy('segment_id')
      .select((eb) => eb.fn.max('number').as('number'));
    const rows = await db
      .selectFrom('revision')
      .select(REVISION_COLUMNS)
      .where('number', 'in', newest)
      .execute();
    for (const row of rows) found.set(row.segment_id, revisionFromRow(row));
  }
  return found;
}
