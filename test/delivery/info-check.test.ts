import { describe, expect, it } from 'vitest';
import { checkDelivery, listedAs, type ArrivedFile } from '../../src/delivery/info-check.js';
import { readInfoFile, type DeliveryInfo } from '../../src/delivery/info-file.js';

const INFO = readInfoFile(`{ Files: [
  { FileByteSize: 100, FileLineCount: 10, FileName: "S3_314_iter_1790000000000-1.sync.gz", md5: "${'a'.repeat(32)}" },
  { FileByteSize: 200, FileLineCount: 20, FileName: "S3_314_iter_1790000000000-2.sync.gz", md5: "${'b'.repeat(32)}" } ],
  Totals: { TotalNumberFiles: 2 } }`);

const FIRST: ArrivedFile = {
  name: 'S3_314_iter_1790000000000-1.sync.gz',
  bytes: 100,
  lines: 10,
  headers: 0,
  md5: 'a'.repeat(32),
};
const SECOND: ArrivedFile = {
  name: 'S3_314_iter_1790000000000-2.sync.gz',
  bytes: 200,
  lines: 20,
  headers: 0,
  md5: 'b'.repeat(32),
};

const check = (arrived: ArrivedFile[]): string[] => checkDelivery(INFO, arrived);

describe('a delivery', () => {
  it('that is as its .info file lists it has nothing wrong', () => {
    expect(check([FIRST, SECOND])).toEqual([]);
  });

  it('may be read in parts, if the others are there and have their sizes', () => {
    const unread = { ...SECOND, lines: null, md5: null };
    expect(check([FIRST, unread])).toEqual([]);
    expect(check([FIRST, { ...unread, bytes: 7 }])).toEqual([
      `${SECOND.name} has 7 bytes, and 200 were sent: it is not complete.`,
    ]);
    expect(check([FIRST])).toEqual([`${SECOND.name} did not arrive.`]);
  });

  it('is the same in another mode, in other letters, unpacked, and packed', () => {
    const list = { files: [{ ...INFO.files[0], name: 'S3_314_iter_1790000000000.sync' }] };
    const packed = { ...FIRST, name: 'S3_314_iter_1790000000000.sync.gz', bytes: 30 };
    expect(checkDelivery({ ...INFO, ...list } as DeliveryInfo, [packed])).toEqual([
      'The list names 1 files, and says that there are 2.',
    ]);
    const unpacked = {
      name: 's3_314_full_1790000000000-1.sync',
      bytes: 999,
      lines: 10,
      headers: 0,
      md5: 'c'.repeat(32),
    };
    expect(listedAs(INFO, unpacked.name)?.name).toBe(FIRST.name);
    expect(check([unpacked, SECOND])).toEqual([]);
  });

  it.each([
    ['is shorter', { bytes: 90 }, /has 90 bytes, and 100 were sent: it is not complete/],
    ['is longer', { bytes: 110 }, /has 110 bytes, and 100 were sent: it is not the file that was sent/],
    ['has fewer lines', { lines: 9 }, /has 9 lines, and 10 were sent/],
    ['has another checksum', { md5: 'd'.repeat(32) }, /another checksum/],
  ])('with a file that %s is not what was sent', (_, difference, reason) => {
    const wrong = check([{ ...FIRST, ...difference }, SECOND]);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toMatch(reason);
  });

  it('may count a header as a line, or not', () => {
    expect(
      check([
        { ...FIRST, lines: 11, headers: 1 },
        { ...SECOND, headers: 1 },
      ]),
    ).toEqual([]);
    expect(check([{ ...FIRST, lines: 12, headers: 1 }, SECOND])).toHaveLength(1);
  });

  it('with a file that nobody listed is not what was sent', () => {
    expect(check([FIRST, SECOND, { ...FIRST, name: 'S3_314_iter_1790000000000-3.sync.gz' }])).toEqual([
      'S3_314_iter_1790000000000-3.sync.gz is not in the list of the delivery.',
    ]);
  });

  it('whose list was cut off is not complete', () => {
    const info = { ...INFO, totals: { ...INFO.totals, files: 3 } };
    expect(checkDelivery(info, [FIRST, SECOND])).toEqual([
      'The list names 2 files, and says that there are 3.',
    ]);
  });
});
