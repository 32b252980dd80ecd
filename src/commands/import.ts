import { basename } from 'node:path';
import { DirectoryError, importContent, importCounts } from '../directory/index.js';
import type { IdentifierType } from '../segments/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { audit, authorOf } from './audit.js';
import { CommandError } from './command-error.js';
import { reportOf } from './import-report.js';
import { progressBar } from './progress-bar.js';
import { nameOfFile, readCustomerFile } from './read-file.js';
import { requireDestination, withDirectory } from './with-directory.js';

/** Flags of `aam-gateway import`. */
export interface ImportCommandOptions {
  readonly config?: string;
  readonly customer: string;
  readonly destination: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly skipBad?: boolean;
  readonly force?: boolean;
  /** The kind of the IDs in the column `ID`, which states none. */
  readonly idType?: IdentifierType;
  /** The titles of the columns of IDs and names. */
  readonly idColumn?: string;
  readonly nameColumn?: string;
  /** How to read the file, as in `FileOptions`. */
  readonly encoding?: string;
  readonly sheet?: string;
}

/**
 * Imports the names in a customer's file as manual entries.
 *
 * @returns false if the file has mistakes, unless its valid file rows were imported with `--skip-bad`
 */
export async function importCommand(
  file: string,
  options: ImportCommandOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const content = await readCustomerFile(file, options);
  const name = nameOfFile(file);
  return await withDirectory(options.config, redactor, async (directory, clock) => {
    const destination = requireDestination(directory, options.customer, options.destination);
    const bar = progressBar(process.stderr, name);
    const by = authorOf('import');
    const { idType, idColumn, nameColumn } = options;
    const choices = {
      mode: options.replace === true ? 'REPLACE' : 'MERGE',
      dryRun: options.dryRun === true,
      skipBad: options.skipBad === true,
      ...(options.force === true && { force: true }),
      ...(idType !== undefined && { idType }),
      ...(idColumn !== undefined && { idColumn }),
      ...(nameColumn !== undefined && { nameColumn }),
    } as const;
    try {
      const outcome = await importContent(destination, content, {
        ...choices,
        by,
        startedAt: clock.now(),
        // Without its folders: where somebody has a file is not for all who may list imports.
        fileName: file === '-' ? null : basename(file),
        onProgress: bar.update,
      });
      bar.end();
      print(reportOf(outcome, options));
      const { customer, destination: id } = options;
      const entry = { audit: 'import', customer, destination: id, ...choices, outcome: 'ok' } as const;
      audit(redactor, { ...entry, ...importCounts(outcome), caller: by, from: name });
      return outcome.mistakes.length === 0 || (outcome.applied && options.skipBad === true);
    } catch (error) {
      throw error instanceof DirectoryError ? new CommandError(`${name}: ${error.message}`) : error;
    } finally {
      bar.end();
    }
  });
}
