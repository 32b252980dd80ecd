import type { FileCells } from './types.js';

/** One row of a file before its cells are understood: a header, a file row, or a blank line (one empty cell). */
export interface SourceRow {
  /** The lines of the file where the row starts and ends, starting at 1. */
  readonly line: number;
  readonly lastLine: number;
  readonly cells: readonly string[];
  /** What is wrong with the row, and the remedy. `null` if it is well-formed and the cells are reliable. */
  readonly malformed: string | null;
  /** The unparsed text of the row, without its line break; `null` if it has none. */
  readonly raw: string | null;
  /** Whether not even the identifiers can be read: the row may be any segment. Only malformed rows are like that. */
  readonly hasLostIds?: true;
}

/** Reads the rows of a file one at a time, so that the caller can yield to the event loop between them. */
export interface RowSource {
  /** How much has been read, and how much there is, in characters or in another measure. */
  readonly offset: number;
  readonly length: number;
  /**
   * Reads the next row.
   *
   * @returns `null` at the end
   * @throws {FileError} if the rest of the file cannot be read
   */
  next(): SourceRow | null;
}

/** What reading one row of a sheet costs beside its characters, in characters of a text. */
const COST_PER_ROW = 64;

/** The rows of a sheet. */
export class SheetRows implements RowSource {
  readonly #rows: readonly FileCells[];
  #index: number;

  /** @param start index of the first row to read */
  constructor(rows: readonly FileCells[], start = 0) {
    this.#rows = rows;
    this.#index = start;
  }

  get offset(): number {
    return this.#index * COST_PER_ROW;
  }

  get length(): number {
    return this.#rows.length * COST_PER_ROW;
  }

  next(): SourceRow | null {
    const row = this.#rows[this.#index];
    if (row === undefined) return null;
    this.#index++;
    return { line: row.line, lastLine: row.line, cells: row.cells, malformed: null, raw: null };
  }
}
