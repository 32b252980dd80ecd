/** White space, and characters that show nothing, such as the zero-width space and the marks of writing direction. */
const INVISIBLE =
  '\\s\\u00ad\\u115f\\u1160\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\u3164\\ufeff\\uffa0';
const INVISIBLE_CHARACTER = new RegExp(`^[${INVISIBLE}]$`, 'u');
const NOTHING_ELSE = new RegExp(`^[${INVISIBLE}]*$`, 'u');
/** Of no meaning in any script, unlike the joiners of Persian and of emoji. */
const WITHOUT_MEANING = /[\u00ad\u200b\u2060\ufeff]/gu;
const MARKS = /[\u200c-\u200f\u202a-\u202e\u2061-\u2064\u2066-\u206f]/gu;
const PLAIN = /^[\x21-\x7e]*$/;

/**
 * An identifier without what people do not see: white space and invisible characters around it, and invisible ones in
 * it. Everything that takes identifiers by hand uses this, so that the same ID is the same everywhere.
 */
export function trimId(text: string): string {
  if (PLAIN.test(text)) return text;
  const trimmed = trimAround(text).replace(WITHOUT_MEANING, '');
  const withoutMarks = trimmed.replace(MARKS, '');
  return /^\d+$/.test(withoutMarks) ? withoutMarks : trimmed;
}

/** All these characters are one code unit long. Looking at each once is faster than a pattern for long texts. */
function trimAround(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && INVISIBLE_CHARACTER.test(text.charAt(start))) start++;
  while (end > start && INVISIBLE_CHARACTER.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Whether a text has nothing that people could see. */
export function isInvisible(text: string): boolean {
  return NOTHING_ELSE.test(text);
}

/** A formula that only holds a text, by which a program keeps a spreadsheet from changing it: `="00123"`. */
const TEXT_FORMULA = /^\s*="((?:[^"]|"")*)"\s*$/;

/** The text that a cell shows if it is a formula with a text, else the cell. */
export function unwrapFormula(cell: string): string {
  const text = TEXT_FORMULA.exec(cell)?.[1];
  return text === undefined ? cell : text.replaceAll('""', '"');
}
