import type { Columns } from './columns.js';
import type { CsvRecord } from './csv.js';
import { excerpt } from './excerpt.js';
import { FileMistake } from './file-mistake.js';
import { OtherSeparators } from './other-separators.js';
import { parseRow } from './row.js';
import { SEPARATOR_NAMES, type Separator } from './separators.js';
import type { ImportPlace, ImportRow, ReadFile, RowMistake } from './types.js';

/** How many rows one file may have: ten times what an AAM account holds. */
export const MAX_IMPORT_ROWS = 200_000;

interface PlacedRow {
  readonly row: ImportRow;
  readonly place: ImportPlace | null;
}

/** Collects the rows of one file. */
export class Rows {
  readonly #columns: Columns;
  readonly #separator: Separator;
  readonly #otherSeparators: OtherSeparators;
  readonly #target: ImportPlace | null;
  readonly #rows: PlacedRow[] = [];
  /** The destinations that rows say they are of. */
  readonly #places = new Set<string>();
  readonly #mistakes: RowMistake[] = [];
  /** The line of each identifier. */
  readonly #lines = new Map<string, number>();
  #count = 0;

  /** @param target where the rows are to go; `null`: wherever they say */
  constructor(columns: Columns, separator: Separator, target: ImportPlace | null) {
    this.#target = target;
    this.#columns = columns;
    this.#separator = separator;
    this.#otherSeparators = new OtherSeparators(separator, columns.count);
  }

  add(record: CsvRecord): void {
    // Spreadsheets also write the separators of empty rows.
    if (record.cells.every((cell) => cell.trim() === '')) return;
    this.#count++;
    if (this.#count > MAX_IMPORT_ROWS) {
      const most = MAX_IMPORT_ROWS.toLocaleString('en-US');
      throw new FileMistake(record.line, `a file can have ${most} segments at most. Split it into several.`);
    }
    const malformed = this.#malformed(record);
    if (malformed !== null) {
      this.#mistakes.push({ line: record.line, reason: malformed });
      return;
    }
    const { row, place, reasons } = parseRow(record.cells, record.line, this.#columns);
    if (place !== null) this.#places.add(keyOf(place));
    const duplicate = row === null ? null : this.#duplicate(row, place);
    for (const reason of duplicate === null ? reasons : [...reasons, duplicate]) {
      this.#mistakes.push({ line: record.line, reason });
    }
    if (row !== null && reasons.length === 0 && duplicate === null) this.#rows.push({ row, place });
  }

  finish(): ReadFile {
    if (this.#count === 0) {
      throw new FileMistake(null, 'The file has a header but no segments. It needs a line for each segment.');
    }
    this.#otherSeparators.refuseMajority(this.#count);
    const rows: ImportRow[] = [];
    for (const { row, place } of this.#rows) {
      const reason = this.#misplaced(place);
      if (reason === null) rows.push(row);
      else this.#mistakes.push({ line: row.line, reason });
    }
    this.#mistakes.sort((a, b) => a.line - b.line);
    return { rows, mistakes: this.#mistakes };
  }

  /** A file of one destination may be meant for another; of several, each has its own rows. */
  #misplaced(place: ImportPlace | null): string | null {
    if (place === null || this.#target === null || this.#places.size < 2) return null;
    if (keyOf(place) === keyOf(this.#target)) return null;
    return `is of destination ${excerpt(place.destinationId)} of customer ${excerpt(place.customerId)}; import it there`;
  }

  /** Why the cells of a record cannot be trusted. */
  #malformed(record: CsvRecord): string | null {
    const { count } = this.#columns;
    if (record.cells.length !== count) {
      this.#otherSeparators.note(record);
      return (
        `has ${record.cells.length} cells where the header has ${count}; separate cells by ` +
        `${SEPARATOR_NAMES[this.#separator]}, and put a cell that contains one into quotes`
      );
    }
    if (record.malformed === null || record.lastLine === record.line) return record.malformed;
    return `${record.malformed} (the row runs to line ${record.lastLine})`;
  }

  /** A faulty row claims its identifier too: which of the two is meant, only the customer knows. */
  #duplicate(row: ImportRow, place: ImportPlace | null): string | null {
    const key = `${row.idType ?? ''} ${place === null ? '' : keyOf(place)} ${row.id}`;
    const first = this.#lines.get(key);
    if (first === undefined) {
      this.#lines.set(key, row.line);
      return null;
    }
    return `the ID ${excerpt(row.id)} is also on line ${first}; keep one of the two`;
  }
}

function keyOf({ customerId, destinationId }: ImportPlace): string {
  return JSON.stringify([customerId, destinationId]);
}
