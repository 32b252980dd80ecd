import type { ThreadResponse } from '../base/thread-session.js';
import type { WorkbookSheets } from './file-error.js';
import type { FileCells } from './types.js';

/** What the thread that reads a workbook is asked. First `open`, then `next` until there are no more rows. */
export type SpreadsheetRequest =
  | {
      readonly type: 'open';
      readonly bytes: Uint8Array;
      /** The name or number of a sheet; `null`: the first that is visible and not empty. */
      readonly sheet: string | null;
    }
  | { readonly type: 'next' };

/** Its answer to `open` has notes and sheets, and its answer to `next` has rows: none at the end. */
export interface SpreadsheetAnswer {
  readonly notes: readonly string[];
  readonly rows: readonly FileCells[];
  readonly sheets: WorkbookSheets;
}

export type SpreadsheetResponse = ThreadResponse<SpreadsheetAnswer>;

/** The code of failures whose message is for people. */
export const FILE_ERROR_CODE = 'FILE';
