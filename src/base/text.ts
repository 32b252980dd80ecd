/** Pure ASCII text needs no Unicode normalization. Most names are ASCII, and whole destinations are folded at once. */
const ASCII = /^\p{ASCII}*$/u;

const COMBINING_ACCENTS = /[\u0300-\u036f]+/g;

/**
 * Lower-case letters that Unicode takes apart into no letter and accent, with what people type for them. toLowerCase() turns a
 * sigma at the end of a word into a final sigma; a search for part of a word has to match it.
 */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŧ: 't',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ς: 'σ',
};
const LETTERS_PATTERN = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/**
 * Folds text for searching and sorting: removes case, accents and Unicode compatibility forms. Marks that are part of
 * a script (Devanagari vowel signs, kana voicing) are kept. Rows of the database hold folded texts, so a change of this
 * function needs a migration.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const lowerCase = text.normalize('NFKD').replace(COMBINING_ACCENTS, '').toLowerCase();
  return lowerCase.replace(LETTERS_PATTERN, (letter) => LETTERS[letter] ?? letter).normalize('NFC');
}

/**
 * Splits a search text into folded words, each once. A match must contain every word; an empty list matches everything.
 * Words have the form in which texts are kept.
 */
export function searchTerms(text: string): string[] {
  const words = fold(storableText(text)).split(/\s+/u);
  return [...new Set(words)].filter((term) => term !== '');
}

/**
 * Compares two texts by Unicode code point. Unlike a locale's order, this order is the same on every machine, and it
 * equals the byte order of UTF-8, in which the databases sort.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return codeUnitRank(x) - codeUnitRank(y);
  }
  return a.length - b.length;
}

/**
 * Sort rank of a UTF-16 code unit in code point order. Surrogates rank above all other code units, because they encode
 * the code points above U+FFFF.
 */
export function codeUnitRank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}

/**
 * The one form in which a text is kept, in memory and in every storage: U+0000 is removed and unpaired surrogates
 * become U+FFFD. PostgreSQL refuses both, and SQLite returns such a text truncated.
 */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '').toWellFormed() : text.toWellFormed();
}

/** The beginning of a long text, with an ellipsis. It is cut between characters: half of one could not be sent. @param max in UTF-16 code units */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const isHalf = /[\ud800-\udbff]$/.test(text.slice(0, max));
  return `${text.slice(0, isHalf ? max - 1 : max)}…`;
}
