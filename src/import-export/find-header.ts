import { countKnownColumns, mayBeHeader, type ColumnOptions } from './columns.js';
import { firstCells } from './csv-scanner.js';
import { FileError } from './file-error.js';
import { countLineBreaks } from './line-breaks.js';
import { quoteForMessage } from './quote-for-message.js';
import { SEPARATORS, SEPARATOR_LIST, type Separator } from './separators.js';
import type { FileCells } from './types.js';

/** A line above the header. */
export interface SkippedLine {
  readonly line: number;
  readonly text: string;
  /** Its cells, if it is the row of a sheet. */
  readonly cells?: readonly string[];
}

/** A position in the text of a file. */
interface Position {
  /** In UTF-16 code units. */
  readonly offset: number;
  /** Starting at 1. */
  readonly line: number;
}

/** Where the header of a text starts, and which character separates its cells. */
interface HeaderPosition extends Position {
  readonly separator: Separator;
  /** The lines above it, blank ones included. */
  readonly skipped: readonly SkippedLine[];
}

/** Maximum length of the text that is examined to find the header, in UTF-16 code units. */
const MAX_HEADER_LENGTH = 100_000;
/** Maximum number of lines or rows among which the header is looked for. */
const MAX_LINES = 50;

/**
 * Finds the header of a CSV text: the first line that names an identifier and something about it. Lines above it are
 * skipped. A line such as `sep=;`, by which a file tells spreadsheets its separator, is obeyed; without one, the
 * separator with which the header has the most known columns is used. If no line is a header, the likeliest one is
 * taken, so that the error shows it.
 *
 * @throws {FileError} for an empty file, a separator that is not supported, and lines in quotes as a whole.
 */
export function findHeader(text: string, options: ColumnOptions): HeaderPosition {
  const lines = firstLines(text);
  const filled = lines.filter((line) => line.text.trim() !== '');
  const [first] = filled;
  if (first === undefined) throw emptyFile();
  const directive = separatorLine(first.text, first.line);
  const separators = directive === null ? SEPARATORS : [directive];
  const candidates = directive === null ? filled : filled.slice(1);
  const [firstCandidate] = candidates;
  if (firstCandidate === undefined) throw emptyFile();
  const skippedBefore = ({ line }: SkippedLine): SkippedLine[] =>
    lines.filter((each) => each.line < line && (directive === null || each.line !== first.line));
  for (const candidate of candidates) {
    const rest = text.slice(candidate.offset, candidate.offset + MAX_HEADER_LENGTH);
    const fitting = separators.filter((separator) => {
      const cells = firstCells(rest, separator);
      return cells !== null && mayBeHeader(cells, options);
    });
    if (fitting.length === 0) continue;
    const { offset, line } = candidate;
    return { offset, line, separator: bestSeparator(rest, fitting), skipped: skippedBefore(candidate) };
  }
  for (const candidate of candidates) rejectQuotedLine(candidate, options);
  if (directive === null) rejectOtherSeparator(candidates, options);
  const known = candidates.map(({ text: line }) => mostKnownColumns(line));
  const likeliest = candidates[known.indexOf(Math.max(...known))] ?? firstCandidate;
  const { offset, line } = likeliest;
  const separator = bestSeparator(text.slice(offset, offset + MAX_HEADER_LENGTH), separators);
  return { offset, line, separator, skipped: skippedBefore(likeliest) };
}

