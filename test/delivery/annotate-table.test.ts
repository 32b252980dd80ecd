import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownNames, annotating } from './annotating.js';

const source = new KnownNames({ '24': 'Cart', '25': 'a;b"c', '26': '=SUM(A1)', 'a"b': 'Quoted' });

describe('annotating a table', () => {
  it('puts name and status behind each row, and leaves the row as it is', async () => {
    const table =
      'date,Segment_ID,clicks\r\n2026-01-01,24,"1,5"\r\n"x\r\ny", 25 ,2\r\nz,,3\r\nz,"a""b",\r\nz,99,4\r\n';
    const { text, counts } = await annotating(table, { column: 'segment_id', format: 'csv', source });
    expect(text).toBe(
      [
        'date,Segment_ID,clicks,segment_name,segment_status',
        '2026-01-01,24,"1,5",Cart,ACTIVE',
        '"x\r\ny", 25 ,2,"a;b""c",ACTIVE',
        'z,,3,,',
        'z,"a""b",,Quoted,ACTIVE',
        'z,99,4,,',
        '',
      ].join('\r\n'),
    );
    expect(counts).toMatchObject({ lines: 7, written: 5, headers: 1, broken: 0 });
  });

  it.each([';', '\t', '|'])('with the separator %j', async (separator) => {
    const { text } = await annotating(`a${separator}id\nx${separator}25`, {
      column: 'id',
      format: 'csv',
      source,
    });
    const name = separator === ';' ? '"a;b""c"' : '"a;b""c"';
    expect(text).toBe(
      `a${separator}id${separator}segment_name${separator}segment_status\nx${separator}25${separator}${name}${separator}ACTIVE\n`,
    );
  });

  it('with a single column', async () => {
    const { lines } = await annotating('id\n24\n\n', { column: 'ID', format: 'csv', source });
    expect(lines).toEqual(['id,segment_name,segment_status', '24,Cart,ACTIVE']);
  });

  it('makes names safe that a spreadsheet would run', async () => {
    const { lines } = await annotating('id\n26\n', { column: 'id', format: 'csv', source });
    expect(lines[1]).toBe("26,'=SUM(A1),ACTIVE");
  });

  it('names its columns so that none is there twice', async () => {
    const { lines } = await annotating('id,segment_name\n24,x\n', { column: 'id', format: 'csv', source });
    expect(lines[0]).toBe('id,segment_name,aam_segment_name,segment_status');
    const { objects } = await annotating('id,segments,a,a,\n24,x,1,2,3\n', { column: 'id', source });
    expect(objects).toEqual([
      {
        id: '24',
        segments_: 'x',
        a: '1',
        a_: '2',
        column5: '3',
        segments: [{ id: '24', name: 'Cart', status: 'ACTIVE' }],
      },
    ]);
  });

  it('finds the header below titles', async () => {
    const { lines, counts } = await annotating('Report of May\n\ndate,id\n1,24\n', {
      column: 'id',
      format: 'csv',
      source,
    });
    expect(lines).toEqual(['date,id,segment_name,segment_status', '1,24,Cart,ACTIVE']);
    expect(counts).toMatchObject({ lines: 4, headers: 3 });
  });

  it('finds the header below a title with a quote that is never closed, and loses no row', async () => {
    const rows = ['u0,24', 'u1,25', '"u2",24'];
    const { lines, counts } = await annotating(`"Report for you\nd,id\n${rows.join('\n')}\n`, {
      column: 'id',
      format: 'csv',
      source,
    });
    expect(lines).toHaveLength(4);
    expect(counts).toMatchObject({ lines: 5, written: 3, headers: 2, broken: 0 });
  });

  it('takes a header of several lines for one', async () => {
    const file = 'Title\r\n"Segment\r\nID",id,"All\r\nclicks"\r\nx,24,1\r\n';
    const { text, counts } = await annotating(file, { column: 'id', format: 'csv', source });
    expect(text.split('\r\n').at(-2)).toBe('x,24,1,Cart,ACTIVE');
    expect(counts).toMatchObject({ lines: 5, written: 1, headers: 4, broken: 0 });
  });

  it('writes objects with the cells as texts', async () => {
    const { objects } = await annotating('d,id\n"a""b\nc","24"\n,\n', { column: 'id', source });
    expect(objects).toEqual([
      { d: 'a"b\nc', id: '24', segments: [{ id: '24', name: 'Cart', status: 'ACTIVE' }] },
      { d: '', id: '', segments: [] },
    ]);
  });

  it.each([
    ['has a cell too many', '1,24,3', /3 cells, and the header has 2/],
    ['lacks the column', '1', /1 cells, so that its column "id" is missing/],
    ['has text behind a quote', '"1"x,24', /text after a closing quote/],
    ['has a quote that is never closed', '"1,24', /never closed/],
    ['has a control character in the ID', '1,2\u00014', /segment ID that cannot be one/],
  ])('passes over a row that %s', async (_, row, reason) => {
    const { lines, counts } = await annotating(`d,id\n1,24\n${row}\n2,24`, {
      column: 'id',
      format: 'csv',
      source,
    });
    expect(counts).toMatchObject({ written: 2, broken: 1, firstBroken: [{ line: 3 }] });
    expect(counts.firstBroken[0]?.reason).toMatch(reason);
    expect(lines.slice(1)).toEqual(['1,24,Cart,ACTIVE', '2,24,Cart,ACTIVE']);
  });

  it('loses only the row whose quote is closed by that of another row', async () => {
    const { lines, counts } = await annotating('d,id\n1,24\n"2,25\n3,24\n4,"25"\n5,24\n', {
      column: 'id',
      format: 'csv',
      source,
    });
    expect(counts).toMatchObject({ lines: 6, written: 4, broken: 1 });
    expect(counts.firstBroken).toEqual([{ line: 3, reason: 'has a quote that is never closed' }]);
    expect(lines.slice(1).map((line) => line.slice(0, 4))).toEqual(['1,24', '3,24', '4,"2', '5,24']);
  });

  it('counts all lines of a broken row, and takes no part of one for a row', async () => {
    const short = await annotating('d,id\n"2,25\n3,24\n4"\n5,24\n', { column: 'id', format: 'csv', source });
    expect(short.counts).toMatchObject({ lines: 5, written: 1, broken: 3 });
    expect(short.counts.firstBroken[0]?.reason).toMatch(/column "id" is missing \(it goes to line 4\)/);
    const parts = await annotating('d,id\n"a\nb\nc"d,25\n5,24\n', { column: 'id', format: 'csv', source });
    expect(parts.lines.slice(1)).toEqual(['5,24,Cart,ACTIVE']);
    expect(parts.counts).toMatchObject({ lines: 5, written: 1, broken: 3 });
  });

  it('reads the ID out of what spreadsheets put around it', async () => {
    const rows = ['="24",a', '"=""24""",b', '\u00a024\u200b,c', '\u00a0,d'];
    const { lines, counts } = await annotating(`id,x\n${rows.join('\n')}\n`, {
      column: 'id',
      format: 'csv',
      source,
    });
    expect(lines.slice(1).map((line) => line.split(',').slice(2).join())).toEqual([
      'Cart,ACTIVE',
      'Cart,ACTIVE',
      'Cart,ACTIVE',
      ',',
    ]);
    expect(counts).toMatchObject({ written: 4, broken: 0 });
  });

  it('fills up a row whose last cells are missing, so that the name is in its column', async () => {
    const { lines } = await annotating('id,a,b\n24\n', { column: 'id', format: 'csv', source });
    expect(lines[1]).toBe('24,,,Cart,ACTIVE');
  });

  it('passes over what is not UTF-8, and says what to state', async () => {
    const file = Buffer.concat([Buffer.from('d,id\n'), Buffer.from('\xe9,24\n', 'latin1')]);
    const { counts } = await annotating(file, { column: 'id', format: 'csv', source });
    expect(counts.firstBroken[0]?.reason).toMatch(/not UTF-8; state the encoding with --encoding/);
  });

  it.each([
    ['has no such column', 'date,segment\n1,24\n', /no column "id". Its first line has "date", "segment"/],
    ['has it twice', 'ID,id \n1,24\n', /several columns/],
    ['is empty', '', /It is empty/],
  ])('is refused if it %s', async (_, file, reason) => {
    await expect(annotating(file, { column: 'id', format: 'csv', source })).rejects.toThrow(reason);
  });

  it('gives the same however it is cut', async () => {
    const cell = fc.constantFrom('24', '99', '', 'x', '"a""b"', '"y\nz"', '"1,2"', 'é', '"bad"x');
    const row = fc.array(cell, { minLength: 1, maxLength: 3 }).map((cells) => cells.join(','));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('csv' as const, 'ndjson' as const),
        async (rows, lineEnd, pieceLength, format) => {
          const file = ['a,id,b', ...rows].join(lineEnd);
          const whole = await annotating(file, { column: 'id', format, source });
          const cut = await annotating(file, { column: 'id', format, source, pieceLength });
          expect(cut.text).toBe(whole.text);
          expect(cut.counts).toEqual(whole.counts);
        },
      ),
      { numRuns: 300 },
    );
  });
});
