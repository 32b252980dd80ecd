import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';

/** What is read of a file: `TYPE:id TYPE:id = name`, in the order of the rows. */
async function read(text: string, options = {}): Promise<string[]> {
  const { rows } = await readSegments(text, options);
  return rows.map(({ ids, name }) => {
    const shown = ids.map(({ idType, id, shared }) => `${idType ?? ''}:${id}${shared ? '*' : ''}`).join(' ');
    return `${shown} = ${name ?? ''}`;
  });
}

/** Three good rows, so that a fourth stands out. */
const GOOD = '80920,Shoes\n80921,Hats\n80922,Bags\n';
const GOOD_ROWS = [':80920 = Shoes', ':80921 = Hats', ':80922 = Bags'];

describe('a row that is no segment is passed over:', () => {
  it.each([
    ['a repeated header', 'id,name', /the header once more/],
    ['a repeated header in other words', 'Segment ID,Segment Name', /the header once more/],
    ['a total', 'Total,2', /a total/],
    ['a total in one cell', 'Total: 2 segments', /a total/],
    ['a total in German', 'Summe;2', /a total/],
    ['a total in Japanese', '合計,3', /a total/],
    ['a count of rows', '(3 rows affected)', /a count of rows/],
    ['a ruled line', '---', /a ruled line/],
    ['a ruled line of a table', '-----,------', /a ruled line/],
    ['a comment', '# end of the list', /a comment/],
  ])('%s', async (_what, row, what) => {
    const separator = row.includes(';') ? ';' : ',';
    const text = `id,name\n${GOOD}${row}\n`.replaceAll(',', separator);
    const file = await readSegments(text);
    expect(file).toMatchObject({ mistakes: [], notes: [] });
    expect(file.warnings).toEqual([{ line: 5, reason: expect.stringMatching(what) as string }]);
    expect(await read(text)).toEqual(GOOD_ROWS);
  });

  it.each(['(number),(text)', 'bigint,varchar(255)', ',(text)', '#,text'])(
    'a line of units: %s',
    async (row) => {
      const file = await readSegments(`id,name\n${row}\n${GOOD}`);
      expect(file).toMatchObject({ mistakes: [], warnings: [{ line: 2 }] });
      expect(file.rows).toHaveLength(3);
    },
  );

  it('but not a segment that is called so', async () => {
    const text =
      'alias,name\ntotal,Total audience\nsum,Summer\nx,---\ny,Total\n80920,name\ntext,Text readers';
    expect(await read(text)).toHaveLength(6);
    expect((await readSegments(text)).warnings).toEqual([]);
  });
});

describe('an ID that is no number where nearly all are', () => {
  it('is questioned', async () => {
    const file = await readSegments(`id,name\n${GOOD}8O923,Belts\n`);
    expect(file.rows).toHaveLength(4);
    expect(file.warnings).toEqual([
      {
        line: 5,
        reason: expect.stringMatching(/the ID "8O923" is not a number, as nearly all others/) as string,
      },
    ]);
  });

  it('is not questioned if there are several', async () => {
    expect((await readSegments(`id,name\n${GOOD}a,A\nb,B\n`)).warnings).toEqual([]);
  });

  it.each([
    ['a note below a short list', '80920,A\n80921,B\n\n\nSource: export of 3 May\n', [6]],
    ['a note in two cells', '80920,A\n80921,B\n\nSource:,export of 3 May\n', [5]],
    ['a note of several lines', '80920,A\n80921,B\n\nSource: export of 3 May\nOwner: Ann\n', [5, 6]],
    ['a note below IDs of words', 'loyal,A\nnew,B\n\nSource: export of 3 May\n', [5]],
  ])('is questioned as %s', async (_what, rows, lines) => {
    const { warnings, mistakes } = await readSegments(`id,name\n${rows}`);
    expect(mistakes).toEqual([]);
    expect(warnings.map(({ line }) => line)).toEqual(lines);
    for (const { reason } of warnings) {
      expect(reason).toMatch(
        /^the ID "\w+:.*" is not a number and stands below blank rows; .* if it is a note$/,
      );
    }
  });

  it('is not questioned below blank rows, if it has a name, and others are words too', async () => {
    const text = 'id,name\nloyal,A\n\nnew,B\n\nvery new,C\n';
    expect((await readSegments(text)).warnings).toEqual([]);
  });

  it('is no segment if a line break in the row above has made two rows of one', async () => {
    const { rows, mistakes } = await readSegments(
      'id,name,description\n80920,Shoes,s\n80921,Hats,h\n80922,Bags,b\n80923,Belts and\nbraces,worn together',
    );
    expect(rows).toHaveLength(3);
    expect(mistakes.map(({ line, reason }) => [line, reason.slice(0, 31)])).toEqual([
      [5, 'seems to go on in line 6; put a'],
      [6, 'seems to be the rest of line 5;'],
    ]);
  });
});

