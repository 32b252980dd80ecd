import { AsciiText } from '../segments/index.js';

/** What a scanned row has of each field that was asked for: a text, a number, or nothing of use (`null`). */
export type ScannedValue = AsciiText | string | number | null;

/** One answer of the mappings endpoint, rows aside. */
export interface ScannedPage {
  /** `null`: the answer is a plain array of rows. */
  readonly paging: { readonly total: number; readonly page: number } | null;
  readonly rows: number;
}

/** In an answer that is more than a plain array. */
const TOTAL = 'total';
const PAGE = 'page';
const LIST = 'list';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Its four characters. */
const NULL = 0x6e756c6c;

/** Digits of which every number is a safe integer. */
const SAFE_DIGITS = 15;

const MAX_DEPTH = 32;

/** Ends the scan: this has to be looked at by others. */
const ODD = new Error('odd JSON');

/**
 * ReadSet a page of rows from its JSON without making objects of it: of each row, only the fields that are asked for
 * get out of the bytes. Together with packing it takes three fifths of the time that `JSON.parse` does, and leaves hardly
 * anything to collect.
 *
 * What it reads is what `JSON.parse` would have read. Whatever is out of the ordinary, and all that is not JSON,
 * it does not judge but leaves to that.
 */
export class RowScanner {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #fields: readonly string[];
  readonly #onRow: (values: readonly ScannedValue[]) => void;
  /** Of the row under way, in the order of the fields. */
  readonly #values: ScannedValue[];
  #at = 0;
  /** Of a row before, where its keys stand, how long (with quotes and colon) and which fields they are. */
  readonly #keyStarts: number[] = [];
  readonly #keyLengths: number[] = [];
  readonly #keyFields: number[] = [];
  #rows = 0;

