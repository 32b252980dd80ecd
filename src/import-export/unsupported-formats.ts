import { FileError } from './file-error.js';
import { countLineBreaks } from './line-breaks.js';

const REMEDY = 'Save the list of segments as "CSV UTF-8" and send that file.';

/** First bytes of formats that people often send instead of CSV, one character per byte. */
const SIGNATURES = [
  { start: 'PK\x03\x04', format: 'a spreadsheet (XLSX, ODS) or ZIP file' },
  { start: 'PK\x05\x06', format: 'an empty ZIP file' },
  { start: '\xd0\xcf\x11\xe0', format: 'an old spreadsheet or document (XLS, DOC)' },
  { start: '%PDF-', format: 'a PDF file' },
] as const;

/** @throws {FileError} if the bytes are those of a spreadsheet, ZIP or PDF file. */
export function rejectBinaryFormats(bytes: Uint8Array): void {
  rejectSignatures(String.fromCharCode(...bytes.subarray(0, 8)));
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
