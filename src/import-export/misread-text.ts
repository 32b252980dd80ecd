/** What programs write for a character that they could not read. */
export const LOST_CHARACTER = '\ufffd';

/** The second bytes of UTF-8, 80 to BF, as windows-1252 and ISO 8859-1 read them. */
const SECOND_BYTES =
  '\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d' +
  '\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178';
const MISREAD = new RegExp(`[\u00c2-\u00c5][${SECOND_BYTES}]|\u00e2\u20ac|\u00e2\u201a\u00ac`, 'u');

/** Whether a text looks like UTF-8 that was read as windows-1252: `K\u00c3\u00a4ufer` for `K\u00e4ufer`. */
export function isMisread(text: string): boolean {
  return MISREAD.test(text);
}
