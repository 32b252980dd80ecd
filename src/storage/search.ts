import { storableText } from '../base/text.js';
import { sql, type Kysely, type SqlBool } from 'kysely';
import { atOneMoment } from './at-one-moment.js';
import type { Engine } from './engine.js';
import { findExactly } from './exact-search.js';
import { PLACE_COLUMNS, pksOf, placesOf, type Places } from './overlay.js';
import type { SearchPacks, Searched } from './packs/search-packs.js';
import { segmentFromRow } from './row-decoding.js';
import {
  DESTINATION_ORDER,
  SEARCH_COLUMNS,
  SEARCH_ORDER,
  type SearchConditions,
  type SearchRow,
} from './search-query.js';
import { isAfter, isUpTo } from './search-position.js';
import type { Tables } from './tables.js';
import { isOneOfNumbers } from './text-list.js';
import type { DestinationKey, FoundSegment, SearchPosition, SearchRequest, SearchResult } from './types.js';

const TRUE = sql<SqlBool>`1 = 1`;

/** A destination that is stored. */
type Stored = Searched & Places;

/** What is looked for besides what the identifier finds. */
interface Rest {
  readonly conditions: Omit<SearchConditions, 'destinationPks' | 'hasOverlays'>;
  readonly request: SearchRequest;
  readonly withTotal: boolean;
  readonly withPrevious: boolean;
  readonly signal: AbortSignal;
  /** Where the page begins; `null`: at the first match. */
  readonly after: SearchPosition | null;
  /** Maximum number of matches. */
  readonly limit: number;
  /** Primary keys of the matches that the identifier has found. They are counted, and not on this part of the page. */
  readonly excluded: readonly number[];
}

/** Matches in some destinations. */
interface Matches {
  /** Primary keys, among which are those of the first ones. */
  readonly pks: readonly number[];
  readonly total: number | null;
  readonly hasPrevious: boolean;
}

const NOTHING: Matches = { pks: [], total: 0, hasPrevious: false };

/**
 * Reads one page of the matching segments of several destinations, as they are stored at one moment.
 *
 * @param packs the texts in memory; `null`: the database is searched
 */
