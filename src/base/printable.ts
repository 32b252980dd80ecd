/**
 * Characters that change what a terminal or a reader shows around them: C0 and C1 control characters and DEL except tab
 * and line feed, separators of lines and paragraphs, marks that change the direction of text, and halves of surrogate
 * pairs. Sources: ECMA-48; Unicode Standard Annex 9.
 */
const UNPRINTABLE =
  /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Escapes the characters that must not reach a terminal or a log as they are. Tabs and line feeds stay. The escapes are
 * those of JSON, such as `\u009b`, so that JSON stays the same data.
 */
export function printable(text: string): string {
  // Most texts have no such character. A search is faster than a replacement that finds nothing.
  return text.search(UNPRINTABLE) === -1 ? text : text.replaceAll(UNPRINTABLE, escapeOf);
}

/** Removes the characters that `printable` escapes, and tabs and line feeds. */
export function withoutUnprintable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '').replaceAll(/[\t\n]/g, '');
}

/** Whether `printable` would escape the character. */
export function isUnprintable(character: string): boolean {
  return character.search(UNPRINTABLE) !== -1;
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
