import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';
import { idsOf } from './support.js';

const HEADER = 'id,name,description,status';
/** A file with valid file rows before and after the given one. */
const around = (row: string): string => `${HEADER}\n100,A,,\n${row}\n101,B,,\n102,C,,\n`;

describe('a file row mistake', () => {
  it.each([
    { what: 'no identifier', row: ',A,,active', reason: /^has no ID; fill it in/ },
    { what: 'a blank identifier', row: '  ,A,,', reason: /^has no ID/ },
    {
      what: 'a name of 1,001 characters',
      row: `1,${'n'.repeat(1001)},,`,
      reason: /name has 1001 .* at most 1000/,
    },
    {
      what: 'a description too long',
      row: `1,,${'d'.repeat(10_001)},`,
      reason: /description has 10001 .* at most 10000/,
    },
    {
      what: 'an ID of 1,001 characters',
      row: `${'x'.repeat(1001)},A,,`,
      reason: /ID has 1001 .* at most 1000/,
    },
    { what: 'an ID with a control character', row: '1\u00072,A,,', reason: /ID "1\\u00072".*control/ },
    { what: 'an ID with a line break', row: '"1\n2",A,,', reason: /ID "1\\n2".*line break/ },
    {
      what: 'too few cells and a text with a comma',
      row: '1,A, B',
      reason: /has 3 cells but the header has 4.*commas/,
    },
    { what: 'too many cells', row: '1,A,B,,1', reason: /has 5 cells but the header has 4.*quotes/ },
    { what: 'another separator', row: '1;A;;', reason: /has 1 cells but the header has 4/ },
    { what: 'text after a closing quote', row: '1,"A" B,,', reason: /text after a closing quote.*twice/ },
    { what: 'a quote inside quotes', row: '1,"A "B" C",,', reason: /text after a closing quote/ },
    {
      what: 'a space before a quote that is not closed before the next cell',
      row: '1, "A" B,,',
      reason: /space before an opening quote/,
    },
    { what: 'a duplicate ID', row: '100,Z,,', reason: /^the ID "100" is also on line 2; keep one/ },
  ])('is reported for $what, and the other file rows are read', async ({ row, reason }) => {
    const file = await readSegments(around(row));
    expect(file.mistakes).toMatchObject([{ line: 3, reason: expect.stringMatching(reason) as string }]);
    expect(idsOf(file)).toEqual(['100', '101', '102']);
  });

  it.each([
    ['a name of 1,000 characters', `1,${'n'.repeat(1000)},,`],
    ['a name of 1,000 emoji, which are two code units each', `1,${'👟'.repeat(1000)},,`],
    ['a description of 10,000', `1,,${'d'.repeat(10_000)},`],
    ['an ID of 1,000', `${'x'.repeat(1000)},A,,`],
    ['nothing but a status', '1,,,0'],
    ['nothing but an ID', '1,,,'],
  ])('is not reported for %s', async (_what, row) => {
    const file = await readSegments(around(row));
    expect(file.mistakes).toMatchObject([]);
    expect(file.rows).toHaveLength(4);
  });

  it('is reported for each reason, with the line where the file row starts', async () => {
    const file = await readSegments(`${HEADER}\n1,"a\nb",,\n,"${'n'.repeat(1001)}",,on`);
    expect(file.mistakes.map(({ line, reason }) => [line, reason.slice(0, 10)])).toEqual([
      [4, 'has no ID;'],
      [4, 'the name h'],
    ]);
  });

  it('names the line of the first duplicate, even if that one is invalid itself', async () => {
    const file = await readSegments(`${HEADER}\n1,"A\u0007",,\n1,B,,\n 1 ,C,,`);
    expect(file.rows).toEqual([]);
    expect(file.mistakes.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(file.mistakes.slice(1).every(({ reason }) => reason.includes('also on line 2'))).toBe(true);
  });

  it('is not reported for the same ID with another type', async () => {
    const file = await readSegments('sid,alias,Segment ID,name\n1,,,A\n,1,,B\n,,1,C');
    expect(file.mistakes).toMatchObject([]);
    expect(file.rows).toHaveLength(3);
  });

  it('names the last line of a file row with stray quotes', async () => {
    const file = await readSegments(`${HEADER}\n1,"A,,\n2,B,,\n3,"C",,\n4,D,,`);
    expect(file.mistakes).toMatchObject([
      { line: 2, reason: expect.stringMatching(/text after a closing quote.*extends to line 4/) as string },
    ]);
    expect(idsOf(file)).toEqual(['4']);
  });

  it('is reported for each file row with another separator, if those are a minority', async () => {
    const file = await readSegments('id,name\n1,A\n2;B\n3,C\n4;D');
    expect(file.mistakes.map(({ line }) => line)).toEqual([3, 5]);
  });
});

const TOO_BIG = '1234567890123456789';

describe('an ID that a spreadsheet or a JSON number has changed', () => {
  it.each([
    { header: 'sid', id: TOO_BIG, reason: /beyond 9007199254740991.*last digits may be wrong.*as text$/ },
    { header: 'destinationMappingId', id: '9007199254740992', reason: /"9007199254740992" is beyond/ },
    { header: 'sid', id: `-${TOO_BIG}`, reason: /is beyond/ },
    { header: 'id', id: TOO_BIG, reason: /is beyond.*as text, or, .* name the column alias or value$/ },
    {
      header: 'id',
      id: '1.23457E+18',
      reason: /"1\.23457E\+18".*shortened.* name the column alias or value$/,
    },
    { header: 'sid', id: '1,23457E+18', reason: /shortened: its digits are lost; .*as text$/ },
    { header: 'mappingId', id: '1e21', reason: /shortened/ },
  ])('is a mistake: $id in the column $header', async ({ header, id, reason }) => {
    const file = await readSegments(`${header};name\n1;A\n${id};B`);
    expect(file.mistakes).toMatchObject([{ line: 3, reason: expect.stringMatching(reason) as string }]);
    expect(file.rows).toHaveLength(1);
  });

  it.each(['alias', 'value', 'keyValue', 'url'])(
    'is not to be told from a text in the column %s',
    async (header) => {
      const file = await readSegments(`${header},name\n${TOO_BIG},A\n1.23457E+18,B`);
      expect(file).toMatchObject({
        rows: [{ ids: [{ id: TOO_BIG }] }, { ids: [{ id: '1.23457E+18' }] }],
        mistakes: [],
      });
    },
  );

  it('is a mistake in the column ID according to the type that the caller states for it', async () => {
    const text = `id,name\n${TOO_BIG},A`;
    expect((await readSegments(text, { idType: 'ALIAS' })).rows).toMatchObject([
      { ids: [{ idType: 'ALIAS', id: TOO_BIG }] },
    ]);
    const [mistake] = (await readSegments(text, { idType: 'SID' })).mistakes;
    expect(mistake?.reason).toMatch(/is beyond.*as text$/);
  });

  it('is a mistake in a column of any title, if the caller states that it has numbers', async () => {
    for (const id of [TOO_BIG, '1.23457E+18', 'loyal']) {
      const { mistakes } = await readSegments(`alias,name\n7,A\n${id},B`, { statedType: 'SID' });
      expect(mistakes).toMatchObject([{ line: 3 }]);
    }
  });

  it.each(['9007199254740991', '0', 'sid:80920', `id:${TOO_BIG}`])('is not seen in %s', async (id) => {
    const file = await readSegments(`mappingId,name\n${id},A`);
    expect(file).toMatchObject({ rows: [{ ids: [{ id }] }], mistakes: [] });
  });
});

it('an exported ID may be as long as any other, besides its prefix', async () => {
  const id = `key-value:${'x'.repeat(1000)}`;
  const file = await readSegments(`destinationMappingId,name\n${id},A\n${id}y,B`);
  expect(file.rows).toMatchObject([{ ids: [{ id }] }]);
  expect(file.mistakes).toMatchObject([
    { line: 3, reason: expect.stringContaining('ID has 1001') as string },
  ]);
});
