import { firstCells, type CsvRecord } from './csv.js';
import { FileMistake } from './file-mistake.js';
import { SEPARATOR_NAMES, SEPARATORS, type Separator } from './separators.js';

/** Watches for a file whose header is separated by one character and most of its rows by another. */
export class OtherSeparators {
  readonly #separator: Separator;
  readonly #cells: number;
  readonly #seen = new Map<Separator, { rows: number; firstLine: number }>();

  /** @param cells how many the header has */
  constructor(separator: Separator, cells: number) {
    this.#separator = separator;
    this.#cells = cells;
  }

  /** Notes a row that has not as many cells as the header. */
  note(record: CsvRecord): void {
    for (const other of SEPARATORS) {
      if (other === this.#separator || firstCells(record.raw, other)?.length !== this.#cells) continue;
      const seen = this.#seen.get(other);
      if (seen === undefined) this.#seen.set(other, { rows: 1, firstLine: record.line });
      else seen.rows++;
    }
  }

  /** @throws {FileMistake} when more than half of all rows fit another separator. */
  refuseMajority(rows: number): void {
    for (const [other, seen] of this.#seen) {
      if (seen.rows * 2 <= rows) continue;
      throw new FileMistake(
        seen.firstLine,
        `most rows are separated by ${SEPARATOR_NAMES[other]}, but the header by ` +
          `${SEPARATOR_NAMES[this.#separator]}. Use the same for all lines.`,
      );
    }
  }
}
