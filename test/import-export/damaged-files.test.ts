import { describe, expect, it } from 'vitest';
import { readSegments, type FileContent } from '../../src/import-export/index.js';

/** What is read of a file: `TYPE:id TYPE:id = name`, in the order of the rows. */
async function read(content: FileContent | string, options = {}): Promise<string[]> {
  const { rows } = await readSegments(content, options);
  return rows.map(({ ids, name }) => {
    const shown = ids.map(({ idType, id, shared }) => `${idType ?? ''}:${id}${shared ? '*' : ''}`).join(' ');
    return `${shown} = ${name ?? ''}`;
  });
}

/** Three good rows, so that a fourth stands out. */
const GOOD = '80920,Shoes\n80921,Hats\n80922,Bags\n';
const GOOD_ROWS = [':80920 = Shoes', ':80921 = Hats', ':80922 = Bags'];

describe('the header is found below', () => {
  it.each([
    { what: 'a title', above: 'Segments of Initech\n', note: /line 1 was skipped: "Segments of Initech"/ },
    {
      what: 'a title with separators behind it',
      above: '"Segments, all of them",,\nAs of;May 2026\n',
      note: /lines 1, 2 were skipped/,
    },
    {
      what: 'a comment and a blank line',
      above: '# made by hand\n\n',
      note: /lines 1, 2 were skipped: "# made/,
    },
    { what: 'blank lines', above: '\n\n', note: /lines 1, 2 were blank/ },
    { what: 'a title with a stray quote', above: 'Segments of "Initech\n', note: /line 1 was skipped/ },
    { what: 'a title that is a column name', above: 'Segment\n', note: /line 1 was skipped: "Segment"/ },
  ])('$what', async ({ above, note }) => {
    const text = `${above}Segment ID,Segment Name\n${GOOD}`;
    const file = await readSegments(text);
    expect(file.notes).toEqual([expect.stringMatching(note)]);
    expect(await read(text)).toEqual(GOOD_ROWS);
  });

  it('rows of a sheet that are a title', async () => {
    const rows = [
      ['Report'],
      ['Segment ID', 'Segment Name', ''],
      ['80920', 'Shoes'],
      ['80921', 'Hats', '', ''],
    ];
    const content: FileContent = {
      kind: 'rows',
      notes: ['The sheet "Segments" was read.'],
      sheets: { sheet: 'Segments', sheets: ['Segments'] },
      rows: rows.map((cells, index) => ({ line: index + 2, cells })),
    };
    const file = await readSegments(content);
    expect(file).toMatchObject({ mistakes: [], rows: [{ line: 4 }, { line: 5, name: 'Hats' }] });
    expect(file.notes[0]).toBe('The sheet "Segments" was read.');
    expect(file.notes[1]).toContain('Above the header in line 3, line 2 was skipped: "Report"');
  });

  it('no row that is a segment, because it would be lost', async () => {
    await expect(readSegments(`80919,Belts\nid,name\n${GOOD}`)).rejects.toThrow(
      /^Line 1: there seems to be a segment above the header, which is line 2/,
    );
  });
});

