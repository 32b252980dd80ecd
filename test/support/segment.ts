import type { Segment } from '../../src/segments/segment.js';

/** A segment from Audience Manager: ACTIVE, no trait, with no identifier but `id` and no name. `fields` override. */
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
    value: null,
    url: null,
    secureUrl: null,
    isTrait: false,
    source: 'AUDIENCE_MANAGER',
    confirmedAt: null,
    manual: null,
    ...fields,
  };
}
