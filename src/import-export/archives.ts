import { buffer as collect } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { crc32, gunzip as gunzipWithCallback } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { FileError, SPLIT_IT } from './file-error.js';
import { quoteForMessage } from './quote-for-message.js';

const gunzip = promisify(gunzipWithCallback);

/** Maximum number of entries of a ZIP file. A large workbook has a few hundred. */
const MAX_ENTRIES = 10_000;

/** Files that archivers add by themselves. */
const ADDED_BY_ARCHIVERS = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)/i;

/** A file, and its name if it has one. */
export interface NamedFile {
  readonly fileName: string | null;
  readonly bytes: Uint8Array;
}

/** The entries of a ZIP file that are files, in the order of its directory. */
export interface ZipArchive {
  readonly entries: readonly Entry[];
  /**
   * The content of an entry.
   *
   * @param maxBytes how large the content may be
   * @throws {FileError} if it is larger, or cannot be unpacked
   */
  read(entry: Entry, maxBytes: number): Promise<Buffer>;
  /** The content of an entry as it is stored, which may be compressed. @throws {FileError} */
  readStored(entry: Entry): Promise<Buffer>;
}

/**
 * Unpacks a gzip file.
 *
 * @param maxBytes how large the content may be. This also bounds files that were made to fill the memory
 * @throws {FileError} if the content is larger, or damaged
 */
export async function unpackGzip({ fileName, bytes }: NamedFile, maxBytes: number): Promise<NamedFile> {
  try {
    const content = await gunzip(bytes, { maxOutputLength: maxBytes });
    return { fileName: fileName?.replace(/\.gz$/i, '') ?? null, bytes: content };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge('gzip file', maxBytes);
    throw new FileError(null, `The gzip file is damaged or cut off. ${SEND_AGAIN}`);
  }
}

/** Reads the directory of a ZIP file. @throws {FileError} if it is damaged */
export async function openZip(bytes: Uint8Array): Promise<ZipArchive> {
  try {
    const zip = await fromBufferPromise(asBuffer(bytes), { lazyEntries: true });
    if (zip.entryCount > MAX_ENTRIES) {
      throw new FileError(null, `The ZIP file has more than ${MAX_ENTRIES} entries. ${SEND_ONE_FILE}`);
    }
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.push(entry);
    }
    // Entries that share their content would be read once for each of them, and fill the memory.
    const stored = entries.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
    if (stored > bytes.length) throw damagedZip(new Error('overlapping entries'));
    return {
      entries,
      read: (entry, maxBytes) => readEntry(zip, entry, maxBytes),
      readStored: (entry) => readStored(zip, entry),
    };
  } catch (error) {
    throw error instanceof FileError ? error : damagedZip(error);
  }
}

/** Whether a ZIP file is a workbook (XLSX, XLSM). */
export function isWorkbook({ entries }: ZipArchive): boolean {
  return entries.some(({ fileName }) => /^xl\/[^/]*\.xml$/i.test(fileName));
}

/** Unpacks the only file of a ZIP file. @throws {FileError} if it has none or several, or is damaged */
export async function unpackZip(zip: ZipArchive, maxBytes: number): Promise<NamedFile> {
  const files = zip.entries.filter(({ fileName }) => !ADDED_BY_ARCHIVERS.test(fileName));
  const [file] = files;
  if (file === undefined) throw new FileError(null, `The ZIP file is empty. ${SEND_ONE_FILE}`);
  if (files.length > 1) {
    const names = files.slice(0, MAX_SHOWN_NAMES).map((entry) => quoteForMessage(entry.fileName));
    if (files.length > names.length) names.push('…');
    throw new FileError(
      null,
      `The ZIP file has ${files.length} files (${names.join(', ')}), and it is not clear which one is meant. ${SEND_ONE_FILE}`,
    );
  }
  const fileName = file.fileName.slice(file.fileName.lastIndexOf('/') + 1);
  return { fileName, bytes: await zip.read(file, maxBytes) };
}

async function readEntry(zip: ZipFile, entry: Entry, maxBytes: number): Promise<Buffer> {
  rejectEncrypted(entry);
  // The library ends the stream when there is more than the directory says, so that this bounds what is unpacked.
  if (entry.uncompressedSize > maxBytes) throw tooLarge('ZIP file', maxBytes);
  try {
    const content = await collect(await zip.openReadStreamPromise(entry));
    checkContent(entry, content);
    return content;
  } catch (error) {
    throw error instanceof FileError ? error : damagedZip(error);
  }
}

async function readStored(zip: ZipFile, entry: Entry): Promise<Buffer> {
  rejectEncrypted(entry);
  try {
    return await collect(await zip.openReadStreamPromise(entry, { decodeFileData: false }));
  } catch (error) {
    throw damagedZip(error);
  }
}

/** @throws {FileError} if this is not the content that the directory of the ZIP file describes */
export function checkContent(entry: Entry, content: Uint8Array): void {
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) {
    throw damagedZip(new Error('checksum'));
  }
}

function rejectEncrypted(entry: Entry): void {
  if (!entry.isEncrypted()) return;
  throw new FileError(null, 'The ZIP file is protected by a password. Send it without one.');
}

/** Content is larger than it may be. */
export class TooLargeError extends FileError {}

/** An error for content that is larger than `maxBytes`. */
export function tooLarge(kind: string, maxBytes: number): TooLargeError {
  const max = Math.floor(maxBytes / (1024 * 1024));
  return new TooLargeError(null, `The ${kind} holds more than ${max} MiB. ${SPLIT_IT}`);
}

/** @param error what the library says; it goes into no message, because it may be in any words */
function damagedZip(error: unknown): FileError {
  const result = new FileError(null, `The ZIP file is damaged, or of an unusual kind. ${SEND_AGAIN}`);
  result.cause = error;
  return result;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Maximum number of names of files that a message shows. */
const MAX_SHOWN_NAMES = 5;
const SEND_ONE_FILE = 'Send the one file with the list of segments.';
const SEND_AGAIN = 'Make it again, or send the file without packing it.';
