import { DeliveryError } from './delivery-error.js';
import { documented, JSON_LINES, type Template } from './template.js';

/** A template that fits the first lines of a file. */
export interface Guess {
  readonly template: Template;
  /** The first line is one of words, not of a user. */
  readonly hasHeader: boolean;
}

const USER_WORD =
  /^["#]?\s*(?:(?:aam|dp|device|partner|data ?partner|advertising|cookie|global)?[ _-]?(?:uu|u|user|td|dp)?[ _-]?id|user)(?=["\s,;|]|$)|^#/i;

const NO_FIT =
  "The lines of the file fit none of the templates default, spaces, tabs, typed and json. State how they are made with --template, such as --template '{user}|{segments:,}|{left:,}', or for a CSV file with a header the column of segment IDs with --column.";

const TWO_FIT =
  'The lines of the file fit two templates: what stands third in a line may be segments that the user left, or one more segment. State which with --template default or --template spaces.';

const WHICH_SPACES =
  "The lines of the file do not tell who entered and who left: two spaces may be one separator, or two with an empty list between them. State it with --template '{user} {segments} {left}' (one space) or --template '{user}  {segments}  {left}' (two spaces).";

/** Whether a line is a header: it begins with a word for the ID of a user, or with a number sign. */
export function isHeader(line: string): boolean {
  return USER_WORD.test(line);
}

/**
 * Guesses the template of a file from its first lines: the one that all of them fit. Nothing is guessed where two fit that
 * would name different segments, or say otherwise who left, unless a good part of the lines tells them apart.
 *
 * @param lines the first lines, without their ends; the last one may be cut off only if it is left out
 * @param isDefault the template is known to be `default`: only the number of spaces is not
 * @throws {DeliveryError} with what to state
 */
export function guessTemplate(lines: readonly string[], isDefault = false): Guess {
  const filled = lines.filter((line) => line.trim() !== '');
  const hasHeader = filled.length > 0 && isHeader(filled[0] ?? '');
  const rows = hasHeader ? filled.slice(1) : filled;
  if (isDefault) return { template: defaultOf(rows), hasHeader };
  // A file without lines has nothing that could be read wrongly.
  if (rows.length === 0) return { template: documented('twoSpaces'), hasHeader };
  const count = (...forms: Form[]): number =>
    rows.filter((row) => forms.some((form) => FORMS[form].test(row))).length;
  // Single broken lines do not decide. They are reported when it is their turn.
  const isMost = (...forms: Form[]): boolean => count(...forms) >= rows.length * MIN_FITTING;
  if (isMost('json')) return { template: JSON_LINES, hasHeader };
  if (isMost('tabs')) return { template: documented('tabs'), hasHeader };
  if (isMost('typed')) return { template: documented('typed'), hasHeader };
  if (!isMost('spaces', 'oneSpace', 'twoSpaces')) throw new DeliveryError(NO_FIT);
  const more = clearMajority(rows, FORMS.spaces, FORMS.default);
  if (more === null) throw new DeliveryError(TWO_FIT);
  return { template: more === FORMS.spaces ? documented('spaces') : defaultOf(rows), hasHeader };
}

const LIST = '[^\\s,]+(?:,[^\\s,]+)*';
/** What a line looks like under a template. */
const FORMS = {
  json: /^\s*\{/,
  // A type is one digit. In pairs of longer numbers, both are IDs, and every other one would be lost as a type.
  tabs: /^(?:[^\t]*\t){5}(?:\d,[^,&\s]+,\d+,\d+(?:&\d,[^,&\s]+,\d+,\d+)*)?$/,
  typed: /^[^\t]+\t\d,[^,\s]+(?:,\d,[^,\s]+)*$/,
  spaces: /^[^ \t]+(?: [^ \t,]+)+ ?$/,
  default: new RegExp(`^[^ \\t]+ {1,2}(?:${LIST})?(?: {1,2}(?:${LIST})?)?$`),
  oneSpace: new RegExp(`^[^ \\t]+ (?:${LIST})?(?: (?:${LIST})?)?$`),
  twoSpaces: new RegExp(`^[^ \\t]+  (?:${LIST})?(?:  (?:${LIST})?)?$`),
} as const;

type Form = keyof typeof FORMS;

/** Which share of the first lines has to fit a template. The others are broken, and reported. */
const MIN_FITTING = 0.5;

/** Which share of the lines that tell two templates apart may be for the other one. */
const MAX_CONTRADICTING = 0.1;

/**
 * How many lines have to tell two templates apart. A single one may be broken: it must not say how all the others are read,
 * because then what users entered passes for what they left. In a file of a few lines it is half of them.
 */
const MIN_TELLING = 3;

/** Which share of all lines that has to be. */
const MIN_TELLING_SHARE = 0.1;

/**
 * Which of two forms the lines have that fit only one of them; `null` if too few lines do to be sure, or if many are of
 * each.
 */
function clearMajority<T extends RegExp>(rows: readonly string[], a: T, b: T): T | null {
  let onlyA = 0;
  let onlyB = 0;
  for (const row of rows) {
    const [isA, isB] = [a.test(row), b.test(row)];
    if (isA && !isB) onlyA += 1;
    if (isB && !isA) onlyB += 1;
  }
  const [form, more, fewer] = onlyA >= onlyB ? [a, onlyA, onlyB] : [b, onlyB, onlyA];
  const needed = Math.max(Math.min(MIN_TELLING, Math.ceil(rows.length / 2)), rows.length * MIN_TELLING_SHARE);
  return more < needed || fewer > (more + fewer) * MAX_CONTRADICTING ? null : form;
}

/**
 * One space or two: `user␣␣25` is somebody who entered 25 or who left it. Lines that can be read in one way decide.
 *
 * @throws {DeliveryError} if too few do, or if they differ
 */
function defaultOf(rows: readonly string[]): Template {
  if (rows.length === 0) return documented('twoSpaces');
  const form = clearMajority(rows, FORMS.oneSpace, FORMS.twoSpaces);
  if (form === null) throw new DeliveryError(WHICH_SPACES);
  return documented(form === FORMS.oneSpace ? 'oneSpace' : 'twoSpaces');
}
