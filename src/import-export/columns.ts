import type { IdentifierType } from '../segments/index.js';
import { EXPORT_HEADER, EXPORT_HEADER_LISTED } from './export-lines.js';
import { FileError, HeaderError } from './file-error.js';
import { columnTypeOf, proposedNames, saysSegment, simplify, type ColumnType } from './header-words.js';
import { quoteForMessage } from './quote-for-message.js';

/** In order of priority: the first non-empty one of a file row is the one by which the row is known. */
const IDENTIFIERS = [
  'MAPPING_ID',
  'SID',
  'KEY_VALUE',
  'ANY_ID',
  'VALUE',
  'ALIAS',
  'URL',
  'SECURE_URL',
] as const;
const CONTENTS = ['NAME', 'DESCRIPTION', 'STATUS'] as const;

/** What the header alone does not say, or says otherwise. */
export interface ColumnOptions {
  /** The type of the column `ID`, which names none. Default: it stays open. */
  readonly idType?: IdentifierType;
  /**
   * The type of the identifiers where only one column has them, whatever that column is called. A person states it for
   * this very file, while `idType` may come from the settings.
   */
  readonly statedType?: IdentifierType;
  /**
   * What a cookie destination with several keys puts between key and value. If given, a file row with an alias (the
   * key) and a value has both together as its identifier, because neither alone may be enough.
   */
  readonly keySeparator?: string;
  /** The header of the column with the identifiers. The others are not used then. */
  readonly idColumn?: string;
  /** The header of the column with the names. */
  readonly nameColumn?: string;
}

/** Where a file row has an identifier. */
export interface IdentifierColumn {
  /** `null`: the file does not say of which type it is. */
  readonly idType: IdentifierType | null;
  /** Index of the cell. */
  readonly index: number;
  /** The second part of the identifier, which follows after the separator. */
  readonly second?: { readonly separator: string; readonly index: number };
}

/** Where each value is in a file row: indices of cells, starting at 0. `null`: the file has no such column. */
export interface Columns {
  /** The cells of the header. */
  readonly header: readonly string[];
  /** In order of priority. */
  readonly identifiers: readonly IdentifierColumn[];
  readonly name: number | null;
  readonly description: number | null;
  readonly status: number | null;
  readonly customer: number | null;
  readonly destination: number | null;
  readonly traitType: number | null;
  readonly isTrait: number | null;
  /** Whether it is the header of our own exports, whose cells are taken as they are. */
  readonly isExport: boolean;
  /** Titles of the columns that are not used, unless they are well known. */
  readonly unused: readonly string[];
  /** The column `ID` that gives way to one that says which ID it has; `null` if there is none. */
  readonly replaced: { readonly title: string; readonly by: string } | null;
}

/**
 * Finds the columns that a header names.
 *
 * @param line the line of the header in the file, for error messages; `null` if it has none
 * @throws {HeaderError} if no column holds an identifier, if no column holds a name, description or status, if two
 * columns have the same meaning, or if a column that is asked for is missing
 * @throws {FileError} if there are too many columns
 */
export function parseHeader(
  header: readonly string[],
  line: number | null,
  options: ColumnOptions = {},
): Columns {
  if (header.length > MAX_COLUMNS) throw tooManyColumns(header.length, line);
  const types = typesOf(header, line, options);
  const replaced = replacedId(types, header, options);
  if (replaced !== null) types[replaced.index] = null;
  const found = new Map<ColumnType, number>();
  for (const [index, type] of types.entries()) {
    if (type === null || type === 'UNUSED') continue;
    const other = found.get(type);
    if (other !== undefined) throw sameMeaning(type, [other, index], header, line);
    found.set(type, index);
  }
  const has = (type: ColumnType): boolean => found.has(type);
  const segment = found.get('SEGMENT');
  if (segment !== undefined) {
    if (!IDENTIFIERS.some(has)) throw unclearSegment(segment, header, line);
    if (!has('NAME')) found.set('NAME', segment);
    found.delete('SEGMENT');
  }
  if (!IDENTIFIERS.some(has)) throw missingColumn('the ID of a segment', IDENTIFIERS, header, line);
  if (!CONTENTS.some(has)) throw missingColumn('a name, description or status', CONTENTS, header, line);
  const used = new Set(found.values());
  const at = (type: ColumnType): number | null => found.get(type) ?? null;
  return {
    header,
    identifiers: identifierColumns(found, options),
    name: at('NAME'),
    description: at('DESCRIPTION'),
    status: at('STATUS'),
    customer: at('CUSTOMER'),
    destination: at('DESTINATION'),
    traitType: at('TRAIT_TYPE'),
    isTrait: at('IS_TRAIT'),
    isExport: isExportHeader(header),
    unused: header.filter(
      (title, index) =>
        title.trim() !== '' && types[index] !== 'UNUSED' && !used.has(index) && index !== replaced?.index,
    ),
    replaced,
  };
}

