import { FileError } from './file-error.js';
import type { SheetJsCell } from './sheetjs.js';
import { DAMAGED } from './spreadsheet-parts.js';

/** Spreadsheet programs keep 15 digits of a number; they replace the ones behind by zeros. */
const MAX_EXACT = 1e15;

/** Groups of digits, as thousands separators make them, also those of India, and decimals that are zeros. */
const GROUPED = /^(\d{1,3}([.,'’\s])(?:\d{2,3}\2)*\d{3})(?:(?!\2)[.,]0+)?$/u;

/**
 * The text of a cell, as the sheet shows it: dates and numbers in their format, formulas by their last result, errors
 * such as `#N/A`. Different from what the sheet shows are:
 *
 * - whole numbers in groups of three digits. The sheet shows 80000 as `80,000` or `80,000.00`, and has one number;
 * - long numbers without a format. The sheet shows 12 digits and more as 1.43953E+12 and has all of them;
 * - numbers of 16 digits and more, whose last digits are lost. They become 1.2345678901234567E+19 whatever their format
 *   is, so that they are recognised.
 *
 * @throws {FileError} if the text is missing
 */
export function textOfCell(cell: SheetJsCell | undefined): string {
  if (cell === undefined || cell.t === 'z') return '';
  const { t, v, w } = cell;
  if (t === 'n' && typeof v === 'number') return textOfNumber(v, cell);
  if (t === 's') {
    // The cell refers to a text that the workbook does not have.
    if (typeof v !== 'string') throw new FileError(null, DAMAGED);
    return w === undefined || w === '' ? v : w;
  }
  if (w !== undefined) return w;
  return typeof v === 'boolean' ? String(v).toUpperCase() : '';
}

function textOfNumber(value: number, { w, z = 'General' }: SheetJsCell): string {
  if (Math.abs(value) >= MAX_EXACT) return value.toExponential().replace('e', 'E');
  if (Number.isInteger(value) && z.toLowerCase() === 'general') return String(value);
  // Whatever is taken for groups and for decimals, the digits are those of the number.
  const grouped = w === undefined ? undefined : GROUPED.exec(w.trim())?.[1];
  if (grouped?.replaceAll(/\D/g, '') === String(value)) return String(value);
  return w ?? String(value);
}
