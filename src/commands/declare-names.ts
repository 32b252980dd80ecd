import { InvalidArgumentError, Option } from 'commander';
import type { IdentifierType } from '../segments/index.js';
import { CONFIG_FLAG, type CommandLine } from './command-line.js';
import type { ExportCommandOptions } from './export.js';
import type { ImportCommandOptions } from './import.js';

const IDENTIFIER_TYPES: readonly IdentifierType[] = [
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
];

/** Declares the commands that read and write names. */
export function declareNames({ command, print, warn, write, redactor }: CommandLine): void {
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
      const { importCommand } = await import('./import.js');
      if (!(await importCommand(file, options, print, redactor))) process.exitCode = 1;
    });

  command('export', 'write all known segments of a customer to standard output')
    .requiredOption('--customer <id>', 'the ID of the customer (required)')
    .option('--destination <id>', 'write only the segments of the destination with this ID')
    .addOption(new Option('--format <format>', 'the output format').choices(['csv', 'ndjson']).default('csv'))
    .option(...CONFIG_FLAG)
    .action(async (options: ExportCommandOptions) => {
      const { exportCommand } = await import('./export.js');
      await exportCommand(options, write, warn, redactor);
    });
}

function parseIdentifierType(text: string): IdentifierType {
  const type = IDENTIFIER_TYPES.find((known) => known === text.toUpperCase().replaceAll('-', '_'));
  if (type !== undefined) return type;
  throw new InvalidArgumentError(`Allowed choices are ${IDENTIFIER_TYPES.join(', ')}.`);
}
