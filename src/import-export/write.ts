import { guardCell } from './formula-guard.js';
import type { ExportRow } from './types.js';

type Rows = AsyncIterable<ExportRow> | Iterable<ExportRow>;

/** The columns in their order. Their names say which identifier is which, so an export can be read again. */
const COLUMNS = [
  ['destinationMappingId', 'id'],
  ['sid', 'sid'],
  ['alias', 'alias'],
  ['name', 'name'],
  ['description', 'description'],
  ['status', 'status'],
  ['source', 'source'],
  ['startDate', 'startDate'],
  ['endDate', 'endDate'],
  ['asOf', 'asOf'],
  ['customerId', 'customerId'],
  ['destinationId', 'destinationId'],
] as const satisfies readonly (readonly [string, keyof ExportRow])[];

/**
 * An export as CSV (RFC 4180, UTF-8 without byte order mark): the header, then a record for each row, each
 * with its CRLF. Cells that a spreadsheet would run as formulas begin with an apostrophe, which
 * `readSegments` takes away again.
 */
export async function* csvLines(rows: Rows): AsyncGenerator<string, void, void> {
  yield csvRecord(COLUMNS.map(([header]) => header));
  for await (const row of rows) yield csvRecord(COLUMNS.map(([, key]) => guardCell(row[key] ?? '')));
}

/** An export as JSON, one object a row with the keys of `ExportRow` in a fixed order, each with its LF. */
export async function* ndjsonLines(rows: Rows): AsyncGenerator<string, void, void> {
  const keys = COLUMNS.map(([, key]) => key);
  for await (const row of rows) yield `${JSON.stringify(row, keys)}\n`;
}

function csvRecord(cells: readonly string[]): string {
  return `${cells.map(quoteCell).join(',')}\r\n`;
}

/** Source: RFC 4180, section 2, 6 and 7. */
function quoteCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