/** Finds the header of a sheet: the index of its row. @throws {FileError} for an empty sheet */
export function findHeaderRow(
  rows: readonly FileCells[],
  options: ColumnOptions,
): { readonly index: number; readonly skipped: readonly SkippedLine[] } {
  const first = rows.findIndex(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (first === -1) throw emptyFile();
  const found = rows.slice(0, MAX_LINES).findIndex(({ cells }) => mayBeHeader(cells, options));
  const index = found === -1 ? first : found;
  const skipped = rows.slice(0, index).map(({ line, cells }) => ({
    line,
    cells,
    text: cells.filter((cell) => cell.trim() !== '').join(' '),
  }));
  return { index, skipped };
}

interface Line extends SkippedLine {
  readonly offset: number;
}

/** The first lines of a text, blank ones included. */
function firstLines(text: string): Line[] {
  const lines: Line[] = [];
  const content = /[^\r\n]*/y;
  // Decoding removes the byte order mark, but a text that arrives as a string may still have one.
  let position: Position | null = { offset: text.startsWith('\ufeff') ? 1 : 0, line: 1 };
  for (let filled = 0; filled < MAX_LINES; filled++) {
    const blank: number = position.line;
    position = skipBlankLines(text, position);
    if (position === null || (filled > 0 && position.offset > MAX_HEADER_LENGTH)) return lines;
    const { offset, line }: Position = position;
    for (let skipped = blank; skipped < line && lines.length < 2 * MAX_LINES; skipped++) {
      lines.push({ line: skipped, offset, text: '' });
    }
    content.lastIndex = offset;
    const [found = ''] = content.exec(text) ?? [];
    lines.push({ line, offset, text: found });
    const end = offset + found.length;
    position = { offset: end + (text.startsWith('\r\n', end) ? 2 : 1), line: line + 1 };
  }
  return lines;
}

/** The start of the next line that is not blank; `null` if there is none. */
function skipBlankLines(text: string, from: Position): Position | null {
  const content = /\S/g;
  content.lastIndex = from.offset;
  const found = content.exec(text);
  if (found === null) return null;
  const skipped = text.slice(from.offset, found.index);
  // White space at the start of the line itself stays: it may be a separator.
  const offset = from.offset + 1 + Math.max(skipped.lastIndexOf('\n'), skipped.lastIndexOf('\r'));
  return { offset, line: from.line + countLineBreaks(skipped) };
}

/** The separator that a line `sep=;` states; `null` if the line is no such line. */
function separatorLine(text: string, line: number): Separator | null {
  const stated = /^"?sep=([^\r\n"])"?[ ,;|\t]*$/i.exec(text)?.[1];
  if (stated === undefined) return null;
  const separator = SEPARATORS.find((each) => each === stated);
  if (separator !== undefined) return separator;
  throw new FileError(line, `the separator ${quoteForMessage(stated)} is not supported: ${SEPARATE_BY}`);
}

const SEPARATE_BY = `the cells must be separated by ${SEPARATOR_LIST}.`;

/** Separators of other programs. */
const OTHER_SEPARATORS = [':', '^', '~', '\u0001', '\u001f', '\u00a6', '/', '\\', '*', '#', '&', ' - ', '  '];

/** Number of lines in which another separator is looked for. */
const MAX_QUESTIONED_LINES = 10;

/** @throws {FileError} if a line is a header with a separator that is not supported */
function rejectOtherSeparator(lines: readonly Line[], options: ColumnOptions): void {
  for (const { text, line } of lines.slice(0, MAX_QUESTIONED_LINES)) {
    const other = OTHER_SEPARATORS.find((each) => mayBeHeader(text.slice(0, 1000).split(each), options));
    if (other === undefined) continue;
    throw new FileError(line, `the cells seem to be separated by ${quoteForMessage(other)}: ${SEPARATE_BY}`);
  }
}

/** @throws {FileError} if a line is a header that is in quotes as a whole, so that it is one cell */
function rejectQuotedLine({ text, line }: Line, options: ColumnOptions): void {
  if (!text.startsWith('"')) return;
  const [cell = '', ...others] = firstCells(text, ',') ?? [];
  if (others.length > 0) return;
  if (!SEPARATORS.some((each) => mayBeHeader(firstCells(cell, each) ?? [], options))) return;
  throw new FileError(
    line,
    'each line is in quotes as a whole, as where a CSV file was opened as a single column and saved again. ' +
      'Take the first file, or remove the quotes around the lines, and make doubled ones in them single.',
  );
}

function emptyFile(): FileError {
  return new FileError(null, 'The file is empty. It needs a header line, and a line for each segment.');
}

/** The largest number of known columns that a line has with any separator. */
function mostKnownColumns(line: string): number {
  return Math.max(...SEPARATORS.map((separator) => countKnownColumns(cellsOf(line, separator))));
}

function cellsOf(text: string, separator: Separator): readonly string[] {
  // A quote that is never closed with this separator may be an ordinary character with another one.
  return firstCells(text, separator) ?? (text.split(/[\r\n]/, 1)[0] ?? '').split(separator);
}

function bestSeparator(text: string, separators: readonly Separator[]): Separator {
  let best: { separator: Separator; known: number; cells: number } | undefined;
  for (const separator of separators) {
    const cells = cellsOf(text, separator);
    const candidate = { separator, known: countKnownColumns(cells), cells: cells.length };
    const isBetter =
      best === undefined ||
      candidate.known > best.known ||
      (candidate.known === best.known && candidate.cells > best.cells);
    if (isBetter) best = candidate;
  }
  return best?.separator ?? ',';
}
