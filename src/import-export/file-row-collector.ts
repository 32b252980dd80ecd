import type { Columns } from './columns.js';
import type { CsvRow } from './csv-scanner.js';
import { FileError } from './file-error.js';
import { parseFileRow } from './parse-file-row.js';
import { quoteForMessage } from './quote-for-message.js';
import { SeparatorMismatch } from './separator-mismatch.js';
import { SEPARATOR_NAMES, type Separator } from './separators.js';
import type { DestinationKey, FileRow, FileRowMistake, ParsedFile } from './types.js';

/** Maximum number of file rows in a file: ten times the 20,000 segments that one AAM account can hold. */
export const MAX_FILE_ROWS = 200_000;

/** Checks the file rows of one file and collects the valid ones. */
export class FileRowCollector {
  readonly #columns: Columns;
  readonly #separator: Separator;
  readonly #separatorMismatch: SeparatorMismatch;
  readonly #target: DestinationKey | null;
  readonly #rows: { readonly row: FileRow; readonly destination: DestinationKey | null }[] = [];
  /** Keys of the destinations that file rows name. */
  readonly #destinations = new Set<string>();
  readonly #mistakes: FileRowMistake[] = [];
  /** The line where each identifier was first seen. */
  readonly #firstLines = new Map<string, number>();
  #count = 0;

  /** @param target the destination to import into; `null` accepts the file rows of every destination */
  constructor(columns: Columns, separator: Separator, target: DestinationKey | null) {
    this.#target = target;
    this.#columns = columns;
    this.#separator = separator;
    this.#separatorMismatch = new SeparatorMismatch(separator, columns.count);
  }

  /** @throws {FileError} if the file has too many file rows. */
  add(row: CsvRow): void {
    // Spreadsheets write empty rows as separators only.
    if (row.cells.every((cell) => cell.trim() === '')) return;
    this.#count++;
    if (this.#count > MAX_FILE_ROWS) {
      const max = MAX_FILE_ROWS.toLocaleString('en-US');
      throw new FileError(row.line, `a file can hold at most ${max} segments. Split it into several files.`);
    }
    const malformed = this.#checkCells(row);
    if (malformed !== null) {
      this.#mistakes.push({ line: row.line, reason: malformed });
      return;
    }
    const parsed = parseFileRow(row.cells, row.line, this.#columns);
    const { destination } = parsed;
    if (destination !== null) this.#destinations.add(keyOf(destination));
    const duplicate = parsed.row === null ? null : this.#checkDuplicate(parsed.row, destination);
    for (const reason of duplicate === null ? parsed.reasons : [...parsed.reasons, duplicate]) {
      this.#mistakes.push({ line: row.line, reason });
    }
    const isValid = parsed.reasons.length === 0 && duplicate === null;
    if (parsed.row !== null && isValid) this.#rows.push({ row: parsed.row, destination });
  }

  /** @throws {FileError} if the file has no file rows, or if most of them use another separator than the header. */
  finish(): ParsedFile {
    if (this.#count === 0) {
      throw new FileError(null, 'The file has a header but no segments. It needs a line for each segment.');
    }
    this.#separatorMismatch.throwIfMajority(this.#count);
    const rows: FileRow[] = [];
    for (const { row, destination } of this.#rows) {
      const reason = this.#checkDestination(destination);
      if (reason === null) rows.push(row);
      else this.#mistakes.push({ line: row.line, reason });
    }
    this.#mistakes.sort((a, b) => a.line - b.line);
    return { rows, mistakes: this.#mistakes };
  }

  /**
   * A file that names one destination may be imported into any other. From a file that names several, each
   * destination takes only its own file rows.
   */
  #checkDestination(destination: DestinationKey | null): string | null {
    if (destination === null || this.#target === null || this.#destinations.size < 2) return null;
    if (keyOf(destination) === keyOf(this.#target)) return null;
    const { customerId, destinationId } = destination;
    return `belongs to destination ${quoteForMessage(destinationId)} of customer ${quoteForMessage(customerId)}; import it there`;
  }

  /** Why the cells of a row are unreliable; `null` if they are reliable. */
  #checkCells(row: CsvRow): string | null {
    const { count } = this.#columns;
    if (row.cells.length !== count) {
      this.#separatorMismatch.add(row);
      const separators = SEPARATOR_NAMES[this.#separator];
      return (
        `has ${row.cells.length} cells but the header has ${count}; separate cells by ${separators}, ` +
        `and put cells that contain ${separators} into quotes`
      );
    }
    if (row.malformed === null || row.lastLine === row.line) return row.malformed;
    return `${row.malformed} (the row extends to line ${row.lastLine})`;
  }

  /** Invalid file rows count as duplicates too: only the customer knows which of the two is right. */
  #checkDuplicate(row: FileRow, destination: DestinationKey | null): string | null {
    const key = `${row.idType ?? ''} ${destination === null ? '' : keyOf(destination)} ${row.id}`;
    const firstLine = this.#firstLines.get(key);
    if (firstLine === undefined) {
      this.#firstLines.set(key, row.line);
      return null;
    }
    return `the ID ${quoteForMessage(row.id)} is also on line ${firstLine}; keep one of the two`;
  }
}

function keyOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
