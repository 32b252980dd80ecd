import { storableText } from '../base/text.js';
import { sql, type Insertable, type Transaction } from 'kysely';
import type { Clock } from '../base/clock.js';
import { isLater } from '../base/dates.js';
import { PackedSegments } from '../segments/index.js';
import { BulkInsert, MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { RevisionInsert, RevisionWriter } from './revision-writer.js';
import { segmentRow, stateColumns } from './row-encoding.js';
import { EMPTY_STATE_COLUMNS } from './states.js';
import type { SegmentTable, Tables } from './tables.js';
import type { ContentChange, DestinationKey, StoredSegment } from './types.js';
import type { Commit } from './version.js';

/** An example from which the insert statement takes its columns. */
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
/** After fewer rows it is left to PostgreSQL when it looks at its tables. It does so about once a minute. */
const MIN_ROWS_TO_ANALYZE = 10_000;

interface ContentWriterOptions {
  /**
   * Whether to lock the destination's row. SQLite needs no row lock: only one write transaction runs at a
   * time.
   */
  readonly lockRow: boolean;
  /**
   * Whether the database has to be told to look at its tables after a large commit. Without statistics, PostgreSQL
   * reads the histories of many segments by an index that takes it through all revisions of the destination.
   */
  readonly analyze: boolean;
  /** For the time at which revisions are stored. */
  readonly clock: Clock;
}

/** What a transaction has found or written. */
interface WrittenContent {
  readonly commit: Commit;
  /** Whether an earlier transaction with the same commit ID has been committed already. Then nothing was written. */
  readonly isRepeated: boolean;
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
  readonly #revisionInsert = new RevisionInsert();

  constructor(options: ContentWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes a change as `Storage.write` describes.
   *
   * @param commitId identifies the change. If it is unknown whether a transaction was committed, a second one with
   *   the same ID finds out
   * @returns `null` if the destination is not at `generation` and nothing was written
   */
  async write(
    db: Transaction<Tables>,
    key: DestinationKey,
    generation: number,
    change: ContentChange,
    commitId: string,
  ): Promise<WrittenContent | null> {
    const found = await this.#lock(db, key, generation === 0);
    if (found === undefined) return null;
    if (found.generation === generation + 1 && found.last_commit === commitId) {
      const version = { generation: found.generation, asOf: found.as_of };
      return { commit: { key, before: version, after: version }, isRepeated: true };
    }
    if (found.generation !== generation) return null;
    const revisions = new RevisionWriter(db, found.pk, this.#revisionInsert);
    const rows =
      (await this.#delete(db, found.pk, change.removals)) +
      (await this.#upsert(db, found.pk, change.upserts)) +
      (await revisions.write(change.revisions));
    const { clock } = this.#options;
    const isContentChanged = generation === 0 || rows > 0;
    const columns = stateColumns(change.state);
    const asOf = columns.as_of === undefined ? found.as_of : columns.as_of;
    const after = isContentChanged
      ? { generation: generation + 1, asOf }
      : { generation, asOf: isLater(found.as_of, asOf, clock.now()) ? found.as_of : asOf };
    await db
      .updateTable('destination')
      .set({
        ...columns,
        generation: after.generation,
        as_of: after.asOf,
        ...(isContentChanged && { last_commit: commitId }),
      })
      .where('pk', '=', found.pk)
      .execute();
    if (this.#options.analyze && rows >= MIN_ROWS_TO_ANALYZE) {
      await sql`analyze segment, revision`.execute(db);
    }
    await revisions.finish(clock);
    return { commit: { key, before: { generation, asOf: found.as_of }, after }, isRepeated: false };
  }

  /** Locks the row of a destination, so that no other process can commit a change of it. */
  async #lock(db: Transaction<Tables>, key: DestinationKey, create: boolean) {
    const ids = {
      customer_id: storableText(key.customerId),
      destination_id: storableText(key.destinationId),
    };
    if (create) {
      await db
        .insertInto('destination')
        .values({ ...ids, ...EMPTY_STATE_COLUMNS })
        .onConflict((conflict) => conflict.columns(['customer_id', 'destination_id']).doNothing())
        .execute();
    }
    return await db
      .selectFrom('destination')
      .select(['pk', 'generation', 'as_of', 'last_commit'])
      .where('customer_id', '=', ids.customer_id)
      .where('destination_id', '=', ids.destination_id)
      .$if(this.#options.lockRow, (query) => query.forUpdate())
      .executeTakeFirst();
  }

  /** @returns the number of IDs given */
  async #delete(db: Transaction<Tables>, destinationPk: number, ids: readonly string[]): Promise<number> {
    for (const chunk of chunksOf(ids.map(storableText), MAX_ROWS_PER_INSERT)) {
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
  for (let index = 0; index < segments.length; index++)
    indexById.set(storableText(segments.id(index)), index);
  return indexById.size === segments.length ? segments : segments.select([...indexById.values()]);
}
