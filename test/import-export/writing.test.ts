import { describe, expect, it } from 'vitest';
import { csvLines, ndjsonLines } from '../../src/import-export/index.js';
import { collect, exportedSegment } from './support.js';

const HEADER =
  'destinationMappingId,sid,alias,value,url,secureUrl,isTrait,name,description,status,source,startDate,endDate,asOf,customerId,destinationId\r\n';

describe('an export as CSV', () => {
  it('has a header and one row per segment, each ending in CRLF', async () => {
    expect(await collect(csvLines([exportedSegment()]))).toEqual([
      HEADER,
      '14395,80920,,,,,false,sample pixel,Migration Pixel,ACTIVE,AUDIENCE_MANAGER,2010-11-15,,2026-01-15T12:00:00.000Z,acme,314\r\n',
    ]);
  });

  it('has a header even without segments', async () => {
    expect(await collect(csvLines([]))).toEqual([HEADER]);
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    ['a;b', '"a;b"'],
    ['a\tb', '"a\tb"'],
    ['a|b', '"a|b"'],
    ['a\u001bb', '"a\u001bb"'],
    ['a\u0085b', '"a\u0085b"'],
    ['a\u009bb', '"a\u009bb"'],
    ['a\u2028b', '"a\u2028b"'],
    ['a\u2029b', '"a\u2029b"'],
    ['=1+1', '"\'=1+1"'],
    ['+1', '"\'+1"'],
    ['-1', '"\'-1"'],
    ['@SUM(A1)', '"\'@SUM(A1)"'],
    ['\uff1d1', '"\'\uff1d1"'],
    ['\uff0b1', '"\'\uff0b1"'],
    ['\uff0d1', '"\'\uff0d1"'],
    ['\uff20SUM(A1)', '"\'\uff20SUM(A1)"'],
    ['\tx', '"\'\tx"'],
    ['\n=x', '"\'\n=x"'],
    ['\r=x', '"\'\r=x"'],
    ["'=x", '"\'\'=x"'],
    ["'''@x", "\"''''@x\""],
    ["'x", "'x"],
    ['a=b', 'a=b'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ])('writes the name %j as %j', async (name, cell) => {
    const [, row] = await collect(csvLines([exportedSegment({ name, description: null })]));
    expect(row).toContain(`80920,,,,,false,${cell},,ACTIVE`);
  });

  it('guards every column', async () => {
    const [, row] = await collect(
      csvLines([
        exportedSegment({
          alias: '=a',
          value: '+v',
          url: '@u',
          secureUrl: '-s',
          description: '@d',
          customerId: '-c',
        }),
      ]),
    );
    expect(row).toMatch(/,"'=a","'\+v","'@u","'-s",false,sample pixel,"'@d",.*,"'-c",314\r\n$/);
  });

  it('has all identifiers of a segment, and says whether it is a trait', async () => {
    const segment = exportedSegment({
      alias: 'type',
      value: '123',
      url: 'http://p.example/?a,b',
      secureUrl: 'https://p.example/%rnd%',
      isTrait: true,
    });
    const [, row] = await collect(csvLines([segment]));
    expect(row).toContain('14395,80920,type,123,"http://p.example/?a,b",https://p.example/%rnd%,true,');
  });

  it('requests a segment only after the previous row was consumed', async () => {
    let requested = 0;
    const segments = (function* () {
      for (;;) {
        requested++;
        yield exportedSegment();
      }
    })();
    for await (const line of csvLines(segments)) if (line !== HEADER) break;
    expect(requested).toBe(1);
  });
});

describe('an export as NDJSON', () => {
  it('has one object per segment, with its keys in a fixed order', async () => {
    const { id, ...rest } = exportedSegment({ name: 'a\n"b" \u2028' });
    const lines = await collect(ndjsonLines([{ ...rest, id }]));
    expect(lines).toEqual([
      '{"id":"14395","sid":"80920","alias":null,"value":null,"url":null,"secureUrl":null,"isTrait":false,' +
        '"name":"a\\n\\"b\\" \u2028","description":"Migration Pixel",' +
        '"status":"ACTIVE","source":"AUDIENCE_MANAGER","startDate":"2010-11-15","endDate":null,' +
        '"asOf":"2026-01-15T12:00:00.000Z","customerId":"acme","destinationId":"314"}\n',
    ]);
  });

  it('accepts an asynchronous iterable', async () => {
    const segments = (async function* () {
      for (const id of ['1', '2']) {
        await Promise.resolve();
        yield exportedSegment({ id });
      }
    })();
    const lines = await collect(ndjsonLines(segments));
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['1', '2']);
  });
});
