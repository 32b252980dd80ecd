import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownNames, annotating } from './annotating.js';

const NAMES = { '24': 'Cart', '25': 'Loyal – “é”', '26': null, x: '!' };
const TWO_SPACES = '{user}  {segments}  {left}';

const entered = (id: string, name: string): object => ({ id, name, status: 'ACTIVE', change: 'ENTERED' });
const left = (id: string, name: string): object => ({ id, name, status: 'ACTIVE', change: 'LEFT' });

describe('annotating lines', () => {
  it('of the default template names what users entered and left', async () => {
    const { objects, guess } = await annotating('38  24,25  24\n39    25\n40  24\n41  25  \n', {
      source: new KnownNames(NAMES),
    });
    expect(objects).toEqual([
      { user: '38', segments: [entered('24', 'Cart'), entered('25', 'Loyal – “é”'), left('24', 'Cart')] },
      { user: '39', segments: [left('25', 'Loyal – “é”')] },
      { user: '40', segments: [entered('24', 'Cart')] },
      { user: '41', segments: [entered('25', 'Loyal – “é”')] },
    ]);
    expect(guess).toBe(TWO_SPACES);
  });

  it('with one space takes two for an empty list', async () => {
    const { objects } = await annotating('38 24,25 24\n39  25\n', { source: new KnownNames(NAMES) });
    expect(objects[1]).toEqual({ user: '39', segments: [left('25', 'Loyal – “é”')] });
  });

  it('of spaces names all', async () => {
    const { objects } = await annotating('38 24 25 24\n39 24 \n', { source: new KnownNames(NAMES) });
    expect(objects).toMatchObject([
      { segments: [{}, {}, { id: '24', change: 'ENTERED' }] },
      { segments: [{}] },
    ]);
  });

  it('of tabs keeps the fields, and the time of each segment', async () => {
    const line = '1159\tU\tD\t1\t0\t5,24,1,1790000000000&5,25,0,1790000000001&3,24,1,1790000000002\n';
    const { objects, ids } = await annotating(line, { source: new KnownNames(NAMES) });
    expect(objects).toEqual([
      {
        partner: '1159',
        user: 'U',
        partnerUser: 'D',
        field4: '1',
        field5: '0',
        segments: [
          { ...entered('24', 'Cart'), time: '1790000000000' },
          { ...left('25', 'Loyal – “é”'), time: '1790000000001' },
          // A trait has an ID of another kind: the name of segment 24 would be wrong.
          { id: '24', type: '3', change: 'ENTERED', time: '1790000000002' },
        ],
      },
    ]);
    expect(ids).toMatchObject({ distinct: 2, segments: 2 });
  });

  it('of types names only segments', async () => {
    const { objects } = await annotating('U\t5,24,3,25\n', { source: new KnownNames(NAMES) });
    expect(objects).toEqual([
      { user: 'U', segments: [entered('24', 'Cart'), { id: '25', type: '3', change: 'ENTERED' }] },
    ]);
  });

  it('of a pattern takes any separators', async () => {
    const { objects, guess } = await annotating('id=38\x0124;25|day=1\n', {
      template: 'id={user}\\x01{segments:;}\\x7cday={day}',
      source: new KnownNames(NAMES),
    });
    expect(objects).toEqual([
      { user: '38', day: '1', segments: [{}, {}].map(() => expect.anything() as object) },
    ]);
    expect(guess).toBeNull();
  });

  it('takes the template of the destination, if none is stated', async () => {
    const source = new KnownNames(NAMES, { format: 'spaces' });
    expect((await annotating('38 24 25\n', { source })).objects).toMatchObject([{ segments: [{}, {}] }]);
    const stated = await annotating('38 24 25\n', { source, template: 'default' });
    expect(stated.objects).toMatchObject([{ segments: [{}, { change: 'LEFT' }] }]);
  });

  it('says why there is no name, and never gives another', async () => {
    const { objects } = await annotating('38  24,99,x,26\n', {
      template: TWO_SPACES,
      source: new KnownNames(NAMES),
    });
    expect(objects).toMatchObject([
      {
        segments: [
          { id: '24', name: 'Cart' },
          { id: '99', name: null, status: null, reason: 'UNKNOWN' },
          { id: 'x', name: null, status: null, reason: 'AMBIGUOUS' },
          { id: '26', name: null, status: 'ACTIVE', reason: 'UNNAMED' },
        ],
      },
    ]);
  });

  it('writes names as they are, whatever is in them', async () => {
    const name = 'a"b\\c\u0000\n\t😀,|\u2028';
    const { objects } = await annotating('3"8\\\u0001é  1\n', {
      template: TWO_SPACES,
      source: new KnownNames({ '1': name }),
    });
    expect(objects).toEqual([{ user: '3"8\\\u0001é', segments: [entered('1', name)] }]);
  });

  it('skips blank lines, a header and the mark of UTF-8, and counts everything', async () => {
    const { counts, ids } = await annotating(
      '\ufeffUser_ID  Segments  Removed\n\n38  24,25  24\r\n39  24,99  1',
      {
        source: new KnownNames(NAMES),
      },
    );
    expect(counts).toMatchObject({ lines: 4, written: 2, blank: 1, headers: 1, broken: 0 });
    expect(ids).toMatchObject({ segments: 6, distinct: 4, withName: 2, isMore: false });
    expect(ids.unnamed).toMatchObject([
      { named: { id: '99' }, count: 1 },
      { named: { id: '1' }, count: 1 },
    ]);
  });

  it('skips a header below blank lines', async () => {
    const { counts, objects } = await annotating(
      '\n\r\nUser_ID  Segments  Removed\n38  24,25  24\n39  24,25  24\n',
      {
        source: new KnownNames(NAMES),
      },
    );
    expect(counts).toMatchObject({ lines: 5, written: 2, blank: 2, headers: 1 });
    expect(objects).toMatchObject([{ user: '38' }, { user: '39' }]);
  });

  it('trims IDs as the gateway does everywhere', async () => {
    const { objects, ids } = await annotating('38,\u00a024\u00a0|="24"|\u200b24\n', {
      template: '{user},{segments:|}',
      source: new KnownNames(NAMES),
    });
    expect(objects).toEqual([{ user: '38', segments: Array<unknown>(3).fill(entered('24', NAMES['24'])) }]);
    expect(ids).toMatchObject({ segments: 3, distinct: 1, withName: 1 });
  });

  it('of an empty file writes nothing', async () => {
    expect(await annotating('')).toMatchObject({ text: '', counts: { lines: 0 } });
  });
});

