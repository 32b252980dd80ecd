import { storableText } from '../base/text.js';
import type { Kysely } from 'kysely';
import { stateFromRow } from './row-decoding.js';
import { stateColumns } from './row-encoding.js';
import { isStaged } from './staged-rows.js';
import type { Tables } from './tables.js';
import type { DestinationKey, DestinationState, StateChange } from './types.js';
import type { DestinationVersion } from './version.js';

/** Column values of a destination of which nothing is known yet. */
export const EMPTY_STATE_COLUMNS = { generation: 0, segment_count: 0, failures: 0 };

/** Reads the states of all stored destinations, in the order in which they were first stored. */
export async function readStates(
  db: Kysely<Tables>,
): Promise<(DestinationKey & { readonly state: DestinationState })[]> {
  const rows = await db.selectFrom('destination').selectAll().orderBy('pk').execute();
  return rows
    .filter((row) => !isStaged(row))
    .map((row) => ({
      customerId: row.customer_id,
      destinationId: row.destination_id,
      state: stateFromRow(row),
    }));
}

/** @returns the state of a destination; `null` if nothing is stored of it */
export async function readState(db: Kysely<Tables>, key: DestinationKey): Promise<DestinationState | null> {
  const row = await db
    .selectFrom('destination')
    .selectAll()
    .where('customer_id', '=', storableText(key.customerId))
    .where('destination_id', '=', storableText(key.destinationId))
    .executeTakeFirst();
  return row === undefined ? null : stateFromRow(row);
}

/** Writes the given fields of a destination's state. Segments and generation stay as they are. */
export async function writeState(db: Kysely<Tables>, key: DestinationKey, state: StateChange): Promise<void> {
  const columns = stateColumns(state);
  await db
    .insertInto('destination')
    .values({
      customer_id: storableText(key.customerId),
      destination_id: storableText(key.destinationId),
      ...EMPTY_STATE_COLUMNS,
      ...columns,
    })
    .onConflict((conflict) => {
      const target = conflict.columns(['customer_id', 'destination_id']);
      return Object.keys(columns).length === 0 ? target.doNothing() : target.doUpdateSet(columns);
    })
    .execute();
}

/** Reads the versions of all stored destinations. */
export async function readVersions(db: Kysely<Tables>): Promise<DestinationVersion[]> {
  const rows = await db
    .selectFrom('destination')
    .select(['customer_id', 'destination_id', 'generation', 'as_of'])
    .execute();
  return rows
    .filter((row) => !isStaged(row))
    .map((row) => ({
      customerId: row.customer_id,
      destinationId: row.destination_id,
      generation: row.generation,
      asOf: row.as_of,
    }));
}
