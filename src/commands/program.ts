import { Command, CommanderError } from 'commander';
import { printable } from '../base/printable.js';
import { programDescription, programVersion } from '../base/program-files.js';
import { CommandError } from './command-error.js';
import { declareChecking } from './declare-checking.js';
import { declareDatabase } from './declare-database.js';
import { declareDeliveries } from './declare-deliveries.js';
import { declareNames } from './declare-names.js';
import { declareReceived } from './declare-received.js';
import { declareSchema } from './declare-schema.js';
import { declareServing } from './declare-serving.js';
// By file and not by the room's index.ts, which would load much that `--help` and short commands do not need.
import { ConfigError } from '../config/config-error.js';
import { StorageError } from '../storage/errors.js';
import { Redactor } from '../telemetry/redaction.js';

/** Collects the secrets of the running command, so that they can be removed from error messages. */
const redactor = new Redactor();

// Texts can contain names and IDs from files and from Audience Manager, which must not control the terminal.
const print = (text: string): void => {
  process.stdout.write(`${printable(text)}\n`);
};

const warn = (text: string): void => {
  process.stderr.write(`${printable(redactor.redact(text))}\n`);
};

function createProgram(): Command {
  const program = new Command('aam-gateway')
    .description(programDescription)
    .version(programVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .allowExcessArguments(false)
    .exitOverride()
    // `report` prints errors, in one line.
    .configureOutput({ outputError: () => undefined });
  const command = (name: string, about: string): Command =>
    program
      .command(name)
      .description(about)
      .version(programVersion, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print this help');

  const declarations = [
    declareServing,
    declareChecking,
    declareNames,
    declareDeliveries,
    declareReceived,
    declareDatabase,
    declareSchema,
  ];
  for (const declare of declarations) {
    declare({ command, print, warn, write, redactor });
  }
  return program;
}

/** Nobody reads what is written: not a failure of the command, but there is nothing left for it to do. */
class UnreadOutput extends Error {}

/**
 * Writes data. A file or another program gets it unchanged; at a terminal it is escaped.
 *
 * @returns a promise that resolves when standard output has accepted the text, so that a long export does not fill the memory
 */
function write(data: string | Uint8Array): Promise<void> {
  const shown = process.stdout.isTTY ? atTerminal(data) : data;
  return new Promise((resolve, reject) => {
    process.stdout.write(shown, (error) => {
      if (!error) resolve();
      else reject(isUnread(error) ? new UnreadOutput() : unwritable(error));
    });
  });
}

function atTerminal(data: string | Uint8Array): string {
  const text = typeof data === 'string' ? data : Buffer.from(data).toString();
  return printable(text.replaceAll('\r\n', '\n'));
}

/** Whether a write failed because the reader of a pipe is gone. */
function isUnread(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE';
}

/** Output that cannot be written is no defect of the program. */
function unwritable({ code, message }: NodeJS.ErrnoException): CommandError {
  const remedy = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : 'check where it is written to';
  return new CommandError(`The output cannot be written (${code ?? message}): ${remedy}.`);
}

/** Prints an error to standard error, in one line if its cause is known. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const message =
      error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '');
    warn(`aam-gateway: ${message.replaceAll('\n', ' ')} (see aam-gateway --help)`);
    return 2;
  }
  if (error instanceof UnreadOutput) return 0;
  if (error instanceof CommandError) {
    warn(`aam-gateway: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof StorageError) {
    const remedy =
      ' (check storage in the configuration: the gateway cannot start until its database can be reached)';
    warn(`aam-gateway: ${error.message}${error.code === 'UNAVAILABLE' ? remedy : ''}`);
    return 1;
  }
  if (error instanceof ConfigError) {
    warn(error.message);
    return 1;
  }
  warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

/** Runs the command that the arguments of the process name, and sets its exit code. */
export async function run(): Promise<void> {
  // The reader of a pipe may go away: `head` that has seen enough, or a log shipper that is restarted. What the command
  // does goes on, and its exit code stays true. Only what is there to be read ends early: see `write`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isUnread(error)) throw unwritable(error);
    });
  }

  // Node.js would print the error with its secrets. Unhandled rejections of promises end here as well.
  process.on('uncaughtException', (error) => {
    process.exit(report(error));
  });

  // Timers of the gateway do not keep the process alive, so a command that waits for a retry would end without a result.
  const keepAlive = setInterval(() => undefined, 60_000);
  try {
    await createProgram().parseAsync();
    // Not `process.exit`, which would cut off output that is still being written.
    process.exitCode ??= 0;
  } catch (error) {
    process.exitCode = report(error);
  } finally {
    clearInterval(keepAlive);
  }
}
