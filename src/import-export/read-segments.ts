import { setImmediate } from 'node:timers/promises';
import { columnsOf } from './column-uses.js';
import { parseHeader, type ColumnOptions, type Columns } from './columns.js';
import { CsvScanner } from './csv-scanner.js';
import { withoutEndOfFile } from './decode-text.js';
import { FileError, HeaderError, type WorkbookSheets } from './file-error.js';
import { FileRowCollector } from './file-row-collector.js';
import { findHeader, findHeaderRow, type SkippedLine } from './find-header.js';
import { headerOfKeys, isNdjson, NdjsonRows, readKeys } from './ndjson-rows.js';
import { SheetRows, type RowSource } from './row-source.js';
import type { Separator } from './separators.js';
import { noteOfSkipped } from './skipped-lines.js';
import type { DestinationKey, FileContent, ParsedFile } from './types.js';
import { rejectTextFormats } from './unsupported-formats.js';

/** Options of `readSegments`. */
interface ReadOptions extends ColumnOptions {
  /** Called from time to time with the number of characters read and their total, and once at the end. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** The destination to import into. File rows of other destinations are reported as mistakes. */
  readonly target?: DestinationKey;
}

/** Characters read before yielding to the event loop: a few milliseconds of work. */
const CHARACTERS_PER_TURN = 16_384;

/** A file whose header is understood, before its rows are read. */
interface OpenFile {
  readonly source: RowSource;
  readonly columns: Columns;
  /** `null` if the cells are not separated by a character. */
  readonly separator: Separator | null;
  readonly isGuarded: boolean;
  readonly skipped: readonly SkippedLine[];
  /** The line of the header. */
  readonly line: number;
}

/**
 * Reads a customer's list of segments: CSV (RFC 4180) with a header line, separated by commas, semicolons, tabs or
 * pipes; NDJSON; or the rows of a sheet. Yields to the event loop every few milliseconds.
 *
 * @param content a text, if it is no file that was read with `readFileContent`
 * @throws {FileError} if the file as a whole cannot be read.
 * @throws the reason of `signal` when it is aborted.
 */
export async function readSegments(
  content: FileContent | string,
  options: ReadOptions = {},
): Promise<ParsedFile> {
  const { onProgress, signal, target = null } = options;
  signal?.throwIfAborted();
  const given = typeof content === 'string' ? { kind: 'text' as const, text: content, notes: [] } : content;
  const { source, columns, separator, isGuarded, skipped, line } =
    given.kind === 'rows' ? openSheet(given, options) : await openText(given.text, options);
  const notes = [...given.notes, ...noteOfSkipped(skipped, line, columns, separator)];
  const collector = new FileRowCollector(columns, { separator, target, isGuarded });

  // A short row costs as much as its header has cells.
  let cells = 0;
  let turnEnd = CHARACTERS_PER_TURN;
  for (let row = source.next(); row !== null; row = source.next()) {
    collector.add(row);
    cells += columns.header.length;
    if (source.offset + cells < turnEnd) continue;
    turnEnd = source.offset + cells + CHARACTERS_PER_TURN;
    onProgress?.(source.offset, source.length);
    await setImmediate();
    signal?.throwIfAborted();
  }
  const file = await collector.finish(notes, signal);
  onProgress?.(source.length, source.length);
  return { ...file, columns: columnsOf(columns), sheets: given.kind === 'rows' ? given.sheets : null };
}

async function openText(given: string, options: ReadOptions): Promise<OpenFile> {
  const text = withoutEndOfFile(given);
  if (isNdjson(text)) return await openNdjson(text, options);
  rejectTextFormats(text);
  const { offset, line, separator, skipped } = findHeader(text, options);
  const source = new CsvScanner(text, separator, { offset, line });
  const header = source.next();
  if (header?.malformed) throw new FileError(line, `the header ${header.malformed}.`);
  const columns = parseHeader(header?.cells ?? [], line, options);
  return { source, columns, separator, isGuarded: true, skipped, line };
}

async function openNdjson(text: string, options: ReadOptions): Promise<OpenFile> {
  const keys = await readKeys(text, options.signal);
  const columns = parseNdjsonHeader(headerOfKeys(keys), options);
  const source = new NdjsonRows(text, keys, columns);
  return { source, columns, separator: null, isGuarded: false, skipped: [], line: 1 };
}

function parseNdjsonHeader(keys: readonly string[], options: ReadOptions): Columns {
  try {
    return parseHeader(keys, null, options);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const reason = `This file has a JSON object on each line. Its keys are the columns: ${error.message}`;
    throw error instanceof HeaderError
      ? new HeaderError(null, reason, error.columns)
      : new FileError(null, reason);
  }
}

function openSheet(
  { rows, sheets }: FileContent & { readonly kind: 'rows' },
  options: ReadOptions,
): OpenFile {
  const { index, skipped } = findHeaderRow(rows, options);
  const { line, cells } = rows[index] ?? { line: 1, cells: [] };
  const columns = parseSheetHeader(withoutEmptyEnd(cells), line, sheets, options);
  return { source: new SheetRows(rows, index + 1), columns, separator: null, isGuarded: true, skipped, line };
}

function parseSheetHeader(
  cells: readonly string[],
  line: number,
  sheets: WorkbookSheets,
  options: ReadOptions,
): Columns {
  try {
    return parseHeader(cells, line, options);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    throw new HeaderError(line, error.reason, error.columns, sheets);
  }
}

/** The cells of a row up to the last one that is not empty. Rows of a sheet may be of different lengths. */
function withoutEmptyEnd(cells: readonly string[]): readonly string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== '');
  return cells.slice(0, last + 1);
}
