import { storableText } from '../base/text.js';
import type { Transaction } from 'kysely';
import { chunksOf } from './chunks.js';
import { REMOVED_AT } from './imports.js';
import type { WriteStep } from './short-transactions.js';
import { stagedKey } from './staged-rows.js';
import { EMPTY_STATE_COLUMNS } from './states.js';
import type { Tables } from './tables.js';
import type { ContentChange } from './types.js';

/** Maximum number of changes in one statement. */
const MAX_CHANGES = 500;

/** Maximum number of changes in one statement that deletes all of an import: a slow server takes a second for them. */
const MAX_CHANGES_OF_ALL = 10_000;

type Undoing = NonNullable<ContentChange['undoes']>;

/**
 * Whether the change of an import, or the one that takes an import back, was committed.
 *
 * @returns `false` for any other change
 */
export async function isCommitted(
  db: Transaction<Tables>,
  destinationPk: number,
  { import: imported, undoes }: Pick<ContentChange, 'import' | 'undoes'>,
): Promise<boolean> {
  const id = imported?.record.id ?? undoes?.importId;
  if (id === undefined) return false;
  const row = await db
    .selectFrom('file_import')
    .select(['pk', 'undone_by'])
    .where('id', '=', storableText(id))
    .where('destination_pk', '=', destinationPk)
    .executeTakeFirst();
  if (row === undefined || undoes === undefined) return row !== undefined;
  // The same person may have taken back another part of it before.
  return row.undone_by === storableText(undoes.by) && !(await hasAny(db, row.pk, undoes.segmentIds));
}