export async function search(
  engine: Engine,
  packs: SearchPacks | null,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchResult> {
  const { status } = request;
  if (status?.length === 0) return resultOf(request, [], [], NOTHING);
  const ended = new AbortController();
  const unlessEnded = AbortSignal.any(signal === undefined ? [ended.signal] : [ended.signal, signal]);
  try {
    return await searchAtOneMoment(engine, packs, request, signal, unlessEnded);
  } finally {
    // What is found in packs may not be needed after all.
    ended.abort();
  }
}

/** @param unlessEnded ends the search of the packs */
async function searchAtOneMoment(
  engine: Engine,
  packs: SearchPacks | null,
  request: SearchRequest,
  signal: AbortSignal | undefined,
  unlessEnded: AbortSignal,
): Promise<SearchResult> {
  const { terms, status, after, first, identifier = null } = request;
  return await atOneMoment(engine.reader('search', signal), async (db) => {
    const stored = await storedAmong(db, request.destinations);
    if (stored.length === 0) return resultOf(request, [], [], NOTHING);
    const filter = status === null ? TRUE : sql<SqlBool>`s.status in (${sql.join([...new Set(status)])})`;
    const destinationPks = stored.flatMap(pksOf);
    const usable =
      packs?.packsFor(stored.filter(({ overlay }) => overlay === null)) ?? new Map<number, number>();
    const all: Rest = {
      conditions: { terms, filter },
      request,
      withTotal: request.withTotal !== false,
      withPrevious: false,
      signal: unlessEnded,
      after: null,
      limit: first + 1,
      excluded: [],
    };
    // The packs are searched while the database looks for exact matches. They find these as well. Enough others are left without
    // them: on a first page, each exact match takes the place of one of the others.
    const early = after === null ? findInPacks(engine, db, packs, usable, all) : null;
    // If nobody awaits it in the end, its failure must not end the process.
    early?.catch(() => undefined);
    const exact =
      identifier === null
        ? []
        : await findExactly(engine, db, { identifier, terms, filter, after, destinationPks });
    // Behind an exact match, the page goes on with the exact ones, and with the first of the others.
    const beginsExact = after === null || after.isExact === true;
    const exactAfter = beginsExact ? exact.filter(({ isAfter }) => isAfter) : [];
    const limit = Math.max(0, first + 1 - exactAfter.length);
    const others: Rest = {
      ...all,
      withPrevious: request.withPrevious !== false && !beginsExact,
      after: beginsExact ? null : after,
      limit,
      excluded: exact.map(({ pk }) => pk),
    };
    const rest = await findRest(
      engine,
      db,
      stored,
      usable,
      others,
      () => early ?? findInPacks(engine, db, packs, usable, others),
    );
    const hasExactBefore = exact.length > exactAfter.length;
    const read = (pks: readonly number[], rows: number): Promise<SearchRow[]> =>
      readRows(engine, db, pks, destinationPks, rows);
    return resultOf(
      request,
      await read(
        exactAfter.map(({ pk }) => pk),
        first + 1,
      ),
      await read(rest.pks, limit),
      { ...rest, hasPrevious: hasExactBefore || rest.hasPrevious },
    );
  });
}

/** @param exact one more than the page has tells whether there is a next page; the same with `others` behind them */
function resultOf(
  { first, withTotal = true, withPrevious = true }: SearchRequest,
  exact: readonly SearchRow[],
  others: readonly SearchRow[],
  { total, hasPrevious }: Matches,
): SearchResult {
  const found = [
    ...exact.map((row) => foundSegment(row, true)),
    ...others.map((row) => foundSegment(row, false)),
  ];
  return {
    segments: found.slice(0, first),
    hasPreviousPage: withPrevious ? hasPrevious : null,
    hasNextPage: found.length > first,
    totalCount: withTotal ? total : null,
  };
}

function foundSegment(row: SearchRow, isExact: boolean): FoundSegment {
  const { customer_id: customerId, destination_id: destinationId, as_of: asOf } = row;
  return { ...segmentFromRow(row), customerId, destinationId, asOf, ...(isExact && { isExact }) };
}

/**
 * What is found in packs, and in the database for destinations without one.
 *
 * @param usable the packs, by primary key of their destination
 * @param inPacksOf what is found in these; `null` if they are gone
 */
async function findRest(
  engine: Engine,
  db: Kysely<Tables>,
  stored: readonly Stored[],
  usable: ReadonlyMap<number, number>,
  rest: Rest,
  inPacksOf: () => Promise<Matches | null>,
): Promise<Matches> {
  if (rest.limit === 0 && !rest.withTotal && !rest.withPrevious) return NOTHING;
  const inPacks = await inPacksOf();
  if (inPacks === null) return await findInDatabase(engine, db, stored, rest);
  const excluded = new Set(rest.excluded);
  const pks = inPacks.pks.filter((pk) => !excluded.has(pk));
  const unpacked = stored.filter(({ pk }) => !usable.has(pk));
  if (unpacked.length === 0) return { ...inPacks, pks };
  const inDatabase = await findInDatabase(engine, db, unpacked, rest);
  return {
    pks: [...pks, ...inDatabase.pks],
    total: inPacks.total === null || inDatabase.total === null ? null : inPacks.total + inDatabase.total,
    hasPrevious: inPacks.hasPrevious || inDatabase.hasPrevious,
  };
}

/**
 * Searches the packs.
 *
 * @param usable the packs, by primary key of their destination
 * @returns the excluded ones as well; `null` if there are no packs, or if they are gone
 */
async function findInPacks(
  engine: Engine,
  db: Kysely<Tables>,
  packs: SearchPacks | null,
  usable: ReadonlyMap<number, number>,
  { conditions, request, signal, after, limit, excluded, withTotal, withPrevious }: Rest,
): Promise<Matches | null> {
  if (packs === null || usable.size === 0) return null;
  const starts = after === null ? null : await readStarts(engine, db, [...usable.keys()], after);
  return await packs.search(
    {
      packs: Array.from(usable, ([pk, pack]) => {
        return { pack, from: starts === null ? 'FIRST' : (starts.get(pk) ?? null) };
      }),
      terms: conditions.terms,
      status: request.status,
      // The excluded ones may be among the first.
      limit: limit === 0 ? 0 : limit + excluded.length,
      withTotal,
      withPrevious,
    },
    signal,
  );
}

/** The first segment of each destination behind a position, as primary keys. */
async function readStarts(
  engine: Engine,
  db: Kysely<Tables>,
  destinationPks: readonly number[],
  after: SearchPosition,
): Promise<ReadonlyMap<number, number | null>> {
  const { rows } = await sql<{ pk: number; first: number | null }>`select d.pk, (
      select s.pk from segment s where s.destination_pk = d.pk and ${isAfter(after)}
      order by ${DESTINATION_ORDER} limit 1
    ) as first from destination d
    where ${isOneOfNumbers(engine.name, sql.ref('d.pk'), destinationPks)}`.execute(db);
  return new Map(rows.map(({ pk, first }) => [pk, first]));
}

async function findInDatabase(
  engine: Engine,
  db: Kysely<Tables>,
  places: readonly Places[],
  { conditions, after, limit, excluded, withTotal, withPrevious }: Rest,
): Promise<Matches> {
  const all: SearchConditions = {
    ...conditions,
    destinationPks: places.flatMap(pksOf),
    hasOverlays: places.some(({ overlay }) => overlay !== null),
  };
  const isOther =
    excluded.length === 0
      ? TRUE
      : sql<SqlBool>`not ${isOneOfNumbers(engine.name, sql.ref('s.pk'), excluded)}`;
  const others = { ...all, filter: sql<SqlBool>`${conditions.filter} and ${isOther}` };
  const page =
    limit === 0
      ? []
      : (await engine.page(others, { within: after === null ? TRUE : isAfter(after), limit }).execute(db))
          .rows;
  const total = withTotal ? ((await engine.count(all).execute(db)).rows[0]?.count ?? 0) : null;
  const before =
    withPrevious && after !== null
      ? (await engine.page(others, { within: isUpTo(after), limit: 1 }).execute(db)).rows
      : [];
  return { pks: page.map(({ pk }) => pk), total, hasPrevious: before.length > 0 };
}

/**
 * The first of some segments, in the order of search results.
 *
 * @param destinationPks where they have to be, whatever has named them
 */
async function readRows(
  { name }: Engine,
  db: Kysely<Tables>,
  pks: readonly number[],
  destinationPks: readonly number[],
  limit: number,
): Promise<SearchRow[]> {
  if (pks.length === 0 || limit === 0) return [];
  const { rows } = await sql<SearchRow>`select ${SEARCH_COLUMNS} from segment s
    join destination h on h.pk = s.destination_pk
    join destination d on d.pk = coalesce(h.overlay_of, h.pk)
    where ${isOneOfNumbers(name, sql.ref('s.pk'), pks)}
      and ${isOneOfNumbers(name, sql`+s.destination_pk`, destinationPks)}
    order by ${SEARCH_ORDER} limit ${limit}`.execute(db);
  return rows;
}

/** Those of the destinations that are stored. */
async function storedAmong(db: Kysely<Tables>, keys: readonly DestinationKey[]): Promise<Stored[]> {
  const wanted = new Set(
    keys.map((key) => idOf(storableText(key.customerId), storableText(key.destinationId))),
  );
  const rows = await db
    .selectFrom('destination')
    .select([...PLACE_COLUMNS, 'customer_id', 'destination_id', 'generation', 'last_commit'])
    .execute();
  return rows
    .filter((row) => wanted.has(idOf(row.customer_id, row.destination_id)))
    .map((row) => ({
      ...placesOf(row),
      customerId: row.customer_id,
      destinationId: row.destination_id,
      generation: row.generation,
      lastCommit: row.last_commit,
    }));
}

function idOf(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}
