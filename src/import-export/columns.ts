import type { IdentifierType } from '../segments/index.js';
import { FileError } from './file-error.js';
import { quoteForMessage } from './quote-for-message.js';

type ColumnType =
  IdentifierType | 'ANY_ID' | 'SECURE_URL' | 'NAME' | 'DESCRIPTION' | 'STATUS' | 'CUSTOMER' | 'DESTINATION';

/** The accepted names of each column. Case, spaces, underscores and hyphens make no difference. */
const COLUMN_NAMES: Readonly<Record<ColumnType, readonly string[]>> = {
  MAPPING_ID: ['destinationMappingId', 'mappingId', 'traitToDataOrderId'],
  ANY_ID: ['id', 'segmentId', 'segment'],
  SID: ['sid', 'aamSid', 'segmentSid'],
  KEY_VALUE: ['keyValue', 'key=value', 'key:value', 'key/value', 'keyAndValue'],
  VALUE: ['value', 'valueAlias'],
  ALIAS: ['alias', 'traitAlias', 'key'],
  // Two columns of one type: an export has both, and a mapping is found by either.
  URL: ['url'],
  SECURE_URL: ['secureUrl'],
  NAME: ['name', 'elementName', 'segmentName', 'label'],
  DESCRIPTION: ['description', 'elementDescription', 'segmentDescription', 'desc'],
  STATUS: ['status', 'elementStatus', 'segmentStatus', 'state'],
  // Columns of our own exports, which may contain several destinations.
  CUSTOMER: ['customerId'],
  DESTINATION: ['destinationId'],
};

/** In order of priority: if a file row has several identifiers, the first non-empty one is used. */
const IDENTIFIERS = [
  'MAPPING_ID',
  'ANY_ID',
  'SID',
  'KEY_VALUE',
  'VALUE',
  'ALIAS',
  'URL',
  'SECURE_URL',
] as const;
const CONTENTS = ['NAME', 'DESCRIPTION', 'STATUS'] as const;
const OWNERS = ['CUSTOMER', 'DESTINATION'] as const;

const COLUMN_TYPES: ReadonlyMap<string, ColumnType> = new Map(
  [...IDENTIFIERS, ...CONTENTS, ...OWNERS].flatMap((type) =>
    COLUMN_NAMES[type].map((name) => [normalize(name), type] as const),
  ),
);

/** What the header alone does not say about identifiers. */
export interface IdColumnOptions {
  /** The type of the column `ID`, which names none. Default: it stays open. */
  readonly idType?: IdentifierType;
  /**
   * What a cookie destination with several keys puts between key and value. If given, a file row with an alias (the
   * key) and a value has both together as its identifier, because neither alone may be enough.
   */
  readonly keySeparator?: string;
}

/** Where a file row has an identifier. */
interface IdentifierColumn {
  /** `null`: the file does not say of which type it is. */
  readonly idType: IdentifierType | null;
  /** Index of the cell. */
  readonly index: number;
  /** The second part of the identifier, which follows after the separator. */
  readonly second?: { readonly separator: string; readonly index: number };
}

/** Where each value is in a file row: indices of cells, starting at 0. `null`: the file has no such column. */
export interface Columns {
  /** Number of cells that every file row must have. */
  readonly count: number;
  /** In order of priority. */
  readonly identifiers: readonly IdentifierColumn[];
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
export function parseHeader(cells: readonly string[], line: number, options: IdColumnOptions = {}): Columns {
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
  const identifiers = identifierColumns(found, options);
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

function identifierColumns(
  found: ReadonlyMap<ColumnType, number>,
  { idType, keySeparator }: IdColumnOptions,
): IdentifierColumn[] {
  const key = found.get('ALIAS');
  return IDENTIFIERS.flatMap((type): IdentifierColumn[] => {
    const index = found.get(type);
    if (index === undefined) return [];
    if (type === 'ANY_ID') return [{ idType: idType ?? null, index }];
    if (type === 'SECURE_URL') return [{ idType: 'URL', index }];
    const column = { idType: type, index };
    if (type !== 'VALUE' || key === undefined || keySeparator === undefined) return [column];
    return [{ idType: 'KEY_VALUE', index: key, second: { separator: keySeparator, index } }, column];
  });
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
