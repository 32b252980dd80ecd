import { FileError, SPLIT_IT, type WorkbookSheets } from './file-error.js';
import { MAX_FILE_ROWS } from './file-row-collector.js';
import { quoteForMessage } from './quote-for-message.js';
import { parseWorkbook, type SheetJsCell, type SheetJsSheet, type SheetJsWorkbook } from './sheetjs.js';
import { formatOthers } from './spreadsheet-formats.js';
import { textOfCell } from './spreadsheet-cell.js';
import { checkFormulas, SharedTexts } from './spreadsheet-checks.js';
import {
  DAMAGED,
  MAX_UNPACKED_BYTES,
  openWorkbook,
  type WorkbookPart,
  type WorkbookParts,
} from './spreadsheet-parts.js';
import type { FileCells } from './types.js';

/** A sheet of a workbook whose rows can be read. */
export interface OpenSheet {
  /** As in `ParsedFile`. */
  readonly notes: readonly string[];
  readonly sheets: WorkbookSheets;
  /** Its rows without the empty ones. @throws {FileError} if there are too many, or too many columns */
  rows(): IterableIterator<FileCells>;
}

type Files = Readonly<Record<string, WorkbookPart>>;

/** Titles and remarks above and below the segments. */
const MAX_OTHER_ROWS = 1000;
const MAX_ROWS = MAX_FILE_ROWS + MAX_OTHER_ROWS;
const MAX_COLUMNS = 1000;

/** Maximum number of cells that get the value of a merged cell above them. */
const MAX_MERGED_CELLS = 2_000_000;

/**
 * Reads a sheet of a workbook.
 *
 * @param wanted the name or number of a sheet; `null`: the first that is visible and not empty
 * @throws {FileError} if the workbook is damaged, or has no such sheet
 */
export async function openSheet(bytes: Uint8Array, wanted: string | null): Promise<OpenSheet> {
  const parts = await openWorkbook(bytes);
  const overview = parse(parts, withoutTexts(parts.files), []);
  const texts = new SharedTexts(parts.files, overview.Directory.sst);
  const read = (position: number): SheetJsSheet => {
    const workbook = parse(parts, checkFormulas(texts.files, parts.failures), [position]);
    texts.check(workbook.Strings);
    const sheet = workbook.Sheets[overview.SheetNames[position] ?? ''];
    if (sheet === undefined) throw new FileError(null, DAMAGED);
    formatOthers(sheet['!data'] ?? [], isTrue(workbook.Workbook.WBProps?.date1904));
    return sheet;
  };
  const [position, sheet] =
    wanted === null
      ? firstWithCells(overview, read, () => parts.unpackedBytes() <= MAX_UNPACKED_BYTES)
      : named(overview, wanted, read);
  const notes = noteOnSheets(overview, position);
  const data = sheet['!data'] ?? [];
  if (spreadMergedCells(data, sheet['!merges'] ?? []) > 0) {
    notes.push('Cells are merged over several rows: their value was taken for each of these rows.');
  }
  return { notes, sheets: sheetsOf(overview, position), rows: () => rowsOf(data) };
}

/** A property as SheetJS reads it, or as it stands in the workbook. */
function isTrue(property: boolean | string | undefined): boolean {
  return property === true || property === 'true' || property === '1';
}

/** @throws {FileError} if the workbook is damaged */
function parse(parts: WorkbookParts, files: Files, sheets: readonly number[]): SheetJsWorkbook {
  try {
    const workbook = parseWorkbook(files, sheets);
    const [failure] = parts.failures;
    if (failure !== undefined) throw failure;
    return workbook;
  } catch (error) {
    if (error instanceof FileError) throw error;
    const result = parts.failures[0] ?? new FileError(null, DAMAGED);
    result.cause ??= error;
    throw result;
  }
}

/** The parts without the table of texts, which may be large and is not needed for the names of the sheets. */
function withoutTexts(files: Files): Files {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !/sharedStrings/i.test(name)));
}

type Read = (position: number) => SheetJsSheet;

/** Maximum number of sheets that are read to find one with cells: each of them costs as much as the first. */
const MAX_TRIED_SHEETS = 20;

/** @param mayGoOn whether a further sheet may be read. All texts and styles are unpacked again for each */
function firstWithCells(
  { SheetNames, Workbook }: SheetJsWorkbook,
  read: Read,
  mayGoOn: () => boolean,
): [number, SheetJsSheet] {
  let tried = 0;
  for (const position of SheetNames.keys()) {
    if ((Workbook.Sheets?.[position]?.Hidden ?? 0) !== 0) continue;
    if (tried === MAX_TRIED_SHEETS || (tried > 0 && !mayGoOn())) {
      const first =
        tried === 1 ? 'The first visible sheet is empty' : `The first ${tried} visible sheets are empty`;
      throw new FileError(null, `${first}. Name the sheet to read (--sheet).`);
    }
    const sheet = read(position);
    tried++;
    if (hasCells(sheet)) return [position, sheet];
  }
  throw new FileError(
    null,
    'The workbook has no visible sheet with cells. Name the sheet to read (--sheet).',
  );
}

