import { FileError } from './file-error.js';
import { quoteForMessage } from './quote-for-message.js';
import type { ImportIdType } from './types.js';

type ColumnType = ImportIdType | 'ANY_ID' | 'NAME' | 'DESCRIPTION' | 'STATUS' | 'CUSTOMER' | 'DESTINATION';

/** The accepted names of each column. Case, spaces, underscores and hyphens make no difference. */
const COLUMN_NAMES: Readonly<Record<ColumnType, readonly string[]>> = {
  MAPPING_ID: ['destinationMappingId', 'mappingId', 'traitToDataOrderId'],
  ANY_ID: ['id', 'segmentId', 'segment'],
  SID: ['sid', 'aamSid', 'segmentSid'],
  ALIAS: ['alias', 'traitAlias', 'valueAlias', 'key'],
  NAME: ['name', 'elementName', 'segmentName', 'label'],
  DESCRIPTION: ['description', 'elementDescription', 'segmentDescription', 'desc'],
  STATUS: ['status', 'elementStatus', 'segmentStatus', 'state'],
  // Columns of our own exports, which may contain several destinations.
  CUSTOMER: ['customerId'],
  DESTINATION: ['destinationId'],
};

/** In order of priority: if a file row has several identifiers, the first non-empty one is used. */
const IDENTIFIERS = ['MAPPING_ID', 'ANY_ID', 'SID', 'ALIAS'] as const;
const CONTENTS = ['NAME', 'DESCRIPTION', 'STATUS'] as const;
const OWNERS = ['CUSTOMER', 'DESTINATION'] as const;

const COLUMN_TYPES: ReadonlyMap<string, ColumnType> = new Map(
  [...IDENTIFIERS, ...CONTENTS, ...OWNERS].flatMap((type) =>
    COLUMN_NAMES[type].map((name) => [normalize(name), type] as const),
  ),
);

/** Where each value is in a file row: indices of cells, starting at 0. `null`: the file has no such column. */
export interface Columns {
  /** Number of cells that every file row must have. */
  readonly count: number;
  /** In order of priority. `idType` is `null` for an ID of the type that the destination uses. */
  readonly identifiers: readonly { readonly idType: ImportIdType | null; readonly index: number }[];
  readonly name: number | null;
  readonly description: number | null;
  readonly status: number | null;
  readonly customer: number | null;
  readonly destination: number | null;
}

/**
 * Finds the columns that a header names.
 *
 * @param line the line of the header in the file, for error messages
 * @throws {FileError} if no column holds an identifier, if no column holds a name, description or status, or if two
 * columns have the same meaning.
 */
export function parseHeader(cells: readonly string[], line: number): Columns {
  const found = new Map<ColumnType, number>();
  for (const [index, cell] of cells.entries()) {
    const type = COLUMN_TYPES.get(normalize(cell));
    if (type === undefined) continue;
    const other = found.get(type);
    if (other !== undefined) {
      const both = `${quoteForMessage(cells[other] ?? '')} and ${quoteForMessage(cell)}`;
      throw new FileError(line, `the columns ${both} mean the same. Remove or rename one of them.`);
    }
    found.set(type, index);
  }
  const identifiers = IDENTIFIERS.flatMap((type) => {
    const index = found.get(type);
    return index === undefined ? [] : [{ idType: type === 'ANY_ID' ? null : type, index }];
  });
  if (identifiers.length === 0) throw missingColumn('the ID of a segment', IDENTIFIERS, cells, line);
  if (!CONTENTS.some((type) => found.has(type))) {
    throw missingColumn('a name, description or status', CONTENTS, cells, line);
  }
  return {
    count: cells.length,
    identifiers,
    name: found.get('NAME') ?? null,
    description: found.get('DESCRIPTION') ?? null,
    status: found.get('STATUS') ?? null,
    customer: found.get('CUSTOMER') ?? null,
    destination: found.get('DESTINATION') ?? null,
  };
}

/** Counts the cells of a possible header that are known column names. */
export function countKnownColumns(cells: readonly string[]): number {
  return cells.filter((cell) => COLUMN_TYPES.has(normalize(cell))).length;
}

/** Maximum number of header cells that an error message lists. */
const MAX_SHOWN_CELLS = 20;

function missingColumn(
  content: string,
  types: readonly ColumnType[],
  cells: readonly string[],
  line: number,
): FileError {
  const shown = cells.slice(0, MAX_SHOWN_CELLS).map(quoteForMessage).join(', ');
  const more = cells.length > MAX_SHOWN_CELLS ? ` and ${cells.length - MAX_SHOWN_CELLS} more` : '';
  const known = types.flatMap((type) => COLUMN_NAMES[type]).join(', ');
  return new FileError(
    line,
    `no column of the header holds ${content}. Found: ${shown}${more}. Known column names: ${known}. ` +
      'Rename a column, or put a header line before the first segment.',
  );
}

function normalize(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/gu, '');
}
