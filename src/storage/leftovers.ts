import { storableText } from '../base/text.js';
import { sql, type Kysely, type Transaction } from 'kysely';
import { removeImports } from './imports.js';
import { readLastRevision } from './last-revision.js';
import { isNotShadowed, placesOf } from './overlay.js';
import { REMOVED_CUSTOMER } from './removed-customer.js';
import { lockingRow } from './row-locks.js';
import type { Tables } from './tables.js';
import type { DestinationKey, DestinationRemoval, StoredContents } from './types.js';

/** The segments `s` of the destination `d` as they are read: what is laid over is one of them, what it hides is not. */
const IS_OF_DESTINATION = sql<boolean>`s.destination_pk in (d.pk, d.overlay_pk)
  and not (s.destination_pk = d.pk and not ${isNotShadowed('s', 'd')})`;

/** Counts what is stored of a destination. @returns `null` if nothing is stored of it */
export async function readContents(db: Kysely<Tables>, key: DestinationKey): Promise<StoredContents | null> {
  const row = await db
    .selectFrom('destination as d')
    .where('d.customer_id', '=', storableText(key.customerId))
    .where('d.destination_id', '=', storableText(key.destinationId))
    .select(['d.pk', 'd.overlay_pk', 'd.overlay_at'])
    .select((eb) => [
      eb
        .selectFrom('segment as s')
        .where(IS_OF_DESTINATION)
        .select(sql<number>`count(*)`.as('count'))
        .as('segments'),
      eb
        .selectFrom('segment as s')
        .where(IS_OF_DESTINATION)
        .where('s.manual', 'is not', null)
        .select(sql<number>`count(*)`.as('count'))
        .as('byHand'),
      eb
        .selectFrom('revision as r')
        .where(sql<boolean>`r.destination_pk in (d.pk, d.overlay_pk)`)
        .select(sql<number>`count(*)`.as('count'))
        .as('changes'),
    ])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { segments, byHand, changes } = row;
  const last = await readLastRevision(db, placesOf(row));
  const lastChangeAt = last.sequence === 0 ? null : last.at;
  return { segments: segments ?? 0, byHand: byHand ?? 0, changes: changes ?? 0, lastChangeAt };
}

/** A step of removing a destination. */
interface RemovalStep {
  readonly key: DestinationKey;
  /**
   * The destination, as soon as it was found: a step that is done again, because it is not known whether it was done, may
   * not find it under its key any more.
   */
  pk: number | null;
}

/**
 * Does one step of removing a destination. The first one takes its name from it, so that whoever asks for it finds
 * nothing any more, and a gateway that reads it again begins anew. The following ones remove its rows, and at last itself.
 *
 * @param db a transaction; the process may end between two
 * @param step the same object if the step is done again
 * @param limit maximum number of rows to remove
 */
export async function removeDestinationRows(
  db: Transaction<Tables>,
  step: RemovalStep,
  limit: number,
  lockRow: boolean,
): Promise<DestinationRemoval> {
  const { key } = step;
  const [customerId, destinationId] = [storableText(key.customerId), storableText(key.destinationId)];
  // Whoever changes a destination locks it before its rows.
  const found = db
    .selectFrom('destination')
    .select(['pk', 'customer_id'])
    .$if(lockRow, (query) => query.forUpdate());
  const wanted =
    step.pk === null
      ? found.where('customer_id', '=', customerId).where('destination_id', '=', destinationId)
      : found.where('pk', '=', step.pk);
  const find = () => wanted.executeTakeFirst();
  const destination = await (lockRow ? lockingRow(db, find) : find());
  if (destination === undefined) return { removed: 0, rest: null };
  const { pk } = destination;
  step.pk = pk;
  const rest = { customerId: REMOVED_CUSTOMER, destinationId: `removed ${pk}` };
  if (destination.customer_id !== REMOVED_CUSTOMER) {
    await db
      .updateTable('destination')
      .set({ customer_id: rest.customerId, destination_id: rest.destinationId })
      .where('pk', '=', pk)
      .execute();
    // What was laid over it is over nothing from now on, and is removed as what was never laid over anything.
    await db.updateTable('destination').set({ overlay_of: null }).where('overlay_of', '=', pk).execute();
    await db
      .deleteFrom('lease')
      .where('customer_id', '=', customerId)
      .where('destination_id', '=', destinationId)
      .execute();
  }
  let removed = await removeImports(db, pk, limit);
  if (removed >= limit) return { removed, rest };
  for (const [table, id] of [
    ['revision_commit', 'last_sequence'],
    ['revision', 'sequence'],
    ['segment', 'id'],
    ['shadowed_segment', 'segment_id'],
  ] as const) {
    const owner = sql.ref(table === 'shadowed_segment' ? 'overlay_pk' : 'destination_pk');
    const { rows } = await sql<{ id: unknown }>`delete from ${sql.table(table)}
      where ${owner} = ${pk} and ${sql.ref(id)} in (
        select ${sql.ref(id)} from ${sql.table(table)} where ${owner} = ${pk} limit ${limit - removed})
      returning ${sql.ref(id)} as id`.execute(db);
    removed += rows.length;
    if (removed >= limit) return { removed, rest };
  }
  await db.deleteFrom('destination').where('pk', '=', pk).execute();
  return { removed, rest: null };
}
