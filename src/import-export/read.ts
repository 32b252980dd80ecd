import { setImmediate } from 'node:timers/promises';
import { parseHeader } from './columns.js';
import { CsvScanner } from './csv.js';
import { FileMistake } from './file-mistake.js';
import { refuseTextFormats } from './formats.js';
import { Rows } from './rows.js';
import { findStart } from './separators.js';
import type { ImportPlace, ReadFile } from './types.js';

export interface ReadOptions {
  /** Told now and then how many characters of how many have been read, and once at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Where the rows are to go: of a file that says it has several destinations, only those of this one. */
  readonly target?: ImportPlace;
}

/** Characters: a few milliseconds of work, after which others get their turn. */
const TURN = 16_384;

/**
 * ReadSet a customer's list of segments: CSV (RFC 4180), separated by commas, semicolons or tabs, with a header
 * line. Works in short turns, so that others get theirs.
 * @throws {FileMistake} when the file as a whole cannot be read.
 * @throws the signal's reason when that aborts.
 */
export async function readSegments(text: string, options: ReadOptions = {}): Promise<ReadFile> {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  refuseTextFormats(text);
  const start = findStart(text);
  const scanner = new CsvScanner(text, start.separator, start);
  const header = scanner.next();
  if (header?.malformed) throw new FileMistake(start.line, `the header ${header.malformed}.`);
  const rows = new Rows(
    parseHeader(header?.cells ?? [], start.line),
    start.separator,
    options.target ?? null,
  );

  let turnEnd = TURN;
  for (let record = scanner.next(); record !== null; record = scanner.next()) {
    rows.add(record);
    if (scanner.offset < turnEnd) continue;
    turnEnd = scanner.offset + TURN;
    onProgress?.(scanner.offset, text.length);
    await setImmediate();
    signal?.throwIfAborted();
  }
  const file = rows.finish();
  onProgress?.(text.length, text.length);
  return file;
}
