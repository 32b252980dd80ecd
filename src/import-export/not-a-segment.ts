import { mayBeHeader } from './columns.js';
import { FileError } from './file-error.js';
import { columnTypeOf, simplify, type ColumnType } from './header-words.js';
import type { SourceRow } from './row-source.js';

const RULE = /^[\s\-–—_=*.~+|:]+$/u;
const COUNT = /^\(?\d+ (?:rows?|records?|segments?)(?: (?:affected|selected|returned|in set|total))*\)?\.?$/i;
const TOTAL =
  /^(?:(?:grand|sub)[ -]?total|totals?|sums?|count|summe|gesamt|gesamtsumme|anzahl|somme|suma|somma|totale|totaal|razem|łącznie|総計|合計|总计|總計|合计|합계|총계)(?: (?:rows?|records?|segments?|number|count))?\s*[:=]?\s*(?:\d[\d.,'\s]*)?(?: (?:rows?|records?|segments?))?$/iu;
const NUMBER = /^[\d.,'\s%]*$/u;
/** What a cell below the header says of its column: `(text)`, `varchar(255)`, `number`. */
const UNIT =
  /^(?:[([{<（].*[)\]}>）]|(?:big|small)?int(?:eger)?|(?:var)?char(?:\(\d+\))?|text|string|number|numeric|decimal|float|double|boolean|bool|date|datetime|timestamp|required|optional|mandatory|unit|units|users?|people|count|[#%€$-])$/iu;

/**
 * What a row is if it is no segment: a repeated header, a total, a rule, a comment, a line of units. `null` if it may be
 * one.
 *
 * @param idCells indexes of the cells of identifiers
 * @param isFirst whether it follows right after the header
 * @throws {FileError} if a second table starts with it, with other columns: its rows would get wrong IDs or names
 */
export function whatElse(
  row: Pick<SourceRow, 'cells' | 'line'>,
  header: readonly string[],
  idCells: readonly number[],
  isFirst: boolean,
): string | null {
  const { cells } = row;
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  const [first = ''] = filled;
  if (filled.every((cell) => RULE.test(cell))) return 'a ruled line';
  const ids = idCells.map((index) => (cells[index] ?? '').trim()).filter((id) => id !== '');
  // Most rows end here: a number is the ID of a segment.
  if (ids.some((id) => /\d{3,}$/.test(id) && !isTotal(id))) return null;
  if (isHeader(row, header, idCells)) return 'the header once more';
  if (isTotal(first) && filled.slice(1).every((cell) => NUMBER.test(cell))) return 'a total';
  if (filled.length === 1 && COUNT.test(first)) return 'a count of rows';
  if (filled.length === 1 && /^(?:#|\/\/|--)\s*\p{L}/u.test(first)) return 'a comment';
  if (isFirst && ids.every((id) => !/^\d+$/.test(id)) && filled.every((cell) => UNIT.test(cell))) {
    return 'a line that describes the columns';
  }
  return null;
}

/** @throws {FileError} if it is the header of a table with other columns */
function isHeader(
  { cells, line }: Pick<SourceRow, 'cells' | 'line'>,
  header: readonly string[],
  idCells: readonly number[],
): boolean {
  const isOther = mayBeHeader(cells, {});
  // Most rows end here: none of their IDs is the name of a column.
  if (!isOther && !idCells.some((index) => columnTypeOf(cells[index] ?? '') !== null)) return false;
  const roles = cells.map((cell, index) => ({
    cell: roleOf(cell),
    title: roleOf(header[index] ?? ''),
    index,
  }));
  const named = roles.filter(({ index }) => (cells[index] ?? '').trim() !== '');
  const isSame = named.every(
    ({ cell, title, index }) =>
      cell === title || simplify(cells[index] ?? '') === simplify(header[index] ?? ''),
  );
  if (isSame) return named.length >= 2 && named.some(({ cell }) => cell !== null);
  if (!isOther) return false;
  throw new FileError(
    line,
    'a second table seems to start here: its columns are not those of the header above. ' +
      'Send each table as a file of its own, without lines that belong to none.',
  );
}

/** What a title says of its column. Where IDs have a column of their own, `Segment` has the names. */
function roleOf(title: string): ColumnType | null {
  const type = columnTypeOf(title);
  return type === 'SEGMENT' ? 'NAME' : type;
}

/** Maximum length of a total, in UTF-16 code units. */
const MAX_TOTAL_LENGTH = 60;

function isTotal(cell: string): boolean {
  return cell.length <= MAX_TOTAL_LENGTH && TOTAL.test(cell);
}
