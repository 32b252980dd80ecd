/**
 * Characters with which a spreadsheet begins a formula, also in full width, and white space that it skips before one.
 * Source: OWASP, "CSV Injection".
 */
const FORMULA_START = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\t\\r\\n';

/** A cell that a spreadsheet would run as a formula, possibly already guarded by apostrophes. */
const FORMULA = new RegExp(`^'*[${FORMULA_START}]`);
const GUARDED_FORMULA = new RegExp(`^'+[${FORMULA_START}]`);

/** Whether a spreadsheet would run a text as a formula, or would if it were not guarded. */
export function isFormula(text: string): boolean {
  return FORMULA.test(text);
}

/**
 * Puts an apostrophe before a text that a spreadsheet would run as a formula. A text that already looks guarded
 * gets one more apostrophe, so that `unguardCell` restores every text exactly.
 */
export function guardCell(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** Removes the apostrophe that `guardCell` added, if any. */
export function unguardCell(cell: string): string {
  return GUARDED_FORMULA.test(cell) ? cell.slice(1) : cell;
}
