import { writeXlsx, XlsxStreamWriter } from 'hucre/xlsx';
import type { Cell, CellValue, MergeRange, WriteSheet } from 'hucre';
import { describe, expect, it } from 'vitest';
import { FileError, readFileContent, readSegments, type FileContent } from '../../src/import-export/index.js';
import { cellsOf, contentErrorOf } from './content-support.js';
import { workbookOf } from './zip-support.js';

/** Cells by "row,column", starting at 0. */
type Cells = Record<string, Partial<Cell>>;

function sheetOf(rows: CellValue[][], cells: Cells = {}, more: Partial<WriteSheet> = {}): WriteSheet {
  return { name: 'Segments', rows, cells: new Map(Object.entries(cells)), ...more };
}

const workbook = (...sheets: WriteSheet[]): Promise<Uint8Array> => writeXlsx({ sheets });

async function contentOf(bytes: Uint8Array, sheet?: string): Promise<FileContent> {
  return await readFileContent(bytes, { fileName: 'list.xlsx', ...(sheet === undefined ? {} : { sheet }) });
}

/** The text of one cell, which has a value and a number format. */
async function shown(value: CellValue, numFmt?: string): Promise<string | undefined> {
  const style = numFmt === undefined ? {} : { style: { numFmt } };
  const bytes = await workbook(sheetOf([['x']], { '0,1': { value, ...style } }));
  return cellsOf(await contentOf(bytes))[0]?.[1];
}

const HEADER = ['Mapping ID', 'Name'];

