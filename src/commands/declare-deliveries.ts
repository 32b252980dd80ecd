import { Option } from 'commander';
import type { AnnotateCommandOptions } from './annotate.js';
import { CONFIG_FLAG, type CommandLine } from './command-line.js';

/** Declares the commands for what Audience Manager sends. */
export function declareDeliveries({ command, warn, write, redactor }: CommandLine): void {
  command(
    'annotate',
    'write files of Audience Manager, or tables with segment IDs, with the names of the segments',
  )
    .argument('<files...>', 'files such as .sync, .csv and their .gz and .info files; - reads standard input')
    .option('--customer <id>', 'the ID of the customer, if several have the destination')
    .option(
      '--destination <id>',
      "the destination's ID in Audience Manager, if the files' names do not tell it",
    )
    .option(
      '--template <template>',
      "how the lines are made: default, spaces, tabs, typed, json, or a pattern such as '{user}|{segments:,}|{left:,}'; guessed if it is not stated",
    )
    .option('--column <name>', 'the column of segment IDs, for a CSV file with a header')
    .addOption(
      new Option('--format <format>', 'the output format (default: ndjson; csv with --column)').choices([
        'ndjson',
        'csv',
      ]),
    )
    .option('--encoding <name>', 'the encoding of the files, if it is not UTF-8')
    .option(
      '--gateway <url>',
      'ask this running gateway for the names, instead of the storage of the configuration',
    )
    .option('--key <key>', 'the API key for --gateway (or in the environment variable AAM_GATEWAY_KEY)')
    .option('--key-file <file>', 'a file with the API key for --gateway')
    .option(...CONFIG_FLAG)
    .option('--report <file>', 'write the IDs without a name, and why, to a file')
    .option('--strict', 'exit with code 3 if an ID has no name, or a line cannot be read')
    .action(async (files: string[], options: AnnotateCommandOptions) => {
      const { annotateCommand } = await import('./annotate.js');
      process.exitCode = await annotateCommand(files, options, { write, warn }, redactor);
    });
}