describe('a line that cannot be read', () => {
  it.each([
    ['has no second field', '38', TWO_SPACES, /does not fit the template/],
    ['has no user', '  24  25', TWO_SPACES, /no user/],
    ['has one space of two', '38 24  25', TWO_SPACES, /does not fit/],
    ['has a field too many', '38  24  25  26', TWO_SPACES, /from its character 11 on/],
    ['has a space in an ID', '38  24  2 5', TWO_SPACES, /does not fit/],
    ['has an empty ID', '38  24,,25', TWO_SPACES, /empty place/],
    ['ends with a comma', '38  24,', TWO_SPACES, /empty place/],
    ['begins a list with a comma', '38  ,24', TWO_SPACES, /empty place/],
    ['has a control character in an ID', '38  2\u00004', TWO_SPACES, /segment ID that cannot be one/],
    [
      'has a control character of two bytes in an ID',
      '38  2\u00854',
      TWO_SPACES,
      /segment ID that cannot be one/,
    ],
    ['has an ID that nobody sees', '38  24,\u00a0', TWO_SPACES, /segment ID that cannot be one/],
    ['has an ID that is too long', `38  ${'1'.repeat(1_001)}`, TWO_SPACES, /segment ID that cannot be one/],
    [
      'has an ID that is far too long',
      `38  ${'1'.repeat(4_000)}`,
      TWO_SPACES,
      /segment ID that cannot be one/,
    ],
    ['has an item without all parts', 'a\tU\tD\t1\t0\t5,24,1', 'tabs', /not made of type, id, status, time/],
    ['has an item with a part too many', 'a\tU\tD\t1\t0\t5,24,1,9,9', 'tabs', /not made of/],
    ['has an item without an ID', 'a\tU\tD\t1\t0\t5,,1,9', 'tabs', /empty place/],
    ['ends with an item separator', 'a\tU\tD\t1\t0\t5,24,1,9&', 'tabs', /empty place/],
    ['has an unknown status', 'a\tU\tD\t1\t0\t5,24,2,9', 'tabs', /neither 1 .* nor 0/],
    ['has an odd number of parts', 'U\t5,24,5', 'typed', /not made of type, id/],
    ['has an item without a type', 'U\t,24', 'typed', /type is not one digit/],
    ['has IDs in place of types', 'U\t80920,80940', 'typed', /type is not one digit/],
    ['has a type that is a word', 'U\ts,24', 'typed', /type is not one digit/],
    ['is no JSON', '{"Data":[', 'json', /not a JSON object/],
    ['is a list', '[1]', 'json', /not a JSON object/],
    ['has no list', '{"a":[{"Name":"24"}]}', 'json', /no list of segments/],
    ['has a number that JSON rounds', '{"Data":[{"Name":12345678901234567890}]}', 'json', /too large/],
    ['has an entry without an ID', '{"Data":[{"x":1}]}', 'json', /without an ID/],
    ['has an entry with an empty ID', '{"Data":[{"Name":null},{"Name":" "}]}', 'json', /without an ID/],
    [
      'has an entry with two IDs',
      '{"Data":[{"Segment_ID":"24","segmentId":"25"}]}',
      'json',
      /two different IDs, in two spellings of the same key/,
    ],
    [
      'has an entry with an ID and something else in its place',
      '{"Data":[{"Segment_ID":"24","segmentId":[]}]}',
      'json',
      /two different IDs/,
    ],
  ])('because it %s is reported and passed over', async (_, line, template, reason) => {
    const good = { tabs: 'a\tU\tD\t1\t0\t5,24,1,9', typed: 'U\t5,24', json: '{"Data":[{"Name":"24"}]}' }[
      template
    ];
    const whole = [good ?? '38  24', line, good ?? '39  24'].join('\n');
    const { counts, objects, ids } = await annotating(whole, { template, source: new KnownNames(NAMES) });
    expect(counts).toMatchObject({ lines: 3, written: 2, broken: 1, firstBroken: [{ line: 2 }] });
    expect(counts.firstBroken[0]?.reason).toMatch(reason);
    expect(objects).toHaveLength(2);
    // What stood in it does not count.
    expect(ids).toMatchObject({ segments: 2, distinct: 1 });
  });

  it('because it is not UTF-8 is reported and passed over', async () => {
    const file = Buffer.concat([
      Buffer.from('38  24\n'),
      Buffer.from('é  24\n\xe9  24\n24  \xe9\n', 'latin1'),
    ]);
    const { counts } = await annotating(file, { template: TWO_SPACES, source: new KnownNames(NAMES) });
    expect(counts).toMatchObject({ written: 1, broken: 3 });
    expect(counts.firstBroken[2]?.reason).toMatch(/not UTF-8/);
  });

  it('because it is too long for the memory is passed over, also in pieces', async () => {
    const long = `38  ${'24,'.repeat(400_000)}24`;
    for (const pieceLength of [300_000, 20_000_000]) {
      const { counts, objects } = await annotating(`${long}\n39  24\n${long}`, {
        template: TWO_SPACES,
        source: new KnownNames(NAMES),
        pieceLength,
      });
      expect(counts).toMatchObject({ lines: 3, written: 1, broken: 2 });
      expect(counts.firstBroken).toMatchObject(
        [{ line: 1, reason: /longer than/ }, { line: 3 }].map(({ line }) => ({ line })),
      );
      expect(objects).toMatchObject([{ user: '39' }]);
    }
  });

  it('is kept in the report up to a number, and counted beyond', async () => {
    const { counts } = await annotating('x\n'.repeat(50), { template: TWO_SPACES });
    expect(counts.firstBroken).toHaveLength(20);
    expect(counts.broken).toBe(50);
  });
});

