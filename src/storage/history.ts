import { storableText } from '../base/text.js';
import { sql, type Kysely } from 'kysely';
import { chunksOf } from './chunks.js';
import { firstSequenceSince } from './history-since.js';
import { readLastRevision } from './last-revision.js';
import { PLACE_COLUMNS, dated, pksOf, placesOf, type Places } from './overlay.js';
import { REVISION_COLUMNS, revisionFromRow, storedRevisionFromRow } from './row-decoding.js';
import type { Tables } from './tables.js';
import type {
  DestinationKey,
  HistoriesRequest,
  PastRevisions,
  Revision,
  RevisionPage,
  RevisionRequest,
  StoredRevision,
} from './types.js';

/** Maximum number of segment IDs, or of numbers of revisions, in one query. */
const MAX_IDS_PER_QUERY = 500;

/** A query for the revisions of a destination, to which conditions and columns are added. */
function selectRevisions(db: Kysely<Tables>, places: Places) {
  return db.selectFrom('revision').where('destination_pk', 'in', pksOf(places));
}

const NO_REVISIONS: RevisionPage = {
  revisions: [],
  hasPreviousPage: false,
  hasNextPage: false,
  totalCount: 0,
  completeSince: null,
};

/**
 * Reads one page of the history of a segment, or of all segments of a destination.
 *
 * @param db a transaction in which all reads see the same moment
 */
export async function readRevisions(
  db: Kysely<Tables>,
  key: DestinationKey,
  { segmentId, since, first, order, after }: RevisionRequest,
): Promise<RevisionPage> {
  const destination = await readDestination(db, key);
  if (destination === null) return NO_REVISIONS;
  const { completeSince } = destination;
  const start = since === null ? 1 : await firstSequenceSince(db, destination, since);
  if (start === null) return { ...NO_REVISIONS, completeSince };
  const isNewestFirst = order === 'newest-first';
  const matching = selectRevisions(db, destination)
    .$if(segmentId !== null, (query) => query.where('segment_id', '=', storableText(segmentId ?? '')))
    .$if(since !== null, (query) => query.where('sequence', '>=', start));
  // One row more than asked for tells whether there is a next page.
  const rows = await matching
    .$if(after !== null, (query) => query.where('sequence', isNewestFirst ? '<' : '>', after ?? 0))
    .select(REVISION_COLUMNS)
    .orderBy('sequence', isNewestFirst ? 'desc' : 'asc')
    .limit(first + 1)
    .execute();
  const previous =
    after === null
      ? undefined
      : await matching
          .where('sequence', isNewestFirst ? '>=' : '<=', after)
          .select('sequence')
          .limit(1)
          .executeTakeFirst();
  return {
    revisions: rows.slice(0, first).map((row) => storedRevisionFromRow(dated(row, destination))),
    hasPreviousPage: previous !== undefined,
    hasNextPage: rows.length > first,
    totalCount:
      segmentId === null
        ? await countSince(db, destination, start)
        : (await matching.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow()).count,
    completeSince,
  };
}

/** The number of revisions of a destination from one on. */
async function countSince(db: Kysely<Tables>, destination: HistoryRange, start: number): Promise<number> {
  // Behind what was looked through for revisions to remove, the numbers have no gaps.
  const { condensedTo } = destination;
  const gapless = (await readLastRevision(db, destination)).sequence - Math.max(condensedTo, start - 1);
  if (start > condensedTo) return gapless;
  const { count } = await selectRevisions(db, destination)
    .where('sequence', '>=', start)
    .where('sequence', '<=', condensedTo)
    .select(sql<number>`count(*)`.as('count'))
    .executeTakeFirstOrThrow();
  return count + gapless;
}

/**
 * Reads one page of the history of each of these segments, in a few statements for all of them.
 *
 * @param db a transaction in which all reads see the same moment
 */
export async function readHistories(
  db: Kysely<Tables>,
  key: DestinationKey,
  { segmentIds, first, after }: HistoriesRequest,
): Promise<ReadonlyMap<string, RevisionPage>> {
  const pages = new Map<string, RevisionPage>(segmentIds.map((id) => [id, NO_REVISIONS]));
  const destination = await readDestination(db, key);
  if (destination === null) return pages;
  const { completeSince } = destination;
  for (const asked of chunksOf(pages.keys(), MAX_IDS_PER_QUERY)) {
    const ids = asked.map(storableText);
    const counts = await countRevisions(db, destination, ids, after);
    const revisions =
      first === 0 ? new Map<string, StoredRevision[]>() : await readPages(db, destination, ids, first, after);
    for (const id of asked) {
      const { total, following } = counts.get(storableText(id)) ?? { total: 0, following: 0 };
      const page = revisions.get(storableText(id)) ?? [];
      pages.set(id, {
        revisions: page,
        hasPreviousPage: total > following,
        hasNextPage: following > page.length,
        totalCount: total,
        completeSince,
      });
    }
  }
  return pages;
}

