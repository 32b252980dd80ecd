import { setImmediate } from 'node:timers/promises';
import { storableText } from '../base/text.js';
import { sql, type Transaction } from 'kysely';
import { SegmentPacker } from '../segments/index.js';
import type { Engine, ManyRows } from './engine.js';
import { pksOf, placesOf, type Places } from './overlay.js';
import { segmentFromRow, SEGMENT_COLUMNS, stateFromRow, type SegmentRow } from './row-decoding.js';
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
  engine: Engine,
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
  const places = placesOf(destination);
  for (const pk of pksOf(places)) await readSegments(engine, db, pk, places, packer);
  return { state: stateFromRow(destination), segments: packer.finish() };
}

/** Reads those of the segments under a key that are not hidden by what is laid over. */
async function readSegments(
  engine: Engine,
  db: Transaction<Tables>,
  pk: number,
  { pk: ownPk, overlay }: Places,
  packer: SegmentPacker,
): Promise<void> {
  const page = (after: string | null): Promise<ManyRows<SegmentRow, string>> => {
    const query = db
      .selectFrom('segment')
      .select(SEGMENT_COLUMNS)
      .where('destination_pk', '=', pk)
      .$if(overlay !== null && pk === ownPk, (query) =>
        query.where(
          sql<boolean>`not exists (
            select 1 from shadowed_segment x where x.overlay_pk = ${overlay?.pk ?? 0} and x.segment_id = segment.id)`,
        ),
      )
      .$if(after !== null, (query) => query.where('id', '>', after))
      .orderBy('id')
      .limit(ROWS_PER_PAGE);
    return engine.readMany(db, query, SEGMENT_COLUMNS, 'id');
  };
  for (let next: Promise<ManyRows<SegmentRow, string>> | null = page(null); next !== null;) {
    const found: ManyRows<SegmentRow, string> = await next;
    next = found.count < ROWS_PER_PAGE ? null : page(found.last);
    // If a row cannot be decoded, nobody waits for the next ones.
    next?.catch(() => undefined);
    // The database gets the next page ready while this thread decodes the rows of this one.
    await setImmediate();
    for (const row of found.decode()) {
      const segment = segmentFromRow(row);
      packer.add(segment, segment);
    }
  }
}
