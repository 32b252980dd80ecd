import { setImmediate } from 'node:timers/promises';
import { decoderOf, encodingOf, ENCODINGS, type Encoding } from './encodings.js';
import { oddityOf, shareInWords } from './guess-oddities.js';
import { columnTypeOf } from './header-words.js';

/** A list with one letter that is not ASCII mostly reaches more. */
const WEAK_SCORE = 0.005;

/**
 * Guesses the encoding of a text that is not UTF-8.
 *
 * The library compares the text with models of languages. Its guesses are close to each other if a file has only a few
 * letters that are not ASCII. So they are weighed: by how frequent the encoding is, by whether the letters stand where
 * letters stand, by whether Chinese and Japanese characters make words, and by whether the titles of columns are known.
 * A list without such letters, and with signs such as `®` and `£` only, is taken for windows-1252.
 *
 * Yields to the event loop between the encodings.
 *
 * @param sample lines of the text
 * @returns `null` if it fits no encoding
 */
export async function guessEncoding(sample: Uint8Array): Promise<Encoding | null> {
  // Loaded here, because its models of languages are large, and most files are UTF-8.
  const { detectAll } = await import('jschardet');
  const detectEncodings = ENCODINGS.flatMap(({ guessed }) => guessed);
  const scores = new Map<Encoding, number>(EAST_ASIAN.map((encoding) => [encoding, 0]));
  for (const guess of detectAll(sample, { detectEncodings, minimumThreshold: 0 })) {
    const name = guess.encoding?.toLowerCase() ?? '';
    const encoding = ENCODINGS.find(({ guessed }) => guessed.includes(name));
    if (encoding !== undefined) scores.set(encoding, Math.max(guess.confidence, scores.get(encoding) ?? 0));
  }
  const candidates: { encoding: Encoding; weight: number }[] = [];
  let best = 0;
  for (const [encoding, score] of scores) {
    const text = decoderOf(encoding, false)(sample, true);
    if (NO_TEXT.test(text)) continue;
    best = Math.max(best, score);
    candidates.push({ encoding, weight: weigh(encoding, score, text.slice(0, MAX_WEIGHED_LENGTH)) });
    await setImmediate();
  }
  if (best < WEAK_SCORE && hasOnlySigns(sample)) return WINDOWS_1252;
  const [found] = candidates
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || priorityOf(a.encoding) - priorityOf(b.encoding));
  return found?.encoding ?? null;
}

const WINDOWS_1252 = encodingOf('windows-1252');
const SHIFT_JIS = encodingOf('shift-jis');
const EAST_ASIAN = [SHIFT_JIS, encodingOf('euc-jp'), encodingOf('gbk'), encodingOf('big5')];

/** What stands in names beside letters, in Western languages. */
const SIGNS = /^[\0-\x7f®©™£€¥°§–—‘’‚“”„«»‹›…•·½¼¾²³¡¿ªº\u00a0]*$/;

function hasOnlySigns(sample: Uint8Array): boolean {
  return SIGNS.test(decoderOf(WINDOWS_1252, false)(sample, true));
}

function priorityOf(encoding: Encoding): number {
  return ENCODINGS.indexOf(encoding);
}

/** The characters that an encoding has no meaning for, or that no list of names has. */
const NO_TEXT = /[\ufffd\u0080-\u009f\ue000-\uf8ff\u2500-\u259f]/;

/** Lists in these encodings are rarer than in the others. */
const RARE: Readonly<Record<string, number>> = {
  macroman: 0.7,
  'windows-1250': 0.5,
  'windows-1254': 0.5,
  'windows-1257': 0.3,
  'windows-1258': 0.1,
  'windows-874': 0.5,
  'iso-8859-2': 0.3,
  'koi8-r': 0.5,
};

/** The start of a text that is weighed, in UTF-16 code units. The library compares all of the sample. */
const MAX_WEIGHED_LENGTH = 8000;

/** What one odd character leaves of a weight. */
const ODD = 0.1;
/** So many characters are enough to judge. */
const ENOUGH = 20;
/** How much more a text with known titles weighs. */
const TITLES = 20;

function weigh(encoding: Encoding, score: number, text: string): number {
  const { odd, of } = oddityOf(text, encoding);
  const oddity = ODD ** ((odd / Math.max(of, 1)) * Math.min(of, ENOUGH));
  const words = shareInWords(text);
  const east = EAST_ASIAN.includes(encoding) ? Math.max(score, eastAsianScore(text, words ?? 0)) : score;
  const inWords = words === null ? 1 : 0.1 + words;
  const known = hasKnownTitles(text) ? TITLES : 1;
  return east * inWords * oddity * (RARE[encoding.name] ?? 1) * known;
}

/** The score of a few letters. */
const FEW_LETTERS = 0.05;
const HALF_WIDTH = /(?<![A-Za-z])[\uff61-\uff9f]{2,}(?![a-z])/gu;
const SINGLE_HAN = /(?<!\p{Script=Han})\p{Script=Han}(?!\p{Script=Han})/u;

/**
 * The least score of a text in Chinese or Japanese. The library gives none to some lists with a few words, and has no
 * model of katakana in half width, which take one byte each.
 */
function eastAsianScore(text: string, words: number): number {
  const halfWidth = text.match(HALF_WIDTH)?.join('').length ?? 0;
  if (halfWidth === 0) return words > 0.8 ? FEW_LETTERS / 5 : 0;
  const all = text.replaceAll(/[\0-\x7f]/g, '').length;
  return halfWidth * 2 > all && !SINGLE_HAN.test(text) ? FEW_LETTERS : 0;
}

/** The header is among the first lines, below titles of the list. */
const MAX_HEADER_LINES = 5;
const MAX_TITLES = 50;

/** Whether a line has the known title of a column, with letters that are not ASCII. */
function hasKnownTitles(text: string): boolean {
  return text
    .split(/\r\n|\r|\n/, MAX_HEADER_LINES)
    .some((line) =>
      line
        .split(/[,;\t|]/, MAX_TITLES)
        .some((cell) => /[^\0-\x7f]/.test(cell) && columnTypeOf(unquoted(cell)) !== null),
    );
}

function unquoted(cell: string): string {
  return cell.trim().replace(/^"(.*)"$/, '$1');
}
