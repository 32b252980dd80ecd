import { formatNumber, type SheetJsCell } from './sheetjs.js';

/** Texts in quotes, characters behind a backslash, and blocks such as `[Red]`: they stay as they are. */
const KEPT = /"[^"]*"|\\.|\[[^\]]*\]/;

/** A point that separates parts of a date, and not a fraction of a second; and what is not ASCII. */
const NOT_UNDERSTOOD = /\.(?!0)|[^\0-\x7f]/;

const TOKENS = new RegExp(`(${KEPT.source})|(${NOT_UNDERSTOOD.source})`, 'gu');
const HAS_DATE = /[dmyhs]/i;

/**
 * Formats the numbers and dates whose formats SheetJS does not understand: those with points or letters of other scripts
 * between the parts of a date, such as `dd.mm.yyyy`. Spreadsheet programs take these characters as they are.
 *
 * @param is1904 whether the days of the workbook count from 1904
 */
export function formatOthers(rows: readonly (SheetJsCell[] | undefined)[], is1904: boolean): void {
  const understood = new Map<string, string>();
  for (const row of rows) {
    for (const [column, cell] of row?.entries() ?? []) {
      // Rows have holes.
      const { t, v, w, z } = (cell as SheetJsCell | undefined) ?? NO_CELL;
      if (row === undefined || t !== 'n' || typeof v !== 'number' || w !== undefined || z === undefined)
        continue;
      const format = understood.get(z) ?? understandable(z);
      understood.set(z, format);
      const text = formatNumber(v, format, is1904);
      if (text !== null) row[column] = { t, v, z, w: text };
    }
  }
}

const NO_CELL: SheetJsCell = { t: 'z' };

function understandable(format: string): string {
  const isDate = HAS_DATE.test(format.replaceAll(new RegExp(KEPT.source, 'gu'), ''));
  return format.replaceAll(TOKENS, (all, kept: string | undefined) =>
    kept !== undefined || (all === '.' && !isDate) ? all : `\\${all}`,
  );
}
