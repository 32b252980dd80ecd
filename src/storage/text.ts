import { fold } from '../base/text.js';

/**
 * Text as every engine can hold it: without U+0000, and with U+FFFD for halves of surrogate pairs. PostgreSQL
 * refuses both, and SQLite would return such text shortened.
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

export function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text);
}

/**
 * The folded name behind a mark that puts segments without a name last. One column that is never null lets
 * both engines compare places as rows of values, for which null has no place.
 */
export function sortKey(name: string | null): string {
  return name === null ? '1' : `0${fold(name)}`;
}

/** All that a search looks through, in one folded text; a search word never holds a line break. */
export function searchText(segment: {
  readonly name: string | null;
  readonly description: string | null;
  readonly alias: string | null;
  readonly id: string;
  readonly sid: string | null;
}): string {
  const { name, description, alias, id, sid } = segment;
  return fold([name, description, alias, id, sid].map((part) => part ?? '').join('\n'));
}
