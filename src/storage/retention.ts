import { storableText } from '../base/text.js';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { chunksOf } from './chunks.js';
import { firstSequenceSince } from './history-since.js';
import { removeOldImport } from './imports.js';
import { readLastRevision } from './last-revision.js';
import { PLACE_COLUMNS, placesOf, type Places } from './overlay.js';
import { REMOVED_CUSTOMER } from './removed-customer.js';
import { lockingRow } from './row-locks.js';
import type { DestinationTable, Tables } from './tables.js';
import type { DestinationKey, HistoryRemoval } from './types.js';

/** Maximum number of values in one statement. */
const MAX_VALUES = 500;

/**
 * The destinations with imports before a time, or with history before it that was not looked through yet, except those that
 * are being removed. Numbers have no gaps behind those that were looked through, so one row of an index per destination is
 * read.
 */
export async function findOldHistories(db: Kysely<Tables>, before: number): Promise<DestinationKey[]> {
  const rows = await db
    .selectFrom('destination as d')
    .where('d.customer_id', '<>', REMOVED_CUSTOMER)
    .where((eb) => {
      const revisions = eb
        .selectFrom('revision as r')
        .select('r.sequence')
        .whereRef('r.destination_pk', '=', 'd.pk')
        .where('r.sequence', '=', sql<number>`d.condensed_to + 1`)
        .where('r.at', '<', before);
      const imports = eb
        .selectFrom('file_import as i')
        .select('i.pk')
        .whereRef('i.destination_pk', '=', 'd.pk')
        .where('i.at', '<', before);
      return eb.or([eb.exists(revisions), eb.exists(imports)]);
    })
    .select(['d.customer_id as customerId', 'd.destination_id as destinationId'])
    .orderBy('d.pk')
    .execute();
  return rows;
}

/**
 * Does one step of removing what is older than a time: of the history, then of the imports.
 *
 * @param db a transaction; what it does is complete in itself, so the process may end between two
 * @param limit maximum number of revisions to look through, or of changes of imports to remove
 */
export async function removeBefore(
  db: Transaction<Tables>,
  key: DestinationKey,
  before: number,
  limit: number,
  lockRow: boolean,
): Promise<HistoryRemoval> {
  const find = () =>
    db
      .selectFrom('destination')
      .select([...PLACE_COLUMNS, 'condensed_to', 'complete_since'])
      .where('customer_id', '=', storableText(key.customerId))
      .where('destination_id', '=', storableText(key.destinationId))
      .$if(lockRow, (query) => query.forUpdate())
      .executeTakeFirst();
  const destination = await (lockRow ? lockingRow(db, find) : find());
  // What is laid over is moved first: the next run goes on.
  if (destination?.overlay_pk !== null) return { removed: 0, isDone: true };
  const range = { ...placesOf(destination), ...destination };
  const step = await condenseHistory(db, range, before, limit);
  if (!step.isDone || step.removed > 0) return { ...step, isDone: false };
  return { removed: 0, isDone: await removeOldImport(db, destination.pk, before, limit) };
}

/**
 * Looks through the next revisions of a destination that were stored before a time, and removes what they replace: all
 * earlier revisions of the same segments. Of what is older than `before`, the last revision of each segment is left, so the
 * segments as they were at `before` or later, and the changes since then, stay the same. The last revision of the
 * destination is always left, and with it the numbers that are taken.
 *
 * @param limit maximum number of revisions to look through
 */
async function condenseHistory(
  db: Transaction<Tables>,
  destination: Places & Pick<Selectable<DestinationTable>, 'condensed_to' | 'complete_since'>,
  before: number,
  limit: number,
): Promise<HistoryRemoval> {
  const { pk, condensed_to: start } = destination;
  const end =
    (await firstSequenceSince(db, destination, before)) ??
    (await readLastRevision(db, destination)).sequence + 1;
  const next = await db
    .selectFrom('revision')
    .select(['sequence', 'segment_id'])
    .where('destination_pk', '=', pk)
    .where('sequence', '>', start)
    .where('sequence', '<', end)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  const last = next.at(-1)?.sequence;
  if (last === undefined) return { removed: 0, isDone: true };
  const segmentIds = new Set(next.map((row) => row.segment_id));
  const removed = await removeReplaced(db, pk, segmentIds, last);
  await db
    .updateTable('destination')
    .set({
      condensed_to: last,
      ...(removed > 0 && { complete_since: Math.max(before, destination.complete_since ?? before) }),
    })
    .where('pk', '=', pk)
    .execute();
  return { removed, isDone: next.length < limit };
}

/** Removes all revisions of these segments up to a number, except the last one of each. @returns how many */
async function removeReplaced(
  db: Transaction<Tables>,
  destinationPk: number,
  segmentIds: Iterable<string>,
  upTo: number,
): Promise<number> {
  let removed = 0;
  for (const ids of chunksOf(segmentIds, MAX_VALUES)) {
    const rows = await db
      .selectFrom('revision')
      .select(['sequence', 'segment_id'])
      .where('destination_pk', '=', destinationPk)
      .where('segment_id', 'in', ids)
      .where('sequence', '<=', upTo)
      .execute();
    const newest = new Map<string, number>();
    for (const { sequence, segment_id: id } of rows) newest.set(id, Math.max(sequence, newest.get(id) ?? 0));
    const replaced = rows.filter((row) => row.sequence !== newest.get(row.segment_id));
    for (const chunk of chunksOf(replaced, MAX_VALUES)) {
      const sequences = chunk.map(({ sequence }) => sequence);
      await db
        .deleteFrom('revision')
        .where('destination_pk', '=', destinationPk)
        .where('sequence', 'in', sequences)
        .execute();
      await removeEmptyCommits(db, destinationPk, sequences);
    }
    removed += replaced.length;
  }
  return removed;
}

/**
 * Removes the times of those commits of which no revision is left.
 *
 * @param removed numbers of revisions that were removed; their commits are looked at
 */
async function removeEmptyCommits(
  db: Transaction<Tables>,
  destinationPk: number,
  removed: readonly number[],
): Promise<void> {
  const values = sql.join(removed.map((sequence) => sql`(cast(${sequence} as bigint))`));
  await sql`with removed (sequence) as (values ${values})
    delete from revision_commit
    where destination_pk = ${destinationPk}
      and last_sequence in (
        select (
          select min(c.last_sequence) from revision_commit c
          where c.destination_pk = ${destinationPk} and c.last_sequence >= removed.sequence
        ) from removed
      )
      and not exists (
        select 1 from revision r
        where r.destination_pk = ${destinationPk}
          and r.sequence between revision_commit.first_sequence and revision_commit.last_sequence
      )`.execute(db);
}
