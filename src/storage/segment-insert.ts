import { storableText } from '../base/text.js';
import type { Insertable, Kysely } from 'kysely';
import { PackedSegments } from '../segments/index.js';
import { BulkInsert, MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { segmentRow } from './row-encoding.js';
import type { SegmentTable, Tables } from './tables.js';
import type { StoredSegment } from './types.js';

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

/** The insert of segments, which all writers of an engine share. Segments with the same ID are replaced. */
export class SegmentInsert {
  readonly #insert = new BulkInsert<Insertable<SegmentTable>>(segmentRow(0, EXAMPLE_SEGMENT), (db, rows) =>
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

  /** @param segments of different IDs, at most `MAX_ROWS_PER_INSERT` */
  async write(db: Kysely<Tables>, destinationPk: number, segments: PackedSegments): Promise<void> {
    // Executing the insert may transfer the buffers to another thread.
    const { length } = segments;
    const batch = { table: 'segment', destinationPk, segments: segments.toParts() } as const;
    await this.#insert.execute(db, batch, length);
  }
}

/**
 * Splits segments into packed chunks of at most `MAX_ROWS_PER_INSERT`, each without a segment twice. Empty lists yield no
 * chunk.
 */
export function* uniqueChunks(segments: Iterable<StoredSegment>): Generator<PackedSegments> {
  for (const chunk of packedChunks(segments)) yield withoutDuplicates(chunk);
}

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

/** The IDs of segments, as they are stored. */
export function idsOf(segments: PackedSegments): string[] {
  return Array.from({ length: segments.length }, (_, index) => storableText(segments.id(index)));
}
