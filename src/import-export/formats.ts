import { FileMistake } from './file-mistake.js';
import { countLineBreaks } from './lines.js';

const REMEDY = 'Save the list of segments as "CSV UTF-8" and send that file.';

/** How files begin that are mailed by mistake: the first bytes, one character each. */
const SIGNATURES = [
  { start: 'PK\x03\x04', kind: 'a spreadsheet (XLSX, ODS) or ZIP file' },
  { start: 'PK\x05\x06', kind: 'an empty ZIP file' },
  { start: '\xd0\xcf\x11\xe0', kind: 'an old spreadsheet or document (XLS, DOC)' },
  { start: '%PDF-', kind: 'a PDF file' },
] as const;

/** @throws {FileMistake} for the bytes of a spreadsheet, ZIP or PDF file. */
export function refuseBinaryFormats(bytes: Uint8Array): void {
  refuseSignatures(String.fromCharCode(...bytes.subarray(0, 8)));
}

/** @throws {FileMistake} for a text that is no CSV: a spreadsheet, a page or JSON. */
export function refuseTextFormats(text: string): void {
  refuseSignatures(text);
  const start = text.slice(0, 1000).trimStart();
  if (/^<[!?a-z]/i.test(start)) throw new FileMistake(null, `This is an HTML or XML page. ${REMEDY}`);
  if (/^(\{\s*["}]|\[\s*["{[\]\d-])/.test(start)) throw new FileMistake(null, `This is JSON. ${REMEDY}`);
}

/**
 * @param line on which the text starts
 * @throws {FileMistake} for a text with NUL characters.
 */
export function refuseNul(text: string, line: number): void {
  const nul = text.indexOf('\0');
  if (nul === -1) return;
  throw new FileMistake(
    line + countLineBreaks(text.slice(0, nul)),
    `there is a NUL character, so this is not a text file. ${REMEDY}`,
  );
}

function refuseSignatures(start: string): void {
  const found = SIGNATURES.find((signature) => start.startsWith(signature.start));
  if (found !== undefined) throw new FileMistake(null, `This is ${found.kind}. ${REMEDY}`);
}
