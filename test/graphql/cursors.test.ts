import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSegments, type SegmentPosition } from '../../src/directory/index.js';
import {
  customerCursor,
  parseCustomerCursor,
  parseRevisionCursor,
  parseSegmentCursor,
  revisionCursor,
  segmentCursor,
} from '../../src/graphql/cursors.js';

const MAX_LENGTH = 4_096;

function position(fields: Partial<SegmentPosition> = {}): SegmentPosition {
  return { name: 'Name', id: '1001', customerId: 'acme', destinationId: '314', ...fields };
}

const longName = fc.string({ unit: 'binary', minLength: 1_000, maxLength: 1_000, size: 'max' });

/** No text has U+10FFFF, which stands behind all characters and is none itself. */
const longText = longName.map((text) => text.replaceAll('\u{10ffff}', ' '));

describe('the cursor of a segment', () => {
  it.each([
    ['a short name', position()],
    ['no name', position({ name: null })],
    ['a name that begins like a compressed cursor', position({ name: '~' })],
    ['a name of 1,000 emoji', position({ name: '🦊'.repeat(1_000) })],
    ['a name of 1,000 Chinese characters', position({ name: '漢字'.repeat(500) })],
    ['a name of 1,000 control characters', position({ name: '\u0001'.repeat(1_000) })],
    ['a name of 1,000 halves of characters', position({ name: '\ud800'.repeat(1_000) })],
    ['an ID of 1,000 characters', position({ id: `sid:${'é'.repeat(1_000)}` })],
  ])('leads back to %s', (_, at) => {
    const cursor = segmentCursor(at);
    expect(cursor.length).toBeLessThanOrEqual(MAX_LENGTH);
    expect(parseSegmentCursor(cursor)).toEqual(at);
  });

  it('leads back to any name of 1,000 characters', () => {
    fc.assert(
      fc.property(longName, (name) => {
        const cursor = segmentCursor(position({ name }));
        expect(cursor.length).toBeLessThanOrEqual(MAX_LENGTH);
        expect(parseSegmentCursor(cursor)).toEqual(position({ name }));
      }),
      { numRuns: 30 },
    );
  });

  it('goes on behind a position that is too long for it', () => {
    fc.assert(
      fc.property(longText, longText, longText, (start, name, id) => {
        const long = position({ name: start + name, id });
        const cursor = segmentCursor(long);
        expect(cursor.length).toBeLessThanOrEqual(MAX_LENGTH);
        expect(compareSegments(parseSegmentCursor(cursor)!, long)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a cursor', () => {
  it.each(['', 'x', '~', '~x', '~~~~', 'W10', revisionCursor(1), customerCursor({ name: 'a', id: 'b' })])(
    'of another list is refused: %s',
    (cursor) => {
      expect(() => parseSegmentCursor(cursor)).toThrow('after is not a cursor of this list');
    },
  );

  it('of more than 4,096 characters is refused before it is read', () => {
    const cursor = Buffer.from(JSON.stringify(['c', '\ufdfa'.repeat(240_000), 'id'])).toString('base64url');
    expect(() => parseCustomerCursor(cursor)).toThrow('after is not a cursor of this list');
    expect(() => parseRevisionCursor('x'.repeat(4_097))).toThrow('after is not a cursor of this list');
  });

  it('that expands to a very long text is refused', () => {
    const bomb = segmentCursor(position({ name: 'x'.repeat(8_000) }));
    expect(bomb.length).toBeLessThan(100);
    expect(parseSegmentCursor(bomb)?.name).toHaveLength(8_000);
    const cut = segmentCursor(position({ name: 'x'.repeat(1_000_000) }));
    expect(parseSegmentCursor(cut)?.name).toBe(`${'x'.repeat(250)}\u{10ffff}`);
  });
});
