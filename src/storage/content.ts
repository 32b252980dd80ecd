import type { Kysely, Transaction } from 'kysely';
import { SegmentPacker } from '../segments/index.js';
import { chunksOf } from './chunks.js';
import { revisionRow, segmentOf, segmentRow, SEGMENT_COLUMNS, stateColumns, stateOf } from './rows.js';
import type { Tables } from './tables.js';
import { storable } from './text.js';
import type { ContentChange, DestinationKey, StoredDestination, StoredSegment } from './types.js';

/**
 * Rows of one statement or answer: few enough to turn into SQL or objects between two events of the event
 * loop without anybody noticing, and far below what the engines take as parameters.
 */
const ROWS_WRITTEN_AT_ONCE = 100;
const ROWS_READ_AT_ONCE = 500;

/** What a destination's row holds before anything is known. */
const UNKNOWN = { generation: 0, segment_count: 0, failures: 0 };

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

/** Writes a change if the destination is at `generation`, which it then leaves behind; otherwise nothing. */
export async function writeContent(
  db: Transaction<Tables>,
  key: DestinationKey,
  generation: number,
  change: ContentChange,
  options: { readonly lockRow: boolean },
): Promise<boolean> {
  const ids = { customer_id: storable(key.customerId), destination_id: storable(key.destinationId) };
  if (generation === 0) {
    await db
      .insertInto('destination')
      .values({ ...ids, ...UNKNOWN })
      .onConflict((conflict) => conflict.columns(['customer_id', 'destination_id']).doNothing())
      .execute();
  }
  const found = await db
    .selectFrom('destination')
    .select(['pk', 'generation'])
    .where('customer_id', '=', ids.customer_id)
    .where('destination_id', '=', ids.destination_id)
    .$if(options.lockRow, (query) => query.forUpdate())
    .executeTakeFirst();
  if (found?.generation !== generation) return false;
  await removeSegments(db, found.pk, change.removals);
  await upsertSegments(db, found.pk, change.upserts);
  for (const revisions of chunksOf(change.revisions, ROWS_WRITTEN_AT_ONCE)) {
    await db
      .insertInto('revision')
      .values(revisions.map((revision) => revisionRow(found.pk, revision)))
      .execute();
  }
  await db
    .updateTable('destination')
    .set({ ...stateColumns(change.state), generation: generation + 1 })
    .where('pk', '=', found.pk)
    .execute();
  return true;
}

async function removeSegments(
  db: Transaction<Tables>,
  destination: number,
  ids: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(ids.map(storable), ROWS_WRITTEN_AT_ONCE)) {
    await db
      .deleteFrom('segment')
      .where('destination_pk', '=', destination)
      .where('id', 'in', chunk)
      .execute();
  }
}

async function upsertSegments(
  db: Transaction<Tables>,
  destination: number,
  segments: Iterable<StoredSegment>,
): Promise<void> {
  for (const segmentsAtOnce of chunksOf(segments, ROWS_WRITTEN_AT_ONCE)) {
    // PostgreSQL refuses a statement that meets the same row twice; the last one counts.
    const chunk = [...new Map(segmentsAtOnce.map((segment) => [storable(segment.id), segment])).values()];
    await db
      .insertInto('segment')
      .values(chunk.map((segment) => segmentRow(destination, segment)))
      .onConflict((conflict) =>
        conflict.columns(['destination_pk', 'id']).doUpdateSet((eb) => ({
          sid: eb.ref('excluded.sid'),
          alias: eb.ref('excluded.alias'),
          name: eb.ref('excluded.name'),
          description: eb.ref('excluded.description'),
          status: eb.ref('excluded.status'),
          start_date: eb.ref('excluded.start_date'),
          end_date: eb.ref('excluded.end_date'),
          created_at: eb.ref('excluded.created_at'),
          updated_at: eb.ref('excluded.updated_at'),
          source: eb.ref('excluded.source'),
          confirmed_at: eb.ref('excluded.confirmed_at'),
          manual: eb.ref('excluded.manual'),
          sort_key: eb.ref('excluded.sort_key'),
          search_text: eb.ref('excluded.search_text'),
        })),
      )
      .execute();
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
