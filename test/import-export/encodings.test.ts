import { describe, expect, it } from 'vitest';
import { decodeText, readSegments } from '../../src/import-export/index.js';
import { fileErrorOf } from './support.js';

const swap = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

const ENCODINGS: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16 LE with a byte order mark': (text) => utf16(`\ufeff${text}`),
  'UTF-16 BE with a byte order mark': (text) => swap(utf16(`\ufeff${text}`)),
  'UTF-16 LE without a byte order mark': utf16,
  'UTF-16 BE without a byte order mark': (text) => swap(utf16(text)),
};
const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' };
const LINE_ENDS = { CRLF: '\r\n', LF: '\n', CR: '\r' };

const everyCombination = Object.keys(ENCODINGS).flatMap((encoding) =>
  Object.entries(SEPARATORS).flatMap(([separatorName, separator]) =>
    Object.entries(LINE_ENDS).map(([lineEndName, lineEnd]) => ({
      encoding,
      separatorName,
      separator,
      lineEndName,
      lineEnd,
    })),
  ),
);

describe('decoding and reading a file', () => {
  it.each(everyCombination)(
    'returns the same file rows in $encoding, separated by $separatorName, with $lineEndName',
    async ({ encoding, separator, lineEnd }) => {
      const lines = [
        ['Segment ID', 'Name', 'Description', 'Status'],
        ['24', `"Größe${separator} ""XL"""`, `"one${lineEnd}two"`, 'Active'],
        ['25', '東京　👟', 'كرة', '0'],
      ];
      const text = lines.map((cells) => cells.join(separator) + lineEnd).join('');
      const file = await readSegments(decodeText(ENCODINGS[encoding]!(text)));
      expect(file).toEqual({
        rows: [
          {
            line: 2,
            idType: null,
            id: '24',
            name: `Größe${separator} "XL"`,
            description: `one${lineEnd}two`,
            status: 'ACTIVE',
          },
          { line: 4, idType: null, id: '25', name: '東京　👟', description: 'كرة', status: 'INACTIVE' },
        ],
        mistakes: [],
      });
    },
  );

  it('accepts a text with a byte order mark before a quoted header', async () => {
    const file = await readSegments('\ufeff"id","name"\n1,A');
    expect(file.rows).toMatchObject([{ id: '1', name: 'A' }]);
  });

  it.each([
    { lineEnd: 'LF', text: 'id,name\n1,A\n2,Gr\u00f6\u00dfe\n', line: 3 },
    { lineEnd: 'CRLF', text: 'id,name\r\n1,A\r\n2,Gr\u00f6\u00dfe\r\n', line: 3 },
    { lineEnd: 'CR', text: 'id,name\r1,A\r2,B\r3,Gr\u00f6\u00dfe', line: 4 },
  ])('rejects Windows-1252 and names the first invalid line ($lineEnd)', async ({ text, line }) => {
    const error = await fileErrorOf(() => decodeText(Buffer.from(text, 'latin1')));
    expect(error.line).toBe(line);
    expect(error.message).toMatch(/^Line \d: .*UTF-8.*Save it as "CSV UTF-8"/);
  });

  it('rejects UTF-16 that is cut off', async () => {
    const bytes = utf16('\ufeffid,name\n1,A');
    const error = await fileErrorOf(() => decodeText(bytes.subarray(0, -1)));
    expect(error.message).toMatch(/damaged or cut off/);
  });

  it.each([
    { kind: 'spreadsheet (XLSX', bytes: Buffer.from('PK\x03\x04\x14\0\x06\0', 'latin1') },
    { kind: 'old spreadsheet', bytes: Buffer.from('d0cf11e0a1b11ae1', 'hex') },
    { kind: 'PDF', bytes: Buffer.from('%PDF-1.7\n') },
  ])('rejects a $kind file and names its format', async ({ kind, bytes }) => {
    const error = await fileErrorOf(() => decodeText(bytes));
    expect(error.message).toContain(kind);
    expect(error.message).toContain('CSV UTF-8');
    expect(error.line).toBeNull();
  });
});
