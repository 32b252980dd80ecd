import type { Insertable } from 'kysely';
import type { RevisionTable, SegmentTable } from './tables.js';
import { searchText, sortKey, storable, storableOrNull } from './text.js';
import type { ManualLayer, Revision, StoredSegment } from './types.js';

/** A segment as a row, the columns always in the same order. */
export function segmentRow(destination: number, segment: StoredSegment): Insertable<SegmentTable> {
  const id = storable(segment.id);
  const sid = storableOrNull(segment.sid);
  const alias = storableOrNull(segment.alias);
  const name = storableOrNull(segment.name);
  const description = storableOrNull(segment.description);
  // Each by its name: to spread an object here takes ten times as long as all the rest.
  return {
    destination_pk: destination,
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
    manual: segment.manual === null ? null : JSON.stringify(storableLayer(segment.manual)),
    sort_key: sortKey(name),
    search_text: searchText({ id, sid, alias, name, description }),
  };
}

function storableLayer(manual: ManualLayer): ManualLayer {
  const { base } = manual;
  return {
    name: storableOrNull(manual.name),
    description: storableOrNull(manual.description),
    status: manual.status,
    at: manual.at,
    by: storable(manual.by),
    base: base && {
      name: storableOrNull(base.name),
      description: storableOrNull(base.description),
      status: base.status,
    },
  };
}

/** A revision as a row, the columns always in the same order. */
export function revisionRow(destination: number, revision: Revision): Insertable<RevisionTable> {
  return {
    destination_pk: destination,
    segment_id: storable(revision.segmentId),
    at: revision.at,
    kind: revision.kind,
    name: storableOrNull(revision.name),
    description: storableOrNull(revision.description),
    status: revision.status,
    source: revision.source,
    changed_by: storableOrNull(revision.by),
  };
}
