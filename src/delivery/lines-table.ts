import { isUtf8 } from 'node:buffer';
import { isInvisible } from '../base/trim-id.js';
import { IdTable } from './annotate-ids.js';
import { MAX_LINE_BYTES, type LineBatch, type LineCounts, type LineScanner } from './lines-batch.js';
import { NOT_UTF8 } from './lines-scanner.js';
import type { TableHeader } from './lines-table-header.js';

/** In a batch: start and end of a row, the number of its ID (`NO_ID_HERE`: none), the number of its cells. */
export const ROW = 4;
/** For each cell: start and end, with its quotes. */
export const CELL = 2;

/** In place of the number of an ID: the cell is empty. */
export const NO_ID_HERE = -2;

const QUOTE = 34;
const LF = 10;
const CR = 13;
const SPACE = 32;

const NEVER_CLOSED = 'has a quote that is never closed';

/** A row reaches beyond what was read so far. */
const UNFINISHED = -1;

/** Scans the rows of a CSV file (RFC 4180), of which one column has segment IDs. */
export class TableScanner implements LineScanner {
  readonly #header: TableHeader;
  readonly #ids: IdTable;
  readonly #counts: LineCounts;
  readonly #separator: number;
  #scratch = Buffer.alloc(4_096);
  /** Of the row that was scanned last. */
  #reason: string | null = null;
  #breaks = 0;
  /** Up to this line, rows begin inside of one that is broken, by a quote that is never closed. */
  #doubtfulUntil = 0;
  /** The rest of a line that is too long is passed over. */
  #isSkipping = false;

  constructor(header: TableHeader, ids: IdTable, counts: LineCounts) {
    this.#header = header;
    this.#ids = ids;
    this.#counts = counts;
    this.#separator = header.separator.charCodeAt(0);
  }

  scan(batch: LineBatch, isLast: boolean): number {
    const { bytes } = batch;
    const counts = this.#counts;
    let start = 0;
    while (start < bytes.length) {
      if (this.#isSkipping) {
        const lineEnd = bytes.indexOf(LF, start);
        if (lineEnd === -1) return bytes.length;
        this.#isSkipping = false;
        start = lineEnd + 1;
        continue;
      }
      const { length } = batch;
      const end = this.#scanRow(batch, start, isLast);
      if (end === UNFINISHED) {
        batch.length = length;
        if (bytes.length - start <= MAX_LINE_BYTES) break;
        // A quote that is never closed would swallow the rest of the file: only its line is passed over.
        this.#isSkipping = true;
        this.#doubtfulUntil = Math.max(this.#doubtfulUntil, counts.lines + 2 + this.#breaks);
        counts.lines += 1;
        counts.addBroken(counts.lines, `${NEVER_CLOSED}, or is too long`);
        continue;
      }
      this.#finish(batch, length, start);
      start = end;
    }
    return Math.min(start, bytes.length);
  }

  /** Counts a row, and takes it back if it is broken. */
  #finish(batch: LineBatch, length: number, start: number): void {
    const counts = this.#counts;
    const line = counts.lines + 1;
    counts.lines += 1 + this.#breaks;
    const rowEnd = batch.data[length + 1] ?? 0;
    if (rowEnd === start) {
      counts.blank += 1;
      batch.length = length;
      return;
    }
    const reason =
      this.#reason ??
      (line < this.#doubtfulUntil ? this.#doubt(batch, length) : null) ??
      this.#nameRow(batch, length);
    if (reason === null) {
      counts.written += 1;
      return;
    }
    batch.length = length;
    const rest = this.#breaks === 0 ? '' : ` (it goes to line ${counts.lines})`;
    counts.addBroken(line, `${reason}${rest}`, 1 + this.#breaks);
  }

  /**
   * What makes a row doubtful that begins inside of a broken one. A row of its own has all its cells; the second line of a
   * cell seldom looks like that.
   */
  #doubt({ bytes, data }: LineBatch, row: number): string | null {
    const cells = data[row + 3] ?? 0;
    if (cells !== this.#header.columns.length)
      return 'stands below a quote that is never closed, and lacks cells';
    for (let cell = 0; cell < cells; cell++) {
      const at = row + ROW + cell * CELL;
      const [start, end] = [data[at] ?? 0, data[at + 1] ?? 0];
      const quote = bytes.indexOf(QUOTE, start);
      if (bytes[start] !== QUOTE && quote !== -1 && quote < end) return 'has a quote inside of a cell';
    }
    return null;
  }

  /** Finds the ID of a row. @returns what is wrong */
  #nameRow({ bytes, data }: LineBatch, row: number): string | null {
    const { columns, index } = this.#header;
    const cells = data[row + 3] ?? 0;
    if (cells > columns.length) return `has ${cells} cells, and the header has ${columns.length}`;
    if (!isUtf8(bytes.subarray(data[row], data[row + 1])))
      return `${NOT_UTF8}; state the encoding with --encoding`;
    if (index >= cells)
      return `has ${cells} cells, so that its column ${JSON.stringify(columns[index])} is missing`;
    const cell = row + ROW + index * CELL;
    let [from, to] = [data[cell] ?? 0, data[cell + 1] ?? 0];
    let source = bytes;
    if (to - from >= 2 && bytes[from] === QUOTE) {
      source = this.#unquoted(bytes, from + 1, to - 1);
      [from, to] = [0, source.length];
    }
    while (from < to && source[from] === SPACE) from++;
    while (to > from && source[to - 1] === SPACE) to--;
    if (from === to) {
      data[row + 2] = NO_ID_HERE;
      return null;
    }
    let hash = this.#ids.seed;
    for (let at = from; at < to; at++) hash = IdTable.hash(hash, source[at] ?? 0);
    const id = this.#ids.numberOf(source, from, to, hash);
    if (id === -1 && isInvisible(source.toString('utf8', from, to))) {
      data[row + 2] = NO_ID_HERE;
      return null;
    }
    if (id === -1) return 'has a segment ID that cannot be one: it is too long, or has control characters';
    data[row + 2] = id;
    return null;
  }

