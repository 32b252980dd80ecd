import { Command, CommanderError } from 'commander';
import { CommandError } from '../../src/commands/command-error.js';
import { declareDeliveries } from '../../src/commands/declare-deliveries.js';
import { declareReceived } from '../../src/commands/declare-received.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import type { CommandFolder } from './support.js';

/** What a command has written, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command for what Audience Manager sends in this process, with its flags as on the command line. Starting the program
 * takes a second; what it does with signals, its input and its output, only a process shows. One at a time: the folder is
 * that of the whole process.
 */
export async function runInProcess(args: readonly string[], folder = process.cwd()): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  let stderr = '';
  const redactor = new Redactor();
  const warn = (text: string): void => {
    stderr += `${redactor.redact(text)}\n`;
  };
  const write = (data: string | Uint8Array): Promise<void> => {
    // What was written may be overwritten afterwards.
    stdout.push(Buffer.from(data));
    return Promise.resolve();
  };
  const program = new Command().exitOverride().configureOutput({ outputError: () => undefined });
  const declared = {
    command: (name: string) => program.command(name),
    print: (text: string) => void write(`${text}\n`),
    warn,
    write,
    redactor,
  };
  declareDeliveries(declared);
  declareReceived(declared);
  const before = { folder: process.cwd(), code: process.exitCode, signals: listeners() };
  process.chdir(folder);
  process.exitCode = undefined;
  let code: number;
  try {
    await program.parseAsync(args, { from: 'user' });
    code = exitCode();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof CommanderError)) throw error;
    warn(`aam-gateway: ${error.message}`);
    code = error instanceof CommandError ? error.exitCode : 2;
  } finally {
    process.chdir(before.folder);
    process.exitCode = before.code;
    for (const [signal, listener] of listeners()) {
      if (!before.signals.some(([, known]) => known === listener)) process.off(signal, listener);
    }
  }
  return { code, stdout: Buffer.concat(stdout).toString(), stderr };
}

function exitCode(): number {
  return Number(process.exitCode ?? 0);
}

function listeners(): [NodeJS.Signals, NodeJS.SignalsListener][] {
  return (['SIGINT', 'SIGTERM'] as const).flatMap((signal) =>
    process.listeners(signal).map((listener): [NodeJS.Signals, NodeJS.SignalsListener] => [signal, listener]),
  );
}

/** A folder with a configuration, in which commands are run in this process. */
export class InProcess implements AsyncDisposable {
  readonly folder: CommandFolder['folder'];

  constructor({ folder }: CommandFolder) {
    this.folder = folder;
  }

  run(...args: string[]): Promise<CommandResult> {
    return runInProcess(args, this.folder.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.folder[Symbol.asyncDispose]();
  }
}

/** The lines of an output of JSON. */
export const objectsOf = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
