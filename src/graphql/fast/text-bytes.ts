const LATIN_1 = /^[\0-\xff]*$/;

/** Maximum memory of a text, in bytes: V8 takes two for each character if one of them is beyond Latin-1. */
export function textBytes(text: string): number {
  return LATIN_1.test(text) ? text.length : 2 * text.length;
}
