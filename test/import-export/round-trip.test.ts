import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  csvLines,
  decodeText,
  readSegments,
  type ExportedSegment,
  type ParsedFile,
} from '../../src/import-export/index.js';
import { guardCell, unguardCell } from '../../src/import-export/formula-guard.js';
import { collect, exportedSegment } from './support.js';

/** Texts that break CSV readers when they are combined. */
const PIECES = [
  '"',
  '""',
  ',',
  ';',
  '\t',
  '\r',
  '\n',
  '\r\n',
  "'",
  "''",
  '=',
  '+',
  '-',
  '@',
  ' ',
  '  ',
  '\u00a0',
  '\ufeff',
  'a',
  'Z',
  '0',
  '1e5',
  'sep=;',
  '\\',
  '%',
  '|',
  '<html>',
  '{}',
  '\u2028',
  '\u0007',
  'é',
  'e\u0301',
  'ß',
  '東京',
  '\u3000',
  'שלום',
  '\u202e',
  '\u200f',
  'مرحبا',
  '👟',
  '👩‍👩‍👧',
  '🇩🇪',
  '\u{20000}',
  '\ufffd',
];

/** Creates a generator of random integers that returns the same sequence in every run (mulberry32). */
function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function difficultStrings(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: random(9) }, () => PIECES[random(PIECES.length)] ?? '').join(''),
  );
}

async function exportAndRead(segments: readonly ExportedSegment[]): Promise<ParsedFile> {
  const lines = await collect(csvLines(segments));
  return readSegments(decodeText(Buffer.from(lines.join(''))));
}

const STATUSES = ['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN'] as const;

describe('an export that is imported again', () => {
  it.each([1, 2, 3, 4, 5])('has the same names, descriptions and statuses (seed %i)', async (seed) => {
    const texts = difficultStrings(4000, seed);
    const segments = texts.slice(0, 2000).map((name, index) =>
      exportedSegment({
        id: String(index),
        alias: texts[index + 1] || null,
        value: texts[index + 2] || null,
        url: texts[index + 3] || null,
        secureUrl: texts[index + 4] || null,
        isTrait: index % 7 === 0,
        name: name || null,
        description: texts[index + 2000] || null,
        status: STATUSES[index % STATUSES.length]!,
      }),
    );
    const file = await exportAndRead(segments);
    expect(file.mistakes).toEqual([]);
    expect(file.rows.map(({ line: _, ...row }) => row)).toEqual(
      segments.map(({ id, name, description, status }) => ({
        idType: 'MAPPING_ID',
        id,
        name,
        description,
        status,
      })),
    );
  });

  it('has the same names and descriptions, whatever they are made of', async () => {
    // A file with NUL is not taken for a text file, and half a surrogate pair cannot be written in UTF-8.
    const characters = fc.oneof(
      fc.constantFrom(...PIECES, '＝', '＋', '－', '＠'),
      fc.integer({ min: 1, max: 0x9f }).map((code) => String.fromCharCode(code)),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((text) => text !== '\0'),
    );
    const text = fc.array(characters, { maxLength: 12 }).map((parts) => parts.join('') || null);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1 }), async (rows) => {
        const segments = rows.map(([name, description], index) =>
          exportedSegment({ id: String(index), name, description }),
        );
        const { rows: read, mistakes } = await exportAndRead(segments);
        expect(mistakes).toEqual([]);
        expect(read.map(({ name, description }) => [name, description])).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it('stays the same when it is exported a second time', async () => {
    const segments = difficultStrings(500, 6).map((name, index) =>
      exportedSegment({ id: String(index), name: name || null }),
    );
    const once = await exportAndRead(segments);
    const twice = await exportAndRead(once.rows.map(({ id, name }) => exportedSegment({ id, name })));
    expect(twice).toEqual(once);
  });

  it('has a replacement character for an unpaired surrogate, as UTF-8 has', async () => {
    const file = await exportAndRead([exportedSegment({ name: 'a\ud800b' })]);
    expect(file.rows[0]?.name).toBe('a\ufffdb');
  });
});

describe('the guard against formulas', () => {
  const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
  const texts = [
    ...difficultStrings(20_000, 7),
    '＝1',
    "'＠x",
    "'=",
    "''=",
    "'''",
    "'",
    '',
    '=',
    "'\t",
    "'\r",
  ];

  it('can be undone exactly, for every text', () => {
    for (const text of texts) expect(unguardCell(guardCell(text))).toBe(text);
  });

  it('leaves no cell that starts like a formula', () => {
    expect(texts.filter((text) => FORMULA.test(text)).length).toBeGreaterThan(1000);
    for (const text of texts) expect(guardCell(text)).not.toMatch(FORMULA);
  });
});