function named({ SheetNames }: SheetJsWorkbook, wanted: string, read: Read): [number, SheetJsSheet] {
  const plain = (name: string): string => name.normalize('NFC').trim().toLowerCase();
  let position = SheetNames.findIndex((name) => plain(name) === plain(wanted));
  if (position === -1 && /^[1-9]\d{0,3}$/.test(wanted.trim())) position = Number(wanted) - 1;
  const name = SheetNames[position];
  if (position === -1 || name === undefined) {
    throw new FileError(
      null,
      `The workbook has no sheet ${quoteForMessage(wanted)}. Its sheets are ${listOf(SheetNames)}.`,
    );
  }
  const sheet = read(position);
  if (hasCells(sheet)) return [position, sheet];
  throw new FileError(null, `The sheet ${quoteForMessage(name)} is empty.`);
}

function hasCells(sheet: SheetJsSheet): boolean {
  return (sheet['!data'] ?? []).some((row) => row.some((cell) => textOfCell(cell).trim() !== ''));
}

/** The sheets that may be chosen instead of the one that was read. */
function sheetsOf({ SheetNames, Workbook }: SheetJsWorkbook, position: number): WorkbookSheets {
  const isShown = (_: string, index: number): boolean =>
    index === position || (Workbook.Sheets?.[index]?.Hidden ?? 0) === 0;
  return { sheet: SheetNames[position] ?? '', sheets: SheetNames.filter(isShown) };
}

/** Which sheet was read, if there are several. */
function noteOnSheets({ SheetNames }: SheetJsWorkbook, position: number): string[] {
  const others = SheetNames.filter((_name, index) => index !== position);
  if (others.length === 0) return [];
  const name = quoteForMessage(SheetNames[position] ?? '');
  return [`The sheet ${name} was read. The workbook also has ${listOf(others)}.`];
}

/** Maximum number of sheets that a message names. */
const MAX_SHOWN_SHEETS = 10;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN_SHEETS).map((name) => quoteForMessage(name));
  if (names.length > shown.length) shown.push('…');
  return shown.join(', ');
}

/**
 * Gives the value of a cell that is merged over several rows to each of these rows that has other cells, as the sheet
 * shows it. Cells that are merged over several columns, such as titles, are not repeated.
 *
 * @returns the number of cells that got a value
 */
function spreadMergedCells(data: SheetJsCell[][], merges: NonNullable<SheetJsSheet['!merges']>): number {
  let count = 0;
  let steps = 0;
  for (const { s: first, e: last } of merges) {
    const value = data[first.r]?.[first.c];
    if (value === undefined) continue;
    for (let row = first.r + 1; row <= Math.min(last.r, data.length - 1); row++) {
      if (++steps > MAX_MERGED_CELLS)
        throw new FileError(null, `The sheet has too many merged cells. ${SAVE_AS}`);
      const cells = data[row];
      if (cells === undefined || textOfCell(cells[first.c]) !== '') continue;
      if (!cells.some((cell) => textOfCell(cell).trim() !== '')) continue;
      cells[first.c] = value;
      count++;
    }
  }
  return count;
}

function* rowsOf(data: SheetJsCell[][]): IterableIterator<FileCells> {
  let count = 0;
  for (const index of data.keys()) {
    const row = data[index];
    if (row === undefined) continue;
    const line = index + 1;
    // An array's `map` leaves holes as they are; `from` does not.
    const cells = row.length > MAX_COLUMNS ? trimmed(row, line) : Array.from(row, textOfCell);
    while (cells.length > 0 && cells.at(-1)?.trim() === '') cells.pop();
    if (cells.length === 0) continue;
    if (++count > MAX_ROWS) {
      const max = MAX_FILE_ROWS.toLocaleString('en-US');
      throw new FileError(line, `a file can hold at most ${max} segments. ${SPLIT_IT}`);
    }
    yield { line, cells };
  }
}

/** The texts of a row whose last cell is far to the right. @throws {FileError} if there is a text there */
function trimmed(row: readonly SheetJsCell[], line: number): string[] {
  const beyond = row.slice(MAX_COLUMNS).some((cell) => textOfCell(cell).trim() !== '');
  if (beyond) throw new FileError(line, `there are more than ${MAX_COLUMNS} columns. ${SAVE_AS}`);
  return Array.from(row.slice(0, MAX_COLUMNS), textOfCell);
}

const SAVE_AS = 'Copy the list of segments to a sheet of its own.';
