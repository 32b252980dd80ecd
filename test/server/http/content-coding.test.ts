import { text } from 'node:stream/consumers';
import { brotliDecompressSync, createBrotliDecompress, createGunzip, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  codingFor,
  compressLater,
  compressNow,
  compressingStream,
  type Coding,
} from '../../../src/server/http/content-coding.js';

const LONG = 1_025;
const SHORT = 1_024;
const unpack = { br: brotliDecompressSync, gzip: gunzipSync };

describe('the coding of a long answer', () => {
  it.each<[accepted: string | undefined, coding: Coding | null]>([
    [undefined, null],
    ['', null],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, br;q=0.9', 'gzip'],
    ['gzip;q=0.5, br;q=0.5', 'br'],
    ['deflate, gzip;q=1.0, *;q=0.5', 'gzip'],
    ['deflate', null],
    ['zstd', null],
    ['*', 'br'],
    ['*;q=0', null],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0', null],
    ['gzip; q=0.5', 'gzip'],
    ['gzip ;Q=0.5', 'gzip'],
    ['gzip;q=0, br;q=0, *', null],
    ['identity', null],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.2, gzip;q=0.5', 'gzip'],
    ['identity;q=0', null],
    ['identity;q=0, gzip;q=0.001', 'gzip'],
    ['gzip;q=none', null],
    ['gzip;q=-1', null],
    [',,;q=1,', null],
  ])('for "accept-encoding: %s" is %s', (accepted, coding) => {
    expect(codingFor(accepted, LONG)).toBe(coding);
  });
});

describe('a short answer', () => {
  it.each([
    'gzip',
    'br',
    'gzip;q=0.5',
    '*',
    '*;q=0.5',
    'identity;q=0.1, gzip',
    'gzip, *;q=0, identity;q=0.01',
  ])('is sent as it is for "accept-encoding: %s"', (accepted) => {
    expect(codingFor(accepted, SHORT)).toBeNull();
  });

  it.each(['gzip, identity;q=0', 'gzip, *;q=0', 'gzip;q=0.1, identity;q=0.0', 'Gzip, Identity;Q=0'])(
    'is compressed for a client that refuses it as it is: "accept-encoding: %s"',
    (accepted) => {
      expect(codingFor(accepted, 1)).toBe('gzip');
    },
  );
});

it('a coding is never one that the header refuses or does not name', () => {
  const weight = fc.constantFrom('', ';q=0', ';q=1', ';q=0.5', '; q=0.001', ';q=x', ';level=1;q=0.3');
  const name = fc.constantFrom('gzip', 'x-gzip', 'br', 'deflate', 'identity', '*', 'GZIP', 'zstd', '');
  const header = fc
    .array(fc.tuple(name, weight), { maxLength: 6 })
    .map((parts) => parts.map((part) => part.join('')).join(', '));
  fc.assert(
    fc.property(header, fc.integer({ min: 0, max: 4_000 }), (accepted, bytes) => {
      const coding = codingFor(accepted, bytes);
      if (coding === null) return;
      const names = accepted.toLowerCase().split(', ');
      const named = names.filter((each) => each.replace('x-gzip', 'gzip').startsWith(coding));
      const used = named.length > 0 ? named : names.filter((each) => each.startsWith('*'));
      expect(used.some((each) => !/q=(0$|x|-)/.test(each))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it.each<Coding>(['gzip', 'br'])(
  '%s gives back what was compressed, at once, later and as a stream',
  async (coding) => {
    for (const body of ['', 'a', 'Säule 東京 '.repeat(10_000)]) {
      expect(unpack[coding](compressNow(body, coding)).toString()).toBe(body);
      expect(unpack[coding](await compressLater(Buffer.from(body), coding)).toString()).toBe(body);
      const stream = compressingStream(coding);
      stream.end(body);
      const unpacked = stream.pipe(coding === 'br' ? createBrotliDecompress() : createGunzip());
      expect(await text(unpacked)).toBe(body);
    }
  },
);
