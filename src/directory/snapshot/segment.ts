import type { Segment } from '../../segments/index.js';

export type { MetadataSource, Segment } from '../../segments/index.js';

/** Whether two segments are equal in every field. */
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
    a.value === b.value &&
    a.url === b.url &&
    a.secureUrl === b.secureUrl &&
    a.isTrait === b.isTrait &&
    a.source === b.source &&
    a.confirmedAt === b.confirmedAt &&
    JSON.stringify(a.manual) === JSON.stringify(b.manual)
  );
}

const STATUS_RANK = { ACTIVE: 0, INACTIVE: 1, UNKNOWN: 2, DELETED: 3 } as const;

/**
 * Decides which of two mappings an identifier stands for if both have it: a segment may be mapped twice, or again after
 * a deletion. What is only known by hand wins, then the better status, then the later update, then the newer mapping.
 */
export function preferred(a: Segment, b: Segment): Segment {
  const byHand = Number(isOnlyByHand(b)) - Number(isOnlyByHand(a));
  if (byHand !== 0) return byHand < 0 ? a : b;
  const byStatus = STATUS_RANK[a.status] - STATUS_RANK[b.status];
  if (byStatus !== 0) return byStatus < 0 ? a : b;
  const byUpdate = (b.updatedAt ?? 0) - (a.updatedAt ?? 0);
  if (byUpdate !== 0) return byUpdate < 0 ? a : b;
  const byAge = b.id.length - a.id.length || (b.id > a.id ? 1 : -1);
  return byAge < 0 ? a : b;
}

/** Whether a segment has nothing but what was given by hand, for example under a mapping ID that is not listed. */
function isOnlyByHand({ manual, status }: Segment): boolean {
  return manual !== null && manual.base === null && status !== 'DELETED';
}
