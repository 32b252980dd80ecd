/**
 * A file cannot be imported at all, because its format or its structure is wrong. The message names the line, if
 * there is one, and the remedy; it contains no internals and may be shown to the customer.
 */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** The line of the file, starting at 1; `null` if the error concerns the whole file. */
  readonly line: number | null;
  /** What is wrong, without the line. */
  readonly reason: string;

  constructor(line: number | null, reason: string) {
    super(line === null ? reason : `Line ${line}: ${reason}`);
    this.line = line;
    this.reason = reason;
  }
}

/** A header that is not clear: somebody has to say which columns hold the IDs and the names. */
export class HeaderError extends FileError {
  /** The titles of the columns, in order. */
  readonly columns: readonly string[];
  /** The sheet that was read; `null` if the file is no workbook. */
  readonly sheets: WorkbookSheets | null;

  constructor(
    line: number | null,
    reason: string,
    columns: readonly string[],
    sheets: WorkbookSheets | null = null,
  ) {
    super(line, reason);
    this.columns = columns;
    this.sheets = sheets;
  }
}

/** Which sheet of a workbook was read, and which it has. */
export interface WorkbookSheets {
  readonly sheet: string;
  /** Those that are visible, and the one that was read. */
  readonly sheets: readonly string[];
}

/** The remedy for a file that is too large. */
export const SPLIT_IT =
  'Split the list into several files, and import them without replacing: each would remove what only the others have.';
