import type { CheckOptions } from './check.js';
import { CONFIG_FLAG, type CommandLine } from './command-line.js';
import type { ConfigOptions } from './config.js';
import type { KeyOptions } from './key.js';

/** Declares the commands that help to write and to check a configuration. */
export function declareChecking(line: CommandLine): void {
  const { command, print, redactor } = line;
  declareConfig(line);

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
      const { check } = await import('./check.js');
      // The first Ctrl-C prints what is known so far, the second one quits.
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      if (!(await check(options, print, redactor, stop.signal))) process.exitCode = 1;
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
      const { key } = await import('./key.js');
      key(options, print);
    });
}

function declareConfig({ command, print, warn, write, redactor }: CommandLine): void {
  const config = command(
    'config',
    'check or print the configuration, without network and database',
  ).helpCommand(false);

  config
    .command('validate')
    .description('report all mistakes of the configuration')
    .argument('[file]', 'the configuration file, instead of --config')
    .option(...CONFIG_FLAG)
    .option('--insecure', 'allow what serve --insecure allows')
    .action(async (file: string | undefined, options: ConfigOptions) => {
      const { validateConfig } = await import('./config.js');
      await validateConfig(file, options, print, warn);
    });

  config
    .command('print')
    .description('print the whole configuration with its defaults as YAML; secrets are ***')
    .argument('[file]', 'the configuration file, instead of --config')
    .option(...CONFIG_FLAG)
    .action(async (file: string | undefined, options: ConfigOptions) => {
      const { printConfig } = await import('./config.js');
      await printConfig(file, options, write, redactor);
    });
}
