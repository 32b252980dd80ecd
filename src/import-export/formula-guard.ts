/**
 * Spreadsheets run a cell that begins with one of these as a formula.
 * Source: OWASP, "CSV Injection".
 */
const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/**
 * A cell that no spreadsheet takes for a formula: an apostrophe before what would be one. What already looks
 * guarded gets one more, so that `unguardCell` gives back every text exactly.
 */
export function guardCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that `guardCell` was given. */
export function unguardCell(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}
