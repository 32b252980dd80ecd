import { inflateRawSync } from 'node:zlib';
import type { Entry } from 'yauzl';
import { checkContent, openZip, tooLarge } from './archives.js';
import { FileError } from './file-error.js';

/** A file inside a workbook, as SheetJS asks for it. */
export interface WorkbookPart {
  readonly name: string;
  /** The content. It is unpacked when it is asked for, so that pictures and other sheets take no memory. */
  readonly asNodeBuffer: () => Buffer;
}

/** The files inside a workbook. */
export interface WorkbookParts {
  readonly files: Readonly<Record<string, WorkbookPart>>;
  /** The errors while reading parts, in order. SheetJS goes on without a part that it cannot get. */
  readonly failures: FileError[];
  /** How much has been unpacked so far, in bytes, each time a part was read. */
  readonly unpackedBytes: () => number;
}

/**
 * How much all parts that are read may hold, in bytes. This bounds workbooks that were made to fill the memory: 200,000
 * rows of six cells are 70 MiB.
 */
export const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

/** Parts that hold no cells, some of them large. */
const NOT_NEEDED = /(^|\/)(media|drawings|embeddings|printerSettings|docProps)\/|vbaProject\.bin$/i;

/** Stored without compression, and compressed with Deflate. */
const STORED = 0;
const DEFLATED = 8;

/** Opens the ZIP file that a workbook is. @throws {FileError} if it is damaged, or has an unusual compression */
export async function openWorkbook(bytes: Uint8Array): Promise<WorkbookParts> {
  const zip = await openZip(bytes);
  const files: Record<string, WorkbookPart> = {};
  const failures: FileError[] = [];
  let left = MAX_UNPACKED_BYTES;
  let unpackedBytes = 0;
  for (const entry of zip.entries) {
    if (NOT_NEEDED.test(entry.fileName)) continue;
    const stored = await zip.readStored(entry);
    let isCounted = false;
    files[entry.fileName] = {
      name: entry.fileName,
      asNodeBuffer: () => {
        try {
          const content = unpack(entry, stored, isCounted ? MAX_UNPACKED_BYTES : left);
          if (!isCounted) left -= content.length;
          isCounted = true;
          unpackedBytes += content.length;
          return content;
        } catch (error) {
          const reason = error instanceof FileError ? error : damaged(error);
          failures.push(reason);
          throw reason;
        }
      },
    };
  }
  return { files, failures, unpackedBytes: () => unpackedBytes };
}

function unpack(entry: Entry, stored: Buffer, maxBytes: number): Buffer {
  if (entry.uncompressedSize > maxBytes) throw tooLarge('workbook', MAX_UNPACKED_BYTES);
  const content = contentOf(entry, stored);
  checkContent(entry, content);
  return content;
}

function contentOf(entry: Entry, stored: Buffer): Buffer {
  if (entry.compressionMethod === STORED) return stored;
  if (entry.compressionMethod !== DEFLATED) throw new Error('unusual compression');
  // More than the directory says is an error, so that this bounds what is unpacked.
  return inflateRawSync(stored, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
}

function damaged(cause: unknown): FileError {
  const error = new FileError(null, DAMAGED);
  error.cause = cause;
  return error;
}

/** A message for workbooks in which something is missing or wrong. */
export const DAMAGED =
  'The workbook is damaged. Open it in a spreadsheet program, save it again as XLSX, and send that file.';
