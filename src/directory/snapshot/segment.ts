import type { Segment } from '../../segments/index.js';

export type { MetadataSource, Segment } from '../../segments/index.js';

/** Whether two segments are the same in every field. */
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
    JSON.stringify(a.manual) === JSON.stringify(b.manual)
  );
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
