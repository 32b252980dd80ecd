import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { DestinationTable, RevisionTable, SegmentTable } from './tables.js';
import { storable, storableOrNull } from './text.js';
import type { ContentChange, DestinationState, Revision, StoredRevision, StoredSegment } from './types.js';

/** The columns of a segment that is read. */
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
] as const satisfies readonly (keyof SegmentTable)[];

export type SegmentRow = Pick<Selectable<SegmentTable>, (typeof SEGMENT_COLUMNS)[number]>;

const STATUS = z.enum(['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN']);

const MANUAL_LAYER = z.object({
  name: z.string().nullable(),
  description: z.string().nullable(),
  status: STATUS.nullable(),
  at: z.number(),
  by: z.string(),
  base: z
    .object({ name: z.string().nullable(), description: z.string().nullable(), status: STATUS })
    .nullable(),
});

const DETAILS = z.object({
  name: z.string().nullable(),
  description: z.string().nullable(),
  type: z.string(),
  active: z.boolean().nullable(),
});

export function segmentOf(row: SegmentRow): StoredSegment {
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
    manual: row.manual === null ? null : MANUAL_LAYER.parse(JSON.parse(row.manual)),
  };
}

export function revisionOf(row: Omit<Selectable<RevisionTable>, 'number' | 'destination_pk'>): Revision {
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

export function storedRevisionOf(row: Omit<Selectable<RevisionTable>, 'destination_pk'>): StoredRevision {
  return { ...revisionOf(row), number: row.number };
}

export function stateOf(row: Selectable<DestinationTable>): DestinationState {
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

type StateColumns = Omit<DestinationTable, 'pk' | 'customer_id' | 'destination_id' | 'generation'>;

/** The columns of those fields that are given. */
export function stateColumns(state: ContentChange['state']): Partial<StateColumns> {
  const { lastError, details } = state;
  return {
    ...(state.asOf !== undefined && { as_of: state.asOf }),
    ...(state.segmentCount !== undefined && { segment_count: state.segmentCount }),
    ...(state.lastAttemptAt !== undefined && { last_attempt_at: state.lastAttemptAt }),
    ...(state.nextAttemptAt !== undefined && { next_attempt_at: state.nextAttemptAt }),
    ...(state.retryAt !== undefined && { retry_at: state.retryAt }),
    ...(state.failures !== undefined && { failures: state.failures }),
    ...(lastError !== undefined && {
      last_error_code: lastError && storable(lastError.code),
      last_error_message: lastError && storable(lastError.message),
      last_error_at: lastError && lastError.at,
    }),
    ...(details !== undefined && {
      details:
        details &&
        JSON.stringify({
          name: storableOrNull(details.name),
          description: storableOrNull(details.description),
          type: storable(details.type),
          active: details.active,
        }),
    }),
    ...(state.detailsReadAt !== undefined && { details_read_at: state.detailsReadAt }),
  };
}
