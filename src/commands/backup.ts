import { resolve } from 'node:path';
import { backUp } from '../storage/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { loadForDatabase, reporting, summaryOf } from './database.js';

/** Flags of `aam-gateway backup`. */
export interface BackupOptions {
  readonly config?: string;
  readonly force?: boolean;
}

/** Copies the database into a file and checks the copy. @throws {CommandError} with a remedy */
export async function backup(
  file: string,
  { config: flag, force = false }: BackupOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  const config = await loadForDatabase(flag, redactor);
  const summary = await reporting(backUp(config.storage, file, force));
  print(`Backed up to ${resolve(file)}: ${summaryOf(summary)}. The copy was checked.`);
}
