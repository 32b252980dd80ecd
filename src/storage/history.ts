import { sql, type Kysely } from 'kysely';
import { chunksOf } from './chunks.js';
import { REVISION_COLUMNS, revisionFromRow, storedRevisionFromRow } from './row-decoding.js';
import type { Tables } from './tables.js';
import { storable } from './text.js';
import type {
  DestinationKey,
  HistoriesRequest,
  Revision,
  RevisionPage,
  RevisionRequest,
  StoredRevision,
} from './types.js';

/** Maximum number of segment IDs, or of numbers of revisions, in one query. */
const MAX_IDS_PER_QUERY = 500;

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
  const { segmentId, since, first, order, after } = request;
  const isNewestFirst = order === 'newest-first';
  const matching = selectRevisions(db, key)
    .$if(segmentId !== null, (query) => query.where('segment_id', '=', storable(segmentId ?? '')))
    .$if(since !== null, (query) => query.where('at', '>=', since ?? 0));
  // One row more than asked for tells whether there is a next page.
  const rows = await matching
    .$if(after !== null, (query) => query.where('sequence', isNewestFirst ? '<' : '>', after ?? 0))
    .select(REVISION_COLUMNS)
    .orderBy('sequence', isNewestFirst ? 'desc' : 'asc')
    .limit(first + 1)
    .execute();
  const { count } = await matching.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  return {
    revisions: rows.slice(0, first).map(storedRevisionFromRow),
    hasNextPage: rows.length > first,
    totalCount: count,
  };
}

/** Reads a page of the history of each of these segments. */
export async function readHistories(
  db: Kysely<Tables>,
  key: DestinationKey,
  { segmentIds, first, after }: HistoriesRequest,
): Promise<ReadonlyMap<string, RevisionPage>> {
  const pages = new Map<string, RevisionPage>();
  for (const segmentId of segmentIds) {
    const request = { segmentId, since: null, first, order: 'newest-first', after } as const;
    pages.set(segmentId, await readRevisions(db, key, request));
  }
  return pages;
}

/** Reads the revisions with these numbers. Those that the destination does not have are left out. */
export async function readRevisionsByNumber(
  db: Kysely<Tables>,
  key: DestinationKey,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, StoredRevision>> {
  const found = new Map<number, StoredRevision>();
  // PostgreSQL fails with numbers that are no 64-bit integer.
  const valid = new Set(numbers.filter((number) => Number.isSafeInteger(number)));
  for (const chunk of chunksOf(valid, MAX_IDS_PER_QUERY)) {
    const rows = await selectRevisions(db, key)
      .select(REVISION_COLUMNS)
      .where('sequence', 'in', chunk)
      .execute();
    for (const row of rows) found.set(row.sequence, storedRevisionFromRow(row));
  }
  return found;
}

/** The number of the newest revision of a destination; 0 if it has none. */
export async function readLastSequence(db: Kysely<Tables>, destinationPk: number): Promise<number> {
  const { last } = await db
    .selectFrom('revision')
    .where('destination_pk', '=', destinationPk)
    .select(sql<number>`coalesce(max(sequence), 0)`.as('last'))
    .executeTakeFirstOrThrow();
  return last;
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
      .select((eb) => eb.fn.max('sequence').as('sequence'));
    const rows = await selectRevisions(db, key)
      .select(REVISION_COLUMNS)
      .where('sequence', 'in', newest)
      .execute();
    for (const row of rows) found.set(row.segment_id, revisionFromRow(row));
  }
  return found;
}
