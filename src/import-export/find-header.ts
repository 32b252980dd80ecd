import { countKnownColumns } from './columns.js';
import { firstCells } from './csv-scanner.js';
import { FileError } from './file-error.js';
import { countLineBreaks } from './line-breaks.js';
import { SEPARATORS, type Separator } from './separators.js';

/** A position in the text of a file. */
interface Position {
  /** In UTF-16 code units. */
  readonly offset: number;
  /** Starting at 1. */
  readonly line: number;
}

/** Where the header of a file starts, and which character separates its cells. */
interface HeaderPosition extends Position {
  readonly separator: Separator;
}

/** Maximum length of the text that is examined to detect the separator, in UTF-16 code units. */
const MAX_HEADER_LENGTH = 100_000;

/**
 * Finds the header. Blank lines before it are skipped. A line such as `sep=;`, by which a file tells spreadsheets its
 * separator, is obeyed; without one, the separator with which the header has the most known columns is used.
 *
 * @throws {FileError} for an empty file and for a separator that is not supported.
 */
export function findHeader(text: string): HeaderPosition {
  // `decodeText` removes the byte order mark, but a text that arrives as a string may still have one.
  const offset = text.startsWith('\ufeff') ? 1 : 0;
  const first = skipBlankLines(text, { offset, line: 1 });
  const directive = /^"?sep=([^\r\n"])"?[ ,;\t]*(?=[\r\n]|$)/i.exec(
    text.slice(first.offset, first.offset + 1000),
  );
  if (directive === null) return { ...first, separator: detectSeparator(text.slice(first.offset)) };
  const separator = SEPARATORS.find((known) => known === directive[1]);
  if (separator === undefined) {
    throw new FileError(first.line, 'the cells must be separated by commas, semicolons or tabs.');
  }
  const afterDirective = { offset: first.offset + directive[0].length, line: first.line };
  return { ...skipBlankLines(text, afterDirective), separator };
}

function skipBlankLines(text: string, from: Position): Position {
  const content = /\S/g;
  content.lastIndex = from.offset;
  const found = content.exec(text);
  if (found === null) {
    throw new FileError(null, 'The file is empty. It needs a header line, and a line for each segment.');
  }
  const skipped = text.slice(from.offset, found.index);
  // Keep white space at the start of the header's own line: it may be a separator.
  const offset = from.offset + 1 + Math.max(skipped.lastIndexOf('\n'), skipped.lastIndexOf('\r'));
  return { offset, line: from.line + countLineBreaks(skipped) };
}

function detectSeparator(text: string): Separator {
  const start = text.slice(0, MAX_HEADER_LENGTH);
  let best: { separator: Separator; known: number; cells: number } | undefined;
  for (const separator of SEPARATORS) {
    // A quote that is never closed with this separator may be an ordinary character with another one.
    const cells = firstCells(start, separator) ?? (start.split(/[\r\n]/, 1)[0] ?? '').split(separator);
    const candidate = { separator, known: countKnownColumns(cells), cells: cells.length };
    const isBetter =
      best === undefined ||
      candidate.known > best.known ||
      (candidate.known === best.known && candidate.cells > best.cells);
    if (isBetter) best = candidate;
  }
  return best?.separator ?? ',';
}
