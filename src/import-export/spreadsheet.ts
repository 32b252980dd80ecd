import { threadFile } from '../base/program-files.js';
import { ThreadSession, type ThreadFailure } from '../base/thread-session.js';
import { FileError, type WorkbookSheets } from './file-error.js';
import { FILE_ERROR_CODE, type SpreadsheetAnswer, type SpreadsheetRequest } from './spreadsheet-protocol.js';
import type { FileCells } from './types.js';

/** The rows of a sheet, and what to tell about how they were read. */
export interface Sheet {
  /** As in `ParsedFile`. */
  readonly notes: readonly string[];
  /** Without empty rows. */
  readonly rows: readonly FileCells[];
  readonly sheets: WorkbookSheets;
}

/** How much memory the thread may use for JavaScript objects, in MiB. 200,000 rows of six cells take half of it. */
const MAX_HEAP_MB = 1024;

/**
 * Reads a sheet of a workbook (XLSX, XLSM) in a thread of its own: the library reads a sheet in one step, which takes
 * seconds for a large one, and its memory is bounded there.
 *
 * @param bytes the workbook. It is copied
 * @param sheet the name or number of a sheet; `null`: the first that is visible and not empty
 * @throws {FileError} if the workbook cannot be read
 * @throws the reason of `signal` when it is aborted
 */
export async function readSpreadsheet(
  bytes: Uint8Array,
  sheet: string | null,
  signal?: AbortSignal,
): Promise<Sheet> {
  signal?.throwIfAborted();
  const thread = new ThreadSession<SpreadsheetRequest, SpreadsheetAnswer>({
    url: threadFile('import-export/spreadsheet-worker'),
    name: 'spreadsheet',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    toError,
  });
  const stop = (): void => void thread.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await thread.started;
    const { notes, sheets } = await thread.request({ type: 'open', bytes, sheet });
    const rows: FileCells[] = [];
    for (;;) {
      const batch = await thread.request({ type: 'next' });
      if (batch.rows.length === 0) return { notes, rows, sheets };
      for (const row of batch.rows) rows.push(row);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

function toError({ code, message }: ThreadFailure): Error {
  if (code === FILE_ERROR_CODE) return new FileError(null, message);
  // The thread ends without an answer if the workbook needs more memory than it may use.
  const error = new FileError(
    null,
    'The workbook cannot be read: it is damaged, or too large. Save the sheet as "CSV UTF-8" and send that file.',
  );
  error.cause = new Error(message);
  return error;
}
