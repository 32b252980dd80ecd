/** A piece of a text, as positions in it: from the first character to the one behind the last. */
export type Range = readonly [start: number, end: number];

/** Pure ASCII text is folded character by character. */
const ASCII = /^\p{ASCII}*$/u;

/** A character with the marks that belong to it. */
const CHARACTERS = /\P{M}\p{M}*|\p{M}+/gu;

const COMBINING_ACCENTS = /[\u0300-\u036f]+/g;

/** Letters that Unicode takes apart into no letter and accent, with what people type for them. */
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

/** Removes case, accents and forms of writing, as the gateway does when it searches. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const lowerCase = text.normalize('NFKD').replace(COMBINING_ACCENTS, '').toLowerCase();
  return lowerCase.replace(LETTERS_PATTERN, (letter) => LETTERS[letter] ?? letter).normalize('NFC');
}

/** The words of a search, folded, each once. */
export function searchWords(text: string): string[] {
  return [...new Set(fold(text).split(/\s+/u))].filter((word) => word !== '');
}

/** Where words of a search occur in a text: in order, without overlaps. */
export function findWords(text: string, words: readonly string[]): Range[] {
  if (words.length === 0 || text === '') return [];
  const { folded, original } = foldedWithPositions(text);
  const found: [number, number][] = [];
  for (const word of words) {
    for (let at = folded.indexOf(word); at !== -1; at = folded.indexOf(word, at + word.length)) {
      found.push([original(at)[0], original(at + word.length - 1)[1]]);
    }
  }
  return merged(found);
}

/** A part of a long text that shows where words occur in it. */
export interface Excerpt {
  readonly text: string;
  /** Where the words occur in the part. */
  readonly ranges: readonly Range[];
  /** Whether something was left out before and after the part. */
  readonly isCutBefore: boolean;
  readonly isCutAfter: boolean;
}

/** Cuts a text around the first place where words occur in it. */
export function excerptOf(text: string, ranges: readonly Range[], longest: number): Excerpt {
  // A little more is not worth a cut.
  if (text.length <= longest * 1.25) return { text, ranges, isCutBefore: false, isCutAfter: false };
  const first = ranges[0]?.[0] ?? 0;
  const before = first > longest * 0.7 ? first - Math.floor(longest * 0.3) : 0;
  const start = atCharacter(text, Math.min(before, text.length - longest));
  const end = atCharacter(text, start + longest);
  return {
    text: text.slice(start, end),
    ranges: ranges
      .filter(([from, to]) => to > start && from < end)
      .map(([from, to]) => [Math.max(from, start) - start, Math.min(to, end) - start]),
    isCutBefore: start > 0,
    isCutAfter: end < text.length,
  };
}

/** The folded text, and which piece of the text each of its characters comes from. */
function foldedWithPositions(text: string): { folded: string; original: (at: number) => Range } {
  if (ASCII.test(text)) return { folded: text.toLowerCase(), original: (at) => [at, at + 1] };
  let folded = '';
  const origins: Range[] = [];
  for (const { 0: character, index } of text.matchAll(CHARACTERS)) {
    const piece = fold(character);
    folded += piece;
    for (let count = 0; count < piece.length; count++) origins.push([index, index + character.length]);
  }
  return { folded, original: (at) => origins[at] ?? [text.length, text.length] };
}

function merged(ranges: readonly [number, number][]): Range[] {
  const result: [number, number][] = [];
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

/** A position that is not within a character of two halves. */
function atCharacter(text: string, position: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(position)) ? position - 1 : position;
}