describe('a header is understood', () => {
  it.each([
    ['Nom du segment', 'Identifiant du segment'],
    ['Libellé', 'ID du segment'],
    ['Segmentname', 'Segment-ID'],
    ['Bezeichnung', 'Segmentnummer'],
    ['Nombre del segmento', 'ID del segmento'],
    ['NOMBRE', 'Identificador'],
    ['Nome segmento', 'ID segmento'],
    ['Nome do segmento', 'ID do segmento'],
    ['Segmentnaam', 'Identificatie'],
    ['Nazwa segmentu', 'Identyfikator segmentu'],
    ['セグメント名', 'セグメントＩＤ'],
    ['细分名称', '细分ID'],
    ['세그먼트 이름', '세그먼트 ID'],
    ['Segment Name (max. 255 characters)', 'Segment ID*'],
    ['AAM Segment Name', 'AAM Segment ID'],
    ['Adobe Audience Manager name', 'Segment ID (AAM)'],
    ['# Name', 'Seg ID'],
    ['Audience name', 'Audience ID'],
    ['Segment', 'Segment ID'],
    ['Zielgruppe', 'ID'],
  ])('with "%s" and "%s"', async (name, id) => {
    expect(await read(`${name},${id}\nShoes,80920`)).toEqual([':80920 = Shoes']);
  });

  it.each([
    ['Beschreibung', 'Status'],
    ['description du segment', 'Statut'],
    ['Descripción', 'Estado'],
    ['descrizione', 'stato'],
    ['descrição', 'situação'],
    ['omschrijving', 'status'],
    ['opis', 'stan'],
    ['説明', 'ステータス'],
    ['描述', '状态'],
    ['설명', '상태'],
  ])('with "%s" and "%s"', async (description, status) => {
    const file = await readSegments(`ID;${description};${status}\n7;text;deleted`);
    expect(file).toMatchObject({ rows: [{ description: 'text', status: 'DELETED' }], notes: [] });
  });

  it('with accents in two parts, as macOS writes them', async () => {
    expect(await read('ID,Libelle\u0301\n80920,Shoes')).toEqual([':80920 = Shoes']);
  });

  it.each([
    ['sid|name\n80920|Shoes, red', 'SID:80920 = Shoes, red'],
    ['sep=|\nsid|name\n80920|Shoes; red', 'SID:80920 = Shoes; red'],
  ])('separated by pipes: %j', async (text, row) => {
    expect(await read(text)).toEqual([row]);
  });

  it('as Adobe writes it in its bulk sheets', async () => {
    const text =
      'destinationId,sid,traitType,startDate,traitAlias,valueAlias,name\n' +
      '314,80920,SEGMENT,2026-01-01,key,17,Shoes\n' +
      '314,90001,ON_BOARDED_TRAIT,2026-01-01,key,18,Hats\n' +
      '314,90002,ON_BOARDED_TRAIT,2026-01-01,,,Bags\n' +
      '315,80923,SEGMENT,2026-01-01,,,Belts';
    const options = { target: { customerId: 'acme', destinationId: '314' } };
    expect(await read(text, options)).toEqual([
      'SID:80920 VALUE:17 ALIAS:key* = Shoes',
      'VALUE:18 ALIAS:key* = Hats',
    ]);
    const { mistakes, notes } = await readSegments(text, options);
    expect(notes).toEqual([]);
    expect(mistakes).toEqual([
      { line: 4, reason: expect.stringMatching(/is a trait, whose sid is not/) as string, ids: [] },
      {
        line: 5,
        reason: expect.stringMatching(/belongs to destination "315" of customer "acme"/) as string,
        ids: [{ idType: 'SID', id: '80923' }],
      },
    ]);
  });

  it('and what it does not say is asked about', async () => {
    await expect(readSegments('Segment,Name\n80920,Shoes')).rejects.toThrow(
      /^Line 1: the column "Segment" may hold the IDs or the names.*Segment Name.*--id-column, idColumn/,
    );
    await expect(readSegments('ID (CRM),Name\n80920,Shoes')).rejects.toThrow(/Found: "ID \(CRM\)"/);
    await expect(readSegments('Segment ID,Audience ID,Name\n1,2,A')).rejects.toThrow(
      /mean the same.*--id-column/,
    );
    await expect(readSegments('ID,Name (de),Name (en)\n1,2,A')).rejects.toThrow(
      /mean the same.*--name-column/,
    );
  });

  it.each([
    { options: { idColumn: 'Audience ID' }, row: ':2 = A' },
    { options: { idColumn: 'code' }, row: ':9 = A' },
    { options: { idColumn: 'CODE ', nameColumn: 'Titre' }, row: ':9 = T' },
    { options: { nameColumn: 'Titre', idColumn: 'SID' }, row: 'SID:7 = T' },
  ])('as $options say', async ({ options, row }) => {
    const text = 'A list\nSegment ID,Audience ID,SID,Name,Code,Titre\n1,2,7,A,9,T\n';
    expect(await read(text, options)).toEqual([row]);
    await expect(readSegments(text, { ...options, idColumn: 'Kode' })).rejects.toThrow(
      /^Line 2: no column is called "Kode" \(--id-column, idColumn\)\. Found: "Segment ID", /,
    );
  });

  it('and columns that are not used are named', async () => {
    const { notes } = await readSegments('id,Owner,name,Created\n1,Ann,A,May\n');
    expect(notes).toEqual(['The columns "Owner", "Created" were not used.']);
  });
});

