import type { ImportMode } from '../../directory/index.js';
import type { IdentifierType } from '../../segments/index.js';
import { flagOf } from '../http/query-parameters.js';
import { FileRefusal } from '../http/receive-file.js';
import { baseNameOf } from '../http/sent-file-name.js';

/** What the address of an import says. */
export interface ImportChoices {
  readonly mode: ImportMode;
  readonly dryRun: boolean;
  readonly skipBad: boolean;
  readonly force: boolean;
  readonly idType: IdentifierType | null;
  readonly idColumn: string | null;
  readonly nameColumn: string | null;
  readonly sheet: string | null;
  readonly encoding: string | null;
  readonly fileName: string | null;
}

const MODES = ['MERGE', 'REPLACE'] as const satisfies readonly ImportMode[];

const ID_TYPES = [
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
] as const satisfies readonly IdentifierType[];

const PARAMETERS: ReadonlySet<string> = new Set<keyof ImportChoices>([
  'mode',
  'dryRun',
  'skipBad',
  'force',
  'idType',
  'idColumn',
  'nameColumn',
  'sheet',
  'encoding',
  'fileName',
]);

/**
 * Reads the parameters of an import. A misspelt one is refused: `dryrun=1` would change what was only to be looked at.
 *
 * @param query values by name. A parameter that comes more than once has a list
 * @throws FileRefusal with status 400
 */
export function importChoices(query: Readonly<Record<string, unknown>>): ImportChoices {
  for (const name of Object.keys(query)) {
    if (PARAMETERS.has(name)) continue;
    throw mistake(`There is no parameter ${name.slice(0, 50)}; there are ${[...PARAMETERS].join(', ')}.`);
  }
  const fileName = textOf(query, 'fileName');
  return {
    mode: oneOf(query, 'mode', MODES) ?? 'MERGE',
    dryRun: switchOf(query, 'dryRun'),
    skipBad: switchOf(query, 'skipBad'),
    force: switchOf(query, 'force'),
    idType: oneOf(query, 'idType', ID_TYPES),
    idColumn: textOf(query, 'idColumn'),
    nameColumn: textOf(query, 'nameColumn'),
    sheet: textOf(query, 'sheet'),
    encoding: textOf(query, 'encoding'),
    fileName: fileName === null ? null : baseNameOf(fileName),
  };
}

type Query = Readonly<Record<string, unknown>>;

function switchOf(query: Query, name: keyof ImportChoices): boolean {
  const value = flagOf(query[name]);
  if (value === null) throw mistake(`${name} must be 1 or 0 (or true, false).`);
  return value;
}

function oneOf<T extends string>(query: Query, name: keyof ImportChoices, values: readonly T[]): T | null {
  const text = textOf(query, name)?.toUpperCase();
  if (text === undefined) return null;
  const value = values.find((each) => each === text);
  if (value === undefined) throw mistake(`${name} must be one of ${values.join(', ')}.`);
  return value;
}

function textOf(query: Query, name: keyof ImportChoices): string | null {
  const text = query[name];
  if (text === undefined) return null;
  if (typeof text !== 'string') throw mistake(`${name} is given more than once.`);
  if (text.trim() === '') throw mistake(`${name} is empty; leave it out, or say something.`);
  return text;
}

function mistake(message: string): FileRefusal {
  return new FileRefusal(400, 'BAD_USER_INPUT', message);
}
