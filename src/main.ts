#!/usr/bin/env node
import module, { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandError } from './commands/command-error.js';
import type { CheckOptions } from './commands/check.js';
import type { DemoOptions } from './commands/demo.js';
import type { ExportCommandOptions, ImportCommandOptions } from './commands/manual.js';
import type { KeyOptions } from './commands/key.js';
import type { ServeOptions } from './commands/serve.js';
import type { SimulateOptions } from './commands/simulate.js';
import { ConfigError } from './config/index.js';
import { StorageError } from './storage/errors.js';
import { LOG_LEVELS } from './telemetry/logs.js';
import { Redactor } from './telemetry/redaction.js';

// graphql-js checks every object twice over unless it is told that nobody develops on it.
process.env['NODE_ENV'] ??= 'production';

// Node.js 22 and newer keep what they compiled for the next start.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

// A report that Node.js is asked to write holds the environment, where secrets may be; not every release can leave it out.
Object.assign(process.report, { excludeEnv: true, excludeNetwork: true });

const { version, description } = createRequire(import.meta.url)('../package.json') as {
  version: string;
  description: string;
};

const CONFIG_FLAG = [
  '-c, --config <file>',
  'the configuration file (default: $GATEWAY_CONFIG, else ./gateway.yaml)',
] as const;

/** Learns the secrets of whatever command runs: what ends it is told without them. */
const redactor = new Redactor();

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function createProgram(): Command {
  const program = new Command('aam-gateway')
    .description(description)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .allowExcessArguments(false)
    .exitOverride()
    // Errors are told in one line, below.
    .configureOutput({ outputError: () => undefined });
  const command = (name: string, about: string): Command =>
    program
      .command(name)
      .description(about)
      .version(version, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print this help');

  command('serve', 'run the gateway')
    .option(...CONFIG_FLAG)
    .option('--insecure', 'allow a listen.host that is not loopback although the configuration has no access')
    .addOption(new Option('--log-level <level>', 'what to log').choices(LOG_LEVELS).default('info'))
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./commands/serve.js');
      await serve(options, redactor);
    });

  command('demo', 'run the gateway in front of a simulated Audience Manager, with sample data')
    .option(
      '-p, --port <port>',
      'the port to listen on (default: 4000, or any other when that is taken)',
      parsePort,
    )
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./commands/demo.js');
      await demo(options, print);
    });

  command('simulate', 'run the simulated Audience Manager of the demo alone')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('-p, --port <port>', 'the port to listen on', parsePort, 4001)
    .action(async (options: SimulateOptions) => {
      const { simulate } = await import('./commands/simulate.js');
      await simulate(options, print);
    });

  command('check', 'log in for every customer, read every destination, and say what works')
    .option(...CONFIG_FLAG)
    .option('--json', 'print JSON instead of a table')
    .action(async (options: CheckOptions) => {
      const { check } = await import('./commands/check.js');
      if (!(await check(options, print, redactor))) process.exitCode = 1;
    });

  command('key', 'make an API key for a caller')
    .requiredOption('--name <name>', 'who the key is for; several keys may have the same name')
    .option('--customers <ids>', 'the customers it may see, with commas between them', 'all')
    .option('--permissions <words>', 'some of read, refresh, import, metrics and explore', 'read')
    .action(async (options: KeyOptions) => {
      const { key } = await import('./commands/key.js');
      key(options, print);
    });

  command('import', 'take over the segment names in a CSV file that a customer sent')
    .argument('<file>', 'the file: CSV with a header line, separated by commas, semicolons or tabs')
    .requiredOption('--customer <id>', 'whose segments they are')
    .requiredOption('--destination <id>', 'which of its destinations receives them')
    .option(...CONFIG_FLAG)
    .option('--replace', 'take away what was given by hand before and is not in the file')
    .option('--dry-run', 'only say what would change')
    .option('--skip-bad', 'take the good rows although there are bad ones')
    .action(async (file: string, options: ImportCommandOptions) => {
      const { importCommand } = await import('./commands/manual.js');
      if (!(await importCommand(file, options, print, redactor))) process.exitCode = 1;
    });

  command('export', 'write everything that is known of a customer to standard output')
    .requiredOption('--customer <id>', 'whose segments')
    .option('--destination <id>', 'only those of this destination')
    .addOption(new Option('--format <format>', 'of the output').choices(['csv', 'ndjson']).default('csv'))
    .option(...CONFIG_FLAG)
    .action(async (options: ExportCommandOptions) => {
      const { exportCommand } = await import('./commands/manual.js');
      await exportCommand(options, write, (text) => process.stderr.write(`${text}\n`), redactor);
    });

  return program;
}

/** Resolves once standard output has taken it, so that a long export never piles up in memory. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

/** One line on standard error, and the exit code. */
function report(error: unknown): number {
  const complain = (text: string): void => {
    process.stderr.write(`${redactor.redact(text)}\n`);
  };
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const message =
      error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '');
    complain(`aam-gateway: ${message.replaceAll('\n', ' ')} (see aam-gateway --help)`);
    return 2;
  }
  if (error instanceof CommandError) {
    complain(`aam-gateway: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof StorageError) {
    const remedy =
      ' (see storage in the configuration; the database must answer before the gateway can start)';
    complain(`aam-gateway: ${error.message}${error.code === 'UNAVAILABLE' ? remedy : ''}`);
    return 1;
  }
  if (error instanceof ConfigError) {
    complain(error.message);
    return 1;
  }
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

// Node.js would print the error with all that is in it. Promises that are rejected unheard end here, too.
process.on('uncaughtException', (error) => {
  process.exit(report(error));
});

try {
  await createProgram().parseAsync();
  // Keep-alive timers of libraries must not delay the exit, but output still under way must get out.
  process.exitCode ??= 0;
} catch (error) {
  process.exitCode = report(error);
}
