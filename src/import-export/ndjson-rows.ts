import { setImmediate } from 'node:timers/promises';
import { hasTooManyColumns, tooManyColumns, type Columns } from './columns.js';
import { EXPORT_HEADER, EXPORT_HEADER_LISTED, EXPORT_KEYS, EXPORT_KEYS_LISTED } from './export-lines.js';
import { numbersOf } from './json-numbers.js';
import { quoteForMessage } from './quote-for-message.js';
import { mayBeNumber } from './read-id.js';
import type { RowSource, SourceRow } from './row-source.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** Characters read before yielding to the event loop. */
const CHARACTERS_PER_TURN = 65_536;

const NOT_AN_OBJECT =
  'is not a JSON object; each line needs an object of its own, such as {"sid":"80920","name":"A"}';

/** Whether a text is NDJSON: its first line that is not blank is a JSON object. */
export function isNdjson(text: string): boolean {
  const first = /^[\ufeff\s]*(\{[^\r\n]*)/.exec(text)?.[1];
  return first !== undefined && parseObject(first) !== null;
}

/**
 * Collects the keys of all objects of an NDJSON text, in turns: the first object need not have them all.
 *
 * @throws {FileError} if there are too many
 */
export async function readKeys(text: string, signal?: AbortSignal): Promise<readonly string[]> {
  const keys = new Set<string>();
  const lines = new LineReader(text);
  let turnEnd = CHARACTERS_PER_TURN;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    for (const key of Object.keys(parseObject(line.text) ?? {})) keys.add(key);
    if (hasTooManyColumns(keys.size)) throw tooManyColumns(keys.size, line.line);
    if (lines.offset < turnEnd) continue;
    turnEnd = lines.offset + CHARACTERS_PER_TURN;
    await setImmediate();
    signal?.throwIfAborted();
  }
  return [...keys];
}

/** What the keys of an NDJSON text are as a header: that of our own exports, if the keys are theirs. */
export function headerOfKeys(keys: readonly string[]): readonly string[] {
  if (isSame(keys, EXPORT_KEYS)) return EXPORT_HEADER;
  return isSame(keys, EXPORT_KEYS_LISTED) ? EXPORT_HEADER_LISTED : keys;
}

/** The key of an identifier. */
interface IdKey {
  readonly key: string;
  /** Index of the cell. */
  readonly index: number;
  readonly mayBeNumber: boolean;
}

/** The rows of an NDJSON text: one object on each line. */
export class NdjsonRows implements RowSource {
  readonly #lines: LineReader;
  readonly #keys: readonly string[];
  readonly #idKeys: readonly IdKey[];
  /** The other keys that are columns. What is nested under the rest makes no difference. */
  readonly #textKeys: readonly string[];

  constructor(text: string, keys: readonly string[], columns: Columns) {
    this.#lines = new LineReader(text);
    this.#keys = keys;
    const keyOf = (index: number): string => keys[index] ?? '';
    this.#idKeys = columns.identifiers.flatMap(({ idType, index, second }) => [
      { key: keyOf(index), index, mayBeNumber: mayBeNumber(idType) },
      ...(second === undefined
        ? []
        : [{ key: keyOf(second.index), index: second.index, mayBeNumber: false }]),
    ]);
    const { name, description, status, customer, destination, traitType, isTrait } = columns;
    this.#textKeys = [name, description, status, customer, destination, traitType, isTrait]
      .filter((index) => index !== null)
      .map(keyOf);
  }

  get offset(): number {
    return this.#lines.offset;
  }

  get length(): number {
    return this.#lines.length;
  }

  next(): SourceRow | null {
    const read = this.#lines.next();
    if (read === null) return null;
    const { line, text } = read;
    const row = { line, lastLine: line, raw: null };
    if (text.trim() === '') return { ...row, cells: [''], malformed: null };
    const object = parseObject(text);
    if (object === null) return { ...row, cells: [text], malformed: NOT_AN_OBJECT, hasLostIds: true };
    const cells = this.#keys.map((key) => textOf(object[key]));
    const badId = this.#readIds(text, object, cells);
    if (badId !== null) return { ...row, cells, malformed: badId, hasLostIds: true };
    const bad = this.#textKeys.find((key) => isNotText(object[key]));
    return { ...row, cells, malformed: bad === undefined ? null : notTextReason(bad, object[bad]) };
  }

  /**
   * Looks at the values that are identifiers. Those that are numbers become what is written in the line, where that may
   * make a difference.
   *
   * @param cells of the row; they are changed
   * @returns why an identifier cannot be read, with the remedy, if one cannot
   */
  #readIds(text: string, object: JsonObject, cells: string[]): string | null {
    // Most lines end here: they have no fraction and no exponent.
    const written = NOT_WHOLE.test(text) ? numbersOf(text) : null;
    for (const { key, index, mayBeNumber: isNumber } of this.#idKeys) {
      const value = object[key];
      if (isNotText(value)) return notTextReason(key, value);
      const number = typeof value === 'number' ? written?.get(key) : undefined;
      if (number === undefined || /^-?\d+$/.test(number)) continue;
      if (!isNumber || !FRACTION_OF_ZEROS.test(number)) return notWholeReason(key, number);
      cells[index] = number;
    }
    return null;
  }
}

/** A number in a line that has a fraction or an exponent. */
const NOT_WHOLE = /\d[.eE]/;
/** What programs make of whole numbers in a column with gaps. */
const FRACTION_OF_ZEROS = /^\d+\.0+$/;

class LineReader {
  readonly #text: string;
  #line = 0;
  offset: number;

  constructor(text: string) {
    this.#text = text;
    this.offset = text.startsWith('\ufeff') ? 1 : 0;
  }

  get length(): number {
    return this.#text.length;
  }

  next(): { readonly line: number; readonly text: string } | null {
    if (this.offset >= this.#text.length) return null;
    const found = this.#text.indexOf('\n', this.offset);
    const end = found === -1 ? this.#text.length : found;
    const text = this.#text.slice(this.offset, end);
    this.offset = end + 1;
    this.#line++;
    return { line: this.#line, text };
  }
}

/** Maximum length of a line, in UTF-16 code units: far above any segment, but short enough to parse in one step. */
const MAX_LINE_LENGTH = 100_000;

function parseObject(text: string): JsonObject | null {
  if (text.length > MAX_LINE_LENGTH) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : null;
  } catch {
    return null;
  }
}

/** Whether a value cannot be taken as a text: it is a list or an object, or a number that reading JSON has rounded. */
function isNotText(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null;
}

function notTextReason(key: string, value: unknown): string {
  const title = quoteForMessage(key);
  if (typeof value !== 'number') {
    return `has a list or an object as ${title}; give a text, or a line for each segment`;
  }
  return `has a number beyond ${Number.MAX_SAFE_INTEGER} as ${title}, which JSON rounds; write it in quotes, as its source has it`;
}

function notWholeReason(key: string, number: string): string {
  return (
    `has the number ${quoteForMessage(number)} as ${quoteForMessage(key)}, and the digits of an ID may be lost there; ` +
    'write it in quotes, as its source has it'
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
