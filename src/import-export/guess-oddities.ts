import type { Encoding } from './encodings.js';

/** The scripts of encodings that have one byte for a letter, besides the Latin one. */
const OTHER_SCRIPTS = String.raw`[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Thai}]`;

/** What no name has in any language, or hardly ever. Quotes, dashes and their like beside letters are no oddity. */
const ODDITIES = new RegExp(
  [
    // A sign in the middle or at the end of a word.
    String.raw`[\p{L}\p{N}](?![\p{L}\p{M}\p{N}\p{Zs}\p{Pd}‘’‚“”„«»‹›…•®™©°€²³ªº])[^\0-\x7f]`,
    // A sign between two letters. Between capital letters, it may stand for a word.
    String.raw`(?<=\p{L})[‘–—‹›‚„…•€®™©°²³ªº](?=\p{Ll})`,
    // A closing quote that no quote opens, as in "Cos“". In German, “ closes.
    String.raw`(?<=\p{L})(?<!„[^“„\r\n]{0,100})“`,
    // A sign that stands for the first letter of a word.
    String.raw`(?<![\p{L}\p{N}])[…›€™‡‰†¸˘](?=\p{Ll})`,
    // Accents of their own, and letters that are no word of their own.
    String.raw`ˆ|(?<![\p{L}\p{M}])\p{M}|(?<!\p{L})[ËÌÍÎÏÙÛ](?!\p{L})`,
    // A capital letter behind a small one, as in "PrÍt", and one behind the first, as in "CÏur".
    String.raw`\p{Ll}(?![A-Z])\p{Lu}|(?<=[A-Z])(?![A-Z])\p{Lu}(?=\p{Ll})`,
    // A word of Latin letters and those of another script.
    String.raw`(?<=\p{Script=Latin})${OTHER_SCRIPTS}|${OTHER_SCRIPTS}(?=\p{Script=Latin})`,
    String.raw`(?<=[a-z])[\p{Script=Han}\uff61-\uff9f]+(?=[a-z])`,
    // A single letter of another script beside a word of Latin letters.
    String.raw`(?<![\p{L}\p{M}])${OTHER_SCRIPTS}(?=[ ’][A-Za-z]{2})|(?<=[A-Za-z]{2}[ ’])${OTHER_SCRIPTS}(?![\p{L}\p{M}])`,
    // Ligatures: only French has œ, in few words at the start of one and before u within one.
    String.raw`(?<=\p{L})œ(?!u)|[œŒ](?![uUdt])|[ﬁﬂ]`,
  ].join('|'),
  'gu',
);

/** What is odd in the languages of an encoding, although others have it. */
const ODD_IN: Readonly<Record<string, RegExp>> = {
  // Czech and Polish, Icelandic and Turkish have these letters, and mostly another encoding.
  'windows-1252': /[ŠšŽžŸÐðÞþÝý]/gu,
  macroman: /[ıŸ]/gu,
  // Of the languages of Central Europe, only Slovak has these letters, in few words.
  'windows-1250': /[ŕŔĺĹ]/gu,
  'iso-8859-2': /[ŕŔĺĹ]/gu,
  // Only Belarusian has it, and never at the start of a sentence.
  'windows-1251': /(?<!\p{L})[ўЎ]/gu,
  // GBK and Big5 have the letters of Japanese, which names in Chinese do not have.
  gbk: /[\u3041-\u30ff]/gu,
  big5: /[\u3041-\u30ff]/gu,
  // Marks of sound that stand behind nothing they belong to.
  'shift-jis':
    /(?<![ｳｶ-ﾄﾊ-ﾎ])ﾞ|(?<![ﾊ-ﾎ])ﾟ|(?<![ｦ-ﾟ])[ｧ-ｰ]|(?<![ｷｼﾁﾃﾆﾋﾌﾐﾘﾞﾟ])[ｬｭｮ]|(?<![ｳｸｼﾁﾂﾃﾄﾌﾞｲ])[ｧ-ｫ]|､(?![ｦ-ﾟ])/gu,
};

const NOT_ASCII = /[^\0-\x7f]/gu;

/** How many places of a text look wrong if it is in this encoding, and how many of its characters are not ASCII. */
export function oddityOf(text: string, { name }: Encoding): { readonly odd: number; readonly of: number } {
  const odd = (text.match(ODDITIES)?.length ?? 0) + (text.match(ODD_IN[name] ?? /(?!)/gu)?.length ?? 0);
  return { odd, of: text.match(NOT_ASCII)?.length ?? 0 };
}

const HAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** Words need only so much of the text, in UTF-16 code units. */
const MAX_WORDS_LENGTH = 2000;

/**
 * The share of Chinese and Japanese characters that stand in words of several characters, from 0 to 1. In a wrong encoding
 * most stand alone. `null` if the text has no such characters.
 */
export function shareInWords(text: string): number | null {
  let inWords = 0;
  let all = 0;
  for (const { segment } of new Intl.Segmenter('ja', { granularity: 'word' }).segment(
    text.slice(0, MAX_WORDS_LENGTH),
  )) {
    if (!HAN.test(segment)) continue;
    all += segment.length;
    if (segment.length > 1) inWords += segment.length;
  }
  return all === 0 ? null : inWords / all;
}
