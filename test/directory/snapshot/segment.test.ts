import { describe, expect, it } from 'vitest';
import { sameSegment, type Segment } from '../../../src/directory/snapshot/segment.js';
import { segment } from '../../support/directory.js';

const LAYER = { name: 'By hand', description: null, status: null, at: 1, by: 'somebody', base: null };

/** A different value for every field. */
const OTHERS: { readonly [K in keyof Segment]: Segment[K] } = {
  id: '2',
  sid: '3',
  alias: 'other',
  name: 'Other',
  description: 'Other',
  status: 'DELETED',
  startDate: '2026-01-01',
  endDate: '2026-01-02',
  createdAt: 1,
  updatedAt: 2,
  value: 'other',
  url: 'https://other.example/',
  secureUrl: 'https://other.example/secure',
  isTrait: true,
  source: 'MANUAL',
  confirmedAt: 3,
  manual: LAYER,
};

describe('two segments', () => {
  it('are the same if all fields are', () => {
    expect(sameSegment(segment('A'), segment('A'))).toBe(true);
    expect(sameSegment(segment('A', { manual: LAYER }), segment('A', { manual: { ...LAYER } }))).toBe(true);
  });

  it.each(Object.entries(OTHERS))('differ if only %s differs', (field, other) => {
    expect(sameSegment(segment('A'), segment('A', { [field]: other }))).toBe(false);
  });
});