describe('the rows of a workbook', () => {
  it('are read as segments, with the rows of the sheet as lines', async () => {
    const bytes = await workbook(
      sheetOf([HEADER, [14395, 'Größe & <b> "XL" 👟'], [], [null, '  '], [17, ' spaces ']]),
    );
    const content = await contentOf(bytes);
    expect(content).toEqual({
      kind: 'rows',
      sheets: { sheet: 'Segments', sheets: ['Segments'] },
      rows: [
        { line: 1, cells: HEADER },
        { line: 2, cells: ['14395', 'Größe & <b> "XL" 👟'] },
        { line: 5, cells: ['17', ' spaces '] },
      ],
      notes: [],
    });
    expect((await readSegments(content)).rows).toMatchObject([
      { line: 2, ids: [{ idType: 'MAPPING_ID', id: '14395' }], name: 'Größe & <b> "XL" 👟' },
      { line: 5, ids: [{ idType: 'MAPPING_ID', id: '17' }] },
    ]);
  });

  it.each([
    { what: 'a number', value: 14395, text: '14395' },
    { what: 'a long number with all its digits', value: 143_953_012_345, text: '143953012345' },
    { what: 'a number of 15 digits', value: 143_953_012_345_678, text: '143953012345678' },
    { what: 'a negative number', value: -1, text: '-1' },
    { what: 'a number with decimals', value: 14395.5, text: '14395.5' },
    { what: 'a number with leading zeros by its format', value: 123, numFmt: '00000', text: '00123' },
    { what: 'a number with decimals in groups', value: 80_920.5, numFmt: '#,##0.00', text: '80,920.50' },
    { what: 'a whole number with decimals', value: 80, numFmt: '0.000', text: '80.000' },
    { what: 'a percentage', value: 0.15, numFmt: '0%', text: '15%' },
    { what: 'a number with a text in its format', value: 7, numFmt: '"SEG-"000', text: 'SEG-007' },
    { what: 'a date', value: new Date('2024-03-01T00:00:00Z'), numFmt: 'yyyy-mm-dd', text: '2024-03-01' },
    {
      what: 'a date in words',
      value: new Date('2024-03-01T00:00:00Z'),
      numFmt: 'd mmm yyyy',
      text: '1 Mar 2024',
    },
    {
      what: 'a time',
      value: new Date('2024-03-01T13:30:00Z'),
      numFmt: 'dd.mm.yyyy hh:mm',
      text: '01.03.2024 13:30',
    },
    { what: 'a date with points', value: new Date('2024-03-01T00:00:00Z'), numFmt: 'd.m.yy', text: '1.3.24' },
    {
      what: 'a Japanese date',
      value: new Date('2024-03-01T00:00:00Z'),
      numFmt: 'yyyy年m月d日',
      text: '2024年3月1日',
    },
    { what: 'a fraction of a second', value: 0.5000057870370371, numFmt: 'hh:mm:ss.0', text: '12:00:00.5' },
    { what: 'a number with a unit', value: 3.5, numFmt: '0.00 元', text: '3.50 元' },
    { what: 'a text of digits', value: '00123', text: '00123' },
    { what: 'a text of digits with a format', value: '14395', numFmt: '#,##0', text: '14395' },
    { what: 'a truth value', value: true, text: 'TRUE' },
    { what: 'a text over several lines', value: 'a\nb', text: 'a\nb' },
  ])('have cells as the sheet shows them: $what', async ({ value, numFmt, text }) => {
    expect(await shown(value, numFmt)).toBe(text);
  });

  it.each([
    { what: 'by the format of spreadsheets', numFmt: '#,##0' },
    { what: 'with a place for brackets', numFmt: '#,##0_);(#,##0)' },
    { what: 'as in bookkeeping', numFmt: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)' },
    { what: 'by points', numFmt: '#\\.##0' },
    { what: 'by spaces', numFmt: '# ##0' },
    { what: 'with decimals', numFmt: '#,##0.00' },
    { what: 'with one decimal', numFmt: '#,##0.0' },
    { what: 'with three decimals', numFmt: '#,##0.000' },
    { what: 'as in bookkeeping, with decimals', numFmt: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)' },
  ])('have whole numbers without the separators of thousands: $what', async ({ numFmt }) => {
    expect(await shown(80_000, numFmt)).toBe('80000');
    const bytes = await workbook(
      sheetOf([['SID', 'Name']], { '1,0': { value: 80_000, style: { numFmt } }, '1,1': { value: 'Loyal' } }),
    );
    expect(await readSegments(await contentOf(bytes))).toMatchObject({
      rows: [{ ids: [{ idType: 'SID', id: '80000' }], name: 'Loyal' }],
      mistakes: [],
    });
  });

  it.each([
    { what: 'without a format', numFmt: undefined },
    { what: 'with a format that would hide it', numFmt: '0' },
  ])('show that digits of a long number are lost, $what', async ({ numFmt }) => {
    expect(await shown(1_234_567_890_123_456_800, numFmt)).toMatch(/^1\.23456\d*E\+18$/);
  });

  it('have the last result of a formula', async () => {
    const bytes = await workbook(
      sheetOf([HEADER], {
        '1,0': { type: 'formula', formula: '1+2', formulaResult: 3, value: 3 },
        '1,1': { type: 'formula', formula: '"a"&"b"', formulaResult: 'ab', value: 'ab' },
      }),
    );
    expect(cellsOf(await contentOf(bytes))[1]).toEqual(['3', 'ab']);
  });

  it.each(['<v></v>', '<v/>', '<v />'])(
    'have an empty text as the result of a formula: %s',
    async (value) => {
      const rows = `<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>""</f>${value}</c><c r="C1"><v>2</v></c></row>`;
      expect(cellsOf(await contentOf(workbookOf(rows)))).toEqual([['1', '', '2']]);
    },
  );

  it('have errors as text', async () => {
    const bytes = workbookOf(
      '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C1" t="e"><v>#REF!</v></c></row>',
    );
    expect(cellsOf(await contentOf(bytes))).toEqual([['#N/A', '#DIV/0!', '#REF!']]);
  });

  it('have a merged value in each of the rows over which it is merged, and titles once', async () => {
    const merges: MergeRange[] = [
      { startRow: 0, startCol: 0, endRow: 0, endCol: 2 },
      { startRow: 2, startCol: 1, endRow: 4, endCol: 1 },
    ];
    const rows = [
      ['Our segments'],
      [...HEADER, 'Status'],
      [1, 'Shoes', 'active'],
      [2],
      [3, null, 'paused'],
      [4],
    ];
    const content = await contentOf(await workbook(sheetOf(rows, {}, { merges })));
    expect(cellsOf(content)).toEqual([
      ['Our segments'],
      ['Mapping ID', 'Name', 'Status'],
      ['1', 'Shoes', 'active'],
      ['2', 'Shoes'],
      ['3', 'Shoes', 'paused'],
      ['4'],
    ]);
    expect(content.notes).toEqual([
      'Cells are merged over several rows: their value was taken for each of these rows.',
    ]);
  });

  it('have no phonetic guides, but all parts of a formatted text', async () => {
    const texts =
      '<si><r><rPr><b/></rPr><t>Loyal </t></r><r><t xml:space="preserve">customers </t></r></si>' +
      '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>';
    const rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>';
    expect(cellsOf(await contentOf(workbookOf(rows, { sharedTexts: texts })))).toEqual([
      ['Loyal customers ', '東京'],
    ]);
  });

  it.each([
    { how: 'as one tag', entry: '<si/>' },
    { how: 'as one tag with a space', entry: '<si />' },
    { how: 'as two tags', entry: '<si></si>' },
    { how: 'with an empty text', entry: '<si><t/></si>' },
  ])('do not get the texts of others if a shared text is empty, written $how', async ({ entry }) => {
    const texts = `<si><t>first</t></si>${entry}<si xml:space="preserve"><t>third</t></si>`;
    const rows =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>';
    expect(cellsOf(await contentOf(workbookOf(rows, { sharedTexts: texts })))).toEqual([
      ['first', '', 'third'],
    ]);
  });

  it('are those of a sheet without the numbers of its cells', async () => {
    const rows = '<row><c t="inlineStr"><is><t>a</t></is></c><c><v>1</v></c></row><row><c><v>2</v></c></row>';
    expect(cellsOf(await contentOf(workbookOf(rows)))).toEqual([['a', '1'], ['2']]);
  });

  it('count from 1904 if the workbook says so', async () => {
    const value = new Date('2024-03-01T00:00:00Z');
    const sheet = sheetOf([], {
      '0,0': { value, style: { numFmt: 'yyyy-mm-dd' } },
      '0,1': { value, style: { numFmt: 'dd.mm.yyyy' } },
    });
    const bytes = await writeXlsx({ sheets: [sheet], dateSystem: '1904' });
    expect(cellsOf(await contentOf(bytes))).toEqual([['2024-03-01', '01.03.2024']]);
  });
});

