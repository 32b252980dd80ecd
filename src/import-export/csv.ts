import { FileMistake } from './file-mistake.js';
import { refuseNul } from './formats.js';
import { countLineBreaks } from './lines.js';

/** One record of a CSV file; a blank line is one with a single empty cell. */
export interface CsvRecord {
  /** The lines where it starts and where it ends, from 1. */
  readonly line: number;
  readonly lastLine: number;
  readonly cells: readonly string[];
  /** Why the cells are a guess: what is wrong with the quotes, and the remedy. */
  readonly malformed: string | null;
  /** The record's own text, without its line break. */
  readonly raw: string;
}

/** Characters. Far above what a row may hold, and little enough to look through in one go. */
const MAX_RECORD_LENGTH = 100_000;

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Takes the records of a CSV text (RFC 4180; lines end in CRLF, LF or CR) one by one, so that a reader can do
 * other work in between. Parser libraries either stop at the first stray quote or guess in silence; this one
 * says which record is in doubt and goes on behind it.
 */
export class CsvScanner {
  readonly #text: string;
  readonly #separator: number;
  #offset: number;
  #line: number;

  /** @param start where in the text the first record starts, and on which line that is */
  constructor(text: string, separator: string, start = { offset: 0, line: 1 }) {
    this.#text = text;
    this.#separator = separator.charCodeAt(0);
    this.#offset = start.offset;
    this.#line = start.line;
  }

  /** How many characters have been read. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The next record; `null` at the end.
   * @throws {FileMistake} for a quote that never closes, a record of endless length, and NUL characters.
   */
  next(): CsvRecord | null {
    const text = this.#text;
    if (this.#offset >= text.length) return null;
    const start = this.#offset;
    const line = this.#line;
    const cells: string[] = [];
    let malformed: string | null = null;
    for (;;) {
      const isQuoted = text.charCodeAt(this.#offset) === QUOTE;
      const quoted = isQuoted ? this.#quoted(start) : '';
      const rest = this.#unquoted(start);
      if (isQuoted && rest !== '') malformed = TEXT_BEHIND_QUOTE;
      if (!isQuoted && SPACE_BEFORE_QUOTE.test(rest)) malformed = SPACE_BEFORE;
      cells.push(quoted + rest);
      if (this.#offset - start > MAX_RECORD_LENGTH) {
        throw new FileMistake(line, 'this row is far too long. Each segment needs a line of its own.');
      }
      if (text.charCodeAt(this.#offset) !== this.#separator) break;
      this.#offset++;
    }
    const raw = text.slice(start, this.#offset);
    refuseNul(raw, line);
    const record = { line, lastLine: this.#line, cells, malformed, raw };
    this.#skipLineBreak();
    return record;
  }

  /** The content of a quoted cell; ends behind the closing quote. */
  #quoted(recordStart: number): string {
    const text = this.#text.slice(this.#offset + 1, recordStart + MAX_RECORD_LENGTH);
    let hasDoubled = false;
    let close = text.indexOf('"');
    while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) {
      hasDoubled = true;
      close = text.indexOf('"', close + 2);
    }
    if (close === -1) throw new FileMistake(this.#line, NEVER_CLOSES);
    const content = text.slice(0, close);
    this.#line += countLineBreaks(content);
    this.#offset += close + 2;
    return hasDoubled ? content.replaceAll('""', '"') : content;
  }

  /** Up to the next separator or line break. Quotes in between are characters, as spreadsheets see it. */
  #unquoted(recordStart: number): string {
    const text = this.#text;
    const start = this.#offset;
    const limit = Math.min(text.length, recordStart + MAX_RECORD_LENGTH + 1);
    let end = start;
    while (end < limit && !this.#endsCell(text.charCodeAt(end))) end++;
    this.#offset = end;
    return text.slice(start, end);
  }

  #endsCell(code: number): boolean {
    return code === this.#separator || code === LF || code === CR;
  }

  #skipLineBreak(): void {
    if (this.#offset >= this.#text.length) return;
    this.#offset += this.#text.startsWith('\r\n', this.#offset) ? 2 : 1;
    this.#line++;
  }
}

/** The cells of a text's first record; `null` where it cannot be read. */
export function firstCells(text: string, separator: string): readonly string[] | null {
  try {
    return new CsvScanner(text, separator).next()?.cells ?? null;
  } catch (error) {
    if (error instanceof FileMistake) return null;
    throw error;
  }
}

const NEVER_CLOSES =
  'the quote that opens a cell here never closes. Add the closing quote; a quote inside a quoted cell is written twice ("").';
const TEXT_BEHIND_QUOTE =
  'has text behind a closing quote; put the whole cell into quotes, and write a quote inside it twice ("")';
const SPACE_BEFORE = 'has a space before an opening quote; remove the space';
const SPACE_BEFORE_QUOTE = /^\s+"/;
