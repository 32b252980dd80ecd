import { storableText } from '../base/text.js';
import { sql, type Insertable, type Kysely, type Selectable, type Transaction } from 'kysely';
import { chunksOf } from './chunks.js';
import { REMOVED_CUSTOMER } from './removed-customer.js';
import { layerFromText } from './row-decoding.js';
import { layerText } from './row-encoding.js';
import type { FileImportTable, ImportChangeTable, Tables } from './tables.js';
import { storableOrNull } from './text.js';
import type {
  ContentChange,
  DestinationKey,
  ImportedChange,
  ImportedChangesRequest,
  ImportPage,
  ImportRequest,
  StoredImport,
} from './types.js';

/** The time of an import that is being removed, step by step. Nobody finds it any more. */
export const REMOVED_AT = -1;

/** Maximum number of changes in one insert statement. */
const MAX_CHANGES_PER_INSERT = 100;

type RecordedImport = NonNullable<ContentChange['import']>;

/**
 * Writes the record of an import and what it changes. Does nothing if it is stored already, as it may be when the
 * transaction is made a second time.
 *
 * @param at time of the commit, as far as it is known; see `dateImport`
 */
export async function writeImport(
  db: Transaction<Tables>,
  destinationPk: number,
  { record, changes }: RecordedImport,
  at: number,
): Promise<void> {
  const inserted = await db
    .insertInto('file_import')
    .values(importRow(destinationPk, record, at))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('pk')
    .executeTakeFirst();
  if (inserted === undefined) return;
  for (const chunk of chunksOf(changes, MAX_CHANGES_PER_INSERT)) {
    await insertChanges(db, inserted.pk, chunk);
  }
}

/** Sets the time of an import that the transaction has written. */
export async function dateImport(db: Transaction<Tables>, id: string, at: number): Promise<void> {
  await db.updateTable('file_import').set({ at }).where('id', '=', storableText(id)).execute();
}

/** Gives an import, with what it has changed, to a destination. @param at time of the commit */
export async function moveImport(
  db: Transaction<Tables>,
  pk: number,
  destinationPk: number,
  at: number,
): Promise<void> {
  await db
    .updateTable('file_import')
    .set({ destination_pk: destinationPk, at })
    .where('pk', '=', pk)
    .execute();
}

/** Inserts the rows of changes; those of segments of which the import has some already are left out. */
export async function insertChanges(
  db: Transaction<Tables>,
  importPk: number,
  changes: readonly ImportedChange[],
): Promise<void> {
  const rows = changes.map(({ segmentId, before, after, isNew }) => ({
    import_pk: importPk,
    segment_id: storableText(segmentId),
    is_new: isNew ? 1 : 0,
    layer_before: layerText(before),
    layer_after: layerText(after),
  }));
  await db
    .insertInto('import_change')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['import_pk', 'segment_id']).doNothing())
    .execute();
}

/** The row of an import that is not undone. */
export function importRow(
  destinationPk: number,
  { id, by, fileName, mode, counts }: RecordedImport['record'],
  at: number,
): Insertable<FileImportTable> {
  return {
    id: storableText(id),
    destination_pk: destinationPk,
    at,
    imported_by: storableText(by),
    file_name: storableOrNull(fileName),
    mode,
    created: counts.created,
    renamed: counts.renamed,
    updated: counts.updated,
    unchanged: counts.unchanged,
    removed: counts.removed,
    rejected: counts.rejected,
    kept: counts.kept,
    undone_at: null,
    undone_by: null,
  };
}

const NO_IMPORTS: ImportPage = { imports: [], hasPreviousPage: false, hasNextPage: false, totalCount: 0 };

/**
 * Reads one page of the imports of several destinations.
 *
 * @param db a transaction in which all reads see the same moment
 */
