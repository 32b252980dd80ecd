import { describe, expect, it } from 'vitest';
import { readSegments } from '../../src/import-export/index.js';
import { mainIds } from './support.js';

describe('the header', () => {
  it.each([
    ...['destinationMappingId', 'mappingId', 'mapping id', 'MAPPING-ID', 'traitToDataOrderId'].map(
      (header) => ({
        header,
        idType: 'MAPPING_ID',
      }),
    ),
    ...['sid', 'SID', 'AAM SID', 'aam_sid', 'segment sid'].map((header) => ({ header, idType: 'SID' })),
    ...['alias', 'traitAlias', 'trait alias', 'Key'].map((header) => ({ header, idType: 'ALIAS' })),
    ...['value', 'valueAlias', 'Value_Alias'].map((header) => ({ header, idType: 'VALUE' })),
    ...['keyValue', 'Key Value', 'key=value', 'Key/Value', 'key and value'].map((header) => ({
      header,
      idType: 'KEY_VALUE',
    })),
    ...['url', 'URL', 'secureUrl', 'Secure URL'].map((header) => ({ header, idType: 'URL' })),
    ...['id', 'ID', 'segment id', 'segmentId', ' Segment_ID '].map((header) => ({
      header,
      idType: null,
    })),
  ])('recognizes "$header" as an identifier of type $idType', async ({ header, idType }) => {
    const file = await readSegments(`Name,${header}\nA,7`);
    expect(file).toEqual({
      rows: [{ line: 2, ids: [{ idType, id: '7' }], name: 'A', description: null, status: null }],
      mistakes: [],
      warnings: [],
      notes: [],
      foreign: null,
      columns: [
        { title: 'Name', use: 'NAME' },
        { title: header, use: idType ?? 'ID' },
      ],
      sheets: null,
    });
  });

  it.each([
    ...['name', 'elementName', 'Segment Name', 'label'].map((header) => ({ header, field: 'name' })),
    ...['description', 'element_description', 'Segment Description', 'DESC'].map((header) => ({
      header,
      field: 'description',
    })),
    ...['status', 'elementStatus', 'Segment Status', 'State'].map((header) => ({ header, field: 'status' })),
  ])('recognizes "$header" as the $field, which is sufficient besides an ID', async ({ header, field }) => {
    const file = await readSegments(`id;${header}\n7;deleted`);
    expect(file.rows[0]).toMatchObject({ [field]: field === 'status' ? 'DELETED' : 'deleted' });
  });

  it('may have unknown and unnamed columns, in any order', async () => {
    const file = await readSegments('Owner,Description,,SID,Name\nAnn,d,,5,n');
    expect(file.rows).toEqual([
      { line: 2, ids: [{ idType: 'SID', id: '5' }], name: 'n', description: 'd', status: null },
    ]);
  });

  it('determines the separator by the number of known columns, not by the most frequent character', async () => {
    const file = await readSegments('id;name;"notes, a, b, c, d"\n1;A, B;x');
    expect(file.rows).toMatchObject([{ ids: [{ id: '1' }], name: 'A, B' }]);
  });

  it.each(['sep=;', 'SEP=;', '"sep=;"', 'sep=;;;'])(
    'uses the separator of a first line %s',
    async (first) => {
      const file = await readSegments(`${first}\r\nid;name\r\n1;A`);
      expect(file).toMatchObject({
        rows: [{ line: 3, ids: [{ idType: null, id: '1' }], name: 'A', description: null, status: null }],
        mistakes: [],
      });
    },
  );

  it('may follow blank lines', async () => {
    const file = await readSegments('\n  \r\nid\tname\n1\tA');
    expect(file.rows).toMatchObject([{ line: 4, name: 'A' }]);
  });
});

