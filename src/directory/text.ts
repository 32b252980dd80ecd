const COMBINING_ACCENTS = /[\u0300-\u036f]+/g;

/**
 * Text as search and sorting see it: without case, accents or compatibility forms. Marks that are letters
 * of their own script (Devanagari vowel signs, kana voicing) stay.
 */
export function fold(text: string): string {
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

/** By UTF-16 code unit: the same on every machine, unlike a locale's order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
