import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isLargerUnpacked } from '../../src/import-export/index.js';
import { workbookOf, zipOf } from './zip-support.js';

const MAX = 100_000;
const LONG = Buffer.alloc(MAX + 1, 'sid,name\n80920,Loyal customers\n');
const SHORT = LONG.subarray(1);
const LARGE_WORKBOOK = workbookOf(
  Array.from({ length: 3000 }, (_, row) => `<row r="${row + 1}"><c r="A${row + 1}"><v>1</v></c></row>`).join(
    '',
  ),
);
const SMALL_WORKBOOK = workbookOf('<row r="1"><c r="A1"><v>1</v></c></row>');

describe('the size of a file when it is unpacked', () => {
  it.each([
    { what: 'a text', bytes: LONG },
    { what: 'gzip', bytes: gzipSync(LONG) },
    { what: 'gzip in gzip', bytes: gzipSync(gzipSync(LONG)) },
    {
      what: 'gzip in two parts of which the last one is small',
      bytes: Buffer.concat([gzipSync(LONG), gzipSync('1')]),
    },
    { what: 'ZIP', bytes: zipOf([{ name: 'list.csv', content: LONG }]) },
    { what: 'gzip in ZIP', bytes: zipOf([{ name: 'list.csv.gz', content: gzipSync(LONG) }]) },
    { what: 'a workbook', bytes: LARGE_WORKBOOK },
    { what: 'a workbook in gzip', bytes: gzipSync(LARGE_WORKBOOK) },
    { what: 'a workbook in ZIP', bytes: zipOf([{ name: 'list.xlsx', content: LARGE_WORKBOOK }]) },
  ])('counts for $what', async ({ bytes }) => {
    expect(await isLargerUnpacked(bytes, MAX)).toBe(true);
  });

  it.each([
    { what: 'a text', bytes: SHORT },
    { what: 'gzip', bytes: gzipSync(SHORT) },
    { what: 'gzip in gzip', bytes: gzipSync(gzipSync(SHORT)) },
    { what: 'ZIP', bytes: zipOf([{ name: 'list.csv', content: SHORT }]) },
    { what: 'a workbook', bytes: SMALL_WORKBOOK },
    // They are refused before so much of them is unpacked.
    { what: 'gzip that is cut off', bytes: gzipSync(SHORT).subarray(0, -9) },
    { what: 'a damaged ZIP file', bytes: zipOf([{ name: 'list.csv', content: SHORT }]).subarray(0, -9) },
    {
      what: 'a ZIP file that holds more than it says',
      bytes: zipOf([{ name: 'list.csv', content: LONG, claimedSize: 10 }]),
    },
    { what: 'too many layers', bytes: gzipSync(gzipSync(gzipSync(LONG))) },
  ])('is not exceeded by $what', async ({ bytes }) => {
    expect(await isLargerUnpacked(bytes, MAX)).toBe(false);
  });
});