/**
 * Maximum number of columns: far above any list, but so few that a row without a cell for most of them is still read
 * in one step.
 */
const MAX_COLUMNS = 1_000;

/** @param count how many there are at least */
export function tooManyColumns(count: number, line: number | null): FileError {
  const max = MAX_COLUMNS.toLocaleString('en-US');
  const found = count.toLocaleString('en-US');
  return new FileError(
    line,
    `there are ${found} columns, and at most ${max} are read. Keep those of the IDs and names.`,
  );
}

/** Whether a file has more columns than are read. */
export function hasTooManyColumns(count: number): boolean {
  return count > MAX_COLUMNS;
}

/** Whether cells may be a header: they name an identifier and something about it, or the columns that are asked for. */
export function mayBeHeader(row: readonly string[], { idColumn, nameColumn }: ColumnOptions): boolean {
  const cells = row.slice(0, MAX_COLUMNS);
  const wanted = [idColumn, nameColumn].filter((title) => title !== undefined);
  if (wanted.length > 0) {
    const titles = new Set(cells.map(simplify));
    if (!wanted.every((title) => titles.has(simplify(title)))) return false;
  }
  const types = new Set(cells.map(columnTypeOf));
  const hasId =
    idColumn !== undefined || [...IDENTIFIERS, 'SEGMENT' as const].some((type) => types.has(type));
  const hasContent = nameColumn !== undefined || CONTENTS.some((type) => types.has(type));
  return hasId && (hasContent || (types.has('SEGMENT') && IDENTIFIERS.some((type) => types.has(type))));
}

/** Counts the cells of a possible header that are known column names. */
export function countKnownColumns(cells: readonly string[]): number {
  return cells.slice(0, MAX_COLUMNS).filter((cell) => columnTypeOf(cell) !== null).length;
}

/** The type of each column, with what the options say. */
function typesOf(
  header: readonly string[],
  line: number | null,
  options: ColumnOptions,
): (ColumnType | null)[] {
  const { idColumn, nameColumn, idType } = options;
  const types = header.map(columnTypeOf);
  const idIndex = idColumn === undefined ? null : indexOf(header, idColumn, '--id-column, idColumn', line);
  const nameIndex =
    nameColumn === undefined ? null : indexOf(header, nameColumn, '--name-column, nameColumn', line);
  if (idIndex !== null && idIndex === nameIndex) {
    throw new HeaderError(
      line,
      `the column ${quoteForMessage(idColumn ?? '')} cannot hold both IDs and names.`,
      header,
    );
  }
  const hasMappingId = types.includes('MAPPING_ID');
  const hasSid = types.includes('SID');
  return types.map((type, index) => {
    if (index === idIndex) return isIdentifier(type) ? type : 'ANY_ID';
    if (index === nameIndex) return 'NAME';
    if (idIndex !== null && isIdentifier(type)) return null;
    if (nameIndex !== null && type === 'NAME') return null;
    // Beside a column of mapping IDs, what is called "Segment ID" is what Adobe calls so.
    const isSid = type === 'ANY_ID' && hasMappingId && !hasSid && saysSegment(header[index] ?? '');
    return isSid && (idType === undefined || idType === 'MAPPING_ID') ? 'SID' : type;
  });
}

/**
 * The column `ID` where another one says which ID it has. It is often the number of the row, or the ID of another
 * system, which would give the names to other segments.
 */
function replacedId(
  types: readonly (ColumnType | null)[],
  header: readonly string[],
  { idType, idColumn }: ColumnOptions,
): { readonly index: number; readonly title: string; readonly by: string } | null {
  const index = types.indexOf('ANY_ID');
  if (index === -1 || idColumn !== undefined) return null;
  const title = header[index] ?? '';
  const stated: readonly ColumnType[] =
    idType !== undefined ? [idType] : saysSegment(title) ? [] : ['MAPPING_ID', 'SID'];
  const by = types.findIndex((type) => type !== null && stated.includes(type));
  return by === -1 ? null : { index, title, by: header[by] ?? '' };
}

