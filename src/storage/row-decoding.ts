import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { DestinationTable, RevisionTable, SegmentTable } from './tables.js';
import type { DestinationState, ManualLayer, Revision, StoredRevision, StoredSegment } from './types.js';

/**
 * The columns of a segment that are read back. `sort_key` and `search_text` are only used inside the
 * database.
 */
export const SEGMENT_COLUMNS = [
  'id',
  'sid',
  'alias',
  'name',
  'description',
  'status',
  'start_date',
  'end_date',
  'created_at',
  'updated_at',
  'source',
  'confirmed_at',
  'manual',
  'value',
  'url',
  'secure_url',
  'is_trait',
] as const satisfies readonly (keyof SegmentTable)[];

/** A segment as selected by `SEGMENT_COLUMNS`. */
export type SegmentRow = Pick<Selectable<SegmentTable>, (typeof SEGMENT_COLUMNS)[number]>;

const STATUS = z.enum(['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN']);

const MANUAL_LAYER = z.object({
  name: z.string().nullable(),
  description: z.string().nullable(),
  status: STATUS.nullable(),
  at: z.number(),
  by: z.string(),
  base: z
    .object({
      name: z.string().nullable(),
      description: z.string().nullable(),
      status: STATUS,
      confirmedAt: z.number().optional(),
    })
    .nullable(),
});

/** A text that is missing in the JSON of the first version. */
const LATER_TEXT = z.string().nullable().default(null);

const DETAILS = z.object({
  name: z.string().nullable(),
  description: z.string().nullable(),
  type: z.string(),
  active: z.boolean().nullable(),
  formatType: z.enum(['SINGLE_KEY', 'KEY_VALUE']).nullable().default(null),
  singleKey: LATER_TEXT,
  keySeparator: LATER_TEXT,
  valueSeparator: LATER_TEXT,
  serializationSeparator: LATER_TEXT,
  delimiter: LATER_TEXT,
  urlFormatString: LATER_TEXT,
  secureUrlFormatString: LATER_TEXT,
  serializationEnabled: z.boolean().nullable().default(null),
  mappingAutoFiller: z.enum(['SID', 'IC', 'NONE']).nullable().default(null),
});

/** Decodes a layer by hand. @throws ZodError or SyntaxError if the JSON is malformed */
export function layerFromText(text: string | null): ManualLayer | null {
  return text === null ? null : MANUAL_LAYER.parse(JSON.parse(text));
}

/** Decodes a segment. @throws ZodError or SyntaxError if the JSON of the manual layer is malformed */
export function segmentFromRow(row: SegmentRow): StoredSegment {
  return {
    id: row.id,
    sid: row.sid,
    alias: row.alias,
    name: row.name,
    description: row.description,
    status: row.status,
    startDate: row.start_date,
    endDate: row.end_date,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    source: row.source,
    confirmedAt: row.confirmed_at,
    manual: layerFromText(row.manual),
    value: row.value,
    url: row.url,
    secureUrl: row.secure_url,
    isTrait: row.is_trait === 1,
  };
}

/** The columns of a revision that are read back. */
export const REVISION_COLUMNS = [
  'destination_pk',
  'sequence',
  'segment_id',
  'at',
  'kind',
  'name',
  'description',
  'status',
  'source',
  'changed_by',
] as const satisfies readonly (keyof RevisionTable)[];

/** A revision as selected by `REVISION_COLUMNS`. */
export type RevisionRow = Pick<Selectable<RevisionTable>, (typeof REVISION_COLUMNS)[number]>;

/** Decodes a revision without its number. */
export function revisionFromRow(row: RevisionRow): Revision {
  return {
    segmentId: row.segment_id,
    at: row.at,
    kind: row.kind,
    name: row.name,
    description: row.description,
    status: row.status,
    source: row.source,
    by: row.changed_by,
  };
}

/** Decodes a revision with its number. */
export function storedRevisionFromRow(row: RevisionRow): StoredRevision {
  return { ...revisionFromRow(row), number: row.sequence };
}

/**
 * Decodes the state of a destination.
 *
 * @throws ZodError or SyntaxError if the JSON of its details is malformed
 */
export function stateFromRow(row: Selectable<DestinationTable>): DestinationState {
  return {
    generation: row.generation,
    asOf: row.as_of,
    segmentCount: row.segment_count,
    lastAttemptAt: row.last_attempt_at,
    nextAttemptAt: row.next_attempt_at,
    retryAt: row.retry_at,
    failures: row.failures,
    lastError:
      row.last_error_code === null || row.last_error_at === null
        ? null
        : { code: row.last_error_code, message: row.last_error_message ?? '', at: row.last_error_at },
    details: row.details === null ? null : DETAILS.parse(JSON.parse(row.details)),
    detailsReadAt: row.details_read_at,
  };
}
