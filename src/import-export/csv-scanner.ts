import { FileError } from './file-error.js';
import { countLineBreaks } from './line-breaks.js';
import type { RowSource, SourceRow } from './row-source.js';
import { rejectNul } from './unsupported-formats.js';

/** One row of a CSV file. */
export interface CsvRow extends SourceRow {
  readonly raw: string;
}

/** Maximum length of a row, in UTF-16 code units: far above any valid row, but short enough to scan in one step. */
const MAX_ROW_LENGTH = 100_000;

const QUOTE = 34;
const LF = 10;
const CR = 13;
const SPACE = 32;

const BLANK = /^[ \t\u00a0]*$/;
/** A quoted cell with spaces around it, on one line. */
const SPACED_CELL = /( +)"(?:[^"\r\n]|""){0,10000}" */y;

/**
 * Reads the rows of a CSV text (RFC 4180; lines end in CRLF, LF or CR) one at a time, so that the caller can yield
 * to the event loop between them. Parser libraries either stop at the first stray quote or guess silently; this
 * scanner reports which row is malformed and continues after it.
 */
export class CsvScanner implements RowSource {
  readonly #text: string;
  readonly #separator: number;
  #offset: number;
  #line: number;

  /** @param start offset of the first row in the text, and its line number */
  constructor(text: string, separator: string, start = { offset: 0, line: 1 }) {
    this.#text = text;
    this.#separator = separator.charCodeAt(0);
    this.#offset = start.offset;
    this.#line = start.line;
  }

  /** Number of UTF-16 code units read so far. */
  get offset(): number {
    return this.#offset;
  }

  get length(): number {
    return this.#text.length;
  }

  /**
   * Reads the next row.
   *
   * @returns `null` at the end of the text
   * @throws {FileError} for a quote that is never closed, a row that is too long, and NUL characters.
   */
  next(): CsvRow | null {
    const text = this.#text;
    if (this.#offset >= text.length) return null;
    const start = this.#offset;
    const line = this.#line;
    const cells: string[] = [];
    let malformed: string | null = null;
    for (;;) {
      this.#skipSpaceBeforeQuoted();
      const isQuoted = text.charCodeAt(this.#offset) === QUOTE;
      const quoted = isQuoted ? this.#readQuoted(start) : '';
      const rest = this.#readUnquoted(start);
      const isClosed = isQuoted && BLANK.test(rest);
      if (isQuoted && !isClosed) malformed = TEXT_AFTER_QUOTE;
      if (!isQuoted && SPACE_BEFORE_QUOTE.test(rest)) malformed = REMOVE_SPACE_BEFORE_QUOTE;
      cells.push(isClosed ? quoted : quoted + rest);
      if (this.#offset - start > MAX_ROW_LENGTH) {
        throw new FileError(line, 'this row is far too long. Each segment needs a line of its own.');
      }
      if (text.charCodeAt(this.#offset) !== this.#separator) break;
      this.#offset++;
    }
    const raw = text.slice(start, this.#offset);
    rejectNul(raw, line);
    const row = { line, lastLine: this.#line, cells, malformed, raw };
    this.#skipLineBreak();
    return row;
  }

  /** Skips spaces before a quoted cell that ends on the same line. Elsewhere the quote may be an ordinary character. */
  #skipSpaceBeforeQuoted(): void {
    if (this.#text.charCodeAt(this.#offset) !== SPACE) return;
    SPACED_CELL.lastIndex = this.#offset;
    const found = SPACED_CELL.exec(this.#text);
    if (found === null) return;
    const next = this.#text.charCodeAt(SPACED_CELL.lastIndex);
    if (Number.isNaN(next) || this.#endsCell(next)) this.#offset += (found[1] ?? '').length;
  }

  /** Reads the content of a quoted cell, up to and including the closing quote. */
  #readQuoted(rowStart: number): string {
    const text = this.#text.slice(this.#offset + 1, rowStart + MAX_ROW_LENGTH);
    let hasDoubledQuotes = false;
    let close = text.indexOf('"');
    while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) {
      hasDoubledQuotes = true;
      close = text.indexOf('"', close + 2);
    }
    if (close === -1) throw new FileError(this.#line, NEVER_CLOSED);
    const content = text.slice(0, close);
    this.#line += countLineBreaks(content);
    this.#offset += close + 2;
    return hasDoubledQuotes ? content.replaceAll('""', '"') : content;
  }

  /** Reads up to the next separator or line break. Quotes inside are plain characters, as in spreadsheets. */
  #readUnquoted(rowStart: number): string {
    const text = this.#text;
    const start = this.#offset;
    const limit = Math.min(text.length, rowStart + MAX_ROW_LENGTH + 1);
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

/** The cells of the first row of a text; `null` if the row cannot be read with this separator. */
export function firstCells(text: string, separator: string): readonly string[] | null {
  try {
    return new CsvScanner(text, separator).next()?.cells ?? null;
  } catch (error) {
    if (error instanceof FileError) return null;
    throw error;
  }
}

const NEVER_CLOSED =
  'the quote that opens a cell here is never closed. Add the closing quote; write a quote inside a quoted cell twice ("").';
const TEXT_AFTER_QUOTE =
  'has text after a closing quote; put the whole cell into quotes, and write a quote inside it twice ("")';
const REMOVE_SPACE_BEFORE_QUOTE = 'has a space before an opening quote; remove the space';
const SPACE_BEFORE_QUOTE = /^\s+"/;
