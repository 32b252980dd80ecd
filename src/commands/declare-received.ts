import { CONFIG_FLAG, type CommandLine } from './command-line.js';
import type { DeliveriesOptions } from './deliveries.js';
import type { IdentifyOptions } from './identify.js';

/** Declares the commands that find out about what Audience Manager has sent. */
export function declareReceived({ command, print, warn, redactor }: CommandLine): void {
  command('identify', 'say which kind of IDs the segment IDs in a file are, and of which destination')
    .argument(
      '<file>',
      'a file of Audience Manager, a table with --column, or a list of IDs; - reads standard input',
    )
    .option('--customer <id>', 'look only into destinations of the customer with this ID')
    .option(
      '--destination <id>',
      "look only into destinations with this ID (default: as the file's name says)",
    )
    .option('--all', "look into all destinations, whatever the file's name says")
    .option('--template <template>', 'how the lines are made, as for annotate; guessed if it is not stated')
    .option('--column <name>', 'the column of segment IDs, for a CSV file with a header')
    .option('--encoding <name>', 'the encoding of the file, if it is not UTF-8')
    .option('--json', 'print JSON instead of a table')
    .option(...CONFIG_FLAG)
    .action(async (file: string, options: IdentifyOptions) => {
      const { identify } = await import('./identify.js');
      if (!(await identify(file, options, print, warn, redactor))) process.exitCode = 1;
    });

  command(
    'deliveries',
    'say which files that Audience Manager sent to a destination have arrived in a folder',
  )
    .argument('<folder>', 'the folder in which files arrive; folders in it are read too')
    .requiredOption('--destination <id>', 'the ID of the destination (required)')
    .option('--customer <id>', 'the ID of the customer, if several have a destination with this ID')
    .option(
      '--since <time>',
      'a duration until now such as 7d, a date (UTC) such as 2026-01-31, or a moment',
      '7d',
    )
    .option('--json', 'print JSON instead of a table')
    .option(...CONFIG_FLAG)
    .action(async (folder: string, options: DeliveriesOptions) => {
      const { deliveries } = await import('./deliveries.js');
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      if (!(await deliveries(folder, options, print, redactor, stop.signal))) process.exitCode = 1;
    });
}
