import { MAX_LINE_BYTES, type LineBatch, type LineCounts, type LineScanner } from './lines-batch.js';
import { isHeader } from './template-guess.js';

/** Why a line is passed over. */
export const NOT_UTF8 = 'is not UTF-8';
export const TOO_LONG = `is longer than ${MAX_LINE_BYTES} bytes`;

const LF = 10;
const CR = 13;

/** Scans a file in which each line is for itself. */
export abstract class ScannerByLine implements LineScanner {
  readonly #counts: LineCounts;
  /** The rest of a line that is too long is passed over. */
  #isSkipping = false;

  constructor(counts: LineCounts) {
    this.#counts = counts;
  }

  scan(batch: LineBatch, isLast: boolean): number {
    const { bytes } = batch;
    const counts = this.#counts;
    let start = 0;
    while (start < bytes.length) {
      let lineEnd = bytes.indexOf(LF, start);
      if (lineEnd === -1) {
        if (this.#passOver(bytes.length - start)) return bytes.length;
        if (!isLast) break;
        lineEnd = bytes.length;
      }
      const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
      if (this.#isSkipping) this.#isSkipping = false;
      else this.#scanCounted(batch, start, end, counts);
      start = lineEnd + 1;
    }
    return Math.min(start, bytes.length);
  }

  /**
   * Scans a line, and adds it to the batch.
   *
   * @returns what is wrong with it; then what was added is taken back. `null`: nothing
   */
  protected abstract scanLine(batch: LineBatch, start: number, end: number): string | null;

  #scanCounted(batch: LineBatch, start: number, end: number, counts: LineCounts): void {
    counts.lines += 1;
    if (end === start) {
      counts.blank += 1;
      return;
    }
    const isFirst = counts.lines === counts.blank + 1;
    if (isFirst && isHeader(batch.bytes.toString('latin1', start, Math.min(end, start + 80)))) {
      counts.headers += 1;
      return;
    }
    const { length } = batch;
    const reason = end - start > MAX_LINE_BYTES ? TOO_LONG : this.scanLine(batch, start, end);
    if (reason === null) {
      counts.written += 1;
      return;
    }
    batch.length = length;
    counts.addBroken(counts.lines, reason);
  }

  /** Whether the line that begins here is passed over, because it is too long to be kept in memory. */
  #passOver(length: number): boolean {
    if (!this.#isSkipping && length > MAX_LINE_BYTES) {
      this.#isSkipping = true;
      this.#counts.lines += 1;
      this.#counts.addBroken(this.#counts.lines, TOO_LONG);
    }
    return this.#isSkipping;
  }
}
