import {
  importContent,
  type Authorship,
  type Destination,
  type ImportOptions,
  type ImportOutcome,
} from '../../src/directory/index.js';

/** Imports the text of a file. Default: in mode MERGE, and only if there are no mistakes. */
export async function importText(
  destination: Destination,
  text: string,
  { by, at, ...options }: Authorship & Partial<Omit<ImportOptions, 'by' | 'startedAt'>>,
): Promise<ImportOutcome> {
  return await importContent(
    destination,
    { kind: 'text', text, notes: [] },
    { mode: 'MERGE', dryRun: false, skipBad: false, ...options, by, startedAt: at },
  );
}
