import type { Mapping } from '../audience-manager/index.js';
import type { ManualLayer } from '../storage/index.js';

/** Where a segment's metadata comes from. */
export type MetadataSource = 'AUDIENCE_MANAGER' | 'MANUAL';

/** A mapping as we serve it: three identifiers, name, description, status, dates, source. */
export interface Segment extends Mapping {
  readonly source: MetadataSource;
  /**
   * When it was last confirmed, in milliseconds since the epoch; `null`: with the snapshot it is in, which
   * is so for all but those that a listing left in doubt.
   */
  readonly confirmedAt: number | null;
  /** What was entered by hand and wins over what Audience Manager says; `null`: nothing. */
  readonly manual: ManualLayer | null;
}

/** Whether two segments are the same in every field; written out, as every listing asks it of every segment. */
export function sameSegment(a: Segment, b: Segment): boolean {
  return (
    a.id === b.id &&
    a.sid === b.sid &&
    a.alias === b.alias &&
    a.name === b.name &&
    a.description === b.description &&
    a.status === b.status &&
    a.startDate === b.startDate &&
    a.endDate === b.endDate &&
    a.createdAt === b.createdAt &&
    a.updatedAt === b.updatedAt &&
    a.source === b.source &&
    a.confirmedAt === b.confirmedAt &&
    sameLayer(a.manual, b.manual)
  );
}

function sameLayer(a: ManualLayer | null, b: ManualLayer | null): boolean {
  return a === b || (a !== null && b !== null && JSON.stringify(a) === JSON.stringify(b));
}

const STATUS_RANK = { ACTIVE: 0, INACTIVE: 1, UNKNOWN: 2, DELETED: 3 } as const;

/**
 * Which of two mappings an identifier means that both have (one segment mapped twice, or mapped again
 * after a deletion): the living one, then the one changed last, then the newer mapping.
 */
export function preferred(a: Segment, b: Segment): Segment {
  const byStatus = STATUS_RANK[a.status] - STATUS_RANK[b.status];
  if (byStatus !== 0) return byStatus < 0 ? a : b;
  const byUpdate = (b.updatedAt ?? 0) - (a.updatedAt ?? 0);
  if (byUpdate !== 0) return byUpdate < 0 ? a : b;
  const byAge = b.id.length - a.id.length || (b.id > a.id ? 1 : -1);
  return byAge < 0 ? a : b;
}
