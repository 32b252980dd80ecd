import { describe, expect, it } from 'vitest';
import { Snapshot, diffListing, kindsFor, type IdKinds, type Segment } from '../../../src/directory/index.js';
import { PackedSegments } from '../../../src/segments/index.js';
import { segment } from '../../support/directory.js';

/** A segment that is only known by a manual entry. */
function byHand(id: string, fields: Partial<Segment> = {}): Segment {
  const manual = { name: 'By hand', description: null, status: null, by: 'Ann', at: 1, base: null };
  return segment('By hand', { id, source: 'MANUAL', confirmedAt: 1, manual, ...fields });
}

describe('a listing that has the identifiers of entries by hand', () => {
  const before = Snapshot.of([byHand('id:7'), byHand('sid:8', { sid: '8' })], null);
  const mappings = PackedSegments.of([
    segment('Seven', { id: '1', sid: '7' }),
    segment('Eight', { id: '2', sid: '8' }),
  ]);
  const namesWith = (kinds: IdKinds | null): string[] =>
    [...diffListing({ mappings, skipped: 0 }, before, 5, kinds).snapshot.segments].map(
      ({ id, name }) => `${id} ${name}`,
    );

  it('takes over those of stated kind alone, if it is not known what the IDs of the destination are', () => {
    const expected = ['2 By hand', 'id:7 By hand', '1 Seven'];
    expect(namesWith(null)).toEqual(expected);
    expect(namesWith(kindsFor({ type: null, segmentIdType: 'AUTO' }, null))).toEqual(expected);
  });

  it('takes over all of them, if it is known', () => {
    const expected = ['1 By hand', '2 By hand'];
    expect(namesWith(kindsFor({ type: 'SERVER_TO_SERVER', segmentIdType: 'AUTO' }, null))).toEqual(expected);
    expect(namesWith(kindsFor({ type: null, segmentIdType: 'SID' }, null))).toEqual(expected);
  });
});
