/** The thread that reads a workbook, started by `readSpreadsheet`. It reads one workbook and is ended then. */
import { parentPort } from 'node:worker_threads';
import { lowerThreadPriority } from '../base/thread-session.js';
import { FileError } from './file-error.js';
import {
  FILE_ERROR_CODE,
  type SpreadsheetAnswer,
  type SpreadsheetRequest,
  type SpreadsheetResponse,
} from './spreadsheet-protocol.js';
import { openSheet, type OpenSheet } from './spreadsheet-sheet.js';
import type { FileCells } from './types.js';

/** Number of rows of one answer. The thread that asks unpacks an answer in one step, of a few milliseconds. */
const ROWS_PER_ANSWER = 2000;

const NO_SHEETS = { sheet: '', sheets: [] };

/** Answers requests one after the other. */
class Reader {
  #sheet: OpenSheet | null = null;
  #rows: Iterator<FileCells> | null = null;

  async answer(request: SpreadsheetRequest): Promise<SpreadsheetAnswer> {
    if (request.type === 'open') {
      this.#sheet = await openSheet(request.bytes, request.sheet);
      this.#rows = this.#sheet.rows();
      return { notes: this.#sheet.notes, rows: [], sheets: this.#sheet.sheets };
    }
    const rows: FileCells[] = [];
    while (rows.length < ROWS_PER_ANSWER) {
      const next = this.#rows?.next();
      if (next === undefined || next.done === true) break;
      rows.push(next.value);
    }
    return { notes: [], rows, sheets: NO_SHEETS };
  }
}

function failureOf(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof FileError ? FILE_ERROR_CODE : '', message };
}

if (parentPort !== null) {
  const port = parentPort;
  lowerThreadPriority();
  const reader = new Reader();
  const respond = (response: SpreadsheetResponse): void => port.postMessage(response);
  port.on('message', (request: SpreadsheetRequest & { id: number }) => {
    reader.answer(request).then(
      (answer) => respond({ id: request.id, answer }),
      (error: unknown) => respond({ id: request.id, error: failureOf(error) }),
    );
  });
  respond({ id: 0, answer: { notes: [], rows: [], sheets: NO_SHEETS } });
}
