import type { Columns } from './columns.js';
import { firstCells } from './csv-scanner.js';
import { FileError } from './file-error.js';
import type { SkippedLine } from './find-header.js';
import { Lines, listed } from './notes.js';
import { quoteForMessage } from './quote-for-message.js';
import type { Separator } from './separators.js';

/**
 * What to say of the lines above a header.
 *
 * @param headerLine the line of the header
 * @returns one note, or none if there are no such lines
 * @throws {FileError} if one of them looks like a segment, so that it would be lost
 */
export function noteOfSkipped(
  skipped: readonly SkippedLine[],
  headerLine: number,
  columns: Columns,
  separator: Separator | null,
): string[] {
  if (skipped.length === 0) return [];
  const lines = new Lines();
  const texts: string[] = [];
  for (const { line, text, cells } of skipped) {
    lines.add(line);
    if (text.trim() !== '') texts.push(quoteForMessage(text.trim()));
    if (looksLikeSegment(cells ?? cellsOf(text, separator), columns)) {
      throw new FileError(
        line,
        `there seems to be a segment above the header, which is line ${headerLine}. Put the header first.`,
      );
    }
  }
  const what = texts.length === 0 ? 'blank' : `skipped: ${listed(texts)}`;
  return [
    `Above the header in line ${headerLine}, ${lines.text} ${lines.count === 1 ? 'was' : 'were'} ${what}.`,
  ];
}

function cellsOf(text: string, separator: Separator | null): readonly string[] {
  return separator === null ? [] : (firstCells(text, separator) ?? []);
}

function looksLikeSegment(cells: readonly string[], columns: Columns): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '').length;
  return filled >= 2 && columns.identifiers.some(({ index }) => /^\s*\d{2,}\s*$/.test(cells[index] ?? ''));
}
