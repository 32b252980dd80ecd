import type { Segment } from '../../src/segments/segment.js';

/** A segment from Audience Manager: ACTIVE, with no identifier but `id` and no name. `fields` override. */
export function makeSegment(id: string, fields: Partial<Segment> = {}): Segment {
  return {
    id,
    sid: null,
    alias: null,
    name: null,
    description: null,
    status: 'ACTIVE',
    startDate: null,
    endDate: null,
    createdAt: null,
    updatedAt: null,
    source: 'AUDIENCE_MANAGER',
    confirmedAt: null,
    manual: null,
    ...fields,
  };
}
