import { storableText } from '../base/text.js';

/** Maximum length of a name, in characters (code points), the same as for a name by hand. */
export const MAX_NAME_LENGTH = 1_000;

/** Maximum length of a description, in characters (code points), the same as for a description by hand. */
export const MAX_DESCRIPTION_LENGTH = 10_000;

/** Maximum length of an identifier, in characters (code points): a longer one cannot be looked up. */
const MAX_IDENTIFIER_LENGTH = 1_000;

/** Maximum length of an address, in characters (code points): it is also shown. */
export const MAX_ADDRESS_LENGTH = 10_000;

/** A text cut to a maximum length, between two characters. */
export function cutText(text: string, maxLength: number): string {
  return text.slice(0, endOf(text, maxLength));
}

/**
 * An identifier, which is kept as it is or not at all: a changed one could be the identifier of another segment.
 *
 * @returns `null` for an empty text, one that is too long, and one that no storage can hold
 */
export function storableIdentifier(text: string, maxLength = MAX_IDENTIFIER_LENGTH): string | null {
  if (text === '' || storableText(text) !== text) return null;
  return endOf(text, maxLength) === text.length ? text : null;
}

/** Where the first `maxLength` characters (code points) end, in UTF-16 code units. */
function endOf(text: string, maxLength: number): number {
  if (text.length <= maxLength) return text.length;
  let end = 0;
  for (let count = 0; count < maxLength && end < text.length; count++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return end;
}
