import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';
import { textErrorOf } from './support.js';

/** What is read of a text, each row as `TYPE:id ... = name`, and what is said of it. */
async function read(text: string, options = {}) {
  const { rows, mistakes, warnings, notes } = await readSegments(text, options);
  const shown = rows.map(
    ({ ids, name }) => `${ids.map(({ idType, id }) => `${idType ?? ''}:${id}`).join(' ')} = ${name ?? ''}`,
  );
  return { rows: shown, mistakes, warnings, notes };
}

describe('a number with thousands separators is not read as a fraction:', () => {
  it.each([
    ['80.000', undefined],
    ['"14,000"', undefined],
    ['1.000', undefined],
    ['"2,000,000"', '2000000'],
    ['14.000.000', '14000000'],
    ['14 000', '14000'],
    ['"1,40,000"', '140000'],
    ['"80,000.00"', '80000'],
    ['"14.395,00"', '14395'],
    ['"14 395,0"', '14395'],
    ['"80.000,000"', '80000'],
    ['1’014’395.00', '1014395'],
    ['"1,40,000.00"', '140000'],
  ])('%s', async (cell, meant) => {
    for (const header of ['sid', 'mapping id', 'id']) {
      const file = await read(`${header},name\n900,A\n${cell},B\n`);
      expect(file.rows).toHaveLength(1);
      expect(file.mistakes).toMatchObject([
        { line: 3, reason: expect.stringContaining('thousands separators') as string },
      ]);
      // Where it may be either number, none is named, so that replacing the list takes no segment away.
      expect(file.mistakes[0]?.ids?.map(({ id }) => id)).toEqual(meant === undefined ? undefined : [meant]);
    }
  });

  it.each(['14395.0', '14395.00', '"14395,0"', '"140,00"', '14395.000'])('but %s is one', async (cell) => {
    const { rows, mistakes } = await read(`sid,name\n${cell},A\n`);
    expect(mistakes).toEqual([]);
    expect(rows).toEqual([cell.startsWith('"140') ? 'SID:140 = A' : 'SID:14395 = A']);
  });
});

describe('a column ID gives way to one that says which ID it has:', () => {
  it.each([
    { header: 'ID,SID,Segment Name', options: {}, id: 'SID:80920' },
    { header: 'ID,SID,Segment Name', options: { idType: 'SID' }, id: 'SID:80920' },
    { header: 'Segment ID,SID,Segment Name', options: { idType: 'SID' }, id: 'SID:80920' },
    { header: 'ID,Mapping ID,Segment Name', options: {}, id: 'MAPPING_ID:80920' },
    { header: 'ID,Alias,Segment Name', options: { idType: 'ALIAS' }, id: 'ALIAS:80920' },
  ])('$header with $options', async ({ header, options, id }) => {
    const { rows, notes } = await read(`${header}\n1,80920,Shoes\n2,80921,Hats\n`, options);
    expect(rows).toEqual([`${id} = Shoes`, `${id.replace('80920', '80921')} = Hats`]);
    const [title, by] = header.split(',');
    expect(notes).toEqual([
      expect.stringContaining(`The column "${title}" was not used, because "${by}" says which ID it has.`),
    ]);
  });

  it('unless it is asked for, or has IDs of another type', async () => {
    const text = 'ID,SID,Segment Name\n1,80920,Shoes\n';
    expect((await read(text, { idColumn: 'ID' })).rows).toEqual([':1 = Shoes']);
    expect((await read(text, { idType: 'MAPPING_ID' })).rows).toEqual(['MAPPING_ID:1 SID:80920 = Shoes']);
  });

  it('and one of segments comes behind it', async () => {
    const { rows } = await read('Segment ID,SID,Segment Name\n1,80920,Shoes\n');
    expect(rows).toEqual(['SID:80920 :1 = Shoes']);
  });
});

