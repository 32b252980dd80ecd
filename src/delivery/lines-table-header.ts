import { DeliveryError } from './delivery-error.js';

/** The header of a CSV file. */
export interface TableHeader {
  readonly separator: string;
  /** The names of its columns, as they stand there. */
  readonly columns: readonly string[];
  /** Which column has the segment IDs, from 0. */
  readonly index: number;
  /** The number of its last line, from 1. Lines above it are titles. */
  readonly lines: number;
  /** How its line ends. */
  readonly lineEnd: '\r\n' | '\n';
}

const SEPARATORS = [',', ';', '\t', '|'];

/** How many lines a file may have above its header. */
const MAX_TITLES = 20;

/** Over how many lines a header may go, because names of its columns have line breaks. */
const MAX_HEADER_LINES = 10;

/** Maximum number of columns that an error names. */
const MAX_NAMED = 30;

/**
 * Finds the header of a CSV file: the first line with a cell that is called like the column.
 *
 * @param text the beginning of the file
 * @param column in any letter case
 * @throws {DeliveryError} if there is none among the first lines
 */
export function findTableHeader(text: string, column: string): TableHeader {
  const lines = text.split('\n');
  const wanted = plain(column);
  for (const line of lines.slice(0, MAX_TITLES).keys()) {
    for (const separator of SEPARATORS) {
      const row = rowFrom(lines, line, separator);
      const columns = row.cells;
      const indices = columns.flatMap((name, index) => (plain(name) === wanted ? [index] : []));
      const exact = columns.indexOf(column);
      const [index = -1, ...others] = exact === -1 ? indices : [exact];
      // A line without separators is a header only if nothing suggests otherwise.
      if (
        index === -1 ||
        (columns.length === 1 && SEPARATORS.some((each) => rowFrom(lines, line, each).cells.length > 1))
      )
        continue;
      if (others.length > 0) {
        throw new DeliveryError(
          `The file has several columns ${JSON.stringify(column)}: rename all but one.`,
        );
      }
      const lineEnd = lines[row.next - 1]?.endsWith('\r') === true ? '\r\n' : '\n';
      return { separator, columns, index, lines: row.next, lineEnd };
    }
  }
  throw new DeliveryError(
    `The file has no column ${JSON.stringify(column)}. ${described(lines.slice(0, MAX_TITLES))} State one of its columns with --column.`,
  );
}

function described(lines: readonly string[]): string {
  const first = lines.find((line) => line.trim() !== '');
  if (first === undefined) return 'It is empty.';
  const columns = SEPARATORS.map((separator) => cellsOf(withoutReturn(first), separator).cells);
  const [most = []] = columns.sort((a, b) => b.length - a.length);
  const named = most.slice(0, MAX_NAMED).map((name) => JSON.stringify(name.slice(0, 60)));
  return `Its first line has ${named.join(', ')}.`;
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}

/** A row of cells. */
interface Row {
  readonly cells: readonly string[];
  /** Whether a cell begins with a quote that nothing closes. */
  readonly isOpen: boolean;
  /** The line after it. */
  readonly next: number;
}

/** The row that begins with a line. It is longer than that line only if a quote is closed on one of the next. */
function rowFrom(lines: readonly string[], first: number, separator: string): Row {
  let row = withoutReturn(lines[first] ?? '');
  const single = { ...cellsOf(row, separator), next: first + 1 };
  if (!single.isOpen) return single;
  for (let next = first + 1; next < Math.min(lines.length, first + MAX_HEADER_LINES); next++) {
    row += `\n${withoutReturn(lines[next] ?? '')}`;
    const longer = cellsOf(row, separator);
    if (!longer.isOpen) return { ...longer, next: next + 1 };
  }
  return single;
}

function withoutReturn(line: string): string {
  return line.replace(/\r$/, '');
}

function cellsOf(row: string, separator: string): Omit<Row, 'next'> {
  const cells: string[] = [];
  let isOpen = false;
  const end = separator === '|' ? '\\|' : separator;
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${end}]*))(?:${end}|$)`, 'y');
  while (cell.lastIndex <= row.length) {
    const match = cell.exec(row);
    if (match === null) return { cells: [row], isOpen };
    const [, quoted, bare = ''] = match;
    if (quoted === undefined && bare.startsWith('"')) isOpen = true;
    cells.push(quoted?.replaceAll('""', '"') ?? bare);
    if (cell.lastIndex === row.length && !match[0].endsWith(separator)) break;
    if (match[0] === '') break;
  }
  return { cells, isOpen };
}
