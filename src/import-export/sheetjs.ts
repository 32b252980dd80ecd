import * as library from '@e965/xlsx';
import type { WorkbookPart } from './spreadsheet-parts.js';

/** A cell as SheetJS reads it (https://docs.sheetjs.com/docs/csf/cell), as far as it is used. */
export interface SheetJsCell {
  /** Number, text, boolean, error, date, or none. */
  readonly t: 'n' | 's' | 'b' | 'e' | 'd' | 'z';
  readonly v?: unknown;
  /** The text that the sheet shows. */
  readonly w?: string;
  /** The number format. */
  readonly z?: string;
}

interface Place {
  /** Row and column, starting at 0. */
  readonly r: number;
  readonly c: number;
}

export interface SheetJsSheet {
  /** Rows of cells, with holes. */
  readonly '!data'?: SheetJsCell[][];
  /** Merged cells: the first and the last of each range. */
  readonly '!merges'?: readonly { readonly s: Place; readonly e: Place }[];
}

export interface SheetJsWorkbook {
  readonly SheetNames: readonly string[];
  readonly Sheets: Readonly<Record<string, SheetJsSheet | undefined>>;
  readonly Workbook: {
    readonly Sheets?: readonly { readonly Hidden?: 0 | 1 | 2 }[];
    readonly WBProps?: { readonly date1904?: boolean | string };
  };
  /** The table of texts that cells share, and one empty text more. */
  readonly Strings: readonly { readonly t?: unknown }[];
  /** Where the parts are. */
  readonly Directory: { readonly sst?: string };
}

interface Options {
  /** The positions of the sheets to read. */
  readonly sheets: readonly number[];
  readonly dense: true;
  readonly cellFormula: false;
  readonly cellHTML: false;
  readonly cellNF: true;
}

interface SheetJs {
  /** Reads a workbook from its parts, instead of unpacking it without a bound. Not in the library's types. */
  readonly parse_zip: (
    zip: { readonly files: Readonly<Record<string, WorkbookPart>> },
    options: Options,
  ) => SheetJsWorkbook;
  readonly SSF: {
    readonly format: (format: string, value: number, options: { date1904: boolean }) => string;
  };
}

const sheetJs = library as unknown as SheetJs;

/**
 * Reads a workbook with SheetJS, which keeps state between calls: only one workbook may be read in a thread.
 *
 * @param sheets the positions of the sheets whose cells are read
 * @throws what the library throws
 */
export function parseWorkbook(
  files: Readonly<Record<string, WorkbookPart>>,
  sheets: readonly number[],
): SheetJsWorkbook {
  return sheetJs.parse_zip(
    { files },
    { sheets, dense: true, cellFormula: false, cellHTML: false, cellNF: true },
  );
}

/** The text of a number or a date in a number format of spreadsheets; `null` if SheetJS does not understand the format. */
export function formatNumber(value: number, format: string, is1904: boolean): string | null {
  try {
    return sheetJs.SSF.format(format, value, { date1904: is1904 });
  } catch {
    return null;
  }
}
