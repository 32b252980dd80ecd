import { Turns } from '../base/turns.js';
import type { Columns } from './columns.js';
import { Duplicates } from './duplicates.js';
import { FileError, SPLIT_IT } from './file-error.js';
import { listed, Lines } from './notes.js';
import { whatElse } from './not-a-segment.js';
import { OddIds, questionOf } from './odd-ids.js';
import { parseFileRow, type CellRules, type RowOwner } from './parse-file-row.js';
import { quoteForMessage } from './quote-for-message.js';
import { fitCells, type FittedCells } from './row-cells.js';
import { RowOwners } from './row-owners.js';
import type { SourceRow } from './row-source.js';
import { salvagedIds } from './salvaged-ids.js';
import { SeparatorMismatch } from './separator-mismatch.js';
import type { Separator } from './separators.js';
import { SharedIds } from './shared-ids.js';
import { swallowedLine, swallowedReason } from './swallowed-lines.js';
import type { DestinationKey, FileId, FileRow, FileRowMistake, FileRowWarning, ParsedFile } from './types.js';

/** Maximum number of file rows in a file: ten times the 20,000 segments that one AAM account can hold. */
export const MAX_FILE_ROWS = 200_000;

interface CollectorOptions extends Pick<CellRules, 'isGuarded'> {
  /** `null` if the cells are not separated by a character, as in a sheet. */
  readonly separator: Separator | null;
  /** The destination to import into; `null` accepts the file rows of every destination. */
  readonly target: DestinationKey | null;
}

/** A blank cell. Old programs end a file with Ctrl-Z. */
const BLANK = /^\s*$|^\s*\p{Cc}$/u;