describe('a row with', () => {
  it.each([
    ['missing cells at the end', '1,A', /Missing cells.*: line 2/],
    ['surplus empty cells', '1,A,,,,,', /Surplus empty cells.*: line 2/],
  ])('%s is read', async (_what, row, note) => {
    const file = await readSegments(`id,name,description,status\n${row}\n2,B,,`);
    expect(file).toMatchObject({ mistakes: [], rows: [{ name: 'A', status: null }, { name: 'B' }] });
    expect(file.notes).toEqual([expect.stringMatching(note)]);
  });

  it.each([
    ['a text with a comma and missing cells', '1,Shoes, red'],
    ['a text with a comma and a surplus empty cell', '1,Shoes, red,,'],
    ['another separator', '1;A;;'],
    ['another separator and a comma', '1|A, B|c|d'],
  ])('%s is refused', async (_what, row) => {
    const { rows, mistakes } = await readSegments(`id,name,description,status\n${row}\n2,B,,\n3,C,,\n4,D,,`);
    expect(rows).toHaveLength(3);
    expect(mistakes).toMatchObject([
      { line: 2, reason: expect.stringContaining('the header has 4') as string },
    ]);
  });

  it('the same words as another one counts once', async () => {
    const file = await readSegments('id,name\n1,A\n1,A\n 1 ,A\n2,B');
    expect(file).toMatchObject({ mistakes: [], rows: [{ line: 2 }, { line: 5 }] });
    expect(file.notes).toEqual(['Rows that repeat another one word for word count once: lines 3, 4.']);
  });

  it('the sid of another one and another name is refused', async () => {
    const { mistakes } = await readSegments('mapping id,sid,name\n1,80920,A\n2,80920,A\n3,80920,B');
    expect(mistakes).toMatchObject([
      {
        line: 4,
        reason: expect.stringMatching(/sid "80920" is also on line 2, with another name/) as string,
      },
    ]);
  });

  it.each([
    ['the sid of another one, which has a mapping ID too,', '100,900,Loyal\n,900,Newsletter'],
    ['the sid and a mapping ID, below one with the sid,', ',900,Loyal\n100,900,Newsletter'],
  ])('%s and another name is refused', async (_what, rows) => {
    const file = await readSegments(`Mapping ID,SID,Name\n${rows}\n`);
    expect(file.rows).toHaveLength(1);
    expect(file.mistakes).toMatchObject([
      {
        line: 3,
        reason: expect.stringMatching(/sid "900" is also on line 2, with another name/) as string,
      },
    ]);
  });

  it('the sid of another one and the same name is read', async () => {
    const file = await readSegments('Mapping ID,SID,Name\n100,900,Loyal\n,900,Loyal\n');
    expect(file).toMatchObject({ mistakes: [], rows: [{}, {}] });
  });

  it.each([
    ['above', '80920,\n80920,Loyal', 2],
    ['below', '80920,Loyal\n80920,', 2],
    ['above, twice,', '80920,\n80920,\n80920,Loyal', 2],
  ])('an ID alone does not contradict one with a name: %s', async (_where, rows, count) => {
    const file = await readSegments(`id,name\n${rows}\n`);
    expect(file.mistakes).toEqual([]);
    expect(file.rows).toHaveLength(count);
    expect(file.rows.filter(({ name }) => name === 'Loyal')).toHaveLength(1);
  });

  it('an ID alone is read', async () => {
    expect(await read('id,name\n80920\n80921,\n80922,,')).toEqual([':80920 = ', ':80921 = ', ':80922 = ']);
  });

  it('Ctrl-Z at the end of the file is none', async () => {
    const file = await readSegments(`id,name\n${GOOD}\u001a`);
    expect(file).toMatchObject({ mistakes: [], warnings: [], rows: [{}, {}, {}] });
  });

  it.each(['\u001a', '\n\u001a', '\u001a\u001a\r\n', ' \u001a'])(
    'Ctrl-Z behind the last name is read without it: %j',
    async (end) => {
      const file = await readSegments(`id,name\n${GOOD}80923,Belts${end}`);
      expect(file).toMatchObject({ mistakes: [], warnings: [], rows: [{}, {}, {}, {}] });
      expect(file.rows[3]?.name?.trim()).toBe('Belts');
    },
  );
});

