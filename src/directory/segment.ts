import type { Mapping } from '../audience-manager/index.js';

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
}

type Fields = { readonly [K in keyof Segment]: true };

const FIELDS = Object.keys({
  id: true,
  sid: true,
  alias: true,
  name: true,
  description: true,
  status: true,
  startDate: true,
  endDate: true,
  createdAt: true,
  updatedAt: true,
  source: true,
  confirmedAt: true,
} satisfies Fields) as (keyof Segment)[];

/** Whether two segments are the same in every field. */
export function sameSegment(a: Segment, b: Segment): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
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