export async function readImports(
  db: Transaction<Tables>,
  { destinations, first, after }: ImportRequest,
): Promise<ImportPage> {
  const counts = await countImports(db, destinations);
  if (counts.size === 0) return NO_IMPORTS;
  // Numbers of the database are no danger in the text of a statement, whose number of parameters is limited.
  const pks = sql.join([...counts.keys()].map((pk) => sql.lit(pk)));
  const matching = selectImports(db).where(sql<boolean>`i.destination_pk in (${pks})`);
  const start =
    after === null ? undefined : await matching.where('i.id', '=', storableText(after)).executeTakeFirst();
  const rows = await matching
    .$if(start !== undefined, (query) =>
      query.where(sql<boolean>`(i.at, i.pk) < (${start?.at ?? 0}, ${start?.pk ?? 0})`),
    )
    .orderBy('i.at', 'desc')
    .orderBy('i.pk', 'desc')
    .limit(first + 1)
    .execute();
  return {
    imports: rows.slice(0, first).map(importFromRow),
    // The one that the page begins after is before it.
    hasPreviousPage: start !== undefined,
    hasNextPage: rows.length > first,
    totalCount: [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** The numbers of imports by destination, of those of these destinations that have any. */
async function countImports(
  db: Kysely<Tables>,
  destinations: readonly DestinationKey[],
): Promise<ReadonlyMap<number, number>> {
  const wanted = new Set(destinations.map(nameOf));
  const rows = await db
    .selectFrom('file_import as i')
    .innerJoin('destination as d', 'd.pk', 'i.destination_pk')
    .where('i.at', '>', REMOVED_AT)
    .groupBy(['d.pk', 'd.customer_id', 'd.destination_id'])
    .select(['d.pk', 'd.customer_id as customerId', 'd.destination_id as destinationId'])
    .select(sql<number>`count(*)`.as('count'))
    .execute();
  return new Map(rows.filter((row) => wanted.has(nameOf(row))).map(({ pk, count }) => [pk, count]));
}

function nameOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([storableText(customerId), storableText(destinationId)]);
}

/** @returns `null` if there is no such import */
export async function readImport(
  db: Kysely<Tables>,
  id: string,
): Promise<(StoredImport & DestinationKey) | null> {
  const row = await selectImports(db).where('i.id', '=', storableText(id)).executeTakeFirst();
  return row === undefined ? null : importFromRow(row);
}

/** Reads a part of what an import has changed, in the order of the segment IDs. */
export async function readImportChanges(
  db: Kysely<Tables>,
  id: string,
  { first, after }: ImportedChangesRequest,
): Promise<readonly ImportedChange[]> {
  const rows = await db
    .selectFrom('import_change')
    .where('import_pk', '=', (eb) =>
      eb
        .selectFrom('file_import')
        .select('pk')
        .where('id', '=', storableText(id))
        .where('at', '>', REMOVED_AT),
    )
    .$if(after !== null, (query) => query.where('segment_id', '>', storableText(after ?? '')))
    .selectAll()
    .orderBy('segment_id')
    .limit(first)
    .execute();
  return rows.map(changeFromRow);
}

function changeFromRow(row: Selectable<ImportChangeTable>): ImportedChange {
  return {
    segmentId: row.segment_id,
    before: layerFromText(row.layer_before),
    after: layerFromText(row.layer_after),
    isNew: row.is_new === 1,
  };
}

/** A query for imports with the names of their destinations, except those that are being removed, also with these. */
function selectImports(db: Kysely<Tables>) {
  return db
    .selectFrom('file_import as i')
    .innerJoin('destination as d', 'd.pk', 'i.destination_pk')
    .where('d.customer_id', '<>', REMOVED_CUSTOMER)
    .where('i.at', '>', REMOVED_AT)
    .selectAll('i')
    .select(['d.customer_id', 'd.destination_id']);
}

type ImportRow = Selectable<FileImportTable> & {
  readonly customer_id: string;
  readonly destination_id: string;
};

function importFromRow(row: ImportRow): StoredImport & DestinationKey {
  const { created, renamed, updated, unchanged, removed, rejected, kept } = row;
  return {
    customerId: row.customer_id,
    destinationId: row.destination_id,
    id: row.id,
    at: row.at,
    by: row.imported_by,
    fileName: row.file_name,
    mode: row.mode,
    counts: { created, renamed, updated, unchanged, removed, rejected, kept },
    undone: row.undone_at === null ? null : { at: row.undone_at, by: row.undone_by ?? '' },
  };
}

/** The imports of a destination that were made before a time. */
function importsBefore(db: Kysely<Tables>, destinationPk: number, before: number) {
  return db.selectFrom('file_import').where('destination_pk', '=', destinationPk).where('at', '<', before);
}

/**
 * Removes the oldest of the imports of a destination that were made before a time, or a part of what it has changed. From
 * the first part on, nobody finds the import: it could be taken back in part only.
 *
 * @param limit maximum number of changes to remove
 * @returns whether none is left
 */
export async function removeOldImport(
  db: Transaction<Tables>,
  destinationPk: number,
  before: number,
  limit: number,
): Promise<boolean> {
  const old = await importsBefore(db, destinationPk, before)
    .select('pk')
    .orderBy('at')
    .orderBy('pk')
    .limit(2)
    .execute();
  const [oldest, next] = old;
  if (oldest === undefined) return true;
  if ((await removeChanges(db, [oldest.pk], limit)) >= limit) {
    await db.updateTable('file_import').set({ at: REMOVED_AT }).where('pk', '=', oldest.pk).execute();
    return false;
  }
  await db.deleteFrom('file_import').where('pk', '=', oldest.pk).execute();
  return next === undefined;
}

/** Removes what imports have changed. @returns the number of removed rows, at most `limit` */
async function removeChanges(
  db: Transaction<Tables>,
  importPks: readonly number[],
  limit: number,
): Promise<number> {
  let removed = 0;
  for (const pk of importPks) {
    if (removed >= limit) break;
    const { rows } = await sql<{ id: string }>`delete from import_change
      where import_pk = ${pk} and segment_id in (
        select segment_id from import_change where import_pk = ${pk} limit ${limit - removed})
      returning segment_id as id`.execute(db);
    removed += rows.length;
  }
  return removed;
}

/**
 * Removes imports of a destination that is being removed.
 *
 * @param limit maximum number of changes and of imports to remove
 * @returns the number of removed rows
 */
export async function removeImports(
  db: Transaction<Tables>,
  destinationPk: number,
  limit: number,
): Promise<number> {
  const rows = await db
    .selectFrom('file_import')
    .select('pk')
    .where('destination_pk', '=', destinationPk)
    .limit(limit)
    .execute();
  const pks = rows.map(({ pk }) => pk);
  if (pks.length === 0) return 0;
  const removed = await removeChanges(db, pks, limit);
  if (removed >= limit) return removed;
  await db
    .deleteFrom('file_import')
    .where('pk', 'in', pks.slice(0, limit - removed))
    .execute();
  return removed + Math.min(pks.length, limit - removed);
}
