import { FileError } from './file-error.js';
import { countLineBreaks } from './line-breaks.js';

const REMEDY = 'Save the list of segments as XLSX or as "CSV UTF-8" and send that file.';

/** First bytes of formats that people often send instead of CSV, one character per byte. */
const SIGNATURES = [
  { start: 'PK\x03\x04', format: 'a spreadsheet (XLSX, ODS) or ZIP file' },
  { start: 'PK\x05\x06', format: 'an empty ZIP file' },
  { start: '\xd0\xcf\x11\xe0', format: 'an old spreadsheet or document (XLS, DOC)' },
  { start: '%PDF-', format: 'a PDF file' },
  { start: '{\\rtf', format: 'a text document (RTF)' },
  { start: 'PAR1', format: 'a Parquet file' },
  { start: 'BZh', format: 'a file packed with bzip2' },
  { start: '\xfd7zXZ', format: 'a file packed with xz' },
  { start: '\x28\xb5\x2f\xfd', format: 'a file packed with zstd' },
  { start: "7z\xbc\xaf'\x1c", format: 'a 7-Zip archive' },
  { start: 'Rar!', format: 'a RAR archive' },
  { start: '\x89PNG', format: 'a picture' },
  { start: '\xff\xd8\xff', format: 'a picture' },
] as const;

/** The name of a part that every workbook with a password has, as it stands in the file. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le');

/** @throws {FileError} if the bytes are those of a format that is not read. */
export function rejectBinaryFormats(bytes: Uint8Array): void {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  if (start.startsWith('\xd0\xcf\x11\xe0') && Buffer.from(bytes).includes(ENCRYPTED)) {
    throw new FileError(
      null,
      'The workbook is protected by a password. Save it without one, and send that file.',
    );
  }
  rejectSignatures(start);
}

/** Files of Office and iWork programs that are ZIP files. The first that fits counts. */
const ZIP_FORMATS = [
  { part: /^xl\/workbook\.bin$/i, format: 'a binary workbook (XLSB)' },
  { part: /^word\//i, format: 'a Word document' },
  { part: /^ppt\//i, format: 'a PowerPoint presentation' },
  {
    part: /^Index(\/Document\.iwa|\.zip)$|^index\.(xml|apxl)(\.gz)?$/i,
    format: 'a Numbers or Pages document',
  },
  { part: /^META-INF\/manifest\.xml$/i, format: 'an OpenDocument spreadsheet (ODS) or document' },
] as const;

/** @param names the entries of a ZIP file. @throws {FileError} if it is a document of a format that is not read */
export function rejectZipFormats(names: readonly string[]): void {
  const found = ZIP_FORMATS.find(({ part }) => names.some((name) => part.test(name)));
  if (found !== undefined) throw new FileError(null, `This is ${found.format}. ${REMEDY}`);
}

/** @throws {FileError} if the text is a spreadsheet, HTML, XML or JSON. */
export function rejectTextFormats(text: string): void {
  rejectSignatures(text);
  const start = text.slice(0, 1000).trimStart();
  if (/^<[!?a-z]/i.test(start)) throw new FileError(null, `This is an HTML or XML page. ${REMEDY}`);
  if (/^(\{\s*["}]|\[\s*["{[\]\d-])/.test(start)) throw new FileError(null, `This is JSON. ${REMEDY}`);
}

/**
 * @param line the line of the file where the text starts
 * @throws {FileError} if the text contains a NUL character.
 */
export function rejectNul(text: string, line: number): void {
  const nul = text.indexOf('\0');
  if (nul === -1) return;
  throw new FileError(
    line + countLineBreaks(text.slice(0, nul)),
    `there is a NUL character, so this is not a text file. ${REMEDY}`,
  );
}

function rejectSignatures(start: string): void {
  const found = SIGNATURES.find((signature) => start.startsWith(signature.start));
  if (found !== undefined) throw new FileError(null, `This is ${found.format}. ${REMEDY}`);
}
