import type { Columns } from './columns.js';
import { excerpt } from './excerpt.js';
import { unguardCell } from './formula-guard.js';
import type { ImportPlace, ImportRow, ImportStatus } from './types.js';

const MAX_ID_LENGTH = 1_000;
const MAX_NAME_LENGTH = 1_000;
const MAX_DESCRIPTION_LENGTH = 10_000;

const CONTROL_CHARACTER = /\p{Cc}/u;

/** The words of AAM and of our own exports. */
const STATUS_WORDS: ReadonlyMap<string, ImportStatus> = new Map([
  ['active', 'ACTIVE'],
  ['1', 'ACTIVE'],
  ['inactive', 'INACTIVE'],
  ['0', 'INACTIVE'],
  ['deleted', 'DELETED'],
  ['unknown', 'UNKNOWN'],
]);

/** A row, and what is wrong with it; to be taken over when that is nothing. */
export interface ParsedRow {
  /** `null` without an identifier that could be one. */
  readonly row: ImportRow | null;
  /** Whose it is, in a file that says so. */
  readonly place: ImportPlace | null;
  readonly reasons: readonly string[];
}

/** Understands the cells of a row that has as many of them as the header. */
export function parseRow(cells: readonly string[], line: number, columns: Columns): ParsedRow {
  const text = (index: number | null): string | null =>
    index === null ? null : unguardCell(cells[index] ?? '') || null;

  const customerId = text(columns.customer);
  const destinationId = text(columns.destination);
  const place = customerId === null || destinationId === null ? null : { customerId, destinationId };
  const identifier = findIdentifier(text, columns);
  const name = text(columns.name);
  const description = text(columns.description);
  const statusWord = text(columns.status)?.trim() ?? '';
  const status = STATUS_WORDS.get(statusWord.toLowerCase()) ?? null;
  const isEmpty = name === null && description === null && statusWord === '';
  const idMistake = identifier === null ? MISSING_ID : mistakeInId(identifier.id);
  const reasons = [
    idMistake,
    tooLong(name, 'name', MAX_NAME_LENGTH),
    tooLong(description, 'description', MAX_DESCRIPTION_LENGTH),
    statusWord !== '' && status === null ? unknownStatus(statusWord) : null,
    isEmpty ? 'says nothing about the segment; fill in its name, description or status' : null,
  ].filter((reason) => reason !== null);
  if (identifier === null || idMistake !== null) return { row: null, place, reasons };
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
    place,
    reasons,
  };
}

/** V8's slices keep the text that they are cut from: one row would hold the whole file in memory. */
function copy(slice: string): string {
  return Buffer.from(slice).toString();
}

function findIdentifier(
  text: (index: number) => string | null,
  columns: Columns,
): Pick<ImportRow, 'idType' | 'id'> | null {
  for (const { idType, index } of columns.identifiers) {
    const id = text(index)?.trim() ?? '';
    if (id !== '') return { idType, id };
  }
  return null;
}

const MISSING_ID = 'has no ID; fill it in or remove the row';

function mistakeInId(id: string): string | null {
  if (!CONTROL_CHARACTER.test(id)) return tooLong(id, 'ID', MAX_ID_LENGTH);
  return `the ID ${excerpt(id)} contains a control character or a line break; remove it`;
}

function unknownStatus(word: string): string {
  const allowed = [...STATUS_WORDS.keys()].join(', ');
  return `the status ${excerpt(word)} is not understood; use one of ${allowed}, or leave it empty`;
}

/** Counts characters (code points) as people do, not UTF-16 code units. */
function tooLong(text: string | null, what: string, longest: number): string | null {
  if (text === null || text.length <= longest) return null;
  const length = Array.from(text).length;
  if (length <= longest) return null;
  return `the ${what} has ${length} characters, at most ${longest} are possible; shorten it`;
}
