import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/delivery/delivery-error.js';
import { readInfoFile } from '../../src/delivery/info-file.js';

const DOCUMENTED = `{ Files: [ { FileByteSize: 2930, FileLineCount: 36, FileName: "S3_314_iter_1790000000000-1.sync.gz",
  FileSequenceNumber: 1, md5: "9E107D9D372BB6826BD81D3542A419D6" } ],
  Totals: { FileName: "S3_314_iter_1790000000000", TotalByteSize: 2930, TotalNumberFiles: 1, TotalNumberLines: 36 } }`;

describe('an .info file', () => {
  it('lists the files of a delivery, with keys that have no quotes', () => {
    expect(readInfoFile(DOCUMENTED)).toEqual({
      files: [
        {
          name: 'S3_314_iter_1790000000000-1.sync.gz',
          bytes: 2_930,
          lines: 36,
          sequenceNumber: 1,
          md5: '9e107d9d372bb6826bd81d3542a419d6',
        },
      ],
      totals: { name: 'S3_314_iter_1790000000000', bytes: 2_930, files: 1, lines: 36 },
    });
  });

  it('may be plain JSON, and may lack everything but the names', () => {
    expect(
      readInfoFile('{"Files":[{"FileName":"in/a.sync"},{"FileName":"b.sync","md5":"?"}]}'),
    ).toMatchObject({
      files: [
        { name: 'a.sync', bytes: null, lines: null, md5: null },
        { name: 'b.sync', md5: null },
      ],
      totals: { name: null, files: null },
    });
  });

  it('may have single quotes, numbers as texts, and commas at the end', () => {
    const info = readInfoFile(
      "\ufeff{'files': [{'filename': 'it\\'s \"a\".sync', 'FileByteSize': '12',},],}",
    );
    expect(info.files).toMatchObject([{ name: 'it\'s "a".sync', bytes: 12 }]);
  });

  it.each([
    ['is cut off', DOCUMENTED.slice(0, 90), /ends too early/],
    ['is empty', '', /ends too early/],
    ['has no list of files', '{ Totals: {} }', /no list "Files"/],
    ['is a list', '[1]', /not an object/],
    [
      'has an entry without a name',
      '{ Files: [ { FileByteSize: 1 } ] }',
      /entry 1 of "Files" has no "FileName"/,
    ],
    [
      'has a negative size',
      '{ Files: [ { FileName: "a", FileByteSize: -1 } ] }',
      /"FileByteSize" is not a number/,
    ],
    ['is followed by something else', `${DOCUMENTED} {`, /line 3 is not JSON at "{"/],
    ['lacks a colon', '{ Files [] }', /line 1 is not JSON at "\[\] }"/],
    ['has a broken escape', '{ Files: [ { FileName: "\\x" } ] }', /is not JSON/],
    ['is nested without end', '['.repeat(10_000), /nested too deeply/],
  ])('that %s is refused, with the reason', (_, text, reason) => {
    expect(() => readInfoFile(text)).toThrow(DeliveryError);
    expect(() => readInfoFile(text)).toThrow(reason);
  });

  it('names keys that objects have from birth without harm', () => {
    expect(readInfoFile('{ __proto__: { Files: 1 }, Files: [] }').files).toEqual([]);
  });
});
