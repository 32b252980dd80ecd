import { describe, expect, it } from 'vitest';
import { csvLines, ndjsonLines } from '../../src/import-export/index.js';
import { collect, exportRow } from './support.js';

const HEADER =
  'destinationMappingId,sid,alias,name,description,status,source,startDate,endDate,asOf,customerId,destinationId\r\n';

describe('an export as CSV', () => {
  it('has a header, a record for each row, and CRLF behind each', async () => {
    expect(await collect(csvLines([exportRow()]))).toEqual([
      HEADER,
      '14395,80920,,sample pixel,Migration Pixel,ACTIVE,AUDIENCE_MANAGER,2010-11-15,,2026-01-15T12:00:00.000Z,acme,314\r\n',
    ]);
  });

  it('has a header also without rows', async () => {
    expect(await collect(csvLines([]))).toEqual([HEADER]);
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\r=x', '"\'\r=x"'],
    ["'=x", "''=x"],
    ["'''@x", "''''@x"],
    ["'x", "'x"],
    ['a=b', 'a=b'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ])('writes the name %j as %j', async (name, cell) => {
    const [, record] = await collect(csvLines([exportRow({ name, description: null })]));
    expect(record).toContain(`80920,,${cell},,ACTIVE`);
  });

  it('guards every column', async () => {
    const [, record] = await collect(
      csvLines([exportRow({ alias: '=a', description: '@d', customerId: '-c' })]),
    );
    expect(record).toMatch(/,'=a,sample pixel,'@d,.*,'-c,314\r\n$/);
  });

  it('asks for a row only when the last one has been taken', async () => {
    let asked = 0;
    const rows = (function* () {
      for (;;) {
        asked++;
        yield exportRow();
      }
    })();
    for await (const line of csvLines(rows)) if (line !== HEADER) break;
    expect(asked).toBe(1);
  });
});

describe('an export as JSON lines', () => {
  it('has an object for each row, with its keys in one order, whatever the order they came in', async () => {
    const { id, ...rest } = exportRow({ name: 'a\n"b" \u2028' });
    const lines = await collect(ndjsonLines([{ ...rest, id }]));
    expect(lines).toEqual([
      '{"id":"14395","sid":"80920","alias":null,"name":"a\\n\\"b\\" \u2028","description":"Migration Pixel",' +
        '"status":"ACTIVE","source":"AUDIENCE_MANAGER","startDate":"2010-11-15","endDate":null,' +
        '"asOf":"2026-01-15T12:00:00.000Z","customerId":"acme","destinationId":"314"}\n',
    ]);
  });

  it('takes rows that come one by one', async () => {
    const rows = (async function* () {
      for (const id of ['1', '2']) {
        await Promise.resolve();
        yield exportRow({ id });
      }
    })();
    const lines = await collect(ndjsonLines(rows));
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['1', '2']);
  });
});
