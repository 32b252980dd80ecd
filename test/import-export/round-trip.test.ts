import { describe, expect, it } from 'vitest';
import {
  csvLines,
  decodeText,
  readSegments,
  type ExportRow,
  type ReadFile,
} from '../../src/import-export/index.js';
import { guardCell, unguardCell } from '../../src/import-export/formula-guard.js';
import { collect, exportRow } from './support.js';

/** Small pieces of which all that breaks CSV readers can be put together. */
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

/** A pseudo-random sequence that is the same in every run (mulberry32). */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function nastyStrings(count: number, seed: number): string[] {
  const random = sequence(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: random(9) }, () => PIECES[random(PIECES.length)] ?? '').join(''),
  );
}

async function reread(rows: readonly ExportRow[]): Promise<ReadFile> {
  const lines = await collect(csvLines(rows));
  return readSegments(decodeText(Buffer.from(lines.join(''))));
}

const STATUSES = ['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN'] as const;

describe('an export that is read again', () => {
  it.each([1, 2, 3, 4, 5])('gives the same names, descriptions and statuses (seed %i)', async (seed) => {
    const texts = nastyStrings(4000, seed);
    const rows = texts.slice(0, 2000).map((name, index) =>
      exportRow({
        id: String(index),
        alias: texts[index + 1] || null,
        name: name || null,
        description: texts[index + 2000] || null,
        status: STATUSES[index % STATUSES.length]!,
      }),
    );
    const file = await reread(rows);
    expect(file.mistakes).toEqual([]);
    expect(file.rows.map(({ line: _, ...row }) => row)).toEqual(
      rows.map(({ id, name, description, status }) => ({
        idType: 'MAPPING_ID',
        id,
        name,
        description,
        status,
      })),
    );
  });

  it('is the same again when the rows that were read are exported once more', async () => {
    const rows = nastyStrings(500, 6).map((name, index) =>
      exportRow({ id: String(index), name: name || null }),
    );
    const once = await reread(rows);
    const twice = await reread(once.rows.map(({ id, name }) => exportRow({ id, name })));
    expect(twice).toEqual(once);
  });

  it('survives an unpaired surrogate only as what UTF-8 makes of it', async () => {
    const file = await reread([exportRow({ name: 'a\ud800b' })]);
    expect(file.rows[0]?.name).toBe('a\ufffdb');
  });
});

describe('the guard against formulas', () => {
  const texts = [...nastyStrings(20_000, 7), "'=", "''=", "'''", "'", '', '=', "'\t", "'\r"];

  it('is undone exactly, for every text', () => {
    for (const text of texts) expect(unguardCell(guardCell(text))).toBe(text);
  });

  it('leaves no cell that begins as a formula does', () => {
    expect(texts.filter((text) => /^[=+\-@\t\r]/.test(text)).length).toBeGreaterThan(1000);
    for (const text of texts) expect(guardCell(text)).not.toMatch(/^[=+\-@\t\r]/);
  });
});
