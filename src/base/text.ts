/** Nothing in it to take apart; most names are so, and whole destinations are folded at once. */
const ASCII = /^\p{ASCII}*$/u;

const COMBINING_ACCENTS = /[\u0300-\u036f]+/g;

/**
 * Text as search and sorting see it: without case, accents or compatibility forms. Marks that are letters
 * of their own script (Devanagari vowel signs, kana voicing) stay.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const lowerCase = text.normalize('NFKD').replace(COMBINING_ACCENTS, '').toLowerCase();
  // Lower case has a sigma of its own for the end of a word; half a word is no end.
  return lowerCase.replaceAll('ς', 'σ').normalize('NFC');
}

/** The folded words of a search; each must be found somewhere. None: everything matches. */
export function searchTerms(text: string): string[] {
  return fold(text)
    .split(/\s+/u)
    .filter((term) => term !== '');
}

/**
 * By Unicode code point: the same on every machine, unlike a locale's order, and the order of UTF-8 bytes in
 * which databases sort.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Where a code unit stands among others: surrogates are for code points above all that fit into one unit. */
export function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}