describe('all identifiers of a row are kept:', () => {
  it.each([
    [
      'a mapping ID and a sid',
      'Mapping ID,SID,Segment Name\n14395,80920,A',
      'MAPPING_ID:14395 SID:80920 = A',
    ],
    [
      'a mapping ID and a segment ID',
      'Mapping ID,Segment ID,Name\n14395,80920,A',
      'MAPPING_ID:14395 SID:80920 = A',
    ],
    ['an ID and an alias', 'ID,Alias,Name\n1,x,A', ':1 ALIAS:x = A'],
    ['a value and the key of all values', 'Alias,Value,Name\nk,1,A', 'VALUE:1 ALIAS:k* = A'],
  ])('%s', async (_what, text, row) => {
    expect(await read(text)).toEqual([row]);
  });

  it('an alias that several rows have is marked', async () => {
    expect(await read('sid,alias,name\n1,x,A\n2,x,B\n3,y,C')).toEqual([
      'SID:1 ALIAS:x* = A',
      'SID:2 ALIAS:x* = B',
      'SID:3 ALIAS:y = C',
    ]);
  });

  it('an alias is not marked, where two rows are about one segment', async () => {
    expect(await read('sid,alias,name\n1,x,\n1,x,B\n')).toEqual(['SID:1 ALIAS:x = ', 'SID:1 ALIAS:x = B']);
  });

  it('one that is damaged is left out, if it is not the first', async () => {
    const text = 'mapping id,sid,name\n14395,8.0920E+04,A\n14396,#N/A,B\n14397,NULL,C';
    expect(await read(text)).toEqual([
      'MAPPING_ID:14395 = A',
      'MAPPING_ID:14396 = B',
      'MAPPING_ID:14397 = C',
    ]);
    const { warnings } = await readSegments(text);
    expect(warnings.map(({ line, reason }) => [line, reason.slice(-20)])).toEqual([
      [2, 'this ID was left out'],
      [3, 'this ID was left out'],
    ]);
  });
});

describe('a cell of an ID that a spreadsheet has changed is read, if its digits are there:', () => {
  it.each([
    ['a formula with a text', '="00123"', '00123'],
    ['a formula with a text in quotes', '"=""00123"""', '00123'],
    ['a leading apostrophe', "'00123", '00123'],
    ['a typographic apostrophe', '’00123', '00123'],
    ['a fraction of zero', '14395.0', '14395'],
    ['a fraction of zeros', '14395.00', '14395'],
    ['a no-break space behind it', '14395\u00a0', '14395'],
    ['a no-break space before it', '\u00a014395', '14395'],
    ['zero-width spaces and a byte order mark', '\u200b14\u200b395\ufeff', '14395'],
    ['marks of writing direction', '\u202d14395\u202c', '14395'],
    ['a soft hyphen', '14\u00ad395', '14395'],
    ['tabs and spaces in quotes', '"\t 14395 "', '14395'],
    ['a space behind the quotes', '"14395" ', '14395'],
    ['a space before the quotes', ' "14395"', '14395'],
    ['full-width digits', '１４３９５', '14395'],
  ])('%s', async (_what, cell, id) => {
    const text = `id,name\n${GOOD}${cell},"A"\n`;
    expect(await read(text)).toEqual([...GOOD_ROWS, `:${id} = A`]);
    expect((await readSegments(text)).mistakes).toEqual([]);
  });

  it('and it is said where zeros were taken away', async () => {
    const { notes } = await readSegments('id,name\n80920.0,A\n80921.0,B');
    expect(notes).toEqual(['IDs such as "14395.0" were read as 14395: lines 2, 3.']);
  });
});

