#!/usr/bin/env node
import module from 'node:module';
import { Command, CommanderError } from 'commander';
import { printable } from './base/printable.js';
import { programDescription, programVersion } from './base/version.js';
import { CommandError } from './commands/command-error.js';
import { declareChecking } from './commands/declare-checking.js';
import { declareDatabase } from './commands/declare-database.js';
import { declareNames } from './commands/declare-names.js';
import { declareServing } from './commands/declare-serving.js';
import { ConfigError } from './config/index.js';
import { StorageError } from './storage/errors.js';
import { Redactor } from './telemetry/redaction.js';

// Without this, graphql-js runs additional checks that are meant for development.
process.env['NODE_ENV'] ??= 'production';

// Node.js 22 and newer can cache compiled code on disk, which makes the next start faster.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

// Diagnostic reports of Node.js contain the environment, which may contain secrets. Older releases ignore the setting.
Object.assign(process.report, { excludeEnv: true, excludeNetwork: true });

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

  for (const declare of [declareServing, declareChecking, declareNames, declareDatabase]) {
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
function write(text: string): Promise<void> {
  const shown = process.stdout.isTTY ? printable(text.replaceAll('\r\n', '\n')) : text;
  return new Promise((resolve, reject) => {
    process.stdout.write(shown, (error) => {
      if (!error) resolve();
      else reject(isUnread(error) ? new UnreadOutput() : error);
    });
  });
}

/** Whether a write failed because the reader of a pipe is gone. */
function isUnread(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE';
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

// The reader of a pipe may go away: `head` that has seen enough, or a log shipper that is restarted. What the command does
// goes on, and its exit code stays true. Only what is there to be read ends early: see `write`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!isUnread(error)) throw error;
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
