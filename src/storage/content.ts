import type { Kysely, Transaction } from 'kysely';
import { SegmentPacker } from '../segments/index.js';
import { segmentOf, SEGMENT_COLUMNS, stateColumns, stateOf } from './rows.js';
import type { Tables } from './tables.js';
import { storable } from './text.js';
import type { ContentChange, DestinationKey, StoredDestination } from './types.js';

/** Few enough to turn into objects between two events of the event loop without anybody noticing. */
const ROWS_READ_AT_ONCE = 500;

/** What a destination's row holds before anything is known. */
export const UNKNOWN = { generation: 0, segment_count: 0, failures: 0 };

/** A destination with all its segments, at the moment of the transaction. */
export async function readContent(
  db: Transaction<Tables>,
  key: DestinationKey,
): Promise<StoredDestination | null> {
  const destination = await db
    .selectFrom('destination')
    .selectAll()
    .where('customer_id', '=', storable(key.customerId))
    .where('destination_id', '=', storable(key.destinationId))
    .executeTakeFirst();
  if (destination === undefined) return null;
  const packer = new SegmentPacker();
  for (let after: string | null = null; ;) {
    const rows = await db
      .selectFrom('segment')
      .select(SEGMENT_COLUMNS)
      .where('destination_pk', '=', destination.pk)
      .$if(after !== null, (query) => query.where('id', '>', after))
      .orderBy('id')
      .limit(ROWS_READ_AT_ONCE)
      .execute();
    for (const row of rows) {
      const segment = segmentOf(row);
      packer.add(segment, segment);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_READ_AT_ONCE) {
      return { state: stateOf(destination), segments: packer.finish() };
    }
    after = last.id;
  }
}

/** Notes how a destination stands; segments and generation stay. */
export async function writeState(
  db: Kysely<Tables>,
  key: DestinationKey,
  state: ContentChange['state'],
): Promise<void> {
  const columns = stateColumns(state);
  await db
    .insertInto('destination')
    .values({
      customer_id: storable(key.customerId),
      destination_id: storable(key.destinationId),
      ...UNKNOWN,
      ...columns,
    })
    .onConflict((conflict) => {
      const target = conflict.columns(['customer_id', 'destination_id']);
      return Object.keys(columns).length === 0 ? target.doNothing() : target.doUpdateSet(columns);
    })
    .execute();
}