/** Whether it is known what an import has changed of any of these segments. */
async function hasAny(
  db: Transaction<Tables>,
  importPk: number,
  segmentIds: Undoing['segmentIds'],
): Promise<boolean> {
  const ofImport = db
    .selectFrom('import_change')
    .select('segment_id')
    .where('import_pk', '=', importPk)
    .limit(1);
  if (segmentIds === 'ALL') return (await ofImport.executeTakeFirst()) !== undefined;
  for (const ids of chunksOf(segmentIds.map(storableText), MAX_CHANGES)) {
    if ((await ofImport.where('segment_id', 'in', ids).executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/**
 * Marks an import as taken back, and forgets what it has changed of the segments that are. To be followed by `dateUndo`.
 *
 * @returns its primary key; `null` if there is none
 */
export async function markUndone(
  db: Transaction<Tables>,
  destinationPk: number,
  { importId, by, segmentIds }: Undoing,
): Promise<number | null> {
  const marked = await db
    .updateTable('file_import')
    .set({ undone_by: storableText(by) })
    .where('id', '=', storableText(importId))
    .where('destination_pk', '=', destinationPk)
    .returning('pk')
    .executeTakeFirst();
  if (marked === undefined) return null;
  if (segmentIds === 'ALL') {
    await deleteAll(db, marked.pk);
    return marked.pk;
  }
  for (const ids of chunksOf(segmentIds.map(storableText), MAX_CHANGES)) {
    await db
      .deleteFrom('import_change')
      .where('import_pk', '=', marked.pk)
      .where('segment_id', 'in', ids)
      .execute();
  }
  return marked.pk;
}

/** Sets the time at which an import was taken back by the transaction. */
export async function dateUndo(db: Transaction<Tables>, importPk: number, at: number): Promise<void> {
  await db.updateTable('file_import').set({ undone_at: at }).where('pk', '=', importPk).execute();
}

/** Deletes what an import has changed, from the first segment to the last: what is deleted already is not read again. */
async function deleteAll(db: Transaction<Tables>, importPk: number): Promise<void> {
  for (let from: string | undefined = ''; from !== undefined;) {
    const start: string = from;
    const next = await db
      .selectFrom('import_change')
      .select('segment_id')
      .where('import_pk', '=', importPk)
      .where('segment_id', '>=', start)
      .orderBy('segment_id')
      .offset(MAX_CHANGES_OF_ALL)
      .limit(1)
      .executeTakeFirst();
    const end: string | undefined = next?.segment_id;
    await db
      .deleteFrom('import_change')
      .where('import_pk', '=', importPk)
      .where('segment_id', '>=', start)
      .$if(end !== undefined, (query) => query.where('segment_id', '<', end ?? ''))
      .execute();
    from = end;
  }
}

/**
 * An import that is being taken back, and the one that is going to be in its place. That one only has what the import has
 * changed of the segments that stay, so that taking back many segments ends with one short transaction.
 */
export interface StagedUndo {
  readonly importPk: number;
  readonly restPk: number;
}

/**
 * Creates the import that is going to be in the place of one that is taken back.
 *
 * @param staged the destination that has the rows of the commit
 * @returns `null` if there is no such import any more
 */
export async function beginUndo(
  db: Transaction<Tables>,
  destinationPk: number,
  { importId }: Undoing,
  staged: { readonly pk: number; readonly commitId: string },
): Promise<StagedUndo | null> {
  const found = await db
    .selectFrom('file_import')
    .selectAll()
    .where('id', '=', storableText(importId))
    .where('destination_pk', '=', destinationPk)
    .where('at', '>', REMOVED_AT)
    .executeTakeFirst();
  if (found === undefined) return null;
  const { pk: importPk, ...row } = found;
  const { pk: restPk } = await db
    .insertInto('file_import')
    .values({ ...row, id: `rest ${staged.commitId}`, destination_pk: staged.pk })
    .returning('pk')
    .executeTakeFirstOrThrow();
  return { importPk, restPk };
}

/** Copies what an import has changed of the segments that are not taken back. */
export function* keepingRest(
  { importPk, restPk }: StagedUndo,
  segmentIds: Undoing['segmentIds'],
): Generator<WriteStep> {
  if (segmentIds === 'ALL') return;
  const undone = new Set(segmentIds.map(storableText));
  let after = '';
  let isDone = false as boolean;
  while (!isDone) {
    yield async (db) => {
      const changes = await db
        .selectFrom('import_change')
        .selectAll()
        .where('import_pk', '=', importPk)
        .where('segment_id', '>', after)
        .orderBy('segment_id')
        .limit(MAX_CHANGES)
        .execute();
      const rest = changes.filter((change) => !undone.has(change.segment_id));
      if (rest.length > 0) {
        await db
          .insertInto('import_change')
          .values(rest.map((change) => ({ ...change, import_pk: restPk })))
          .execute();
      }
      after = changes.at(-1)?.segment_id ?? after;
      isDone = changes.length < MAX_CHANGES;
    };
  }
}

/**
 * Puts the rest of an import that is taken back in its place. The import itself goes to a destination that nobody reads,
 * whose rows are removed step by step afterwards.
 *
 * @param at time of the commit
 */
export async function endUndo(
  db: Transaction<Tables>,
  destinationPk: number,
  { importId, by }: Undoing,
  { commitId, at, undo }: { readonly commitId: string; readonly at: number; readonly undo: StagedUndo },
): Promise<void> {
  const key = stagedKey(`${commitId} undone`);
  const unread = await db
    .insertInto('destination')
    .values({ customer_id: key.customerId, destination_id: key.destinationId, ...EMPTY_STATE_COLUMNS })
    .returning('pk')
    .executeTakeFirstOrThrow();
  const removed = await db
    .updateTable('file_import')
    .set({ id: `undone ${commitId}`, destination_pk: unread.pk, at: REMOVED_AT })
    .where('pk', '=', undo.importPk)
    .where('id', '=', storableText(importId))
    .where('at', '>', REMOVED_AT)
    .returning('pk')
    .executeTakeFirst();
  await db
    .updateTable('file_import')
    .set(
      // The import may have been removed with the history of its time meanwhile.
      removed === undefined
        ? { destination_pk: unread.pk }
        : {
            id: storableText(importId),
            destination_pk: destinationPk,
            undone_at: at,
            undone_by: storableText(by),
          },
    )
    .where('pk', '=', undo.restPk)
    .execute();
}
