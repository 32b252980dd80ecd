import { guardCell, isFormula } from './formula-guard.js';
import type { ExportedSegment } from './types.js';

type Segments = AsyncIterable<ExportedSegment> | Iterable<ExportedSegment>;

/** The columns in their order. Their names state the type of each identifier, so that an export can be imported. */
const COLUMNS = [
  ['destinationMappingId', 'id'],
  ['sid', 'sid'],
  ['alias', 'alias'],
  ['value', 'value'],
  ['url', 'url'],
  ['secureUrl', 'secureUrl'],
  ['isTrait', 'isTrait'],
  ['name', 'name'],
  ['description', 'description'],
  ['status', 'status'],
  ['source', 'source'],
  ['startDate', 'startDate'],
  ['endDate', 'endDate'],
  ['asOf', 'asOf'],
  ['customerId', 'customerId'],
  ['destinationId', 'destinationId'],
] as const satisfies readonly (readonly [string, keyof ExportedSegment])[];

/**
 * Writes segments as CSV (RFC 4180, UTF-8 without byte order mark): the header, then one row per segment, each ending
 * in CRLF. Cells that a spreadsheet would run as formulas start with an apostrophe, which `readSegments` removes.
 */
export async function* csvLines(segments: Segments): AsyncGenerator<string, void, void> {
  yield csvRow(COLUMNS.map(([header]) => header));
  for await (const segment of segments) {
    yield csvRow(COLUMNS.map(([, key]) => guardCell(String(segment[key] ?? ''))));
  }
}

/** Writes segments as NDJSON: one object per line, with the keys of `ExportedSegment` in a fixed order. Lines end in LF. */
export async function* ndjsonLines(segments: Segments): AsyncGenerator<string, void, void> {
  const keys = COLUMNS.map(([, key]) => key);
  for await (const segment of segments) yield `${JSON.stringify(segment, keys)}\n`;
}

function csvRow(cells: readonly string[]): string {
  return `${cells.map(quoteCell).join(',')}\r\n`;
}

/**
 * What some program could take for more than text: quotes, separators of all kinds of CSV, control characters, and the
 * line breaks of Unicode.
 */
const NEEDS_QUOTES = /[",;|\p{Cc}\u2028\u2029]/u;

/** Source: RFC 4180, section 2, rules 5 to 7. It lets every cell be quoted. */
function quoteCell(cell: string): string {
  return NEEDS_QUOTES.test(cell) || isFormula(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
