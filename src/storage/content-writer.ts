import type { Insertable, Transaction } from 'kysely';
import { PackedRevisions, PackedSegments } from '../segments/index.js';
import { BulkInsert, MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { readLastSequence } from './history.js';
import { revisionRow, segmentRow, stateColumns } from './row-encoding.js';
import { EMPTY_STATE_COLUMNS } from './states.js';
import type { RevisionTable, SegmentTable, Tables } from './tables.js';
import { storable } from './text.js';
import type { ContentChange, DestinationKey, Revision, StoredSegment } from './types.js';
import type { Commit } from './version.js';

/** Example values from which the insert statements take their columns. */
const EXAMPLE_SEGMENT: StoredSegment = {
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
  value: null,
  url: null,
  secureUrl: null,
  isTrait: false,
};
const EXAMPLE_REVISION: Revision = {
  segmentId: '',
  at: 0,
  kind: 'CREATED',
  name: null,
  description: null,
  status: 'UNKNOWN',
  source: 'MANUAL',
  by: null,
};

interface ContentWriterOptions {
  /**
   * Whether to lock the destination's row. SQLite needs no row lock: only one write transaction runs at a
   * time.
   */
  readonly lockRow: boolean;
}

/** Writes changes of segments, history and state. */
export class ContentWriter {
  readonly #options: ContentWriterOptions;
  readonly #segmentInsert = new BulkInsert<Insertable<SegmentTable>>(
    segmentRow(0, EXAMPLE_SEGMENT),
    (db, rows) =>
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
            value: eb.ref('excluded.value'),
            url: eb.ref('excluded.url'),
            secure_url: eb.ref('excluded.secure_url'),
            is_trait: eb.ref('excluded.is_trait'),
            sort_key: eb.ref('excluded.sort_key'),
            search_text: eb.ref('excluded.search_text'),
          })),
        ),
  );
  readonly #revisionInsert = new BulkInsert<Insertable<RevisionTable>>(
    revisionRow(0, 1, EXAMPLE_REVISION),
    (db, rows) => db.insertInto('revision').values(rows),
  );

  constructor(options: ContentWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes a change as `Storage.write` describes.
   *
   * @returns what will be committed; `null` if the destination is not at `generation` and nothing was written
   */
  async write(
    db: Transaction<Tables>,
    key: DestinationKey,
    generation: number,
    change: ContentChange,
  ): Promise<Commit | null> {
    const ids = { customer_id: storable(key.customerId), destination_id: storable(key.destinationId) };
    if (generation === 0) {
      await db
        .insertInto('destination')
        .values({ ...ids, ...EMPTY_STATE_COLUMNS })
        .onConflict((conflict) => conflict.columns(['customer_id', 'destination_id']).doNothing())
        .execute();
    }
    const found = await db
      .selectFrom('destination')
      .select(['pk', 'generation', 'as_of'])
      .where('customer_id', '=', ids.customer_id)
      .where('destination_id', '=', ids.destination_id)
      .$if(this.#options.lockRow, (query) => query.forUpdate())
      .executeTakeFirst();
    if (found?.generation !== generation) return null;
    const rows =
      (await this.#delete(db, found.pk, change.removals)) +
      (await this.#upsert(db, found.pk, change.upserts)) +
      (await this.#insertRevisions(db, found.pk, change.revisions));
    const isContentChanged = generation === 0 || rows > 0;
    const columns = stateColumns(change.state);
    const asOf = columns.as_of === undefined ? found.as_of : columns.as_of;
    const after = isContentChanged
      ? { generation: generation + 1, asOf }
      : { generation, asOf: latest(found.as_of, asOf) };
    await db
      .updateTable('destination')
      .set({ ...columns, generation: after.generation, as_of: after.asOf })
      .where('pk', '=', found.pk)
      .execute();
    return { key, before: { generation, asOf: found.as_of }, after };
  }

  /** @returns the number of IDs given */
  async #delete(db: Transaction<Tables>, destinationPk: number, ids: readonly string[]): Promise<number> {
    for (const chunk of chunksOf(ids.map(storable), MAX_ROWS_PER_INSERT)) {
      await db
        .deleteFrom('segment')
        .where('destination_pk', '=', destinationPk)
        .where('id', 'in', chunk)
        .execute();
    }
    return ids.length;
  }

  /** @returns the number of rows written */
  async #upsert(
    db: Transaction<Tables>,
    destinationPk: number,
    segments: Iterable<StoredSegment>,
  ): Promise<number> {
    let written = 0;
    for (const chunk of packedChunks(segments)) {
      const unique = withoutDuplicates(chunk);
      // Executing the insert may transfer the buffers to another thread.
      const { length } = unique;
      const batch = { table: 'segment', destinationPk, segments: unique.toParts() } as const;
      await this.#segmentInsert.execute(db, batch, length);
      written += length;
    }
    return written;
  }

  /** @returns the number of rows written */
  async #insertRevisions(
    db: Transaction<Tables>,
    destinationPk: number,
    revisions: Iterable<Revision>,
  ): Promise<number> {
    const numbers = new SequenceNumbers(db, destinationPk);
    if (!(revisions instanceof PackedRevisions)) return await insertUnpackedRevisions(db, numbers, revisions);
    let written = await insertUnpackedRevisions(db, numbers, revisions.earlier);
    for (const { part, count } of revisions.parts(MAX_ROWS_PER_INSERT)) {
      const firstSequence = await numbers.take(count);
      const { segments, kinds, occasion } = part;
      const batch = {
        table: 'revision',
        destinationPk,
        firstSequence,
        segments: segments.toParts(),
        kinds,
        occasion,
      } as const;
      await this.#revisionInsert.execute(db, batch, count);
      written += count;
    }
    return written;
  }
}

/** The numbers for new revisions of a destination whose row is locked. */
class SequenceNumbers {
  readonly destinationPk: number;
  readonly #db: Transaction<Tables>;
  #last: number | undefined;

  constructor(db: Transaction<Tables>, destinationPk: number) {
    this.destinationPk = destinationPk;
    this.#db = db;
  }

  /** Takes this many numbers. @returns the first of them */
  async take(count: number): Promise<number> {
    // Not read before it is needed: most commits only confirm what is stored.
    this.#last ??= await readLastSequence(this.#db, this.destinationPk);
    const first = this.#last + 1;
    this.#last += count;
    return first;
  }
}

async function insertUnpackedRevisions(
  db: Transaction<Tables>,
  numbers: SequenceNumbers,
  revisions: Iterable<Revision>,
): Promise<number> {
  let written = 0;
  for (const chunk of chunksOf(revisions, MAX_ROWS_PER_INSERT)) {
    const first = await numbers.take(chunk.length);
    await db
      .insertInto('revision')
      .values(chunk.map((revision, index) => revisionRow(numbers.destinationPk, first + index, revision)))
      .execute();
    written += chunk.length;
  }
  return written;
}

/** Splits segments into packed chunks of at most `MAX_ROWS_PER_INSERT`. Empty lists yield no chunk. */
function* packedChunks(segments: Iterable<StoredSegment>): Generator<PackedSegments> {
  if (segments instanceof PackedSegments) {
    for (let start = 0; start < segments.length; start += MAX_ROWS_PER_INSERT) {
      yield segments.slice(start, Math.min(start + MAX_ROWS_PER_INSERT, segments.length));
    }
  } else {
    for (const chunk of chunksOf(segments, MAX_ROWS_PER_INSERT)) yield PackedSegments.of(chunk);
  }
}

/**
 * Keeps the last of several segments with the same ID: PostgreSQL refuses to update a row twice in one
 * statement.
 */
function withoutDuplicates(segments: PackedSegments): PackedSegments {
  const indexById = new Map<string, number>();
  for (let index = 0; index < segments.length; index++) indexById.set(storable(segments.id(index)), index);
  return indexById.size === segments.length ? segments : segments.select([...indexById.values()]);
}

/** The later of two times; `null` is earlier than every time. */
function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
