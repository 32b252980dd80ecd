import { userInfo } from 'node:os';
import { DirectoryError, importFile, type ImportOutcome } from '../directory/index.js';
import { createLogger, type Logger } from '../telemetry/logs.js';
import type { IdentifierType } from '../segments/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';
import { progressBar } from './progress-bar.js';
import { readText } from './read-text.js';
import { requireDestination, withDirectory } from './with-directory.js';

/** Flags of `aam-gateway import`. */
export interface ImportCommandOptions {
  readonly config?: string;
  readonly customer: string;
  readonly destination: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly skipBad?: boolean;
  /** The kind of the IDs in the column `ID`, which states none. */
  readonly idType?: IdentifierType;
}

/** Maximum number of mistakes that the command prints. */
const MAX_SHOWN_MISTAKES = 20;

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
  const text = await readText(file);
  return await withDirectory(options.config, redactor, async (directory, clock) => {
    const destination = requireDestination(directory, options.customer, options.destination);
    const bar = progressBar(process.stderr, file);
    const by = `${userName()} (aam-gateway import)`;
    const choices = {
      mode: options.replace === true ? 'REPLACE' : 'MERGE',
      dryRun: options.dryRun === true,
      skipBad: options.skipBad === true,
      ...(options.idType === undefined ? {} : { idType: options.idType }),
    } as const;
    try {
      const outcome = await importFile(destination, text, {
        ...choices,
        by,
        at: clock.now(),
        onProgress: bar.update,
      });
      bar.end();
      print(summaryOf(outcome, options));
      const { mistakes: _mistakes, ...counts } = outcome;
      const { customer, destination: id } = options;
      const entry = { audit: 'import', customer, destination: id, ...choices, outcome: 'ok', ...counts };
      createAuditLog(redactor)?.info({ ...entry, caller: by, from: file }, 'audit');
      return outcome.mistakes.length === 0 || (outcome.applied && options.skipBad === true);
    } catch (error) {
      throw error instanceof DirectoryError ? new CommandError(`${file}: ${error.message}`) : error;
    } finally {
      bar.end();
    }
  });
}

/** Imports write an audit line to standard error, except on a terminal, where the summary is enough. */
function createAuditLog(redactor: Redactor): Logger | null {
  return process.stderr.isTTY ? null : createLogger({ redactor, sink: process.stderr });
}

/** The user that runs the command. In a container, the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

function summaryOf(outcome: ImportOutcome, { skipBad, dryRun }: ImportCommandOptions): string {
  const { created, renamed, updated, unchanged, removed, rejected, mistakes, applied } = outcome;
  const lines = mistakes.slice(0, MAX_SHOWN_MISTAKES).map(({ line, reason }) => `line ${line}: ${reason}`);
  if (mistakes.length > MAX_SHOWN_MISTAKES) {
    lines.push(`… and ${mistakes.length - MAX_SHOWN_MISTAKES} more`);
  }
  lines.push(
    `created ${created}, renamed ${renamed}, updated ${updated}, unchanged ${unchanged}, removed ${removed}, rejected ${rejected}`,
  );
  if (dryRun === true) lines.push('Nothing was written: this was a dry run.');
  else if (!applied && skipBad === true) lines.push('Nothing was written: no row is valid.');
  else if (!applied) {
    lines.push(
      'Nothing was written: correct the rejected rows, or use --skip-bad to import only the valid ones.',
    );
  }
  return lines.join('\n');
}
