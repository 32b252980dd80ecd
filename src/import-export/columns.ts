import { excerpt } from './excerpt.js';
import { FileMistake } from './file-mistake.js';
import type { ImportIdType } from './types.js';

type Meaning = ImportIdType | 'ANY_ID' | 'NAME' | 'DESCRIPTION' | 'STATUS' | 'CUSTOMER' | 'DESTINATION';

/** The names of columns that are understood, whatever their case, spaces, underscores and hyphens. */
const SPELLINGS: Readonly<Record<Meaning, readonly string[]>> = {
  MAPPING_ID: ['destinationMappingId', 'mappingId', 'traitToDataOrderId'],
  ANY_ID: ['id', 'segmentId', 'segment'],
  SID: ['sid', 'aamSid', 'segmentSid'],
  ALIAS: ['alias', 'traitAlias', 'valueAlias', 'key'],
  NAME: ['name', 'elementName', 'segmentName', 'label'],
  DESCRIPTION: ['description', 'elementDescription', 'segmentDescription', 'desc'],
  STATUS: ['status', 'elementStatus', 'segmentStatus', 'state'],
  // Of our own exports, which can hold several destinations.
  CUSTOMER: ['customerId'],
  DESTINATION: ['destinationId'],
};

/** Where a row has several identifiers, the first of these that is not empty counts. */
const IDENTIFIERS = ['MAPPING_ID', 'ANY_ID', 'SID', 'ALIAS'] as const;
const CONTENTS = ['NAME', 'DESCRIPTION', 'STATUS'] as const;
const PLACE = ['CUSTOMER', 'DESTINATION'] as const;

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  [...IDENTIFIERS, ...CONTENTS, ...PLACE].flatMap((meaning) =>
    SPELLINGS[meaning].map((spelling) => [fold(spelling), meaning] as const),
  ),
);

/** Where in a row to find what. */
export interface Columns {
  /** How many cells every row has. */
  readonly count: number;
  /** In the order in which they count. `null`: an ID of the destination's own kind. */
  readonly identifiers: readonly { readonly idType: ImportIdType | null; readonly index: number }[];
  readonly name: number | null;
  readonly description: number | null;
  readonly status: number | null;
  /** Whose segment it is, in a file that says so. */
  readonly customer: number | null;
  readonly destination: number | null;
}

/**
 * Understands a header line.
 * @throws {FileMistake} without an identifier or without anything to say about it, and for columns that mean
 * the same.
 */
export function parseHeader(cells: readonly string[], line: number): Columns {
  const found = new Map<Meaning, number>();
  for (const [index, cell] of cells.entries()) {
    const meaning = MEANINGS.get(fold(cell));
    if (meaning === undefined) continue;
    const other = found.get(meaning);
    if (other !== undefined) {
      throw new FileMistake(
        line,
        `the columns ${excerpt(cells[other] ?? '')} and ${excerpt(cell)} mean the same. Remove or rename one of them.`,
      );
    }
    found.set(meaning, index);
  }
  const identifiers = IDENTIFIERS.flatMap((meaning) => {
    const index = found.get(meaning);
    return index === undefined ? [] : [{ idType: meaning === 'ANY_ID' ? null : meaning, index }];
  });
  if (identifiers.length === 0) throw missing('the ID of a segment', IDENTIFIERS, cells, line);
  if (!CONTENTS.some((meaning) => found.has(meaning))) {
    throw missing('its name, description or status', CONTENTS, cells, line);
  }
  return {
    count: cells.length,
    identifiers,
    name: found.get('NAME') ?? null,
    description: found.get('DESCRIPTION') ?? null,
    status: found.get('STATUS') ?? null,
    customer: found.get('CUSTOMER') ?? null,
    destination: found.get('DESTINATION') ?? null,
  };
}

/** How many of a header line's cells are understood. */
export function countKnownColumns(cells: readonly string[]): number {
  return cells.filter((cell) => MEANINGS.has(fold(cell))).length;
}

const MAX_SHOWN = 20;

function missing(
  what: string,
  meanings: readonly Meaning[],
  cells: readonly string[],
  line: number,
): FileMistake {
  const shown = cells.slice(0, MAX_SHOWN).map(excerpt).join(', ');
  const more = cells.length > MAX_SHOWN ? ` and ${cells.length - MAX_SHOWN} more` : '';
  const known = meanings.flatMap((meaning) => SPELLINGS[meaning]).join(', ');
  return new FileMistake(
    line,
    `no column of the header holds ${what}. Found: ${shown}${more}. Understood: ${known}. ` +
      'Rename a column, or put a header line before the first segment.',
  );
}

function fold(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/gu, '');
}
