/**
 * Maximum length of a line, in bytes: about 100,000 IDs. An account has 20,000 segments at most, which in the longest
 * template take half of it. What is kept of a line takes many times its length.
 */
export const MAX_LINE_BYTES = 1_024 * 1_024;

/** A line that cannot be read. */
export interface BrokenLine {
  /** From 1. */
  readonly line: number;
  /** What is wrong, as the end of a sentence that begins with the line. */
  readonly reason: string;
}

/** Maximum number of broken lines that are kept; all are counted. */
const MAX_KEPT = 20;

/**
 * What a scanner found in some lines, as numbers: where fields start and end in `bytes`, and which IDs there are. What they
 * mean is between a scanner and the writers of its lines.
 */
export class LineBatch {
  bytes: Buffer = Buffer.alloc(0);
  data = new Int32Array(64 * 1_024);
  /** Used part of `data`. */
  length = 0;

  /** Makes room for numbers. Called once a line, so that adding them needs no check. */
  reserve(count: number): void {
    if (this.length + count <= this.data.length) return;
    const larger = new Int32Array(Math.max(2 * this.data.length, this.length + count));
    larger.set(this.data.subarray(0, this.length));
    this.data = larger;
  }
}

/** Counts of what was read. */
export class LineCounts {
  /** Lines that were read, with everything. */
  lines = 0;
  /** Lines that were written: one for each user, or for each row of a table. */
  written = 0;
  blank = 0;
  headers = 0;
  broken = 0;
  readonly firstBroken: BrokenLine[] = [];

  /** @param lines how many lines are lost with it: a row of a table may go over several */
  addBroken(line: number, reason: string, lines = 1): void {
    this.broken += lines;
    if (this.firstBroken.length < MAX_KEPT) this.firstBroken.push({ line, reason });
  }
}

/** Finds fields and segment IDs in lines of one form. */
export interface LineScanner {
  /**
   * Scans the complete lines at the beginning of `batch.bytes`, and adds them to the batch.
   *
   * @param isLast nothing follows: what remains is the last line
   * @returns how many bytes were scanned
   */
  scan(batch: LineBatch, isLast: boolean): number;
}
