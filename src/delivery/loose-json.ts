import { DeliveryError } from './delivery-error.js';

/** Deeper nesting is no `.info` file. */
const MAX_DEPTH = 20;

const SPACE = /\s*/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[A-Za-z_$][\w$.-]*/y;
const DOUBLE_QUOTED = /"(?:[^"\\\n]|\\.)*"/y;
const SINGLE_QUOTED = /'(?:[^'\\\n]|\\.)*'/y;

/**
 * Reads JSON whose keys may stand without quotes, and whose texts may be in single quotes.
 *
 * @returns objects as maps by the keys in lower case
 * @throws {DeliveryError} with the line
 */
export function readLooseJson(text: string): unknown {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  #offset: number;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#offset = text.startsWith('\ufeff') ? 1 : 0;
  }

  read(): unknown {
    const value = this.#value();
    this.#take(SPACE);
    if (this.#offset < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): unknown {
    this.#take(SPACE);
    const character = this.#text[this.#offset];
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    const text = this.#quoted();
    if (text !== null) return text;
    const number = this.#take(NUMBER);
    if (number !== null) return Number(number);
    const word = this.#take(WORD);
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    if (word !== null) return word;
    throw this.#unexpected();
  }

  #object(): ReadonlyMap<string, unknown> {
    const object = new Map<string, unknown>();
    this.#list('}', () => {
      const key = this.#quoted() ?? this.#take(WORD);
      this.#take(SPACE);
      if (key === null || this.#text[this.#offset] !== ':') throw this.#unexpected();
      this.#offset += 1;
      object.set(key.toLowerCase(), this.#value());
    });
    return object;
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    this.#list(']', () => values.push(this.#value()));
    return values;
  }

  /** Reads what stands between brackets, separated by commas; one more at the end does no harm. */
  #list(end: string, readEntry: () => void): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new DeliveryError('it is nested too deeply for an .info file');
    this.#offset += 1;
    for (;;) {
      this.#take(SPACE);
      if (this.#text[this.#offset] === end) break;
      readEntry();
      this.#take(SPACE);
      if (this.#text[this.#offset] === ',') this.#offset += 1;
      else if (this.#text[this.#offset] !== end) throw this.#unexpected();
    }
    this.#offset += 1;
    this.#depth -= 1;
  }

  #quoted(): string | null {
    const double = this.#take(DOUBLE_QUOTED);
    const single = double === null ? this.#take(SINGLE_QUOTED) : null;
    if (double === null && single === null) return null;
    const json = double ?? `"${(single ?? '').slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`;
    try {
      return JSON.parse(json) as string;
    } catch {
      throw this.#unexpected();
    }
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#text)?.[0] ?? null;
    if (match !== null) this.#offset += match.length;
    return match;
  }

  #unexpected(): DeliveryError {
    // A text without its closing quote goes on to the end.
    const isOpen = /^(?:"[^"]*|'[^']*)$/.test(this.#text.slice(this.#offset));
    if (isOpen || this.#offset >= this.#text.length)
      return new DeliveryError('it ends too early: was it cut off?');
    const line = this.#text.slice(0, this.#offset).split('\n').length;
    return new DeliveryError(
      `line ${line} is not JSON at ${JSON.stringify(this.#text.slice(this.#offset, this.#offset + 20))}`,
    );
  }
}