/** Checks the file rows of one file and collects the valid ones. */
export class FileRowCollector {
  readonly #columns: Columns;
  readonly #idCells: readonly number[];
  readonly #separator: Separator | null;
  readonly #rules: CellRules;
  readonly #separatorMismatch: SeparatorMismatch | null;
  readonly #owners: RowOwners;
  readonly #duplicates = new Duplicates();
  readonly #oddIds = new OddIds();
  readonly #sharedIds = new SharedIds();
  readonly #rows: { readonly row: FileRow; readonly owner: RowOwner | null }[] = [];
  readonly #mistakes: FileRowMistake[] = [];
  readonly #warnings: FileRowWarning[] = [];
  readonly #lines = {
    repeated: new Lines(),
    fewer: new Lines(),
    more: new Lines(),
    fraction: new Lines(),
    noValue: new Lines(),
  };
  /** The previous row, if it has fewer cells than the header. */
  #short: { readonly row: FileRow; readonly lastLine: number } | null = null;
  /** The last line of the previous row that is not blank. */
  #lastLine: number | null = null;
  #isFirst = true;
  #count = 0;

  constructor(columns: Columns, { separator, target, isGuarded }: CollectorOptions) {
    this.#columns = columns;
    this.#idCells = columns.identifiers.map(({ index }) => index);
    this.#separator = separator;
    this.#rules = { isExact: columns.isExport, isGuarded };
    this.#owners = new RowOwners(target);
    this.#separatorMismatch =
      separator === null ? null : new SeparatorMismatch(separator, columns.header.length);
  }

  /** @throws {FileError} if the file has too many file rows, or a second table with other columns. */
  add(row: SourceRow): void {
    // Spreadsheets write empty rows as separators only.
    if (row.cells.every((cell) => BLANK.test(cell))) return;
    const isBelowGap = this.#lastLine !== null && row.line > this.#lastLine + 1;
    this.#lastLine = row.lastLine;
    const above = this.#short?.lastLine === row.line - 1 ? this.#short.row : null;
    this.#short = null;
    if (this.#passOver(row)) return;
    this.#count++;
    if (this.#count > MAX_FILE_ROWS) {
      const max = MAX_FILE_ROWS.toLocaleString('en-US');
      throw new FileError(row.line, `a file can hold at most ${max} segments. ${SPLIT_IT}`);
    }
    const fitted = this.#fit(row);
    if (typeof fitted === 'string') {
      if (row.cells.length !== this.#columns.header.length && row.raw !== null)
        this.#separatorMismatch?.add(row.line, row.raw);
      this.#reject(row.line, [fitted], salvagedIds(row, this.#columns, this.#separator, this.#rules));
      return;
    }
    const parsed = parseFileRow(fitted.cells, row.line, this.#columns, this.#rules);
    const owner = this.#owners.add(parsed.owner);
    const { isRepeated, reason } =
      parsed.row === null
        ? NOT_REPEATED
        : this.#duplicates.add(parsed.row, owner, {
            isExact: this.#rules.isExact,
            isIdAlone: parsed.reasons.length === 0 && isIdAlone(parsed.row),
          });
    if (isRepeated) {
      this.#lines.repeated.add(row.line);
      return;
    }
    const reasons = reason === null ? parsed.reasons : [...parsed.reasons, reason];
    this.#reject(row.line, reasons, parsed.ids);
    if (parsed.row === null || reasons.length > 0) return;
    this.#rows.push({ row: parsed.row, owner: parsed.owner });
    for (const warning of parsed.warnings) this.#warnings.push({ line: row.line, reason: warning });
    if (this.#idCells.length > 1) this.#sharedIds.add(parsed.row);
    this.#oddIds.add(parsed.row, { above, isBelowGap });
    if (fitted.had === 'FEWER') {
      this.#lines.fewer.add(row.line);
      if (row.raw !== null) this.#short = { row: parsed.row, lastLine: row.lastLine };
    }
    if (fitted.had === 'MORE') this.#lines.more.add(row.line);
    if (parsed.hadFraction) this.#lines.fraction.add(row.line);
    if (parsed.hadNoValue) this.#lines.noValue.add(row.line);
  }

  /**
   * What was read, in turns.
   *
   * @throws {FileError} if the file has no file rows, or if most of them use another separator than the header.
   * @throws the reason of `signal` when it is aborted
   */
  async finish(
    notes: readonly string[],
    signal?: AbortSignal,
  ): Promise<Omit<ParsedFile, 'columns' | 'sheets'>> {
    if (this.#count === 0) {
      throw new FileError(null, 'The file has a header but no segments. It needs a line for each segment.');
    }
    this.#separatorMismatch?.throwIfMajority(this.#count);
    const broken = this.#questionIds();
    const rows: FileRow[] = [];
    const turns = new Turns(signal);
    for (const { row, owner } of this.#rows) {
      if (turns.isOver) await turns.next();
      if (broken.has(row)) continue;
      const reason = this.#owners.check(owner);
      if (reason === null) rows.push(this.#sharedIds.mark(row));
      else this.#reject(row.line, [reason], row.ids);
    }
    return {
      rows,
      mistakes: this.#mistakes.sort(byLine),
      warnings: this.#warnings.sort(byLine),
      notes: [...notes, ...this.#notes()],
      foreign: this.#owners.foreign,
    };
  }

  /** The cells of a row as the header has them, or why they are not reliable. */
  #fit(row: SourceRow): FittedCells | string {
    if (row.malformed !== null) return malformed(row);
    const swallowed = this.#rules.isExact
      ? null
      : swallowedLine(row, this.#columns.header.length, this.#idCells, this.#separator);
    if (swallowed !== null) return swallowedReason(swallowed);
    return fitCells(row, this.#columns.header, this.#separator);
  }

  /** Passes a row over that is no segment. */
  #passOver(row: SourceRow): boolean {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (row.malformed !== null) return false;
    const { header } = this.#columns;
    // Of our own export, only its header is no segment: two exports were put into one file.
    const what = this.#rules.isExact
      ? isHeaderOfExport(row.cells, header)
      : whatElse(row, header, this.#idCells, isFirst);
    if (what === null) return false;
    this.#warnings.push({ line: row.line, reason: `is no segment but ${what}; it was passed over` });
    return true;
  }

  #reject(line: number, reasons: readonly string[], ids: readonly FileId[] | null): void {
    for (const reason of reasons) this.#mistakes.push({ line, reason, ...(ids === null ? {} : { ids }) });
  }

  /** Questions IDs that are no numbers. @returns the rows that a line break in a cell has made of one */
  #questionIds(): ReadonlySet<FileRow> {
    const broken = new Set<FileRow>();
    if (this.#rules.isExact) return broken;
    for (const { row, above, isBelowGap } of this.#oddIds.questioned) {
      if (above === null) {
        this.#warnings.push(questionOf(row, isBelowGap));
        continue;
      }
      broken.add(row).add(above);
      this.#reject(above.line, [`seems to go on in line ${row.line}; ${QUOTE_LINE_BREAKS}`], above.ids);
      this.#reject(row.line, [`seems to be the rest of line ${above.line}; ${QUOTE_LINE_BREAKS}`], row.ids);
    }
    return broken;
  }

  #notes(): string[] {
    const { repeated, fewer, more, fraction, noValue } = this.#lines;
    const { unused, replaced } = this.#columns;
    const notes: string[] = [];
    if (replaced !== null) {
      const [title, by] = [replaced.title, replaced.by].map(quoteForMessage);
      notes.push(
        `The column ${title} was not used, because ${by} says which ID it has. If the IDs are in ${title}, say so (--id-column, idColumn).`,
      );
    }
    if (unused.length > 0) {
      const titles = listed(unused.map(quoteForMessage));
      notes.push(
        unused.length === 1 ? `The column ${titles} was not used.` : `The columns ${titles} were not used.`,
      );
    }
    if (repeated.count > 0)
      notes.push(`Rows that repeat another one word for word count once: ${repeated.text}.`);
    if (fewer.count > 0) notes.push(`Missing cells at the end of a row were taken for empty: ${fewer.text}.`);
    if (more.count > 0) notes.push(`Surplus empty cells at the end of a row were dropped: ${more.text}.`);
    if (fraction.count > 0) notes.push(`IDs such as "14395.0" were read as 14395: ${fraction.text}.`);
    if (noValue.count > 0) notes.push(`Cells such as "NULL" were taken for empty: ${noValue.text}.`);
    return notes;
  }
}

/** Whether a row has an ID and nothing else. */
function isIdAlone({ name, description, status }: FileRow): boolean {
  return name === null && description === null && status === null;
}

function isHeaderOfExport(cells: readonly string[], header: readonly string[]): string | null {
  return header.every((title, index) => cells[index] === title) ? 'the header once more' : null;
}

const NOT_REPEATED = { isRepeated: false, reason: null };
const QUOTE_LINE_BREAKS = 'put a cell that contains a line break into quotes';

/** Why the cells of a malformed row are unreliable. */
function malformed({ malformed: reason, line, lastLine }: SourceRow): string {
  return lastLine === line ? (reason ?? '') : `${reason ?? ''} (the row extends to line ${lastLine})`;
}

function byLine(a: { readonly line: number }, b: { readonly line: number }): number {
  return a.line - b.line;
}
