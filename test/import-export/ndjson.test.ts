import { describe, expect, it } from 'vitest';
import { ndjsonLines, readSegments } from '../../src/import-export/index.js';
import { collect, exportedSegment } from './support.js';

describe('NDJSON', () => {
  it('is read with the names of columns as keys', async () => {
    const text =
      '{"sid":80920,"name":"Shoes"}\n\n{"name":"Hats","sid":"80921","description":"felt","tags":["a"]}\r\n';
    const file = await readSegments(text);
    expect(file).toMatchObject({
      mistakes: [],
      notes: ['The column "tags" was not used.'],
      rows: [
        { line: 1, ids: [{ idType: 'SID', id: '80920' }], name: 'Shoes' },
        { line: 3, ids: [{ idType: 'SID', id: '80921' }], name: 'Hats', description: 'felt' },
      ],
    });
  });

  it.each([
    ['no object', '{"sid":1,"name":', /is not a JSON object/],
    [
      'a number that JSON rounds',
      '{"sid":1234567890123456789,"name":"A"}',
      /number beyond 9007199254740991 as "sid"/,
    ],
    ['a list as a name', '{"sid":1,"name":["A"]}', /a list or an object as "name"/],
    ['no ID', '{"name":"A"}', /has no ID/],
  ])('with %s is refused in its line', async (_what, line, reason) => {
    const { mistakes, rows } = await readSegments(`{"sid":"80920","name":"Shoes"}\n${line}\n`);
    expect(rows).toHaveLength(1);
    expect(mistakes).toMatchObject([{ line: 2, reason: expect.stringMatching(reason) as string }]);
  });

  it('without names is refused, with the keys', async () => {
    await expect(readSegments('{"sid":1,"note":"A"}')).rejects.toThrow(
      /JSON object on each line.*Found: "sid", "note"/,
    );
  });

  it.each([
    { what: 'no object', line: '{"id":"80920","name":"A"' },
    { what: 'no object, with the key alias', line: '{"alias":"80920","name":"A"', keys: ['alias', 'name'] },
    { what: 'no object, with the key value', line: '{"value":"80920","name":"A"', keys: ['value', 'name'] },
    { what: 'a list as an ID', line: '{"id":["80920"],"name":"A"}' },
    { what: 'an object as an ID', line: '{"id":{"sid":80920},"name":"A"}' },
    { what: 'a list as an ID and as a name', line: '{"name":["A"],"id":["80920"]}' },
    {
      what: 'a number that JSON rounds, as an alias',
      line: '{"alias":1234567890123456789,"name":"A"}',
      keys: ['alias', 'name'],
    },
    {
      what: 'a number that JSON rounds, beside another ID',
      line: '{"mappingId":"7","sid":1234567890123456789,"name":"A"}',
      keys: ['mappingId', 'name'],
    },
    { what: 'scientific notation as an ID', line: '{"id":1.43953E+12,"name":"A"}' },
    { what: 'scientific notation as an ID of a whole number', line: '{"name":"A","id":8e4}' },
    { what: 'a fraction as an ID', line: '{"id":14395.5,"name":"A"}' },
    { what: 'zeros behind an alias', line: '{"alias":14395.0,"name":"A"}', keys: ['alias', 'name'] },
    {
      what: 'scientific notation in the column that is asked for',
      line: '{"code":1.43953E+12,"name":"A"}',
      keys: ['code', 'name'],
      options: { idColumn: 'code' },
    },
    {
      what: 'a list in the column that is asked for',
      line: '{"code":["80920"],"name":"A"}',
      keys: ['code', 'name'],
      options: { idColumn: 'code' },
    },
  ])(
    'with $what names no segment, as it may be any',
    async ({ line, keys = ['id', 'name'], options = {} }) => {
      const good = JSON.stringify(Object.fromEntries(keys.map((key) => [key, '80921'])));
      const { mistakes, rows } = await readSegments(`${good}\n${line}\n`, options);
      expect(rows).toHaveLength(1);
      expect(mistakes).toMatchObject([{ line: 2 }]);
      expect(mistakes[0]?.ids).toBeUndefined();
    },
  );

  it('of an export names no segment for a line that is broken', async () => {
    const [good = '', other = ''] = await collect(
      ndjsonLines([exportedSegment(), exportedSegment({ id: '77', sid: '80921' })]),
    );
    const { mistakes } = await readSegments(`${good}${other.trim().slice(0, -1)}\n`);
    expect(mistakes).toMatchObject([{ line: 2 }]);
    expect(mistakes[0]?.ids).toBeUndefined();
  });

  it.each([
    { line: '{"id":14395.0,"name":"1.5e3"}', id: '14395' },
    { line: '{"id":80920,"name":"A","score":1.5}', id: '80920' },
    { line: '{"name":"\\"id\\":1.5","id":80920,"more":{"id":1.5}}', id: '80920' },
    { line: '{"id":1.5,"name":"A","id":80920}', id: '80920' },
    { line: '{"name":["id"],"id":"80920"}', id: '80920', isBad: true },
  ])('has the numbers that are written there: $line', async ({ line, id, isBad = false }) => {
    const { rows, mistakes } = await readSegments(`{"id":"7","name":"A"}\n${line}\n`);
    const ids = isBad ? mistakes[0]?.ids : rows[1]?.ids;
    expect(ids).toEqual([{ idType: null, id }]);
    expect(mistakes).toHaveLength(isBad ? 1 : 0);
  });

  it('says why a number is not taken for an ID', async () => {
    const { mistakes } = await readSegments('{"id":"7","name":"A"}\n{"id":1.43953E+12,"name":"B"}\n');
    expect(mistakes[0]?.reason).toBe(
      'has the number "1.43953E+12" as "id", and the digits of an ID may be lost there; ' +
        'write it in quotes, as its source has it',
    );
  });
});
