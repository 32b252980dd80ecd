/**
 * A file cannot be imported at all, because its format or its structure is wrong. The message names the line, if
 * there is one, and the remedy; it contains no internals and may be shown to the customer.
 */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** The line of the file, starting at 1; `null` if the error concerns the whole file. */
  readonly line: number | null;

  constructor(line: number | null, reason: string) {
    super(line === null ? reason : `Line ${line}: ${reason}`);
    this.line = line;
  }
}

/** The remedy for a file that is too large. */
export const SPLIT_IT =
  'Split the list into several files, and import them without replacing: each would remove what only the others have.';
