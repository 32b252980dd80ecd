import { isGzip, isZip } from '../base/file-kinds.js';
import {
  isWorkbook,
  openZip,
  tooLarge,
  TooLargeError,
  unpackGzip,
  unpackZip,
  type NamedFile,
} from './archives.js';
import { decodeText } from './decode-text.js';
import { encodingOf } from './encodings.js';
import { FileError } from './file-error.js';
import { readSpreadsheet } from './spreadsheet.js';
import type { FileContent } from './types.js';
import { rejectZipFormats } from './unsupported-formats.js';

/** Maximum size of a customer's file, in bytes, as it comes and as it is unpacked. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** A packed file may be packed once more: a workbook in a ZIP file, or a ZIP file that a server has compressed. */
const MAX_UNPACKING = 2;

/** How to read a customer's file. */
export interface FileOptions {
  /** The file's name, if it has one. What the file is, is told by its content. */
  readonly fileName: string | null;
  /** The encoding of a text; without it, it is recognised or guessed. */
  readonly encoding?: string;
  /** The name or number of the sheet of a workbook; without it, the first that is visible and not empty. */
  readonly sheet?: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads a customer's file up to its cells: a text (CSV, NDJSON) in any of the usual encodings, or a workbook (XLSX,
 * XLSM). Each may be packed with gzip, or be the only file of a ZIP file. Yields to the event loop every few
 * milliseconds.
 *
 * @throws {FileError} if the file cannot be read, with the remedy
 * @throws the reason of `signal` when it is aborted
 */
export async function readFileContent(bytes: Uint8Array, options: FileOptions): Promise<FileContent> {
  options.signal?.throwIfAborted();
  if (options.encoding !== undefined) encodingOf(options.encoding);
  let file: NamedFile = { fileName: options.fileName, bytes };
  for (let unpacked = 0; ; unpacked++) {
    if (file.bytes.length > MAX_FILE_BYTES) throw tooLarge('file', MAX_FILE_BYTES);
    if (file.bytes.length === 0) throw new FileError(null, 'The file is empty.');
    if (!isGzip(file.bytes) && !isZip(file.bytes)) return await readText(file.bytes, options);
    const zip = isZip(file.bytes) ? await openZip(file.bytes) : null;
    if (zip !== null) {
      rejectZipFormats(zip.entries.map(({ fileName }) => fileName));
      if (isWorkbook(zip)) return await readWorkbook(file.bytes, options);
    }
    if (unpacked === MAX_UNPACKING) {
      throw new FileError(null, 'The file is packed in several layers. Send it without packing it.');
    }
    file = zip === null ? await unpackGzip(file, MAX_FILE_BYTES) : await unpackZip(zip, MAX_FILE_BYTES);
  }
}

/**
 * Whether a file has more than `maxBytes` when it is unpacked; of a workbook, all its parts count. A file that cannot be
 * unpacked is not larger: `readFileContent` refuses it before that.
 *
 * @param maxBytes no more than that is unpacked to find it out
 */
export async function isLargerUnpacked(bytes: Uint8Array, maxBytes: number): Promise<boolean> {
  try {
    return await isLarger(bytes, maxBytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error instanceof TooLargeError;
  }
}

async function isLarger(bytes: Uint8Array, maxBytes: number): Promise<boolean> {
  let file: NamedFile = { fileName: null, bytes };
  for (let unpacked = 0; ; unpacked++) {
    if (file.bytes.length > maxBytes) return true;
    const isPacked = isGzip(file.bytes) || isZip(file.bytes);
    if (!isPacked) return false;
    const zip = isZip(file.bytes) ? await openZip(file.bytes) : null;
    if (zip !== null && isWorkbook(zip)) {
      return zip.entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0) > maxBytes;
    }
    // Packed in more layers than are read.
    if (unpacked === MAX_UNPACKING) return false;
    file = zip === null ? await unpackGzip(file, maxBytes) : await unpackZip(zip, maxBytes);
  }
}

async function readText(bytes: Uint8Array, { encoding, sheet }: FileOptions): Promise<FileContent> {
  const decoded = await decodeText(bytes, encoding);
  if (sheet !== undefined) {
    throw new FileError(
      null,
      'The file is a text and has no sheets. Leave out the name of the sheet (--sheet).',
    );
  }
  return { kind: 'text', ...decoded };
}

async function readWorkbook(
  bytes: Uint8Array,
  { encoding, sheet, signal }: FileOptions,
): Promise<FileContent> {
  const { notes, rows, sheets } = await readSpreadsheet(bytes, sheet ?? null, signal);
  const note = 'The stated encoding was not needed: a workbook has an encoding of its own.';
  return { kind: 'rows', rows, sheets, notes: encoding === undefined ? notes : [...notes, note] };
}
