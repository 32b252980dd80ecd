import { fold, storableText } from '../base/text.js';

/**
 * Length of the indexed prefix of identifiers, in code points. PostgreSQL's B-trees refuse entries of more than 2,700 bytes,
 * and an identifier may have 1,000 characters.
 */
export const IDENTIFIER_PREFIX_LENGTH = 64;

/** `storableText` for text that may be missing. */
export function storableOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text);
}

/**
 * The column that segments are sorted by: the folded name behind a digit that sorts segments without a name
 * last. The column is never null, because both engines compare positions as tuples, and a null in a tuple has
 * no order.
 */
export function sortKey(name: string | null): string {
  return name === null ? '1' : `0${fold(name)}`;
}

/**
 * The column that a search looks through: name, description, alias, ID, sid and value, folded and separated by
 * line breaks. Search terms contain no line breaks, so no term matches across two of the texts. The addresses
 * of URL destinations are left out: they all begin alike, so a search for a part of them would find everything.
 */
export function searchText(segment: {
  readonly name: string | null;
  readonly description: string | null;
  readonly alias: string | null;
  readonly id: string;
  readonly sid: string | null;
  readonly value: string | null;
}): string {
  const { name, description, alias, id, sid, value } = segment;
  return fold([name, description, alias, id, sid, value].map((part) => part ?? '').join('\n'));
}
