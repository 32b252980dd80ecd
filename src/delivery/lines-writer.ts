import type { OutputBuffer } from './annotate-output.js';
import type { LineBatch } from './lines-batch.js';

/** Where lines come from. */
export interface Origin {
  readonly file: string;
  /** The destination's ID in Audience Manager. */
  readonly destination: string;
}

/** The columns that say where lines come from. */
export const ORIGIN_COLUMNS = ['file', 'destination'] as const;

/** The cells of these columns. @param guard makes a cell safe that a spreadsheet would run as a formula */
export function originCells(origin: Origin, separator: string, guard: (text: string) => string): string {
  return ORIGIN_COLUMNS.map((column) => separator + cellOf(guard(origin[column]), separator)).join('');
}

/** A cell of a CSV file, in quotes where it needs them. */
export function cellOf(text: string, separator: string): string {
  const needsQuotes = text.includes(separator) || /["\r\n]/.test(text);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Writes the lines of a batch with names. */
export interface LineWriter {
  /** What comes first; `null`: nothing. */
  readonly header: Uint8Array | null;
  /**
   * Writes lines until the buffer is full.
   *
   * @param from where in `batch.data` to begin
   * @returns where to go on; `batch.length`: all is written
   */
  write(batch: LineBatch, from: number, out: OutputBuffer): number;
}
