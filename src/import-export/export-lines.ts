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

/** The columns of what Audience Manager says below the names by hand. The import passes them over. */
const LISTED_COLUMNS = [
  ['listedName', 'name'],
  ['listedDescription', 'description'],
  ['listedStatus', 'status'],
] as const satisfies readonly (readonly [string, keyof NonNullable<ExportedSegment['listed']>])[];

/** The header of an export. */
export const EXPORT_HEADER: readonly string[] = COLUMNS.map(([header]) => header);
/** The header of an export with `listed`. */
export const EXPORT_HEADER_LISTED: readonly string[] = [
  ...EXPORT_HEADER,
  ...LISTED_COLUMNS.map(([header]) => header),
];
/** The keys of an exported object. */
export const EXPORT_KEYS: readonly string[] = COLUMNS.map(([, key]) => key);
/** The keys of an exported object with `listed`. */
export const EXPORT_KEYS_LISTED: readonly string[] = [
  ...EXPORT_KEYS,
  ...LISTED_COLUMNS.map(([header]) => header),
];

interface ExportOptions {
  /** Whether each segment has what Audience Manager says beside it, as `listedName` and so on. Default: false. */
  readonly listed?: boolean;
}

/**
 * Writes segments as CSV (RFC 4180, UTF-8 without byte order mark): the header, then one row per segment, each ending
 * in CRLF. Cells that a spreadsheet would run as formulas start with an apostrophe, which `readSegments` removes.
 */
export async function* csvLines(
  segments: Segments,
  { listed = false }: ExportOptions = {},
): AsyncGenerator<string, void, void> {
  yield csvRow(listed ? EXPORT_HEADER_LISTED : EXPORT_HEADER);
  for await (const segment of segments) {
    const cells: (string | boolean | null)[] = COLUMNS.map(([, key]) => segment[key]);
    if (listed) cells.push(...LISTED_COLUMNS.map(([, key]) => segment.listed?.[key] ?? null));
    yield csvRow(cells.map((cell) => guardCell(String(cell ?? ''))));
  }
}

/** Writes segments as NDJSON: one object per line, with the keys of `ExportedSegment` in a fixed order. Lines end in LF. */
export async function* ndjsonLines(
  segments: Segments,
  { listed = false }: ExportOptions = {},
): AsyncGenerator<string, void, void> {
  for await (const segment of segments) {
    const values: [string, unknown][] = COLUMNS.map(([, key]) => [key, segment[key]]);
    if (listed)
      values.push(
        ...LISTED_COLUMNS.map(([key, field]) => [key, segment.listed?.[field] ?? null] as [string, unknown]),
      );
    yield `${JSON.stringify(Object.fromEntries(values))}\n`;
  }
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
