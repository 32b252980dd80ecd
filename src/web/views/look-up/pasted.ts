import { idsOfDelivery } from './pasted-delivery.js';
import { readMessages } from './pasted-messages.js';
import { readTable } from './pasted-table.js';

/** What a person has pasted, and the IDs in it. */
export interface Pasted {
  /** `list`: IDs alone. `table`: rows of a sheet. `message`, `delivery`: what Audience Manager sends. */
  readonly kind: 'list' | 'table' | 'message' | 'delivery';
  /** The IDs, each once, in their order, with how often each occurs. */
  readonly ids: ReadonlyMap<string, number>;
  /** The destination that a message names; else `null`. */
  readonly destinationId: string | null;
  /** The titles of the columns of a table; else none. */
  readonly columns: readonly string[];
  /** Number of the column that the IDs are from; `null`: all columns. */
  readonly column: number | null;
}

/** White space and invisible characters around an ID, which pages and mails add. */
const AROUND = /^[\s\u200b\u200e\u200f\u2060\ufeff]+|[\s\u200b\u200e\u200f\u2060\ufeff]+$/g;

/** Separators of IDs on a line. */
const SEPARATOR = /[\t;,|]/;

/**
 * Finds the IDs in what a person has pasted: a list in lines or with separators, rows of a sheet, a message of Audience
 * Manager, or lines of one of its files.
 *
 * @param column the column that the person has chosen; `all`: all columns; `null`: the most likely one
 */
export function readPasted(text: string, column: number | 'all' | null = null): Pasted {
  const message = readMessages(text);
  if (message !== null) return pasted('message', message.ids, { destinationId: message.destinationId });
  const lines = text.split(/\r\n|\r|\n/).filter((line) => cleaned(line) !== '');
  const delivered = idsOfDelivery(lines);
  if (delivered !== null) return pasted('delivery', delivered);
  const table = readTable(lines, column);
  if (table !== null) return pasted('table', table.cells, table);
  return pasted('list', withoutHeader(lines.flatMap(idsOfLine)));
}

function pasted(
  kind: Pasted['kind'],
  found: Iterable<string>,
  { destinationId = null, columns = [], column = null }: Partial<Pasted> = {},
): Pasted {
  const ids = new Map<string, number>();
  for (const each of found) {
    const id = cleaned(each);
    if (id !== '') ids.set(id, (ids.get(id) ?? 0) + 1);
  }
  return { kind, ids, destinationId, columns, column };
}

function idsOfLine(line: string): string[] {
  // Addresses contain separators.
  if (/^\s*https?:\/\//i.test(line)) return [line];
  return line.split(SEPARATOR).flatMap((piece) => {
    const id = cleaned(piece);
    // An alias may contain blanks; numbers do not.
    return /^\d+(?:\s+\d+)+$/.test(id) ? id.split(/\s+/) : [id];
  });
}

/** Leaves out the title of a column of numbers. */
function withoutHeader(ids: readonly string[]): readonly string[] {
  const [first, ...others] = ids;
  const isTitle = first !== undefined && /^\p{L}[\p{L} ._-]*$/u.test(first) && others.length > 0;
  return isTitle && others.every((id) => /^\d*$/.test(id)) ? others : ids;
}

/** An ID without what spreadsheets, mails and programs put around it. */
function cleaned(text: string): string {
  const bare = text.replaceAll(AROUND, '');
  return bare.replace(/^=?["'“]([^"'“”]*)["'”]$/, '$1').replaceAll(AROUND, '');
}
