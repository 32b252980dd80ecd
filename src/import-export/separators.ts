import { countKnownColumns } from './columns.js';
import { firstCells } from './csv.js';
import { FileMistake } from './file-mistake.js';
import { countLineBreaks } from './lines.js';

export type Separator = ',' | ';' | '\t';

/** Of equally likely ones, the first is taken. */
export const SEPARATORS: readonly Separator[] = [',', ';', '\t'];

export const SEPARATOR_NAMES: Readonly<Record<Separator, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
};

/** Where a file's header begins, and what separates its cells. */
export interface Start {
  readonly offset: number;
  readonly line: number;
  readonly separator: Separator;
}

/** More than any header line needs. */
const MAX_HEADER_LENGTH = 100_000;

/**
 * Finds the header: behind blank lines and behind the line `sep=;`, by which a spreadsheet is told the
 * separator, or else the separator that makes the most sense of it.
 * @throws {FileMistake} for an empty file and for a separator that is not supported.
 */
export function findStart(text: string): Start {
  // A byte order mark, where the text was decoded without heed to it.
  const offset = text.startsWith('\ufeff') ? 1 : 0;
  const blank = afterBlankLines(text, { offset, line: 1 });
  const told = /^"?sep=([^\r\n"])"?[ ,;\t]*(?=[\r\n]|$)/i.exec(text.slice(blank.offset, blank.offset + 1000));
  if (told === null) return { ...blank, separator: detectSeparator(text.slice(blank.offset)) };
  const separator = SEPARATORS.find((known) => known === told[1]);
  if (separator === undefined) {
    throw new FileMistake(blank.line, 'the cells must be separated by commas, semicolons or tabs.');
  }
  const next = { offset: blank.offset + told[0].length, line: blank.line };
  return { ...afterBlankLines(text, next), separator };
}

function afterBlankLines(text: string, from: { offset: number; line: number }): typeof from {
  const content = /\S/g;
  content.lastIndex = from.offset;
  const found = content.exec(text);
  if (found === null) {
    throw new FileMistake(null, 'The file is empty. It needs a header line, and a line for each segment.');
  }
  const between = text.slice(from.offset, found.index);
  // The header's line may begin with blanks, which can be separators.
  const offset = from.offset + 1 + Math.max(between.lastIndexOf('\n'), between.lastIndexOf('\r'));
  return { offset, line: from.line + countLineBreaks(between) };
}

function detectSeparator(text: string): Separator {
  const head = text.slice(0, MAX_HEADER_LENGTH);
  let best: { separator: Separator; known: number; cells: number } | undefined;
  for (const separator of SEPARATORS) {
    // A quote that never closes with this separator may be part of a cell with another.
    const cells = firstCells(head, separator) ?? (head.split(/[\r\n]/, 1)[0] ?? '').split(separator);
    const candidate = { separator, known: countKnownColumns(cells), cells: cells.length };
    const better =
      best === undefined ||
      candidate.known > best.known ||
      (candidate.known === best.known && candidate.cells > best.cells);
    if (better) best = candidate;
  }
  return best?.separator ?? ',';
}
