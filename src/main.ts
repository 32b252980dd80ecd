#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandError } from './commands/command-error.js';
import type { CheckOptions } from './commands/check.js';
import type { DemoOptions } from './commands/demo.js';
import type { ServeOptions } from './commands/serve.js';
import { ConfigError } from './config/index.js';
import { LOG_LEVELS } from './telemetry/logs.js';

const { version, description } = createRequire(import.meta.url)('../package.json') as {
  version: string;
  description: string;
};

const CONFIG_FLAG = [
  '-c, --config <file>',
  'the configuration file (default: $GATEWAY_CONFIG, else ./gateway.yaml)',
] as const;

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
    .option('--insecure', 'allow a listen.host that is not loopback although nothing guards the gateway')
    .addOption(new Option('--log-level <level>', 'what to log').choices(LOG_LEVELS).default('info'))
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./commands/serve.js');
      await serve(options);
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

  command('check', 'log in for every customer, read every destination, and say what works')
    .option(...CONFIG_FLAG)
    .option('--json', 'print JSON instead of a table')
    .action(async (options: CheckOptions) => {
      const { check } = await import('./commands/check.js');
      if (!(await check(options, print))) process.exitCode = 1;
    });

  return program;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

/** One line on standard error, and the exit code. */
function report(error: unknown): number {
  const complain = (text: string): void => {
    process.stderr.write(`${text}\n`);
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
  if (error instanceof ConfigError) {
    complain(error.message);
    return 1;
  }
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

try {
  await createProgram().parseAsync();
  // Keep-alive timers of libraries must not delay the exit, but output still under way must get out.
  process.exitCode ??= 0;
} catch (error) {
  process.exitCode = report(error);
}