describe('the sheets of a workbook', () => {
  const named = (name: string, rows: CellValue[][], more: Partial<WriteSheet> = {}): WriteSheet =>
    sheetOf(rows, {}, { name, ...more });
  const several = (): Promise<Uint8Array> =>
    workbook(
      named('Lists', [['hidden']], { hidden: true }),
      named('Very', [['very hidden']], { veryHidden: true }),
      named('Empty', []),
      named('Été', [['visible']]),
      named('2', [['named by a number']]),
    );

  it('are the first that is visible and not empty, which is said', async () => {
    const content = await contentOf(await several());
    expect(cellsOf(content)).toEqual([['visible']]);
    // Hidden ones are not offered.
    expect(content).toMatchObject({ sheets: { sheet: 'Été', sheets: ['Empty', 'Été', '2'] } });
    expect(await contentOf(await several(), 'Lists')).toMatchObject({
      sheets: { sheet: 'Lists', sheets: ['Lists', 'Empty', 'Été', '2'] },
    });
    expect(content.notes).toEqual([
      'The sheet "Été" was read. The workbook also has "Lists", "Very", "Empty", "2".',
    ]);
  });

  it.each([
    { sheet: 'Lists', cell: 'hidden' },
    { sheet: 'very', cell: 'very hidden' },
    { sheet: ' e\u0301te\u0301 ', cell: 'visible' },
    { sheet: '2', cell: 'named by a number' },
    { sheet: '4', cell: 'visible' },
  ])('are chosen by name or number: $sheet', async ({ sheet, cell }) => {
    expect(cellsOf(await contentOf(await several(), sheet))).toEqual([[cell]]);
  });

  it.each([
    { sheet: 'Other', message: /no sheet "Other". Its sheets are "Lists", "Very", "Empty", "Été", "2"/ },
    { sheet: '9', message: /no sheet "9"/ },
    { sheet: 'Empty', message: /sheet "Empty" is empty/ },
  ])('are not guessed: $sheet', async ({ sheet, message }) => {
    expect((await contentErrorOf(await several(), { sheet })).message).toMatch(message);
  });

  it('are looked for in the first twenty, because each one costs as much as the first', async () => {
    const empty = Array.from({ length: 20 }, (_, index) => named(`E${index}`, []));
    const full = named('Full', [['x']]);
    expect((await contentErrorOf(await workbook(...empty, full))).message).toBe(
      'The first 20 visible sheets are empty. Name the sheet to read (--sheet).',
    );
    expect(cellsOf(await contentOf(await workbook(...empty, full), 'Full'))).toEqual([['x']]);
    expect(cellsOf(await contentOf(await workbook(...empty.slice(1), full)))).toEqual([['x']]);
  });

  it('are needed', async () => {
    const bytes = await workbook(named('A', []), named('B', [['x']], { hidden: true }));
    expect((await contentErrorOf(bytes)).message).toMatch(/no visible sheet with cells/);
  });

  it('are refused for a text, and an encoding is not needed for a workbook', async () => {
    expect((await contentErrorOf(Buffer.from('id,name\n1,A'), { sheet: 'A' })).message).toMatch(
      /has no sheets/,
    );
    const content = await readFileContent(await workbook(named('A', [['x']])), {
      fileName: null,
      encoding: 'utf-8',
    });
    expect(content.notes).toEqual([
      'The stated encoding was not needed: a workbook has an encoding of its own.',
    ]);
  });
});