function isIdentifier(type: ColumnType | null): boolean {
  return IDENTIFIERS.some((each) => each === type);
}

function indexOf(header: readonly string[], title: string, option: string, line: number | null): number {
  const same = header.flatMap((cell, index) => (cell.trim() === title.trim() ? [index] : []));
  const alike = header.flatMap((cell, index) => (simplify(cell) === simplify(title) ? [index] : []));
  const found = same.length > 0 ? same : alike;
  if (found.length === 1) return found[0] ?? 0;
  const problem = found.length === 0 ? 'no column is' : 'several columns are';
  throw new HeaderError(
    line,
    `${problem} called ${quoteForMessage(title)} (${option}). Found: ${shownCells(header)}. ` +
      (found.length === 0 ? 'Use one of these titles.' : 'Rename one of them.'),
    header,
  );
}

function isExportHeader(header: readonly string[]): boolean {
  return [EXPORT_HEADER, EXPORT_HEADER_LISTED].some(
    (exported) =>
      exported.length === header.length && exported.every((title, index) => title === header[index]),
  );
}

function identifierColumns(
  found: ReadonlyMap<ColumnType, number>,
  options: ColumnOptions,
): IdentifierColumn[] {
  const columns = namedIdentifierColumns(found, options);
  const { statedType } = options;
  if (statedType === undefined || columns.length > 1) return columns;
  return columns.map((column) => ({ ...column, idType: statedType }));
}

function namedIdentifierColumns(
  found: ReadonlyMap<ColumnType, number>,
  { idType, keySeparator }: ColumnOptions,
): IdentifierColumn[] {
  const key = found.get('ALIAS');
  // An ID that is stated to be a mapping ID comes first, as a column of mapping IDs does.
  const order =
    idType === 'MAPPING_ID'
      ? (['ANY_ID', ...IDENTIFIERS.filter((type) => type !== 'ANY_ID')] as const)
      : IDENTIFIERS;
  return order.flatMap((type): IdentifierColumn[] => {
    const index = found.get(type);
    if (index === undefined) return [];
    if (type === 'ANY_ID') return [{ idType: idType ?? null, index }];
    if (type === 'SECURE_URL') return [{ idType: 'URL', index }];
    const column = { idType: type, index };
    if (type !== 'VALUE' || key === undefined || keySeparator === undefined) return [column];
    return [{ idType: 'KEY_VALUE', index: key, second: { separator: keySeparator, index } }, column];
  });
}

const CHOOSE: Partial<Record<ColumnType, string>> = {
  ANY_ID: ', or say which one to use (--id-column, idColumn)',
  NAME: ', or say which one to use (--name-column, nameColumn)',
};

function sameMeaning(
  type: ColumnType,
  indices: readonly number[],
  header: readonly string[],
  line: number | null,
): HeaderError {
  const choice = CHOOSE[type] ?? '';
  const titles = indices.map((index) => quoteForMessage(header[index] ?? '')).join(' and ');
  return new HeaderError(
    line,
    `the columns ${titles} mean the same. Remove or rename one of them${choice}.`,
    header,
  );
}

function unclearSegment(index: number, header: readonly string[], line: number | null): HeaderError {
  return new HeaderError(
    line,
    `the column ${quoteForMessage(header[index] ?? '')} may hold the IDs or the names of segments. Call it "Segment ID" or ` +
      '"Segment Name", or say which column has the IDs (--id-column, idColumn).',
    header,
  );
}

/** Maximum number of header cells that an error message lists. */
const MAX_SHOWN_CELLS = 20;

function shownCells(cells: readonly string[]): string {
  const shown = cells.slice(0, MAX_SHOWN_CELLS).map(quoteForMessage).join(', ');
  return cells.length > MAX_SHOWN_CELLS ? `${shown} and ${cells.length - MAX_SHOWN_CELLS} more` : shown;
}

function missingColumn(
  content: string,
  types: readonly ColumnType[],
  cells: readonly string[],
  line: number | null,
): HeaderError {
  const known = types.map(proposedNames).join(', ');
  return new HeaderError(
    line,
    `no column of the header holds ${content}. Found: ${shownCells(cells)}. Known column names: ${known}. ` +
      'Rename a column, put a header line before the first segment, or say which columns have the IDs and names ' +
      '(--id-column and --name-column, idColumn and nameColumn).',
    cells,
  );
}
