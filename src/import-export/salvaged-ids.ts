import type { Columns } from './columns.js';
import { firstCells } from './csv-scanner.js';
import { unguardCell } from './formula-guard.js';
import { readId } from './read-id.js';
import type { CellRules } from './parse-file-row.js';
import type { SourceRow } from './row-source.js';
import { SEPARATORS, type Separator } from './separators.js';
import type { FileId } from './types.js';

/**
 * The identifiers that a row may have whose cells are not reliable. What is found is only good for leaving those
 * segments as they are.
 *
 * @param separator `null` if the cells are not separated by a character, as in a sheet
 * @returns `null` if there is none
 */
export function salvagedIds(
  row: SourceRow,
  columns: Columns,
  separator: Separator | null,
  { isExact, isGuarded }: CellRules,
): readonly FileId[] | null {
  if (row.hasLostIds === true) return null;
  const found = new Map<string, FileId>();
  const add = (cells: readonly string[]): void => {
    // A separator within a cell moves all cells behind it: the last cells are counted from the end, too.
    const moved = cells.length - columns.header.length;
    const meantAt = (index: number, idType: FileId['idType']): string[] =>
      Array.from(new Set([index, index + moved]), (position) => cells[position] ?? '')
        .map((cell) => readId(isGuarded ? unguardCell(cell) : cell, idType, isExact).meant ?? '')
        .filter((meant) => meant !== '');
    for (const { idType, index, second } of columns.identifiers) {
      for (const first of meantAt(index, idType)) {
        const rests = second === undefined ? [null] : meantAt(second.index, 'VALUE');
        for (const rest of rests) {
          const id = rest === null ? first : `${first}${second?.separator ?? ''}${rest}`;
          found.set(`${idType ?? ''} ${id}`, { idType, id: copy(id) });
        }
      }
    }
  };
  add(row.cells);
  if (row.raw === null || separator === null) return found.size > 0 ? [...found.values()] : null;
  // All lines, as a stray quote may swallow many: the scanner bounds the length of a row.
  for (const line of row.raw.split(/\r\n|\r|\n/)) {
    add(firstCells(line, separator) ?? line.split(separator));
    for (const other of SEPARATORS) {
      if (other !== separator && line.includes(other)) add(firstCells(line, other) ?? line.split(other));
    }
  }
  return found.size > 0 ? [...found.values()] : null;
}

function copy(slice: string): string {
  return Buffer.from(slice).toString();
}
