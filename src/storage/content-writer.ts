import type { Insertable, Transaction } from 'kysely';
import { PackedRevisions, PackedSegments } from '../segments/index.js';
import { BulkInsert, ROWS_AT_ONCE } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { UNKNOWN } from './content.js';
import { revisionRow, segmentRow } from './inserted-rows.js';
import { stateColumns } from './rows.js';
import type { RevisionTable, SegmentTable, Tables } from './tables.js';
import { storable } from './text.js';
import type { ContentChange, DestinationKey, Revision, StoredSegment } from './types.js';

/** Examples that say which columns there are. */
const SEGMENT: StoredSegment = {
  id: '',
  sid: null,
  alias: null,
  name: null,
  description: null,
  status: 'UNKNOWN',
  startDate: null,
  endDate: null,
  createdAt: null,
  updatedAt: null,
  source: 'MANUAL',
  confirmedAt: null,
  manual: null,
};
const REVISION: Revision = {
  segmentId: '',
  at: 0,
  kind: 'CREATED',
  name: null,
  description: null,
  status: 'UNKNOWN',
  source: 'MANUAL',
  by: null,
};

export interface ContentWriterOptions {
  /** Whether a transaction has to lock the destination's row to keep others out. */
  readonly lockRow: boolean;
}

/** Writes segments and their history. */
export class ContentWriter {
  readonly #options: ContentWriterOptions;
  readonly #segments = new BulkInsert<Insertable<SegmentTable>>(segmentRow(0, SEGMENT), (db, rows) =>
    db
      .insertInto('segment')
      .values(rows)
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
      ),
  );
  readonly #revisions = new BulkInsert<Insertable<RevisionTable>>(revisionRow(0, REVISION), (db, rows) =>
    db.insertInto('revision').values(rows),
  );

  constructor(options: ContentWriterOptions) {
    this.#options = options;
  }

  /** Writes a change if the destination is at `generation`, which it then leaves behind; otherwise nothing. */
  async write(
    db: Transaction<Tables>,
    key: DestinationKey,
    generation: number,
    change: ContentChange,
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
      .$if(this.#options.lockRow, (query) => query.forUpdate())
      .executeTakeFirst();
    if (found?.generation !== generation) return false;
    await this.#remove(db, found.pk, change.removals);
    await this.#upsert(db, found.pk, change.upserts);
    await this.#tell(db, found.pk, change.revisions);
    await db
      .updateTable('destination')
      .set({ ...stateColumns(change.state), generation: generation + 1 })
      .where('pk', '=', found.pk)
      .execute();
    return true;
  }

  async #remove(db: Transaction<Tables>, destination: number, ids: readonly string[]): Promise<void> {
    for (const chunk of chunksOf(ids.map(storable), ROWS_AT_ONCE)) {
      await db
        .deleteFrom('segment')
        .where('destination_pk', '=', destination)
        .where('id', 'in', chunk)
        .execute();
    }
  }

  async #upsert(
    db: Transaction<Tables>,
    destination: number,
    segments: Iterable<StoredSegment>,
  ): Promise<void> {
    for (const chunk of packedChunks(segments)) {
      const rows = withoutTwins(chunk);
      const packed = { table: 'segment', destination, segments: rows.toParts() } as const;
      await this.#segments.execute(db, packed, rows.length);
    }
  }

  async #tell(db: Transaction<Tables>, destination: number, revisions: Iterable<Revision>): Promise<void> {
    if (!(revisions instanceof PackedRevisions)) {
      await tellEach(db, destination, revisions);
      return;
    }
    await tellEach(db, destination, revisions.earlier);
    for (const { part, count } of revisions.parts(ROWS_AT_ONCE)) {
      const { segments, kinds, occasion } = part;
      const packed = {
        table: 'revision',
        destination,
        segments: segments.toParts(),
        kinds,
        occasion,
      } as const;
      await this.#revisions.execute(db, packed, count);
    }
  }
}

async function tellEach(
  db: Transaction<Tables>,
  destination: number,
  revisions: Iterable<Revision>,
): Promise<void> {
  for (const chunk of chunksOf(revisions, ROWS_AT_ONCE)) {
    await db
      .insertInto('revision')
      .values(chunk.map((revision) => revisionRow(destination, revision)))
      .execute();
  }
}

function* packedChunks(segments: Iterable<StoredSegment>): Generator<PackedSegments> {
  if (segments instanceof PackedSegments) {
    for (let row = 0; row < segments.length; row += ROWS_AT_ONCE) {
      yield segments.slice(row, Math.min(row + ROWS_AT_ONCE, segments.length));
    }
  } else {
    for (const chunk of chunksOf(segments, ROWS_AT_ONCE)) yield PackedSegments.of(chunk);
  }
}

/** PostgreSQL refuses a statement that meets the same row twice; the last one counts. */
function withoutTwins(segments: PackedSegments): PackedSegments {
  const rows = new Map<string, number>();
  for (let row = 0; row < segments.length; row++) rows.set(storable(segments.id(row)), row);
  return rows.size === segments.length ? segments : segments.select([...rows.values()]);
}
