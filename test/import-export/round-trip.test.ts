import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  csvLines,
  ndjsonLines,
  readFileContent,
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

/** Texts that mean something else in a file of another origin. */
const NASTY = [
  'NULL',
  '#N/A',
  '="00123"',
  "'00123",
  'Total',
  '---',
  'name',
  '(text)',
  '\u200b',
  '\u00a0',
  ' 77 ',
  '14395.0',
  '14,395',
  '1.43953E+12',
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
  return readSegments(await readFileContent(Buffer.from(lines.join('')), { fileName: null }));
}

/** Control characters other than tabs and line breaks are not taken over. */
const withoutControl = (text: string | null): string | null =>
  /(?![\t\n\r])\p{Cc}/u.test(text ?? '') ? null : text;

/** The segments that the rows of an export stand for, if nothing else was known of them. */
const exportedAgain = ({ rows }: ParsedFile): ExportedSegment[] =>
  rows.map(({ ids, name, description, status }) => {
    const idOf = (idType: string): string | null => ids.find((id) => id.idType === idType)?.id ?? null;
    const [id] = ids;
    return exportedSegment({
      id: id?.id ?? '',
      sid: idOf('SID'),
      alias: idOf('ALIAS'),
      value: idOf('VALUE'),
      url: idOf('URL'),
      name,
      description,
      status: status ?? 'UNKNOWN',
    });
  });

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
    expect(
      file.rows.map(({ ids, name, description, status }) => [ids[0], name, description, status]),
    ).toEqual(
      segments.map(({ id, name, description, status }) => [
        { idType: 'MAPPING_ID', id },
        withoutControl(name),
        withoutControl(description),
        status,
      ]),
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
        expect(read.map(({ name, description }) => [name, description])).toEqual(
          rows.map((texts) => texts.map(withoutControl)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([6, 7])('is byte for byte the same when it is exported again (seed %i)', async (seed) => {
    const nasty = [...NASTY, ...difficultStrings(2000, seed)].filter((text) => withoutControl(text) === text);
    const ids = nasty.map((text) => (/\p{Cc}/u.test(text) ? null : text || null));
    const segments = nasty.map((name, index) =>
      exportedSegment({
        id: index % 2 === 0 || ids[index] === null ? String(index) : `alias:${index}${ids[index] ?? ''}`,
        sid: String(index),
        alias: ids[index] ?? null,
        value: ids[index + 1] ?? null,
        url: ids[index + 2] ?? null,
        name: name || null,
        description: nasty[index + 1] || null,
      }),
    );
    const lines = await collect(csvLines(segments));
    const file = await readSegments(await readFileContent(Buffer.from(lines.join('')), { fileName: null }));
    expect(file).toMatchObject({ mistakes: [], warnings: [], notes: [] });
    expect(await collect(csvLines(exportedAgain(file)))).toEqual(lines);
    const objects = await collect(ndjsonLines(segments));
    const fromObjects = await readSegments(objects.join(''));
    expect(fromObjects).toMatchObject({ mistakes: [], warnings: [], notes: [] });
    expect(await collect(ndjsonLines(exportedAgain(fromObjects)))).toEqual(objects);
  });

  it.each([csvLines, ndjsonLines])('may have what Audience Manager says beside it (%o)', async (lines) => {
    const listed = { name: 'theirs', description: null, status: 'ACTIVE' } as const;
    const segments = [
      exportedSegment({ name: ' ours ', listed }),
      exportedSegment({ id: '7', listed: null }),
    ];
    const text = (await collect(lines(segments, { listed: true }))).join('');
    expect(text).toContain('theirs');
    const file = await readSegments(text);
    expect(file).toMatchObject({
      mistakes: [],
      notes: [],
      rows: [{ name: ' ours ' }, { name: 'sample pixel' }],
    });
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