describe('a second table is refused, where its columns are others:', () => {
  it.each([
    ['another kind of ID', 'sid,name\n900101,A\n\nMapping ID,Segment Name\n14395,C\n', 4],
    [
      'swapped columns',
      'Segment ID,Segment Name,Description\n900101,A,x\nSegment Name,Segment ID,Description\nC,9,z',
      3,
    ],
    ['swapped texts', 'sid,name,description\n900101,A,x\nsid,description,name\n900103,long,C\n', 3],
    ['the number of the row first', 'sid,name,description\n900101,A,x\nNo,SID,Segment Name\n1,80920,C\n', 3],
    ['a column more', 'sid,name\n900101,A\nsid,name,status\n900103,B,active\n', 3],
    ['what stands above is a table', 'Key,Name\nDestination,Initech\n\nsid,name\n1001,A\n', 4],
    ['what stands above has IDs', 'ID,Status\n900,active\n\nSegment ID,Segment Name\n1001,A\n', 4],
  ])('%s', async (_what, text, line) => {
    const error = await textErrorOf(text);
    expect(error.line).toBe(line);
    expect(error.message).toMatch(/second table seems to start here.*Send each table as a file of its own/);
  });

  it.each([
    'Segment ID;Segment;Owner\n101;A;x\nsegment id;SEGMENT NAME;Owner\n102;B;x\n',
    'id;name;description\n101;A;x\nid;name\n102;B;x\n',
  ])('the same columns are read on: %j', async (text) => {
    const { rows, warnings } = await read(text);
    expect(rows).toEqual([':101 = A', ':102 = B']);
    expect(warnings).toMatchObject([
      { line: 3, reason: expect.stringContaining('header once more') as string },
    ]);
  });

  it('rows that only have the words of columns are segments', async () => {
    const { rows } = await read('alias,name,status\naudience,Audience,active\nkeys,Title,active\n');
    expect(rows).toEqual(['ALIAS:audience = Audience', 'ALIAS:keys = Title']);
  });
});

describe('rows that a stray quote has swallowed are a mistake, which says which segments they are:', () => {
  it.each([
    ['sid,name\n1001,"Best\n1002,Newsletter\n1003,TV 40"\n1004,Other\n', 3],
    ['sid,name,description,status\n1001,"Best\n1002,Newsletter\n1003,TV 40",,\n1004,Other,,\n', 3],
    ['name;sid\n"Best\nNewsletter;1002\nTV;1003\nx";1001\nOther;1004\n', 3],
  ])('%j', async (text, line) => {
    const { rows, mistakes } = await read(text);
    expect(rows).toEqual(['SID:1004 = Other']);
    expect(mistakes).toMatchObject([
      { line: 2, reason: expect.stringContaining(`has line ${line}, which looks like a row`) as string },
    ]);
    expect(mistakes[0]?.ids?.map(({ id }) => id)).toEqual(expect.arrayContaining(['1001', '1002', '1003']));
  });

  it('also where there are thousands', async () => {
    const swallowed = Array.from({ length: 5000 }, (_, index) => `${10_000 + index},N\n`).join('');
    const { mistakes } = await read(`sid,name\n1001,"Best\n${swallowed}1003,TV"\n`);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.ids).toContainEqual({ idType: 'SID', id: '14999' });
  });

  it('a text of several lines is none', async () => {
    const { rows, mistakes } = await read(
      'sid,name,description\n1001,"A\nB","first, second\n2024, and 2025"\n',
    );
    expect(mistakes).toEqual([]);
    expect(rows).toHaveLength(1);
  });
});

