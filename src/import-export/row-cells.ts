import { firstCells } from './csv-scanner.js';
import type { SourceRow } from './row-source.js';
import { SEPARATOR_NAMES, SEPARATORS, type Separator } from './separators.js';

/** The cells of a row as its header has them. */
export interface FittedCells {
  /** As many as in the header. */
  readonly cells: readonly string[];
  /** FEWER: the missing ones were taken for empty. MORE: surplus empty ones were dropped. */
  readonly had: 'AS_MANY' | 'FEWER' | 'MORE';
}

/**
 * Fits the cells of a row to the header: missing ones at the end are empty, surplus empty ones are dropped.
 *
 * @param separator `null` if the cells are not separated by a character, as in a sheet
 * @returns why the cells are not reliable, with the remedy, if they are not
 */
export function fitCells(
  row: SourceRow,
  header: readonly string[],
  separator: Separator | null,
): FittedCells | string {
  const { cells } = row;
  const count = header.length;
  if (cells.length === count) return { cells, had: 'AS_MANY' };
  const isFewer = cells.length < count;
  const surplus = cells.slice(count);
  if (surplus.some((cell) => cell.trim() !== '')) return differentCount(cells, count, separator);
  const { raw } = row;
  if (separator !== null && raw !== null) {
    const isDoubtful = isFewer ? usesOtherSeparator(raw, separator, cells.length, count) : false;
    if (isDoubtful || (separator === ',' && hasSentence(cells, header))) {
      return differentCount(cells, count, separator);
    }
  }
  if (!isFewer) return { cells: cells.slice(0, count), had: 'MORE' };
  return { cells: [...cells, ...Array.from({ length: count - cells.length }, () => '')], had: 'FEWER' };
}

/** Whether another separator gives the cells that are missing. */
function usesOtherSeparator(raw: string, separator: Separator, found: number, expected: number): boolean {
  return SEPARATORS.some((other) => {
    if (other === separator || !raw.includes(other)) return false;
    const cells = firstCells(raw, other)?.length ?? 0;
    return cells === expected || (found === 1 && cells > 1);
  });
}

/** Whether a comma seems to belong to a text: a space follows it, which the header does not have. */
function hasSentence(cells: readonly string[], header: readonly string[]): boolean {
  const startsWithSpace = (cell: string): boolean => /^ \S/.test(cell);
  return cells.some(startsWithSpace) && !header.some(startsWithSpace);
}

function differentCount(cells: readonly string[], count: number, separator: Separator | null): string {
  const counts = `has ${cells.length} cells but the header has ${count}`;
  if (separator === null)
    return `${counts}; give each of its columns a title, or empty the cells behind the last one`;
  const separators = SEPARATOR_NAMES[separator];
  return `${counts}; separate cells by ${separators}, and put cells that contain ${separators} into quotes`;
}
