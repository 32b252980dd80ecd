import { InvalidArgumentError, Option } from 'commander';
import type { IdentifierType } from '../segments/index.js';
import { CONFIG_FLAG, type CommandLine } from './command-line.js';
import type { ExportCommandOptions } from './export.js';
import type { ImportCommandOptions } from './import.js';
import type { ImportsOptions, PurgeOptions } from './imports.js';

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
  command('import', "import segment names from a customer's file")
    .argument('<file>', 'a CSV, XLSX or NDJSON file, also packed with gzip or ZIP; - for standard input')
    .requiredOption('--customer <id>', 'the ID of the customer that the segments belong to (required)')
    .requiredOption(
      '--destination <id>',
      "the ID of the customer's destination that receives the segments (required)",
    )
    .option(...CONFIG_FLAG)
    .option('--replace', 'also remove what was set by hand before and is not in the file')
    .option('--dry-run', 'report what would change, but write nothing')
    .option('--skip-bad', 'import the valid rows even if other rows are not valid')
    .option('--sheet <name>', 'the sheet of a workbook, by name or number (default: the first visible one)')
    .option(
      '--encoding <name>',
      'the encoding of a text, such as windows-1252 (default: recognised or guessed)',
    )
    .addOption(
      new Option('--id-type <type>', 'what the IDs in the column ID are, if the file does not say it')
        .choices(IDENTIFIER_TYPES)
        .argParser(parseIdentifierType),
    )
    .option('--id-column <title>', 'the title of the column of IDs (default: found by its title)')
    .option('--name-column <title>', 'the title of the column of names (default: found by its title)')
    .option('--force', 'import a file that is the export of another customer or destination')
    .action(async (file: string, options: ImportCommandOptions) => {
      const { importCommand } = await import('./import.js');
      if (!(await importCommand(file, options, print, redactor))) process.exitCode = 1;
    });

  command('imports', "list the imports of customers' files, newest first")
    .option('--customer <id>', 'only imports of the customer with this ID')
    .option('--destination <id>', 'only imports into destinations with this ID')
    .option('--limit <number>', 'how many to list', parseLimit, 20)
    .option('--json', 'one JSON object a line')
    .option(...CONFIG_FLAG)
    .action(async (options: ImportsOptions) => {
      const { importsCommand } = await import('./imports.js');
      await importsCommand(options, print, redactor);
    });

  command('undo', 'take an import back')
    .argument('<id>', 'the ID of the import, which "aam-gateway imports" lists')
    .option(...CONFIG_FLAG)
    .action(async (id: string, options: { readonly config?: string }) => {
      const { undoCommand } = await import('./imports.js');
      if (!(await undoCommand(id, options, print, redactor))) process.exitCode = 1;
    });

  command('purge', 'remove a segment that is only known by hand, such as a mistyped one')
    .argument('<id>', 'the ID of the segment')
    .requiredOption('--customer <id>', 'the ID of the customer that the segment belongs to (required)')
    .requiredOption('--destination <id>', "the ID of the customer's destination (required)")
    .option(...CONFIG_FLAG)
    .addOption(
      new Option('--id-type <type>', 'what the ID is (default: as configured)')
        .choices(IDENTIFIER_TYPES)
        .argParser(parseIdentifierType),
    )
    .action(async (id: string, options: PurgeOptions) => {
      const { purgeCommand } = await import('./imports.js');
      await purgeCommand(id, options, print, redactor);
    });

  command('export', 'write all known segments of a customer to standard output')
    .requiredOption('--customer <id>', 'the ID of the customer (required)')
    .option('--destination <id>', 'write only the segments of the destination with this ID')
    .addOption(new Option('--format <format>', 'the output format').choices(['csv', 'ndjson']).default('csv'))
    .option('--overridden', 'write only what was given by hand, with what Audience Manager says beside it')
    .option(...CONFIG_FLAG)
    .action(async (options: ExportCommandOptions) => {
      const { exportCommand } = await import('./export.js');
      await exportCommand(options, write, warn, redactor);
    });
}

function parseLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit > 0) return limit;
  throw new InvalidArgumentError('A limit is a number from 1 to 999999.');
}

function parseIdentifierType(text: string): IdentifierType {
  const type = IDENTIFIER_TYPES.find((known) => known === text.toUpperCase().replaceAll('-', '_'));
  if (type !== undefined) return type;
  throw new InvalidArgumentError(`Allowed choices are ${IDENTIFIER_TYPES.join(', ')}.`);
}