describe('a sid or mapping ID that is no number is a mistake:', () => {
  it.each([
    ['8092o', undefined],
    ['1001;1002', undefined],
    ['1.5', undefined],
    ['-5', undefined],
    ['#1001', '1001'],
    ['SID 1002', '1002'],
    ['Erstellt von Müller', undefined],
  ])('%s', async (cell, meant) => {
    for (const header of ['sid', 'mapping id']) {
      const { rows, mistakes } = await read(`${header},name\n80920,A\n${cell},B\n`);
      expect(rows).toHaveLength(1);
      expect(mistakes).toMatchObject([
        { line: 3, reason: expect.stringContaining('is no number, as a') as string },
      ]);
      expect(mistakes[0]?.ids?.map(({ id }) => id)).toEqual(meant === undefined ? undefined : [meant]);
    }
  });

  it('but the prefixed ones of an export are none', async () => {
    const { rows } = await read('Mapping ID,name\nsid:80920,A\nid:x,B\n');
    expect(rows).toEqual(['MAPPING_ID:sid:80920 = A', 'MAPPING_ID:id:x = B']);
  });

  it('and in a column that says no kind, it is questioned also where there are a few', async () => {
    const good = Array.from({ length: 30 }, (_, index) => `${80_900 + index},N\n`).join('');
    const { warnings } = await read(`id,name\n${good}8092o,X\n8O931,Y\n`);
    expect(warnings.map(({ line }) => line)).toEqual([32, 33]);
  });
});

describe('a name that is damaged', () => {
  it('by a lost character is a mistake', async () => {
    const { mistakes, rows } = await read('sid,name\n1001,K\ufffdufer\n');
    expect(rows).toEqual([]);
    expect(mistakes).toEqual([
      {
        line: 2,
        reason: expect.stringMatching(/"K.*ufer" has a character that was lost.*as UTF-8/) as string,
        ids: [{ idType: 'SID', id: '1001' }],
      },
    ]);
  });

  it.each(['KÃ¤ufer', 'Ã‰tÃ©', 'Menâ€™s', 'CafÃ\u00a9', '5 â‚¬', 'Â°C', 'Å›wiat'])(
    'by a wrong encoding is questioned: %s',
    async (name) => {
      const { warnings, rows } = await read(`sid,name\n1001,${name}\n`);
      expect(rows).toEqual([`SID:1001 = ${name}`]);
      expect(warnings).toMatchObject([{ line: 2, reason: expect.stringContaining('UTF-8') as string }]);
    },
  );

  it.each(['Käufer', 'São Paulo', 'SÃO PAULO', 'Âge', 'Ångström', 'Crème brûlée', '€ 5', 'Łódź', 'ÄÖÜ'])(
    'is not seen in %s',
    async (name) => {
      expect((await read(`sid,name\n1001,${name}\n`)).warnings).toEqual([]);
    },
  );

  it.each(['=A1', '"=HYPERLINK(""http://x.example"";""Shoes"")"'])('as %s is questioned', async (cell) => {
    const { warnings, rows } = await read(`sid,name\n1001,${cell}\n`);
    expect(rows).toHaveLength(1);
    expect(warnings).toMatchObject([
      { line: 2, reason: expect.stringContaining('looks like a formula') as string },
    ]);
  });
});

describe('what would take too long is refused:', () => {
  it('a header with too many columns', async () => {
    const error = await textErrorOf(`sid,name${','.repeat(90_000)}\n1,A`);
    expect(error.message).toMatch(/^Line 1: there are 90,002 columns, and at most 1,000 are read/);
  });

  it('objects with too many keys', async () => {
    const lines = Array.from(
      { length: 1_100 },
      (_, index) => `{"sid":"${index}","name":"A","k${index}":1}\n`,
    );
    expect((await textErrorOf(lines.join(''))).message).toMatch(/there are 1,001 columns/);
  });

  it('a thousand columns are read in turns', async () => {
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const { rows } = await read(`sid,name${',x'.repeat(998)}\n${'1,A\n'.repeat(1_000)}`);
    done = true;
    expect(rows).toHaveLength(1);
    expect(turns).toBeGreaterThan(50);
  });
});

it.each(['"sid;name"\n"1;A"\n', '"sid,name"\n"80920,""Best, ever"""\n'])(
  'lines in quotes as a whole are refused with the cause: %j',
  async (text) => {
    expect((await textErrorOf(text)).message).toMatch(/^Line 1: each line is in quotes as a whole/);
  },
);
