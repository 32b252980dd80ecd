import { storableText } from '../base/text.js';
import type { Insertable } from 'kysely';
import type { DestinationTable, RevisionTable, SegmentTable } from './tables.js';
import { searchText, sortKey, storableOrNull } from './text.js';
import type { ManualLayer, Revision, StateChange, StoredDestinationDetails, StoredSegment } from './types.js';

/** Encodes a segment as a database row. The columns are always in the same order. */
export function segmentRow(destinationPk: number, segment: StoredSegment): Insertable<SegmentTable> {
  const id = storableText(segment.id);
  const sid = storableOrNull(segment.sid);
  const alias = storableOrNull(segment.alias);
  const name = storableOrNull(segment.name);
  const description = storableOrNull(segment.description);
  const value = storableOrNull(segment.value);
  // Columns are listed one by one: spreading an object takes ten times as long as the rest of this function.
  return {
    destination_pk: destinationPk,
    id,
    sid,
    alias,
    name,
    description,
    status: segment.status,
    start_date: storableOrNull(segment.startDate),
    end_date: storableOrNull(segment.endDate),
    created_at: segment.createdAt,
    updated_at: segment.updatedAt,
    source: segment.source,
    confirmed_at: segment.confirmedAt,
    manual: layerText(segment.manual),
    value,
    url: storableOrNull(segment.url),
    secure_url: storableOrNull(segment.secureUrl),
    is_trait: segment.isTrait ? 1 : 0,
    sort_key: sortKey(name),
    search_text: searchText({ id, sid, alias, name, description, value }),
  };
}

/** Encodes a layer by hand. */
export function layerText(manual: ManualLayer | null): string | null {
  return manual === null ? null : JSON.stringify(storableLayer(manual));
}

function storableLayer(manual: ManualLayer): ManualLayer {
  const { base } = manual;
  return {
    name: storableOrNull(manual.name),
    description: storableOrNull(manual.description),
    status: manual.status,
    at: manual.at,
    by: storableText(manual.by),
    base: base && {
      name: storableOrNull(base.name),
      description: storableOrNull(base.description),
      status: base.status,
      ...(base.confirmedAt !== undefined && { confirmedAt: base.confirmedAt }),
    },
  };
}

/**
 * Encodes a revision as a database row. The columns are always in the same order.
 *
 * @param detectedAt when the change was detected, if that was before the revision's time; else `null`
 */
export function revisionRow(
  destinationPk: number,
  sequence: number,
  revision: Revision,
  detectedAt: number | null = null,
): Insertable<RevisionTable> {
  return {
    destination_pk: destinationPk,
    sequence,
    segment_id: storableText(revision.segmentId),
    at: revision.at,
    kind: revision.kind,
    name: storableOrNull(revision.name),
    description: storableOrNull(revision.description),
    status: revision.status,
    source: revision.source,
    changed_by: storableOrNull(revision.by),
    detected_at: detectedAt,
  };
}

function storableDetails(details: StoredDestinationDetails): StoredDestinationDetails {
  return {
    name: storableOrNull(details.name),
    description: storableOrNull(details.description),
    type: storableText(details.type),
    active: details.active,
    formatType: details.formatType,
    singleKey: storableOrNull(details.singleKey),
    keySeparator: storableOrNull(details.keySeparator),
    valueSeparator: storableOrNull(details.valueSeparator),
    serializationSeparator: storableOrNull(details.serializationSeparator),
    delimiter: storableOrNull(details.delimiter),
    urlFormatString: storableOrNull(details.urlFormatString),
    secureUrlFormatString: storableOrNull(details.secureUrlFormatString),
    serializationEnabled: details.serializationEnabled,
    mappingAutoFiller: details.mappingAutoFiller,
  };
}

type StateColumns = Omit<
  DestinationTable,
  | 'pk'
  | 'customer_id'
  | 'destination_id'
  | 'generation'
  | 'last_commit'
  | 'complete_since'
  | 'condensed_to'
  | 'overlay_pk'
  | 'overlay_at'
  | 'overlay_of'
>;

/** Encodes the given fields of a destination's state. Columns of missing fields are left out. */
export function stateColumns(state: StateChange): Partial<StateColumns> {
  const { lastError, details } = state;
  return {
    ...(state.asOf !== undefined && { as_of: state.asOf }),
    ...(state.segmentCount !== undefined && { segment_count: state.segmentCount }),
    ...(state.lastAttemptAt !== undefined && { last_attempt_at: state.lastAttemptAt }),
    ...(state.nextAttemptAt !== undefined && { next_attempt_at: state.nextAttemptAt }),
    ...(state.retryAt !== undefined && { retry_at: state.retryAt }),
    ...(state.failures !== undefined && { failures: state.failures }),
    ...(lastError !== undefined && {
      last_error_code: lastError && storableText(lastError.code),
      last_error_message: lastError && storableText(lastError.message),
      last_error_at: lastError && lastError.at,
    }),
    ...(details !== undefined && {
      details: details && JSON.stringify(storableDetails(details)),
    }),
    ...(state.detailsReadAt !== undefined && { details_read_at: state.detailsReadAt }),
  };
}