  private constructor(
    body: Uint8Array,
    fields: readonly string[],
    onRow: (values: readonly ScannedValue[]) => void,
  ) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#fields = fields;
    this.#onRow = onRow;
    this.#values = fields.map(() => null);
  }

  /**
   * @param onRow called with the same array each time; one that is no object has nothing in it
   * @returns `null`: it is no such page, or an odd one; what `onRow` was called with does not count
   */
  static scan(
    body: Uint8Array,
    fields: readonly string[],
    onRow: (values: readonly ScannedValue[]) => void,
  ): ScannedPage | null {
    try {
      return new RowScanner(body, fields, onRow).#page();
    } catch (error) {
      if (error === ODD) return null;
      throw error;
    }
  }

  #page(): ScannedPage {
    let paging: ScannedPage['paging'] = null;
    if (this.#next() === OPENING_BRACKET) this.#list();
    else {
      const found = new Map<string, number>();
      this.#members((key) => {
        if (found.has(key)) throw ODD;
        if (key === LIST) {
          if (this.#next() !== OPENING_BRACKET) throw ODD;
          found.set(LIST, 0);
          this.#list();
        } else if (key === TOTAL || key === PAGE) found.set(key, this.#number());
        else this.#skip(0);
      });
      const [total, page] = [found.get(TOTAL), found.get(PAGE)];
      if (total === undefined || page === undefined || !found.has(LIST)) throw ODD;
      paging = { total, page };
    }
    this.#next();
    if (this.#at !== this.#bytes.length) throw ODD;
    return { paging, rows: this.#rows };
  }

  #list(): void {
    this.#elements(() => {
      this.#values.fill(null);
      if (this.#next() === OPENING_BRACE) this.#row();
      else this.#skip(0);
      this.#rows += 1;
      this.#onRow(this.#values);
    });
  }

  /** At its opening brace. As a rule there are no blanks, and the keys are those of the row before. */
  #row(): void {
    const bytes = this.#bytes;
    this.#at += 1;
    if (this.#next() === CLOSING_BRACE) {
      this.#at += 1;
      return;
    }
    for (let member = 0; ; member += 1) {
      const field = this.#field(member);
      const at = this.#at;
      if (at + 4 <= bytes.length && this.#view.getInt32(at) === NULL) {
        this.#at += 4;
        if (field >= 0) this.#values[field] = null;
      } else if (field < 0) this.#skip(0);
      else this.#values[field] = this.#value();
      const byte = bytes[this.#at];
      if (byte === COMMA) this.#at += 1;
      else if (!this.#goesOn(CLOSING_BRACE)) return;
    }
  }

  /** Which field a key is, -1 for others, and on to its value. */
  #field(member: number): number {
    const length = this.#keyLengths[member] ?? 0;
    if (length > 0 && this.#isAgain(this.#keyStarts[member] ?? 0, length)) {
      this.#at += length;
      return this.#keyFields[member] ?? -1;
    }
    if (this.#next() !== QUOTE) throw ODD;
    const start = this.#at;
    const field = this.#fields.indexOf(this.#key());
    this.#keyStarts[member] = start;
    this.#keyLengths[member] = this.#at - start;
    this.#keyFields[member] = field;
    return field;
  }

  /** Whether here stands again what stands there. */
  #isAgain(there: number, length: number): boolean {
    const at = this.#at;
    if (at + length > this.#bytes.length) return false;
    const view = this.#view;
    const last = length - 4;
    for (let done = 0; done < last; done += 4) {
      if (view.getInt32(there + done) !== view.getInt32(at + done)) return false;
    }
    // With the quotes and the colon it has four bytes at least, but for the empty key.
    return length >= 4 && view.getInt32(there + last) === view.getInt32(at + last);
  }

  /** Its name, and on to behind its colon. */
  #key(): string {
    if (this.#next() !== QUOTE) throw ODD;
    const key = this.#text().toString();
    if (this.#next() !== COLON) throw ODD;
    this.#at += 1;
    return key;
  }

  /** @param read reads the value of a key */
  #members(read: (key: string) => void): void {
    if (this.#next() !== OPENING_BRACE) throw ODD;
    this.#at += 1;
    if (this.#next() === CLOSING_BRACE) this.#at += 1;
    else {
      do read(this.#key());
      while (this.#goesOn(CLOSING_BRACE));
    }
  }

  /** @param read reads an element */
  #elements(read: () => void): void {
    this.#at += 1;
    if (this.#next() === CLOSING_BRACKET) this.#at += 1;
    else {
      do read();
      while (this.#goesOn(CLOSING_BRACKET));
    }
  }

  /** Behind a comma, or behind the end. */
  #goesOn(closing: number): boolean {
    const byte = this.#next();
    if (byte !== COMMA && byte !== closing) throw ODD;
    this.#at += 1;
    return byte === COMMA;
  }

  #value(): ScannedValue {
    const byte = this.#next();
    if (byte === QUOTE) return this.#text();
    if (isDigit(byte) || byte === MINUS) return this.#number();
    this.#skip(0);
    return null;
  }

  #skip(depth: number): void {
    if (depth > MAX_DEPTH) throw ODD;
    const byte = this.#next();
    if (byte === QUOTE) this.#skipText();
    else if (byte === OPENING_BRACE) {
      this.#members(() => this.#skip(depth + 1));
    } else if (byte === OPENING_BRACKET) {
      this.#elements(() => this.#skip(depth + 1));
    } else if (isDigit(byte) || byte === MINUS) this.#number();
    else if (!this.#word('null') && !this.#word('true') && !this.#word('false')) throw ODD;
  }

  #word(word: string): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < word.length; index++) {
      if (bytes[this.#at + index] !== word.charCodeAt(index)) return false;
    }
    this.#at += word.length;
    return true;
  }

  #number(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let number = 0;
    for (; ; at++) {
      const byte = bytes[at] ?? 0;
      if (!isDigit(byte)) break;
      number = number * 10 + byte - ZERO;
    }
    const digits = at - start;
    const isPlain =
      digits > 0 &&
      digits <= SAFE_DIGITS &&
      (bytes[start] !== ZERO || digits === 1) &&
      !isInNumber(bytes[at] ?? 0);
    if (isPlain) {
      this.#at = at;
      return number;
    }
    while (isInNumber(bytes[at] ?? 0)) at += 1;
    const text = bytes.toString('latin1', start, at);
    if (!NUMBER.test(text)) throw ODD;
    this.#at = at;
    return Number(text);
  }

  /** At its opening quote. */
  #text(): AsciiText | string {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let bits = 0;
    let at = this.#plainUntil(start);
    for (; ; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
      bits |= byte;
    }
    if (bytes[at] !== QUOTE) return this.#escapedText();
    this.#at = at + 1;
    return bits < 0x80 ? new AsciiText(this.#view, start, at - start) : bytes.toString('utf8', start, at);
  }

  #skipText(): void {
    const bytes = this.#bytes;
    let at = this.#plainUntil(this.#at + 1);
    for (; ; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
    }
    if (bytes[at] === QUOTE) this.#at = at + 1;
    else this.#escapedText();
  }

  /** A place up to which there is nothing but ordinary ASCII: looked at four bytes at a time. */
  #plainUntil(start: number): number {
    const view = this.#view;
    let at = start;
    for (const last = this.#bytes.length - 4; at <= last; at += 4) if (!isPlain(view.getInt32(at))) break;
    return at;
  }

  #escapedText(): string {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    for (; bytes[at] !== QUOTE; at += bytes[at] === BACKSLASH ? 2 : 1) {
      if (at >= bytes.length) throw ODD;
    }
    const text = bytes.toString('utf8', this.#at, at + 1);
    this.#at = at + 1;
    try {
      return JSON.parse(text) as string;
    } catch {
      throw ODD;
    }
  }

  /** The next byte that is no blank, and on to it; 0 at the end. */
  #next(): number {
    const bytes = this.#bytes;
    for (;;) {
      const byte = bytes[this.#at] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.#at += 1;
    }
  }
}

const EACH = 0x01010101;
const HIGHEST = 0x80808080 | 0;

/**
 * Whether four bytes are ASCII from the blank on, but for quotes and backslashes. A byte less a smaller one borrows
 * from its highest bit, which it did not have. Source: "Bit Twiddling Hacks", S. E. Anderson, "Determine if a word has
 * a byte less than n".
 */
function isPlain(word: number): boolean {
  const quotes = word ^ (QUOTE * EACH);
  const backslashes = word ^ (BACKSLASH * EACH);
  const marked =
    word |
    ((word - 0x20 * EACH) & ~word) |
    ((quotes - EACH) & ~quotes) |
    ((backslashes - EACH) & ~backslashes);
  return (marked & HIGHEST) === 0;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** Whether a byte can stand in a number behind its first digits. */
function isInNumber(byte: number): boolean {
  return isDigit(byte) || byte === MINUS || byte === 0x2b || byte === 0x2e || byte === 0x45 || byte === 0x65;
}