describe('a workbook that is not read', () => {
  const cell = '<row r="1"><c r="A1" t="s"><v>1</v></c></row>';

  it.each([
    {
      what: 'a text that it does not have',
      bytes: workbookOf(cell.replace('>1<', '>7<'), { sharedTexts: '<si><t>a</t></si>' }),
      message: /damaged/,
    },
    { what: 'no table of texts', bytes: workbookOf(cell), message: /damaged/ },
    {
      what: 'texts that are written in an unknown way',
      bytes: workbookOf(cell, { sharedTexts: '<si><t>a</t></si><si><x/></si>' }),
      message: /damaged/,
    },
    {
      what: 'a formula without a result',
      bytes: workbookOf('<row r="2"><c r="B2" s="0"><f>A1&amp;"x"</f></c></row>'),
      message: /The cell B2 has a formula that has not been calculated/,
    },
    ...['<v></v>', '<v/>', '<v />', '<v> </v>', '<v xml:space="preserve"></v>'].map((value) => ({
      what: `a formula with an empty result, ${value}`,
      bytes: workbookOf(
        `<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><f>A1&amp;"x"</f>${value}</c></row>`,
      ),
      message: /The cell B2 has a formula that has not been calculated/,
    })),
    {
      what: 'a column far to the right',
      bytes: workbookOf('<row r="3"><c r="A3"><v>1</v></c><c r="XFD3"><v>1</v></c></row>'),
      message: /more than 1000 columns/,
    },
    {
      what: 'a part that claims to be small',
      bytes: workbookOf('<row r="1"><c r="A1"><v>1</v></c></row>', {
        sharedTexts: '',
        more: [{ name: 'xl/styles.xml', content: 'x'.repeat(1000), claimedSize: 10 }],
      }),
      message: null,
    },
  ])('has $what', async ({ bytes, message }) => {
    // A part that nothing refers to is not unpacked, whatever it is.
    if (message === null) expect(cellsOf(await contentOf(bytes))).toEqual([['1']]);
    else expect((await contentErrorOf(bytes)).message).toMatch(message);
  });

  it('has a password', async () => {
    const bytes = await writeXlsx({
      sheets: [sheetOf([['x']])],
      encryption: { password: 'secret', spinCount: 1000 },
    });
    expect((await contentErrorOf(bytes)).message).toBe(
      'The workbook is protected by a password. Save it without one, and send that file.',
    );
  });

  it('is cut off', async () => {
    const bytes = await workbook(sheetOf([HEADER]));
    expect((await contentErrorOf(bytes.subarray(0, -30))).message).toMatch(/ZIP file is damaged/);
  });

  it('would fill the memory', async () => {
    const row = `<row><c t="inlineStr"><is><t>${'a'.repeat(1_000_000)}</t></is></c></row>`;
    const error = await contentErrorOf(workbookOf(row.repeat(270)));
    expect(error.message).toMatch(/workbook holds more than 256 MiB/);
  });
});

describe('a large workbook', () => {
  it('is read while the event loop goes on, and has all of its rows', { timeout: 120_000 }, async () => {
    const writer = new XlsxStreamWriter({ name: 'Segments', columns: HEADER.map((header) => ({ header })) });
    for (let id = 1; id <= 40_000; id++) writer.addRow([id, `Segment ${id}`]);
    const bytes = await writer.finish();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const content = await contentOf(bytes);
    clearInterval(timer);
    expect(cellsOf(content)).toHaveLength(40_001);
    expect(cellsOf(content)[40_000]).toEqual(['40000', 'Segment 40000']);
    // Reading takes more than a second; this thread only takes over the rows.
    expect(longest).toBeLessThan(500);
  });

  it('is no longer read when the request ends', async () => {
    const bytes = await workbook(sheetOf([HEADER, [1, 'A']]));
    const ended = new AbortController();
    const reading = readFileContent(bytes, { fileName: null, signal: ended.signal });
    ended.abort(new Error('the client has left'));
    await expect(reading).rejects.toThrow('the client has left');
  });

  it('has at most 200,000 segments', { timeout: 120_000 }, async () => {
    const row = '<row><c><v>1</v></c></row>';
    const error = await contentErrorOf(workbookOf(row.repeat(201_001)));
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(/at most 200,000 segments/);
  });
});
