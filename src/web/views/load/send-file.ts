import { withQuery } from '../../app/address.js';
import { problemOfResponse, type Problem } from '../../app/problem.js';
import type { FileHeader, ImportAnswer } from './import-answer.js';

/** How a file is to be read, and what is done with its rows. */
export interface Choices {
  readonly mode: 'MERGE' | 'REPLACE';
  readonly skipBad: boolean;
  /** Also the export of another destination. */
  readonly force: boolean;
  /** These are found by the gateway where they are `null`. */
  readonly sheet: string | null;
  readonly idColumn: string | null;
  readonly nameColumn: string | null;
  readonly idType: string | null;
  readonly encoding: string | null;
}

/** A file for a destination. */
export interface FileToSend {
  readonly destination: { readonly customerId: string; readonly destinationId: string };
  readonly bytes: ArrayBuffer;
  readonly fileName: string;
  readonly choices: Choices;
  readonly isDryRun: boolean;
}

/** What happens to a file at present. */
export type Phase = 'SENDING' | 'WAITING' | 'READING' | 'APPLYING';

/** How far it is. */
export interface Progress {
  readonly phase: Phase;
  readonly percent: number | null;
}

/** What came of sending a file. */
export type Sent =
  | { readonly is: 'answered'; readonly answer: ImportAnswer }
  /** @property header where the columns were not clear */
  | { readonly is: 'refused'; readonly problem: Problem; readonly header: FileHeader | null }
  /** The answer did not come, or not to its end: an import may be stored or not. */
  | { readonly is: 'lost'; readonly problem: Problem }
  | { readonly is: 'stopped' };

interface Line {
  readonly progress?: { readonly phase: Phase; readonly percent?: number };
  readonly result?: ImportAnswer;
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> }[];
}

/**
 * Sends a file to be imported, or to be tried.
 *
 * @param fetch sends requests with the key
 */
export async function sendFile(
  fetch: typeof globalThis.fetch,
  { destination, bytes, fileName, choices, isDryRun }: FileToSend,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<Sent> {
  const { customerId, destinationId } = destination;
  const { mode, sheet, idColumn, nameColumn, idType, encoding } = choices;
  const path = `/import/${encodeURIComponent(customerId)}/${encodeURIComponent(destinationId)}`;
  const address = withQuery(path, {
    mode,
    dryRun: isDryRun ? '1' : null,
    skipBad: choices.skipBad ? '1' : null,
    force: choices.force ? '1' : null,
    sheet,
    idColumn,
    nameColumn,
    idType,
    encoding,
    fileName: fileName.trim(),
  });
  onProgress({ phase: 'SENDING', percent: null });
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { accept: 'application/x-ndjson', 'content-type': 'application/octet-stream' },
      body: bytes,
      signal,
    });
    const last = await lastLine(response, onProgress);
    if (last?.result !== undefined) return { is: 'answered', answer: last.result };
    const problem = problemOfResponse(response, last);
    if (last?.errors !== undefined) return { is: 'refused', problem, header: headerIn(last.errors) };
    // Something in between has answered, or the answer was cut off.
    return response.ok || response.status >= 500
      ? { is: 'lost', problem: response.ok ? problemOfResponse(null, null) : problem }
      : { is: 'refused', problem, header: null };
  } catch {
    if (signal.aborted) return { is: 'stopped' };
    return { is: 'lost', problem: problemOfResponse(null, null) };
  }
}

/** Reads an answer of one JSON object a line, and tells of its progress. @returns the last line; `null`: it is not JSON */
async function lastLine(response: Response, onProgress: (progress: Progress) => void): Promise<Line | null> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let last: Line | null = null;
  const take = (line: string): void => {
    last = parsed(line);
    if (last?.progress !== undefined)
      onProgress({ ...last.progress, percent: last.progress.percent ?? null });
  };
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    const lines = (text + value).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  if (text.trim() !== '') take(text);
  return last;
}

function parsed(line: string): Line | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The columns to choose from, if the header of the file is what is wrong. */
function headerIn(errors: NonNullable<Line['errors']>): FileHeader | null {
  const { columns, sheet, sheets } = errors[0]?.extensions ?? {};
  if (!Array.isArray(columns)) return null;
  return {
    columns: columns.map((title) => ({ title: String(title), use: null })),
    sheet: typeof sheet === 'string' ? sheet : null,
    sheets: Array.isArray(sheets) ? sheets.map(String) : [],
  };
}
