import { firstCells } from './csv-scanner.js';
import { FileError } from './file-error.js';
import { SEPARATOR_NAMES, SEPARATORS, type Separator } from './separators.js';

/** Detects a file in which the header uses one separator and most file rows use another. */
export class SeparatorMismatch {
  readonly #separator: Separator;
  readonly #cellCount: number;
  readonly #candidates = new Map<Separator, { rows: number; firstLine: number }>();

  /** @param cellCount number of cells in the header */
  constructor(separator: Separator, cellCount: number) {
    this.#separator = separator;
    this.#cellCount = cellCount;
  }

  /** Records a file row whose number of cells differs from the header's. */
  add(line: number, raw: string): void {
    for (const other of SEPARATORS) {
      if (other === this.#separator || firstCells(raw, other)?.length !== this.#cellCount) continue;
      const candidate = this.#candidates.get(other);
      if (candidate === undefined) this.#candidates.set(other, { rows: 1, firstLine: line });
      else candidate.rows++;
    }
  }

  /**
   * @param rowCount number of all file rows
   * @throws {FileError} if more than half of them fit another separator.
   */
  throwIfMajority(rowCount: number): void {
    for (const [other, candidate] of this.#candidates) {
      if (candidate.rows * 2 <= rowCount) continue;
      throw new FileError(
        candidate.firstLine,
        `most rows are separated by ${SEPARATOR_NAMES[other]}, but the header by ` +
          `${SEPARATOR_NAMES[this.#separator]}. Use the same separator in all lines.`,
      );
    }
  }
}
