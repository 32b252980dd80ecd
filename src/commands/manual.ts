import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { configFilePath, loadConfig } from '../config/index.js';
import {
  DirectoryError,
  exportRows,
  importFile,
  type Destination,
  type Directory,
  type ImportOutcome,
} from '../directory/index.js';
import {
  FileMistake,
  csvLines,
  decodeText,
  inChunks,
  ndjsonLines,
  type ExportRow,
} from '../import-export/index.js';
import { closeParts, openParts } from '../gateway.js';
import { createLogger, type Logger } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';
import { progressBar } from './progress.js';

export interface ImportCommandOptions {
  readonly config?: string;
  readonly customer: string;
  readonly destination: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly skipBad?: boolean;
}

export interface ExportCommandOptions {
  readonly config?: string;
  readonly customer: string;
  readonly destination?: string;
  readonly format: 'csv' | 'ndjson';
}

const MAX_MISTAKES_SHOWN = 20;

/**
 * Takes over the names in a file that a customer sent.
 *
 * @returns whether everything in it was good
 */
export async function importCommand(
  file: string,
  options: ImportCommandOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const text = await readText(file);
  return await withDirectory(options.config, redactor, async (directory) => {
    const destination = destinationOf(directory, options.customer, options.destination);
    const bar = progressBar(process.stderr, file);
    const by = `${userName()} (aam-gateway import)`;
    const choices = {
      mode: options.replace === true ? 'REPLACE' : 'MERGE',
      dryRun: options.dryRun === true,
      skipBad: options.skipBad === true,
    } as const;
    try {
      const outcome = await importFile(destination, text, {
        ...choices,
        by,
        at: Date.now(),
        onProgress: bar.update,
      });
      bar.end();
      print(summaryOf(outcome, options));
      const { mistakes: _mistakes, ...counts } = outcome;
      const { customer, destination: id } = options;
      const entry = { audit: 'import', customer, destination: id, ...choices, outcome: 'ok', ...counts };
      auditLog(redactor)?.info({ ...entry, caller: by, from: file }, 'audit');
      return outcome.mistakes.length === 0 || (outcome.applied && options.skipBad === true);
    } catch (error) {
      throw error instanceof DirectoryError ? new CommandError(`${file}: ${error.message}`) : error;
    } finally {
      bar.end();
    }
  });
}

/** For the line that every import leaves, where standard error is collected; a person at a terminal has the summary. */
function auditLog(redactor: Redactor): Logger | null {
  return process.stderr.isTTY ? null : createLogger({ redactor, sink: process.stderr });
}

/** Writes everything that is known of a customer's destinations; `warn` is told what had to be left out. */
export async function exportCommand(
  options: ExportCommandOptions,
  write: (text: string) => Promise<void>,
  warn: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  await withDirectory(options.config, redactor, async (directory) => {
    // Read them all before anything is written: half an export looks like a whole one.
    const rows =
      options.destination === undefined
        ? await readableRows(customerOf(directory, options.customer), warn)
        : await exportRows(destinationOf(directory, options.customer, options.destination));
    const lines = options.format === 'csv' ? csvLines(rows) : ndjsonLines(rows);
    for await (const text of inChunks(lines)) await write(text);
  });
}

/** Of all destinations of which anything is known. */
async function readableRows(
  customer: ReturnType<typeof customerOf>,
  warn: (text: string) => void,
): Promise<Iterable<ExportRow>> {
  const lists = await Promise.all(
    Array.from(customer.destinations.values(), async (destination) => {
      try {
        return await exportRows(destination);
      } catch (error) {
        if (!(error instanceof DirectoryError)) throw error;
        warn(`left out: ${error.message}`);
        return [];
      }
    }),
  );
  return concatenated(lists);
}

function* concatenated<T>(lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list;
}

/** Who runs the command; a container may run it as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

async function withDirectory<T>(
  configFlag: string | undefined,
  redactor: Redactor,
  work: (directory: Directory) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(configFilePath(configFlag), { insecure: true });
  const parts = await openParts(config, { logLevel: 'silent', redactor });
  try {
    return await work(parts.directory);
  } catch (error) {
    throw error instanceof DirectoryError ? new CommandError(error.message) : error;
  } finally {
    await closeParts(parts);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return decodeText(await readFile(file));
  } catch (error) {
    if (error instanceof FileMistake) throw new CommandError(`${file}: ${error.message}`);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new CommandError(`${file} cannot be read (${code}): check the path and its permissions.`);
  }
}

function customerOf(
  directory: Directory,
  id: string,
): NonNullable<ReturnType<Directory['customers']['get']>> {
  const customer = directory.customers.get(id);
  if (customer !== undefined) return customer;
  const known = [...directory.customers.keys()].join(', ');
  throw new CommandError(`There is no customer ${id} in the configuration; it has ${known}.`);
}

function destinationOf(directory: Directory, customerId: string, id: string): Destination {
  const customer = customerOf(directory, customerId);
  const destination = customer.destinations.get(id);
  if (destination !== undefined) return destination;
  const known = [...customer.destinations.keys()].join(', ') || 'none';
  throw new CommandError(`There is no destination ${id} of customer ${customerId}; it has ${known}.`);
}

function summaryOf(outcome: ImportOutcome, { skipBad, dryRun }: ImportCommandOptions): string {
  const { created, renamed, updated, unchanged, removed, rejected, mistakes, applied } = outcome;
  const lines = mistakes.slice(0, MAX_MISTAKES_SHOWN).map(({ line, reason }) => `line ${line}: ${reason}`);
  if (mistakes.length > MAX_MISTAKES_SHOWN)
    lines.push(`… and ${mistakes.length - MAX_MISTAKES_SHOWN} more`);
  lines.push(
    `created ${created}, renamed ${renamed}, updated ${updated}, unchanged ${unchanged}, removed ${removed}, rejected ${rejected}`,
  );
  if (dryRun === true) lines.push('Nothing was written: this was a dry run.');
  else if (!applied && skipBad === true) lines.push('Nothing was written: no row is good.');
  else if (!applied) {
    lines.push('Nothing was written: correct the rejected rows, or take the others alone with --skip-bad.');
  }
  return lines.join('\n');
}
