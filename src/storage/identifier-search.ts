import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { storableText } from '../base/text.js';
import { Turns } from '../base/turns.js';
import type { IdentifierType } from '../segments/index.js';
import { atOneMoment } from './at-one-moment.js';
import type { Engine } from './engine.js';
import { PLACE_COLUMNS, isNotShadowed, placesOf } from './overlay.js';
import { SEGMENT_COLUMNS, segmentFromRow, type SegmentRow } from './row-decoding.js';
import type { Tables } from './tables.js';
import { IDENTIFIER_PREFIX_LENGTH } from './text.js';
import { isOneOf, isOneOfNumbers, tableOf } from './text-list.js';
import type { DestinationKey, IdentifierRequest, IdentifierResult, SearchedDestination } from './types.js';

type IdentifierColumn = 'id' | 'sid' | 'alias' | 'value';

/** A segment, and the destination under which its row is. */
type FoundRow = SegmentRow & { readonly destination_pk: number };

/** A destination that was asked for. */
interface Owner<D extends DestinationKey> {
  readonly destination: D;
  readonly asOf: number | null;
}

/** The destinations that are looked into. */
interface Owners<D extends DestinationKey> {
  /** By the primary keys under which their rows are. */
  readonly byPk: ReadonlyMap<number, Owner<D>>;
  /** Whether something is laid over one of them. */
  readonly hasOverlays: boolean;
}

/**
 * Reads the segments of several destinations that have one of these identifiers, by the indexes of the identifiers. See
 * `Storage.findByIdentifiers`.
 */
export async function findByIdentifiers(
  engine: Engine,
  request: IdentifierRequest,
  signal?: AbortSignal,
): Promise<IdentifierResult> {
  const { destinations, limit } = request;
  return await atOneMoment(engine.reader('search', signal), async (db) => {
    const owners = await ownersAmong(db, destinations);
    if (owners.byPk.size === 0) return { segments: [], isCut: false };
    await preferIndexes(engine, db);
    const columns = sql.join(SEGMENT_COLUMNS.map((column) => sql.ref(`s.${column}`)));
    const isVisible = owners.hasOverlays
      ? sql<SqlBool>`exists (
          select 1 from destination h where h.pk = s.destination_pk and ${isNotShadowed('s', 'h')})`
      : sql<SqlBool>`1 = 1`;
    // One row more than asked for tells whether there are more.
    const { rows } = await sql<FoundRow>`select ${columns}, s.destination_pk from segment s
      where s.pk in (${matches(engine, owners.byPk, request)}) and ${isVisible}
      limit ${limit + 1}`.execute(db);
    const turns = new Turns(signal, undefined, 1);
    const segments: IdentifierResult['segments'][number][] = [];
    for (const row of rows.slice(0, limit)) {
      const owner = owners.byPk.get(row.destination_pk);
      if (owner === undefined) continue;
      const { customerId, destinationId } = owner.destination;
      segments.push({ ...segmentFromRow(row), customerId, destinationId, asOf: owner.asOf });
      if (turns.isOver) await turns.next();
    }
    return { segments, isCut: rows.length > limit };
  });
}

/** A query for the primary keys of the segments that have one of the identifiers. */
function matches(
  { name: engine }: Engine,
  owners: Owners<SearchedDestination>['byPk'],
  request: IdentifierRequest,
): RawBuilder<unknown> {
  const ids = request.ids.map(storableText);
  const texts = request.texts.map(storableText);
  const values = request.values.map(storableText);
  const separators = request.separators.map(storableText);
  const keys = request.keys.map(storableText);
  // Their beginnings lead to the rows, which are compared as a whole then.
  const has = (column: IdentifierColumn, list: readonly string[]): RawBuilder<SqlBool> =>
    sql<SqlBool>`${beginsLike(engine, column, list)} and ${isOneOf(engine, sql.ref(column), list)}`;
  const isIn = (...types: readonly IdentifierType[]): RawBuilder<SqlBool> => {
    const pks = [...owners].flatMap(([pk, { destination }]) =>
      types.length === 0 || types.some((type) => destination.types.includes(type)) ? [pk] : [],
    );
    // The + keeps the engines from using the index on destination_pk instead of those of the identifiers.
    return isOneOfNumbers(engine, sql`+destination_pk`, pks);
  };
  const isKeyAndValue = sql<SqlBool>`(exists (
      select 1 from ${tableOf(engine, separators)} as k
      where ${isOneOf(engine, sql`alias || k.item || value`, texts)}
    ) or alias is null and exists (
      select 1 from ${tableOf(engine, keys)} as k where ${isOneOf(engine, sql`k.item || value`, texts)}
    ))`;
  // An alias that equals the sid is found by the index of sids.
  return sql`select pk from segment where ${has('id', ids)} and ${isIn()}
    union select pk from segment where sid is not null and ${has('sid', texts)} and ${isIn('SID', 'ALIAS')}
    union select pk from segment where alias is not null and (sid is null or alias <> sid)
      and ${has('alias', texts)} and ${isIn('ALIAS')}
    union select pk from segment where value is not null and ${has('value', texts)} and ${isIn('VALUE')}
    union select pk from segment where value is not null
      and ${beginsLike(engine, 'value', values)} and ${isKeyAndValue} and ${isIn('KEY_VALUE')}`;
}