/** For each of these segments the number of its revisions, and of those that follow `after` (newest first). */
async function countRevisions(
  db: Kysely<Tables>,
  places: Places,
  segmentIds: readonly string[],
  after: number | null,
): Promise<ReadonlyMap<string, { readonly total: number; readonly following: number }>> {
  const total = sql<number>`count(*)`;
  const following = after === null ? total : sql<number>`count(*) filter (where sequence < ${after})`;
  const rows = await selectRevisions(db, places)
    .where('segment_id', 'in', segmentIds)
    .groupBy('segment_id')
    .select(['segment_id', total.as('total'), following.as('following')])
    .execute();
  return new Map(rows.map((row) => [row.segment_id, { total: row.total, following: row.following }]));
}

/** The newest revisions of each of these segments behind `after`, at most `first` of each. */
async function readPages(
  db: Kysely<Tables>,
  places: Places,
  segmentIds: readonly string[],
  first: number,
  after: number | null,
): Promise<ReadonlyMap<string, StoredRevision[]>> {
  // Only columns of the index are numbered.
  const numbered = selectRevisions(db, places)
    .where('segment_id', 'in', segmentIds)
    .$if(after !== null, (query) => query.where('sequence', '<', after ?? 0))
    .select([
      'sequence',
      sql<number>`row_number() over (partition by segment_id order by sequence desc)`.as('position'),
    ]);
  const rows = await selectRevisions(db, places)
    .where('sequence', 'in', (eb) =>
      eb.selectFrom(numbered.as('numbered')).select('sequence').where('position', '<=', first),
    )
    .select(REVISION_COLUMNS)
    .orderBy('sequence', 'desc')
    .execute();
  const pages = new Map<string, StoredRevision[]>();
  for (const row of rows) {
    const page = pages.get(row.segment_id);
    const revision = storedRevisionFromRow(dated(row, places));
    if (page === undefined) pages.set(row.segment_id, [revision]);
    else page.push(revision);
  }
  return pages;
}

/** Where the history of a destination is, and how far it reaches back. */
interface HistoryRange extends Places {
  readonly completeSince: number | null;
  readonly condensedTo: number;
}

/** @returns `null` if nothing is stored of the destination */
async function readDestination(db: Kysely<Tables>, key: DestinationKey): Promise<HistoryRange | null> {
  const row = await db
    .selectFrom('destination')
    .select([...PLACE_COLUMNS, 'complete_since', 'condensed_to'])
    .where('customer_id', '=', storableText(key.customerId))
    .where('destination_id', '=', storableText(key.destinationId))
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...placesOf(row), completeSince: row.complete_since, condensedTo: row.condensed_to };
}

/** Reads the revisions with these numbers. Those that the destination does not have are left out. */
export async function readRevisionsByNumber(
  db: Kysely<Tables>,
  key: DestinationKey,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, StoredRevision>> {
  const found = new Map<number, StoredRevision>();
  const destination = await readDestination(db, key);
  if (destination === null) return found;
  // PostgreSQL fails with numbers that are no 64-bit integer.
  const valid = new Set(numbers.filter((number) => Number.isSafeInteger(number)));
  for (const chunk of chunksOf(valid, MAX_IDS_PER_QUERY)) {
    const rows = await selectRevisions(db, destination)
      .select(REVISION_COLUMNS)
      .where('sequence', 'in', chunk)
      .execute();
    for (const row of rows) found.set(row.sequence, storedRevisionFromRow(dated(row, destination)));
  }
  return found;
}

/**
 * Reads the newest revision at `at` or earlier of each segment.
 *
 * @param db a transaction in which all reads see the same moment
 */
export async function readRevisionsAt(
  db: Kysely<Tables>,
  key: DestinationKey,
  segmentIds: readonly string[],
  at: number,
): Promise<PastRevisions> {
  const destination = await readDestination(db, key);
  const found = new Map<string, Revision>();
  if (destination === null) return { revisions: found, completeSince: null };
  for (const ids of chunksOf(segmentIds.map(storableText), MAX_IDS_PER_QUERY)) {
    const newest = selectRevisions(db, destination)
      .where('segment_id', 'in', ids)
      .where((eb) => {
        const { overlay } = destination;
        const isEarlier = eb(eb.fn.coalesce('detected_at', 'at'), '<=', at);
        if (overlay === null) return isEarlier;
        const isLaidOver = eb('destination_pk', '=', overlay.pk);
        return overlay.at <= at ? eb.or([isLaidOver, isEarlier]) : eb.and([eb.not(isLaidOver), isEarlier]);
      })
      .groupBy('segment_id')
      .select((eb) => eb.fn.max('sequence').as('sequence'));
    const rows = await selectRevisions(db, destination)
      .select(REVISION_COLUMNS)
      .where('sequence', 'in', newest)
      .execute();
    for (const row of rows) found.set(row.segment_id, revisionFromRow(dated(row, destination)));
  }
  return { revisions: found, completeSince: destination.completeSince };
}
