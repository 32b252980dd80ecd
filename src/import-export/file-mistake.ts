/**
 * A file that cannot be read at all, because it is of the wrong kind or shape. Its message names the line
 * where there is one, and the remedy, and may be shown to the customer as it is.
 */
export class FileMistake extends Error {
  override readonly name = 'FileMistake';
  /** The line of the file, from 1; `null` where the mistake is the file's as a whole. */
  readonly line: number | null;

  constructor(line: number | null, reason: string) {
    super(line === null ? reason : `Line ${line}: ${reason}`);
    this.line = line;
  }
}
