import { storableText } from '../base/text.js';
import type { Transaction } from 'kysely';
import { SegmentPacker } from '../segments/index.js';
import { segmentFromRow, SEGMENT_COLUMNS, stateFromRow } from './row-decoding.js';
import type { Tables } from './tables.js';
import type { DestinationKey, StoredDestination } from './types.js';

/** Rows per query: few enough that decoding them blocks the event loop only briefly. */
const ROWS_PER_PAGE = 500;

/**
 * Reads a destination with all its segments, page by page. The transaction has to be repeatable read, so that
 * all pages are of one moment.
 *
 * @returns `null` if nothing is stored of the destination
 */
export async function readContent(
  db: Transaction<Tables>,
  key: DestinationKey,
): Promise<StoredDestination | null> {
  const destination = await db
    .selectFrom('destination')
    .selectAll()
    .where('customer_id', '=', storableText(key.customerId))
    .where('destination_id', '=', storableText(key.destinationId))
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
      .limit(ROWS_PER_PAGE)
      .execute();
    for (const row of rows) {
      const segment = segmentFromRow(row);
      packer.add(segment, segment);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_PAGE) {
      return { state: stateFromRow(destination), segments: packer.finish() };
    }
    after = last.id;
  }
}
