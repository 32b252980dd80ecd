import type { Columns } from './columns.js';
import type { ColumnUse, FileColumn } from './types.js';

/** What is shown of a title, in characters: a header may be as long as a file. */
const MAX_TITLE_LENGTH = 200;

/** The columns of a header, and what each was taken for. */
export function columnsOf(columns: Columns): FileColumn[] {
  const uses = new Map<number, ColumnUse>();
  const note = (index: number | null, use: ColumnUse): void => {
    if (index !== null) uses.set(index, use);
  };
  for (const { idType, index, second } of columns.identifiers) {
    // Key and value together are two columns, which have uses of their own.
    if (second === undefined) note(index, idType ?? 'ID');
  }
  note(columns.name, 'NAME');
  note(columns.description, 'DESCRIPTION');
  note(columns.status, 'STATUS');
  note(columns.customer, 'CUSTOMER');
  note(columns.destination, 'DESTINATION');
  note(columns.traitType, 'TRAIT');
  note(columns.isTrait, 'TRAIT');
  return columns.header.map((title, index) => ({
    title: title.length > MAX_TITLE_LENGTH ? `${title.slice(0, MAX_TITLE_LENGTH).toWellFormed()}…` : title,
    use: uses.get(index) ?? null,
  }));
}
