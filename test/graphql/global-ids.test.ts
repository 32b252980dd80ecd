import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  destinationGlobalId,
  parseGlobalId,
  revisionGlobalId,
  segmentGlobalId,
} from '../../src/graphql/global-ids.js';

const encoded = (json: string): string => `~${Buffer.from(json).toString('base64url')}`;

const text = fc.string({ unit: 'grapheme', maxLength: 50 });
const place = { customerId: 'acme', destinationId: '314' };

describe('a global ID', () => {
  it('of a customer is the ID of the configuration', () => {
    expect(parseGlobalId('acme')).toEqual({ kind: 'customer', customerId: 'acme' });
  });

  it('leads back to the destination, segment or revision that it was made of', () => {
    fc.assert(
      fc.property(text, text, text, fc.maxSafeNat(), fc.date({ noInvalidDate: true }), (a, b, c, n, date) => {
        const somewhere = { customerId: a, destinationId: b };
        expect(parseGlobalId(destinationGlobalId(somewhere))).toEqual({ kind: 'destination', ...somewhere });
        for (const at of [null, date.getTime()]) {
          const segment = { ...somewhere, key: c, at };
          expect(parseGlobalId(segmentGlobalId(segment))).toEqual({ kind: 'segment', ...segment });
        }
        const revision = { ...somewhere, number: n + 1 - (n % 2) };
        expect(parseGlobalId(revisionGlobalId(revision))).toEqual({ kind: 'revision', ...revision });
      }),
    );
  });

  it('is another one for each customer, destination, segment and moment', () => {
    const ids = [
      destinationGlobalId(place),
      destinationGlobalId({ ...place, customerId: 'globex' }),
      segmentGlobalId({ ...place, key: '1', at: null }),
      segmentGlobalId({ ...place, key: 'sid:1', at: null }),
      segmentGlobalId({ ...place, key: '1', at: 1 }),
      segmentGlobalId({ ...place, key: '1', at: 2 }),
      revisionGlobalId({ ...place, number: 1 }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has room for the longest identifiers', () => {
    const longest = {
      customerId: 'c'.repeat(1_000),
      destinationId: '9'.repeat(20),
      key: '\u0001'.repeat(1_000),
    };
    expect(parseGlobalId(segmentGlobalId({ ...longest, at: -8.64e15 }))).toMatchObject(longest);
  });

  it.each([
    ['nothing', ''],
    ['the prefix alone', '~'],
    ['no base64', '~!!!'],
    ['no JSON', encoded('acme')],
    ['no list', encoded('{"0":"d"}')],
    ['an unknown kind', encoded('["x","acme","314"]')],
    ['too few parts', encoded('["d","acme"]')],
    ['too many parts', encoded('["d","acme","314","1"]')],
    ['a number in place of a text', encoded('["s","acme",314,"1"]')],
    ['a text in place of a number', encoded('["r","acme","314","1"]')],
    ['a revision that cannot be', encoded('["r","acme","314",0]')],
    ['a fraction', encoded('["r","acme","314",1.5]')],
    ['a moment beyond all dates', encoded('["s","acme","314","1",8640000000000001]')],
    ['a moment that is null', encoded('["s","acme","314","1",null]')],
    ['white space', encoded('["d", "acme","314"]')],
    ['another spelling of the same number', encoded('["r","acme","314",1e0]')],
    ['another spelling of the same text', encoded('["d","\\u0061cme","314"]')],
    ['padding', `${destinationGlobalId(place)}=`],
    ['a character that base64 ignores', `${destinationGlobalId(place)}\n`],
    ['too many characters', `~${'A'.repeat(40_000)}`],
  ])('is refused with %s', (_, id) => {
    expect(parseGlobalId(id)).toBeNull();
  });
});