  /** @returns where the next row starts, or `UNFINISHED` */
  #scanRow(batch: LineBatch, start: number, isLast: boolean): number {
    const { bytes } = batch;
    const separator = this.#separator;
    const row = batch.length;
    this.#reason = null;
    this.#breaks = 0;
    batch.reserve(ROW);
    batch.length += ROW;
    let at = start;
    for (;;) {
      const cell = at;
      if (bytes[at] === QUOTE) {
        at = this.#closingQuote(bytes, at + 1);
        if (at === UNFINISHED) {
          if (!isLast) return UNFINISHED;
          return this.#neverClosed(batch, row, start);
        }
        at += 1;
        const byte = bytes[at];
        if (at >= bytes.length && !isLast) return UNFINISHED;
        if (at < bytes.length && byte !== separator && byte !== LF && byte !== CR) {
          // The quote that closes it opens the cell of another row: all rows between would be lost.
          if (this.#breaks > 0) return this.#neverClosed(batch, row, start);
          this.#reason = 'has text after a closing quote';
        }
      }
      while (at < bytes.length) {
        const byte = bytes[at] ?? 0;
        if (byte === separator || byte === LF) break;
        at++;
      }
      if (at >= bytes.length && !isLast) return UNFINISHED;
      const isRowEnd = at >= bytes.length || bytes[at] === LF;
      const end = isRowEnd && at > cell && bytes[at - 1] === CR ? at - 1 : at;
      batch.reserve(CELL);
      batch.data[batch.length++] = cell;
      batch.data[batch.length++] = end;
      if (!isRowEnd) {
        at += 1;
        continue;
      }
      batch.data[row] = start;
      batch.data[row + 1] = end;
      batch.data[row + 3] = (batch.length - row - ROW) / CELL;
      return Math.min(at + 1, bytes.length);
    }
  }

  /** A quote that is open at the end of the file, or closed only by that of another cell: only its first line is broken. */
  #neverClosed(batch: LineBatch, row: number, start: number): number {
    const lineEnd = batch.bytes.indexOf(LF, start);
    const end = lineEnd === -1 ? batch.bytes.length : lineEnd;
    this.#reason = NEVER_CLOSED;
    this.#doubtfulUntil = Math.max(this.#doubtfulUntil, this.#counts.lines + 2 + this.#breaks);
    this.#breaks = 0;
    batch.length = row + ROW;
    batch.data[row] = start;
    batch.data[row + 1] = end;
    return Math.min(end + 1, batch.bytes.length);
  }

  /** Where a quoted text ends; counts the lines in it. */
  #closingQuote(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === LF) this.#breaks += 1;
      if (byte !== QUOTE) continue;
      if (at + 1 < bytes.length && bytes[at + 1] === QUOTE) at += 1;
      else return at;
    }
    return UNFINISHED;
  }

  #unquoted(bytes: Buffer, from: number, to: number): Buffer {
    if (to - from > this.#scratch.length) this.#scratch = Buffer.alloc(2 * (to - from));
    let length = 0;
    for (let at = from; at < to; at++) {
      this.#scratch[length++] = bytes[at] ?? 0;
      if (bytes[at] === QUOTE) at += 1;
    }
    return this.#scratch.subarray(0, length);
  }
}