describe('annotating as CSV', () => {
  it('keeps the fields, and puts the names of each list behind them', async () => {
    const { lines } = await annotating('38  24,25  24\na"b  99  \n', {
      template: TWO_SPACES,
      format: 'csv',
      source: new KnownNames({ '24': 'Ca"rt, 1', '25': null }),
    });
    expect(lines).toEqual([
      'user,segments,left,segment_names,left_names',
      '38,"24,25",24,"[""Ca\\""rt, 1"",null]","[""Ca\\""rt, 1""]"',
      '"a""b",99,,"[null]",',
    ]);
  });

  it('names the items of a line', async () => {
    const { lines } = await annotating('U\t5,24,3,25\n', { format: 'csv', source: new KnownNames(NAMES) });
    expect(lines).toEqual(['user,items,segment_names', 'U,"5,24,3,25","[""Cart"",null]"']);
  });

  it('is refused for lines of JSON', async () => {
    await expect(annotating('{"Data":[]}\n', { format: 'csv' })).rejects.toThrow(/no columns/);
  });
});

describe('a file in pieces', () => {
  const id = fc.constantFrom('24', '25', '26', '99', 'x', 'é', '123456789');
  const list = fc.array(id, { maxLength: 4 }).map((ids) => ids.join(','));
  const line = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constantFrom('38', 'ü"1'), list, list).map((parts) => parts.join('  ')),
    },
    fc.constantFrom('', 'broken', '38  24,,25', '\r'),
  );

  it('gives the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (rows, pieceLength, endsOpen) => {
          const file = rows.join('\n') + (endsOpen ? '' : '\n');
          const source = new KnownNames(NAMES);
          const whole = await annotating(file, { template: TWO_SPACES, source });
          const cut = await annotating(file, { template: TWO_SPACES, source, pieceLength });
          expect(cut.text).toBe(whole.text);
          expect(cut.counts).toEqual(whole.counts);
          expect(cut.ids).toEqual(whole.ids);
          // Each good line is one of the output, in its order.
          const users = rows
            .filter((row) => /^(38|ü"1) {2}/.test(row) && !row.includes(',,'))
            .map((row) => row.split('  ')[0]);
          expect(whole.objects.map((object) => (object as { user: string }).user)).toEqual(users);
        },
      ),
      { numRuns: 200 },
    );
  });
});
