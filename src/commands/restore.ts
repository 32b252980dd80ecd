import { restore } from '../storage/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { loadForDatabase, reporting, summaryOf } from './database.js';

/** Flags of `aam-gateway restore`. */
export interface RestoreOptions {
  readonly config?: string;
}

/** Puts a backup in the place of the database. @throws {CommandError} with a remedy; then nothing has changed */
export async function restoreCommand(
  file: string,
  options: RestoreOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  const { storage } = await loadForDatabase(options.config, redactor);
  const { summary, keptAs } = await reporting(restore(storage, file, Date.now()));
  const place = storage.engine === 'sqlite' ? storage.path : '';
  print(`Restored ${place} from ${file}: ${summaryOf(summary)}.`);
  if (keptAs !== null)
    print(`The database that was there is kept as ${keptAs}: delete it when you need it no more.`);
  if (summary.missingMigrations.length > 0) {
    print('The backup was made by an earlier version: the next start brings its tables up to date.');
  }
}
