import type { CheckOptions } from './check.js';
import { CONFIG_FLAG, type CommandLine } from './command-line.js';
import type { KeyOptions } from './key.js';

/** Declares the commands that help to write and to check a configuration. */
export function declareChecking({ command, print, redactor }: CommandLine): void {
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
      const { key } = await import('./key.js');
      key(options, print);
    });
}
