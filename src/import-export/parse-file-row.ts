import { checkId } from './check-id.js';
import { checkLength } from './check-length.js';
import type { Columns } from './columns.js';
import { unguardCell } from './formula-guard.js';
import { quoteForMessage } from './quote-for-message.js';
import type { DestinationKey, FileRow, ImportStatus } from './types.js';

/** Maximum lengths, in characters (code points). */
const MAX_NAME_LENGTH = 1_000;
const MAX_DESCRIPTION_LENGTH = 10_000;

/** The status words of Audience Manager and of our own exports, in lower case. */
const STATUSES: ReadonlyMap<string, ImportStatus> = new Map([
  ['active', 'ACTIVE'],
  ['1', 'ACTIVE'],
  ['inactive', 'INACTIVE'],
  ['0', 'INACTIVE'],
  ['deleted', 'DELETED'],
  ['unknown', 'UNKNOWN'],
]);

/** The values of a file row, and everything that is wrong with them. The row is valid if there are no reasons. */
interface ParsedFileRow {
  /** `null` if there is no valid identifier. */
  readonly row: FileRow | null;
  /** The destination that the file row names; `null` if it names none. */
  readonly destination: DestinationKey | null;
  /** Why the file row cannot be imported, each with its remedy. */
  readonly reasons: readonly string[];
}

/** Parses the cells of a file row. There must be as many cells as in the header. */
export function parseFileRow(cells: readonly string[], line: number, columns: Columns): ParsedFileRow {
  const text = (index: number | null): string | null =>
    index === null ? null : unguardCell(cells[index] ?? '') || null;

  const customerId = text(columns.customer);
  const destinationId = text(columns.destination);
  const destination = customerId === null || destinationId === null ? null : { customerId, destinationId };
  const identifier = findIdentifier(text, columns);
  const name = text(columns.name);
  const description = text(columns.description);
  const statusWord = text(columns.status)?.trim() ?? '';
  const status = STATUSES.get(statusWord.toLowerCase()) ?? null;
  const isEmpty = name === null && description === null && statusWord === '';
  const idReason = identifier === null ? MISSING_ID : checkId(identifier.id, identifier.idType);
  const reasons = [
    idReason,
    checkLength(name, 'name', MAX_NAME_LENGTH),
    checkLength(description, 'description', MAX_DESCRIPTION_LENGTH),
    statusWord !== '' && status === null ? unsupportedStatus(statusWord) : null,
    isEmpty ? NO_CONTENT : null,
  ].filter((reason) => reason !== null);
  if (identifier === null || idReason !== null) return { row: null, destination, reasons };
  const { idType, id } = identifier;
  return {
    row: {
      line,
      idType,
      id: copy(id),
      name: name && copy(name),
      description: description && copy(description),
      status,
    },
    destination,
    reasons,
  };
}

/** V8 keeps the whole source text of a slice alive: without a copy, one file row would hold the file in memory. */
function copy(slice: string): string {
  return Buffer.from(slice).toString();
}

function findIdentifier(
  text: (index: number) => string | null,
  columns: Columns,
): Pick<FileRow, 'idType' | 'id'> | null {
  const trimmed = (index: number): string => text(index)?.trim() ?? '';
  for (const { idType, index, second } of columns.identifiers) {
    const id = trimmed(index);
    if (id === '') continue;
    if (second === undefined) return { idType, id };
    const rest = trimmed(second.index);
    if (rest !== '') return { idType, id: `${id}${second.separator}${rest}` };
  }
  return null;
}

const MISSING_ID = 'has no ID; fill it in or remove the row';
const NO_CONTENT = 'has no name, description or status; fill in at least one of them';

function unsupportedStatus(word: string): string {
  const allowed = [...STATUSES.keys()].join(', ');
  return `the status ${quoteForMessage(word)} is not supported; use one of ${allowed}, or leave it empty`;
}