describe('a cell of an ID that a spreadsheet has changed is refused, if its digits are doubtful:', () => {
  it.each([
    ['scientific notation', '1.43953E+12', /"1\.43953E\+12".*digits are lost.*as text/, undefined],
    ['scientific notation with a comma', '"1,43953E+12"', /digits are lost/, undefined],
    ['rounded digits', '1234567890123456789', /last digits may be wrong/, undefined],
    ['thousands separators', '"14,395"', /thousands separators.*write 14395/, '14395'],
    ['thousands separators of Germany', '14.395', /thousands separators.*write 14395/, '14395'],
    ['thousands separators of France', '14\u202f395', /thousands separators.*write 14395/, '14395'],
    ['thousands separators of Switzerland', '1’014’395', /thousands separators.*write 1014395/, '1014395'],
    ['an error', '#N/A', /error "#N\/A" of a spreadsheet/, undefined],
    ['an error in German', '#BEZUG!', /error "#BEZUG!" of a spreadsheet/, undefined],
    ['a column that is too narrow', '#####', /error "#####" of a spreadsheet/, undefined],
    ['NULL', 'NULL', /has no ID/, undefined],
    ['a short fraction in a column that says no kind', '1.0', /number 1 or a text/, '1'],
  ])('%s', async (_what, cell, reason, protectedId) => {
    const file = await readSegments(`id,name\n${GOOD}${cell},A\n`);
    expect(file.rows).toHaveLength(3);
    expect(file.mistakes).toEqual([
      {
        line: 5,
        reason: expect.stringMatching(reason) as string,
        ...(protectedId === undefined ? {} : { ids: [{ idType: null, id: protectedId }] }),
      },
    ]);
  });
});

describe('a name', () => {
  it.each([
    ['a formula with a text', '="Shoes"', 'Shoes'],
    ['spaces around quotes', ' "Shoes, red" ', 'Shoes, red'],
    ['white space at both ends, which it keeps', '" Shoes "', ' Shoes '],
    ['a line break in quotes', '"Sho\nes"', 'Sho\nes'],
    ['NULL', 'NULL', null],
    ['nothing but a no-break space', '\u00a0', null],
    ['nothing but zero-width spaces', '\u200b\ufeff', null],
  ])('with %s is read', async (_what, cell, name) => {
    const file = await readSegments(`id,name\n${GOOD}80923,${cell}\n`);
    expect(file.mistakes).toEqual([]);
    expect(file.rows[3]).toMatchObject({ ids: [{ id: '80923' }], name });
  });

  it.each([
    ['an error', '#REF!', /the name is the error "#REF!" of a spreadsheet; repair/],
    ['an error in Spanish', '#¿NOMBRE?', /the name is the error/],
    ['an escape sequence', '\u001b[31mred', /the name "\\u001b\[31mred" contains a control character/],
    ['a bell', 'a\u0007', /contains a control character/],
    ['a control character of Windows-1252', 'a\u0096b', /contains a control character/],
  ])('with %s is refused', async (_what, cell, reason) => {
    const { rows, mistakes } = await readSegments(`id,name\n${GOOD}80923,${cell}\n`);
    expect(rows).toHaveLength(3);
    expect(mistakes).toEqual([
      {
        line: 5,
        reason: expect.stringMatching(reason) as string,
        ids: [{ idType: null, id: '80923' }],
      },
    ]);
  });

  it('is kept where the description is an error, and where the status is not known', async () => {
    const file = await readSegments(
      'id,name,description,status\n1,A,#N/A,\n2,B,,paused\n3,C,,#N/A\n4,D,,NULL',
    );
    expect(file.mistakes).toEqual([]);
    expect(file.rows.map(({ name, description, status }) => [name, description, status])).toEqual([
      ['A', null, null],
      ['B', null, null],
      ['C', null, null],
      ['D', null, null],
    ]);
    expect(file.warnings).toEqual([
      { line: 2, reason: expect.stringMatching(/description is the error "#N\/A"/) as string },
      {
        line: 3,
        reason: expect.stringMatching(/status "paused" is not known and was left out; use/) as string,
      },
      { line: 4, reason: expect.stringMatching(/status "#N\/A" is not known/) as string },
    ]);
  });

  it.each([
    ['aktiv', 'ACTIVE'],
    ['Inactif', 'INACTIVE'],
    ['attivo', 'ACTIVE'],
    ['usunięty', 'DELETED'],
    ['nicht aktiv', 'INACTIVE'],
    ['有効', 'ACTIVE'],
    ['停用', 'INACTIVE'],
    ['비활성', 'INACTIVE'],
  ])('has the status that %s means', async (word, status) => {
    expect(await readSegments(`id,name,status\n1,A,${word}`)).toMatchObject({
      rows: [{ status }],
      warnings: [],
    });
  });
});
