import { setImmediate } from 'node:timers/promises';
import { parseHeader, type IdColumnOptions } from './columns.js';
import { CsvScanner } from './csv-scanner.js';
import { FileError } from './file-error.js';
import { FileRowCollector } from './file-row-collector.js';
import { findHeader } from './find-header.js';
import type { DestinationKey, ParsedFile } from './types.js';
import { rejectTextFormats } from './unsupported-formats.js';

/** Options of `readSegments`. */
interface ReadOptions extends IdColumnOptions {
  /** Called from time to time with the number of characters read and their total, and once at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** The destination to import into. File rows of other destinations are reported as mistakes. */
  readonly target?: DestinationKey;
}

/** Characters read before yielding to the event loop: a few milliseconds of work. */
const CHARACTERS_PER_TURN = 16_384;

/**
 * Reads a customer's list of segments: CSV (RFC 4180) with a header line, separated by commas, semicolons or tabs.
 * Yields to the event loop every few milliseconds.
 *
 * @throws {FileError} if the file as a whole cannot be read.
 * @throws the reason of `signal` when it is aborted.
 */
export async function readSegments(text: string, options: ReadOptions = {}): Promise<ParsedFile> {
  const { onProgress, signal, target = null } = options;
  signal?.throwIfAborted();
  rejectTextFormats(text);
  const start = findHeader(text);
  const scanner = new CsvScanner(text, start.separator, start);
  const header = scanner.next();
  if (header?.malformed) throw new FileError(start.line, `the header ${header.malformed}.`);
  const columns = parseHeader(header?.cells ?? [], start.line, options);
  const collector = new FileRowCollector(columns, start.separator, target);

  let turnEnd = CHARACTERS_PER_TURN;
  for (let row = scanner.next(); row !== null; row = scanner.next()) {
    collector.add(row);
    if (scanner.offset < turnEnd) continue;
    turnEnd = scanner.offset + CHARACTERS_PER_TURN;
    onProgress?.(scanner.offset, text.length);
    await setImmediate();
    signal?.throwIfAborted();
  }
  const file = collector.finish();
  onProgress?.(text.length, text.length);
  return file;
}
