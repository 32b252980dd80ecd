import type { SourceRow } from './row-source.js';
import type { Separator } from './separators.js';

/**
 * Finds a row in a quoted cell of another one: a stray quote opens a cell, and the next one, some lines below, closes it.
 *
 * @param count number of cells in the header
 * @param idCells indexes of the cells of identifiers
 * @param separator `null` if the cells are not separated by a character, as in a sheet
 * @returns the line of the first one; `null` if there is none
 */
export function swallowedLine(
  { raw, line }: SourceRow,
  count: number,
  idCells: readonly number[],
  separator: Separator | null,
): number | null {
  if (raw === null || separator === null || !LINE_BREAK.test(raw)) return null;
  const [, ...below] = raw.split(LINE_BREAK);
  const index = below.findIndex((text) => looksLikeRow(text.split(separator), count, idCells));
  return index === -1 ? null : line + 1 + index;
}

const LINE_BREAK = /\r\n|\r|\n/;

function looksLikeRow(cells: readonly string[], count: number, idCells: readonly number[]): boolean {
  if (cells.length < 2 || cells.length > count) return false;
  // A row with missing cells is like a line of a text that has a number: only one without a space is taken for a row.
  const isShort = cells.length < count;
  if (isShort && cells.some((cell) => cell.startsWith(' '))) return false;
  const id = isShort ? SHORT_ROW_ID : ROW_ID;
  return idCells.some((index) => id.test(cells[index] ?? ''));
}

const ROW_ID = /^\s*(?:\d+|"\d+")\s*$/;
const SHORT_ROW_ID = /^\s*(?:\d{3,}|"\d{3,}")\s*$/;

/** @param line the line of the row that was swallowed */
export function swallowedReason(line: number): string {
  return (
    `has line ${line}, which looks like a row of its own, within a quoted cell; remove the stray quote, ` +
    'and write a quote inside a quoted cell twice ("")'
  );
}