describe('a row that is refused says which segments it may be about:', () => {
  it.each([
    ['too many cells', '80923,Shoes, red,x', ['80923']],
    ['another separator', '80923;Shoes', ['80923;Shoes', '80923']],
    ['text behind a quote', '80923,"Shoes" red', ['80923']],
    ['a name that is too long', `80923,${'x'.repeat(1001)}`, ['80923']],
    [
      'a stray quote that swallows rows',
      '80923,"Shoes\n80924,Hats\n80925,"Bags"',
      ['80923', '80924', '80925'],
    ],
  ])('%s', async (_what, row, ids) => {
    const { mistakes } = await readSegments(`id,name\n${GOOD}${row}\n`);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.ids?.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  it('the ID behind a name with a separator', async () => {
    const { mistakes } = await readSegments('name,id\nShoes,80920\nHats, red,80921\n');
    expect(mistakes[0]?.ids).toContainEqual({ idType: null, id: '80921' });
  });

  it.each([
    ['the value before the name', 'alias,value,name\ncolor,7,Shoes, red\n'],
    ['the value behind it', 'alias,name,value\ncolor,Shoes, red,7\n'],
  ])('key and value, where they are known by both: %s', async (_what, text) => {
    const { mistakes } = await readSegments(text, { keySeparator: '=' });
    expect(mistakes[0]?.ids).toContainEqual({ idType: 'KEY_VALUE', id: 'color=7' });
    expect(mistakes[0]?.ids).not.toContainEqual({ idType: 'KEY_VALUE', id: 'color' });
  });
});

describe('the export of another destination', () => {
  const text = 'destinationMappingId,name,customerId,destinationId\n1,A,acme,314\n2,B,acme,314\n3,C,,\n';

  it.each([
    { target: { customerId: 'acme', destinationId: '314' }, foreign: null },
    {
      target: { customerId: 'acme', destinationId: '315' },
      foreign: { customerId: 'acme', destinationId: '314' },
    },
    {
      target: { customerId: 'other', destinationId: '314' },
      foreign: { customerId: 'acme', destinationId: '314' },
    },
    { target: undefined, foreign: null },
  ])('is told from one of $target', async ({ target, foreign }) => {
    const file = await readSegments(text, target === undefined ? {} : { target });
    expect(file.foreign).toEqual(foreign);
    expect(file).toMatchObject({ mistakes: [], rows: [{}, {}, {}] });
  });

  it('is told by the destination alone, if the file names no customer', async () => {
    const target = { customerId: 'acme', destinationId: '315' };
    const file = await readSegments('destinationId,sid,name\n314,1,A', { target });
    expect(file.foreign).toEqual({ customerId: 'acme', destinationId: '314' });
  });
});