/** Conditions on a segment, one for each index: it has a text as ID, sid, alias or value. */
export function identifierConditions(engine: Engine['name'], text: string): RawBuilder<SqlBool>[] {
  const has = (column: IdentifierColumn): RawBuilder<SqlBool> =>
    sql<SqlBool>`${beginsLike(engine, column, [text])} and ${sql.ref(column)} = ${text}`;
  return [
    has('id'),
    sql`sid is not null and ${has('sid')}`,
    sql`alias is not null and (sid is null or alias <> sid) and ${has('alias')}`,
    sql`value is not null and ${has('value')}`,
  ];
}

/** Reads which of these destinations have segments with an address. See `Storage.destinationsWithAddresses`. */
export async function findDestinationsWithAddresses(
  engine: Engine,
  destinations: readonly DestinationKey[],
  signal?: AbortSignal,
): Promise<DestinationKey[]> {
  return await atOneMoment(engine.reader('search', signal), async (db) => {
    const owners = await ownersAmong(db, destinations);
    if (owners.byPk.size === 0) return [];
    await preferIndexes(engine, db);
    // One row of each destination is enough. One that is hidden by what is laid over the destination counts as well: an
    // address is only looked for in vain then.
    const { rows } = await sql<{ pk: number }>`select h.pk from destination h
      where ${isOneOfNumbers(engine.name, sql.ref('h.pk'), [...owners.byPk.keys()])} and (
        select 1 from segment s
        where s.destination_pk = h.pk and (s.url is not null or s.secure_url is not null) limit 1
      ) = 1`.execute(db);
    const found = new Set(rows.map(({ pk }) => owners.byPk.get(pk)?.destination));
    return [...found].flatMap((destination) =>
      destination === undefined
        ? []
        : [{ customerId: destination.customerId, destinationId: destination.destinationId }],
    );
  });
}

/** A condition that the index on the beginning of a column answers. */
function beginsLike(
  engine: Engine['name'],
  column: IdentifierColumn,
  texts: readonly string[],
): RawBuilder<SqlBool> {
  const beginning = sql`substr(${sql.ref(column)}, 1, ${sql.lit(IDENTIFIER_PREFIX_LENGTH)})`;
  return isOneOf(engine, beginning, [...new Set(texts.map(prefixOf))]);
}

/** The first characters of a text. The engines count code points, not UTF-16 code units. */
function prefixOf(text: string): string {
  if (text.length <= IDENTIFIER_PREFIX_LENGTH) return text;
  return Array.from(text.slice(0, 2 * IDENTIFIER_PREFIX_LENGTH))
    .slice(0, IDENTIFIER_PREFIX_LENGTH)
    .join('');
}

/** Reads while PostgreSQL prefers indexes: see `preferIndexes`. */
export async function preferringIndexes<T>(
  engine: Engine,
  db: Kysely<Tables>,
  read: () => Promise<T>,
): Promise<T> {
  await preferIndexes(engine, db);
  const result = await read();
  if (engine.name === 'postgres') await sql`set local enable_seqscan = on`.execute(db);
  return result;
}

/** Without statistics of a new index, PostgreSQL takes it for cheaper to read the whole table. */
async function preferIndexes(engine: Engine, db: Kysely<Tables>): Promise<void> {
  if (engine.name === 'postgres') await sql`set local enable_seqscan = off`.execute(db);
}

/** Those of the destinations that are stored. */
async function ownersAmong<D extends DestinationKey>(
  db: Kysely<Tables>,
  keys: readonly D[],
): Promise<Owners<D>> {
  const wanted = new Map(
    keys.map((key) => [textOf(storableText(key.customerId), storableText(key.destinationId)), key]),
  );
  const rows = await db
    .selectFrom('destination')
    .select([...PLACE_COLUMNS, 'customer_id', 'destination_id', 'as_of'])
    .execute();
  const byPk = new Map<number, Owner<D>>();
  let hasOverlays = false;
  for (const row of rows) {
    const destination = wanted.get(textOf(row.customer_id, row.destination_id));
    if (destination === undefined) continue;
    const { pk, overlay } = placesOf(row);
    const owner = { destination, asOf: row.as_of };
    byPk.set(pk, owner);
    if (overlay === null) continue;
    byPk.set(overlay.pk, owner);
    hasOverlays = true;
  }
  return { byPk, hasOverlays };
}

function textOf(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}
