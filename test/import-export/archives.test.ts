import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, readFileContent } from '../../src/import-export/index.js';
import { contentErrorOf, textOf } from './content-support.js';
import { workbookOf, zipOf } from './zip-support.js';

const CSV = 'sid,name\n80920,Loyal customers\n';

describe('a packed file', () => {
  it.each([
    { packing: 'gzip', bytes: gzipSync(CSV) },
    { packing: 'gzip in two parts', bytes: Buffer.concat([gzipSync('sid,name\n'), gzipSync(CSV.slice(9))]) },
    { packing: 'ZIP', bytes: zipOf([{ name: 'list.csv', content: CSV }]) },
    { packing: 'ZIP without compression', bytes: zipOf([{ name: 'list.csv', content: CSV, method: 0 }]) },
    {
      packing: 'ZIP from a Mac',
      bytes: zipOf([
        { name: 'lists/', content: '', method: 0 },
        { name: 'lists/list.csv', content: CSV },
        { name: '__MACOSX/lists/._list.csv', content: 'x' },
        { name: 'lists/.DS_Store', content: 'x' },
      ]),
    },
    { packing: 'ZIP in gzip', bytes: gzipSync(zipOf([{ name: 'list.csv', content: CSV }])) },
  ])('is unpacked: $packing', async ({ bytes }) => {
    expect(await textOf(bytes)).toBe(CSV);
  });

  it('may hold a workbook', async () => {
    const workbook = workbookOf('<row r="1"><c r="A1"><v>1</v></c></row>');
    const content = await readFileContent(zipOf([{ name: 'list.xlsx', content: workbook }]), {
      fileName: 'list.zip',
    });
    expect(content).toMatchObject({ kind: 'rows', rows: [{ line: 1, cells: ['1'] }] });
  });

  it('may hold a text in an older encoding', async () => {
    const bytes = gzipSync(Buffer.from('sid,name\n1,Gr\xf6\xdfe', 'latin1'));
    expect(await textOf(bytes)).toBe('sid,name\n1,Größe');
  });

  it('that holds several files is refused, with their names', async () => {
    const bytes = zipOf(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name: `${name}.csv`, content: CSV })),
    );
    expect((await contentErrorOf(bytes)).message).toMatch(
      /^The ZIP file has 6 files \("a.csv", .*"e.csv", …\), .* Send the one file/,
    );
  });

  it.each([
    { what: 'an empty ZIP file', bytes: zipOf([]), message: /empty ZIP file/ },
    {
      what: 'a ZIP file with folders only',
      bytes: zipOf([{ name: 'a/', content: '' }]),
      message: /is empty/,
    },
    {
      what: 'a ZIP file with a password',
      bytes: zipOf([{ name: 'a.csv', content: CSV, isEncrypted: true }]),
      message: /protected by a password/,
    },
    {
      what: 'a ZIP file in an unusual compression',
      bytes: zipOf([{ name: 'a.csv', content: CSV, method: 14 }]),
      message: /damaged, or of an unusual kind/,
    },
    {
      what: 'a ZIP file that is cut off',
      bytes: zipOf([{ name: 'a.csv', content: CSV }]).subarray(0, -10),
      message: /damaged/,
    },
    {
      what: 'a ZIP file with a damaged byte',
      bytes: damaged(zipOf([{ name: 'a.csv', content: CSV, method: 0 }])),
      message: /damaged/,
    },
    {
      what: 'a gzip file that is cut off',
      bytes: gzipSync(CSV).subarray(0, -10),
      message: /damaged or cut off/,
    },
    {
      what: 'a gzip file with a damaged byte',
      bytes: damaged(gzipSync(CSV, { level: 0 })),
      message: /damaged/,
    },
    {
      what: 'a file that is packed three times',
      bytes: gzipSync(gzipSync(gzipSync(CSV))),
      message: /several layers/,
    },
    { what: 'an empty file', bytes: Buffer.alloc(0), message: /^The file is empty/ },
    { what: 'a gzip file with nothing in it', bytes: gzipSync(''), message: /^The file is empty/ },
  ])('is refused: $what', async ({ bytes, message }) => {
    expect((await contentErrorOf(bytes)).message).toMatch(message);
  });
});

describe('a file that would fill the memory', () => {
  const zeros = Buffer.alloc(MAX_FILE_BYTES + 1, 'a');

  it.each([
    { what: 'text', bytes: zeros, message: /file holds more than 64 MiB/ },
    { what: 'gzip file', bytes: gzipSync(zeros), message: /gzip file holds more than 64 MiB/ },
    {
      what: 'ZIP file',
      bytes: zipOf([{ name: 'a.csv', content: zeros }]),
      message: /ZIP file holds more than 64 MiB/,
    },
    {
      what: 'ZIP file that claims to be small',
      bytes: zipOf([{ name: 'a.csv', content: zeros, claimedSize: 100 }]),
      message: /damaged/,
    },
    {
      what: 'ZIP file in a gzip file',
      bytes: gzipSync(zipOf([{ name: 'a.csv', content: zeros }])),
      message: /ZIP file holds more than 64 MiB/,
    },
    {
      what: 'ZIP file of many files',
      bytes: zipOf(
        Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}`, content: '', method: 0 })),
      ),
      message: /more than 10000 entries/,
    },
    {
      what: 'workbook whose entries share one content',
      bytes: workbookOf('<row r="1"><c r="A1"><v>1</v></c></row>', {
        more: [{ name: 'xl/styles.xml', content: Buffer.alloc(100_000, 'a'), method: 0, entries: 200 }],
      }),
      message: /ZIP file is damaged, or of an unusual kind/,
    },
  ])('is refused: a $what', async ({ bytes, message }) => {
    expect((await contentErrorOf(bytes)).message).toMatch(message);
  });
});

describe('a file of a format that is not read', () => {
  const inZip = (name: string): Buffer => zipOf([{ name, content: 'x' }]);

  it.each([
    { kind: 'old spreadsheet', bytes: Buffer.from('d0cf11e0a1b11ae1', 'hex') },
    { kind: 'PDF file', bytes: Buffer.from('%PDF-1.7\n') },
    { kind: 'RTF', bytes: Buffer.from('{\\rtf1\\ansi') },
    { kind: 'Parquet', bytes: Buffer.from('PAR1\x15') },
    { kind: 'xz', bytes: Buffer.from('\xfd7zXZ\0', 'latin1') },
    { kind: 'zstd', bytes: Buffer.from('28b52ffd2000', 'hex') },
    { kind: '7-Zip', bytes: Buffer.from('377abcaf271c', 'hex') },
    { kind: 'RAR', bytes: Buffer.from('Rar!\x1a\x07\x01', 'latin1') },
    { kind: 'XLSB', bytes: inZip('xl/workbook.bin') },
    { kind: 'Word document', bytes: inZip('word/document.xml') },
    { kind: 'PowerPoint presentation', bytes: inZip('ppt/presentation.xml') },
    { kind: 'OpenDocument spreadsheet (ODS)', bytes: inZip('META-INF/manifest.xml') },
    { kind: 'Numbers', bytes: inZip('Index/Document.iwa') },
  ])('is refused with its name: $kind', async ({ kind, bytes }) => {
    const error = await contentErrorOf(bytes);
    expect(error.message).toContain(kind);
    expect(error.message).toContain('XLSX or as "CSV UTF-8"');
    expect(error.line).toBeNull();
  });
});

/** The bytes with one changed in the middle of the text. */
function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const place = copy.indexOf('Loyal');
  if (place === -1) throw new Error('The text is compressed.');
  copy.write('l', place);
  return copy;
}
