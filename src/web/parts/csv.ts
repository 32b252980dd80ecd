/** A cell that a spreadsheet would run as a formula, as the gateway's own export guards it. Source: OWASP, "CSV Injection". */
const FORMULA = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;

/** Text of a CSV file: with a byte order mark, so that spreadsheets read it as UTF-8, and without formulas. */
export function csvOf(header: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  return `\ufeff${[header, ...rows].map((row) => row.map((cell) => quoted(cell ?? '')).join(',')).join('\r\n')}\r\n`;
}

/** Text for pasting into a spreadsheet: cells between tabs, each on one line, and without formulas. */
export function pastedTable(
  header: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const line = (row: readonly (string | null)[]): string =>
    row.map((cell) => guarded((cell ?? '').replaceAll(/[\t\r\n]+/g, ' '))).join('\t');
  return [header, ...rows].map(line).join('\n');
}

function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  const text = guarded(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