describe('a file row', () => {
  it('uses the first non-empty identifier: mapping ID, SID, key and value, ID, value, alias, URL', async () => {
    const { rows } = await readSegments(
      'secureUrl,url,alias,value,Segment ID,keyValue,sid,mappingId,name\n' +
        't,u,a,v,i,k,3,4,A\nt,u,a,v,i,k,3, ,A\nt,u,a,v,i,k,,,A\nt,u,a,v,i,,,,A\n' +
        't,u,a,v,,,,,A\nt,u,a,,,,,,A\nt,u,,,,,,,A\nt,,,,,,,,A\n',
    );
    expect(mainIds({ rows }).map(({ idType, id }) => [idType, id])).toEqual([
      ['MAPPING_ID', '4'],
      ['SID', '3'],
      ['KEY_VALUE', 'k'],
      [null, 'i'],
      ['VALUE', 'v'],
      ['ALIAS', 'a'],
      ['URL', 'u'],
      ['URL', 't'],
    ]);
  });

  it('may have an alias or a value, one file row this and another that', async () => {
    const file = await readSegments('traitAlias,valueAlias,name\n1,,A\n,1,B\n');
    expect(file).toMatchObject({
      rows: [{ ids: [{ idType: 'ALIAS', id: '1' }] }, { ids: [{ idType: 'VALUE', id: '1' }] }],
      mistakes: [],
    });
  });

  it('has key and value together as its identifier, if the destination says what stands between them', async () => {
    const text = 'traitAlias,valueAlias,name\ntype,1,A\ncolor,1,B\n,1,C\ntype,,D\n';
    const file = await readSegments(text, { keySeparator: '=' });
    expect(file.mistakes).toEqual([]);
    expect(mainIds(file).map(({ idType, id }) => [idType, id])).toEqual([
      ['KEY_VALUE', 'type=1'],
      ['KEY_VALUE', 'color=1'],
      ['VALUE', '1'],
      ['ALIAS', 'type'],
    ]);
    expect((await readSegments(text)).mistakes).toMatchObject([{ line: 3 }, { line: 4 }]);
  });

  it('has an ID of the type that the caller states, if its column states none', async () => {
    const { rows, mistakes } = await readSegments('id,alias,name\n1,,A\n,2,B\n1,,C', { idType: 'SID' });
    expect(rows).toMatchObject([
      { ids: [{ idType: 'SID', id: '1' }] },
      { ids: [{ idType: 'ALIAS', id: '2' }] },
    ]);
    expect(mistakes).toMatchObject([
      { line: 4, reason: expect.stringContaining('also on line 2') as string },
    ]);
  });

  it.each([
    ['active', 'ACTIVE'],
    [' Active ', 'ACTIVE'],
    ['1', 'ACTIVE'],
    ['INACTIVE', 'INACTIVE'],
    ['0', 'INACTIVE'],
    ['deleted', 'DELETED'],
    ['UNKNOWN', 'UNKNOWN'],
    ['', null],
    ['  ', null],
  ])('with the status "%s" has the status %s', async (word, status) => {
    const file = await readSegments(`id,name,status\n1,A,${word}`);
    expect(file).toMatchObject({ rows: [{ status }], mistakes: [] });
  });

  it('keeps white space around names and descriptions, but not around IDs', async () => {
    const file = await readSegments('id,name,description\n 7\u00a0,  A  b ," c "');
    expect(file.rows).toMatchObject([{ ids: [{ id: '7' }], name: '  A  b ', description: ' c ' }]);
  });

  it('keeps Unicode unchanged, composed or not', async () => {
    const name = 'e\u0301 \u00e9 \u202bשלום\u202c 👩‍👩‍👧 \u{20000}';
    const file = await readSegments(`id,name\n1,${name}`);
    expect(file.rows[0]?.name).toBe(name);
  });

  it('may contain quotes inside an unquoted cell', async () => {
    const file = await readSegments('id,name\n1,12" TV and "more"');
    expect(file).toMatchObject({ rows: [{ name: '12" TV and "more"' }], mistakes: [] });
  });

  it('may contain doubled quotes at both ends of a quoted cell', async () => {
    const file = await readSegments('id,name\n1,"""VIP"""\n2,""""');
    expect(file).toMatchObject({ rows: [{ name: '"VIP"' }, { name: '"' }], mistakes: [] });
  });

  it('has the line where it starts, after all kinds of line breaks in cells and between rows', async () => {
    const file = await readSegments('id,name\r\n1,"a\r\nb\nc\rd"\n\n\r\n2,B\r3,C\n,\n4,D');
    expect(file.rows.map(({ ids, line }) => [ids[0]?.id, line])).toEqual([
      ['1', 2],
      ['2', 8],
      ['3', 9],
      ['4', 11],
    ]);
    expect(file.mistakes).toEqual([]);
  });

  it('is skipped if it is blank, with or without separators', async () => {
    const file = await readSegments('id,name\n\n   \n,\n , \n1,A\n,,,,\n');
    expect(file).toMatchObject({ rows: [{ ids: [{ id: '1' }] }], mistakes: [] });
  });

  it('keeps text that looks like a formula without an apostrophe', async () => {
    const file = await readSegments('id,name,description\n-1,=A1,@b');
    expect(file.rows).toMatchObject([{ ids: [{ id: '-1' }], name: '=A1', description: '@b' }]);
  });

  it('loses only the apostrophe that guards against formulas', async () => {
    const file = await readSegments("id,name,description\n'-1,'=A1,''+x\n2,'quoted','90s");
    expect(file).toMatchObject({
      rows: [
        { ids: [{ id: '-1' }], name: '=A1', description: "'+x" },
        { ids: [{ id: '2' }], name: "'quoted'", description: "'90s" },
      ],
      mistakes: [],
    });
  });
});
