#!/usr/bin/env node
import module, { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { printable } from './base/printable.js';
import { CommandError } from './commands/command-error.js';
import type { CheckOptions } from './commands/check.js';
import type { DemoOptions } from './commands/demo.js';
import type { ExportCommandOptions } from './commands/export.js';
import type { ImportCommandOptions } from './commands/import.js';
import type { KeyOptions } from './commands/key.js';
import type { ServeOptions } from './commands/serve.js';
import type { SimulateOptions } from './commands/simulate.js';
import { ConfigError } from './config/index.js';
import type { IdentifierType } from './segments/index.js';
import { StorageError } from './storage/errors.js';
import { LOG_LEVELS } from './telemetry/logs.js';
import { Redactor } from './telemetry/redaction.js';

// Without this, graphql-js runs additional checks that are meant for development.
process.env['NODE_ENV'] ??= 'production';

// Node.js 22 and newer can cache compiled code on disk, which makes the next start faster.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

// Diagnostic reports of Node.js contain the environment, which may contain secrets. Older releases ignore the setting.
Object.assign(process.report, { excludeEnv: true, excludeNetwork: true });

const { version, description } = createRequire(import.meta.url)('../package.json') as {
  version: string;
  description: string;
};

const CONFIG_FLAG = [
  '-c, --config <file>',
  'the configuration file (default: $GATEWAY_CONFIG, else ./gateway.yaml)',
] as const;

const IDENTIFIER_TYPES: readonly IdentifierType[] = [
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
];

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
    .description(description)
    .version(version, '-V, --version', 'print the version')
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
      .version(version, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print this help');

  command('serve', 'run the gateway')
    .option(...CONFIG_FLAG)
    .option(
      '--insecure',
      'let other machines call the gateway without access control, and allow http:// URLs of other hosts',
    )
    .addOption(
      new Option('--log-level <level>', 'the lowest level that is logged')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./commands/serve.js');
      await serve(options, redactor);
    });

  command('demo', 'run the gateway in front of a simulated Audience Manager with sample data')
    .option(
      '-p, --port <port>',
      'the port to listen on (default: 4000, or a free port if 4000 is in use)',
      parsePort,
    )
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./commands/demo.js');
      await demo(options, print);
    });

  command('check', 'sign in for every customer, read every destination and report what works')
    .option(...CONFIG_FLAG)
    .option('--customer <id>', 'check only the customer with this ID')
    .option('--destination <id>', 'check only destinations with this ID')
    .option(
      '--ids <file>',
      'a file of IDs from the data of one destination (- reads standard input): report what kind of IDs they are',
    )
    .option('--json', 'print JSON instead of a table')
    .action(async (options: CheckOptions) => {
      const { check } = await import('./commands/check.js');
      if (!(await check(options, print, redactor))) process.exitCode = 1;
    });

  command('key', 'create an API key for a caller')
    .requiredOption('--name <name>', 'the name of the caller; several keys may have the same name (required)')
    .option(
      '--customers <ids>',
      'IDs of the customers that the caller may see, separated by commas, or all',
      'all',
    )
    .option(
      '--permissions <list>',
      'one or more of read, refresh, import, metrics and explore, separated by commas',
      'read',
    )
    .action(async (options: KeyOptions) => {
      const { key } = await import('./commands/key.js');
      key(options, print);
    });

  command('import', 'import segment names from a CSV file')
    .argument('<file>', 'a CSV file with a header line, separated by commas, semicolons or tabs')
    .requiredOption('--customer <id>', 'the ID of the customer that the segments belong to (required)')
    .requiredOption(
      '--destination <id>',
      "the ID of the customer's destination that receives the segments (required)",
    )
    .option(...CONFIG_FLAG)
    .option('--replace', 'also remove what was set by hand before and is not in the file')
    .option('--dry-run', 'report what would change, but write nothing')
    .option('--skip-bad', 'import the valid rows even if other rows are not valid')
    .addOption(
      new Option('--id-type <type>', 'what the IDs in the column ID are, if the file does not say it')
        .choices(IDENTIFIER_TYPES)
        .argParser(parseIdentifierType),
    )
    .action(async (file: string, options: ImportCommandOptions) => {
      const { importCommand } = await import('./commands/import.js');
      if (!(await importCommand(file, options, print, redactor))) process.exitCode = 1;
    });

  command('export', 'write all known segments of a customer to standard output')
    .requiredOption('--customer <id>', 'the ID of the customer (required)')
    .option('--destination <id>', 'write only the segments of the destination with this ID')
    .addOption(new Option('--format <format>', 'the output format').choices(['csv', 'ndjson']).default('csv'))
    .option(...CONFIG_FLAG)
    .action(async (options: ExportCommandOptions) => {
      const { exportCommand } = await import('./commands/export.js');
      await exportCommand(options, write, warn, redactor);
    });

  command('simulate', 'run only the simulated Audience Manager of the demo')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('-p, --port <port>', 'the port to listen on', parsePort, 4001)
    .action(async (options: SimulateOptions) => {
      const { simulate } = await import('./commands/simulate.js');
      await simulate(options, print);
    });

  return program;
}

/**
 * Writes data. A file or another program gets it unchanged; at a terminal it is escaped.
 *
 * @returns a promise that resolves when standard output has accepted the text, so that a long export does not fill the memory
 */
function write(text: string): Promise<void> {
  const shown = process.stdout.isTTY ? printable(text.replaceAll('\r\n', '\n')) : text;
  return new Promise((resolve, reject) => {
    process.stdout.write(shown, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function parseIdentifierType(text: string): IdentifierType {
  const type = IDENTIFIER_TYPES.find((known) => known === text.toUpperCase().replaceAll('-', '_'));
  if (type !== undefined) return type;
  throw new InvalidArgumentError(`Allowed choices are ${IDENTIFIER_TYPES.join(', ')}.`);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
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
