import type { IdentifierType } from '../segments/index.js';
import { unwrapFormula } from '../base/trim-id.js';
import { hasControlCharacter, isErrorValue, isNoValue, textOrNull } from './cell-values.js';
import { checkLength } from './check-length.js';
import type { Columns } from './columns.js';
import { unguardCell } from './formula-guard.js';
import { isMisread, LOST_CHARACTER } from './misread-text.js';
import { quoteForMessage } from './quote-for-message.js';
import { readId } from './read-id.js';
import { PROPOSED_STATUSES, statusOf } from './status-words.js';
import type { FileId, FileRow } from './types.js';

/** Maximum lengths, in characters (code points). */
const MAX_LENGTHS = { name: 1_000, description: 10_000 } as const;

/** How the cells of a file are to be taken. */
export interface CellRules {
  /** Whether the file is our own export: its texts are taken as they are. */
  readonly isExact: boolean;
  /** Whether an apostrophe before a formula is a guard, as in CSV files and sheets, and no part of the text. */
  readonly isGuarded: boolean;
}

/** Of which destination a file row says that it is. */
export interface RowOwner {
  /** `null`: the file has no column that says so. */
  readonly customerId: string | null;
  readonly destinationId: string;
}

/** The values of a file row, and everything that is wrong with them. The row is valid if there are no reasons. */
export interface ParsedFileRow {
  /** `null` if there is no valid identifier. */
  readonly row: FileRow | null;
  /** The identifiers that could be read, also of a row that is not valid; `null` if none could. */
  readonly ids: readonly FileId[] | null;
  /** `null` if the file row names none. */
  readonly owner: RowOwner | null;
  /** Why the file row cannot be imported, each with its remedy. */
  readonly reasons: readonly string[];
  /** What is strange about it otherwise. */
  readonly warnings: readonly string[];
  /** Whether `.0` was taken away from an identifier. */
  readonly hadFraction: boolean;
  /** Whether a cell such as `NULL` was taken for an empty one. */
  readonly hadNoValue: boolean;
}

/** Parses the cells of a file row. There must be as many cells as in the header. */
export function parseFileRow(
  cells: readonly string[],
  line: number,
  columns: Columns,
  rules: CellRules,
): ParsedFileRow {
  const unguarded = (index: number | null): string => {
    const cell = index === null ? '' : (cells[index] ?? '');
    return rules.isGuarded ? unguardCell(cell) : cell;
  };
  const identified = readIds(unguarded, columns, rules.isExact);
  const name = readText(unguarded(columns.name), 'name', rules.isExact);
  const description = readText(unguarded(columns.description), 'description', rules.isExact);
  const statusCell = unguarded(columns.status).trim();
  const hasStatus = textOrNull(statusCell) !== null && !isNoValue(statusCell);
  const status = hasStatus ? statusOf(statusCell) : null;
  const reasons = [identified.reason, name.reason, description.reason].filter((reason) => reason !== null);
  const warnings = [
    ...identified.warnings,
    name.warning,
    description.warning,
    hasStatus && status === null ? unknownStatus(statusCell) : null,
  ].filter((warning) => warning !== null);
  const { ids, hadFraction } = identified;
  const isIdentified = identified.reason === null && ids.length > 0;
  const row = { line, ids, name: copied(name.text), description: copied(description.text), status };
  return {
    row: isIdentified ? row : null,
    ids: ids.length > 0 || identified.isNoSegment ? ids : null,
    owner: ownerOf(unguarded(columns.customer).trim(), unguarded(columns.destination).trim()),
    reasons,
    warnings,
    hadFraction,
    hadNoValue: name.hadNoValue || description.hadNoValue,
  };
}

interface Identified {
  readonly ids: readonly FileId[];
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly hadFraction: boolean;
  /** Whether what the row has as an identifier is none of a segment. */
  readonly isNoSegment: boolean;
}

function readIds(
  unguarded: (index: number | null) => string,
  columns: Columns,
  isExact: boolean,
): Identified {
  const ids: FileId[] = [];
  const warnings: string[] = [];
  let reason: string | null = null;
  let hadFraction = false;
  let isFirst = true;
  let hasTraitId = false;
  let hasPair = false;
  const isTrait = isTraitRow(unguarded(columns.isTrait), unguarded(columns.traitType));
  for (const { idType, index, second } of columns.identifiers) {
    if (hasPair && (idType === 'VALUE' || idType === 'ALIAS')) continue;
    const read = readId(unguarded(index), idType, isExact);
    if (read.id === '') continue;
    // The sid of a trait is another number than that of a segment.
    if (isTrait && idType === 'SID') {
      hasTraitId = true;
      continue;
    }
    let { id, meant } = read;
    if (second !== undefined) {
      const rest = readId(unguarded(second.index), 'VALUE', isExact);
      if (rest.id === '') continue;
      id = `${id}${second.separator}${rest.id}`;
      meant = id;
      hasPair = true;
    }
    hadFraction ||= read.hadFraction;
    if (isFirst) reason = read.reason;
    else if (read.reason !== null && !isExact) warnings.push(`${read.reason}; this ID was left out`);
    // An ID that is wrong still says which segment may be meant, if no other one does.
    if (meant !== null && (isFirst || read.reason === null)) {
      ids.push({ idType, id: copy(read.reason === null ? id : meant), ...sharedIf(idType, ids) });
    }
    isFirst = false;
  }
  if (isFirst) reason = hasTraitId ? ONLY_A_TRAIT_ID : MISSING_ID;
  return { ids, reason, warnings, hadFraction, isNoSegment: isFirst && hasTraitId };
}

/** Where a segment has a value, its alias is the key, which all segments of a cookie have. */
function sharedIf(idType: IdentifierType | null, before: readonly FileId[]): { shared?: true } {
  return idType === 'ALIAS' && before.some((other) => other.idType === 'VALUE') ? { shared: true } : {};
}

function isTraitRow(isTrait: string, traitType: string): boolean {
  return /^(?:true|yes)$/i.test(isTrait.trim()) || !/^(?:segment)?$/i.test(traitType.trim());
}

interface ReadText {
  readonly text: string | null;
  readonly reason: string | null;
  readonly warning: string | null;
  readonly hadNoValue: boolean;
}

/** Reads a name or description. */
function readText(cell: string, field: keyof typeof MAX_LENGTHS, isExact: boolean): ReadText {
  const none = { text: null, reason: null, warning: null, hadNoValue: false };
  const text = isExact ? cell || null : textOrNull(unwrapFormula(cell));
  if (text === null) return none;
  if (hasControlCharacter(text)) {
    const problem = `the ${field} ${quoteForMessage(text)} contains a control character`;
    // What Audience Manager itself calls a segment is no mistake of the file.
    if (isExact) return { ...none, warning: `${problem}; the ${field} was left out` };
    return { ...none, reason: `${problem}, as escape sequences do; remove it` };
  }
  // Which character was lost is not known. What Audience Manager itself calls a segment is no mistake of the file.
  if (text.includes(LOST_CHARACTER) && !isExact) {
    return { ...none, reason: `the ${field} ${quoteForMessage(text)} ${HAS_LOST_CHARACTERS}` };
  }
  const tooLong = checkLength(text, field, MAX_LENGTHS[field]);
  if (isExact || tooLong !== null) return { ...none, text, reason: tooLong };
  if (isNoValue(text)) return { ...none, hadNoValue: true };
  if (!isErrorValue(text)) return { ...none, text, warning: doubtOf(text, field) };
  const problem = `the ${field} is the error ${quoteForMessage(text.trim())} of a spreadsheet`;
  if (field === 'name') return { ...none, reason: `${problem}; repair its formula, or empty the cell` };
  return { ...none, warning: `${problem}; it was left out` };
}

/** Reads what is strange about a text that is kept; `null` if nothing is. */
function doubtOf(text: string, field: string): string | null {
  const shown = `the ${field} ${quoteForMessage(text)}`;
  if (isMisread(text)) {
    return `${shown} looks as if UTF-8 had been read in another encoding; check it, and take it from its source again`;
  }
  if (!text.startsWith('=')) return null;
  return `${shown} looks like a formula of a spreadsheet; check whether its result is meant`;
}

function ownerOf(customerId: string, destinationId: string): RowOwner | null {
  if (destinationId === '') return null;
  return { customerId: customerId === '' ? null : copy(customerId), destinationId: copy(destinationId) };
}

/** V8 keeps the whole source text of a slice alive: without a copy, one file row would hold the file in memory. */
function copy(slice: string): string {
  return Buffer.from(slice).toString();
}

function copied(slice: string | null): string | null {
  return slice === null ? null : copy(slice);
}

const HAS_LOST_CHARACTERS =
  'has a character that was lost where the file was saved in a wrong encoding; take it from its source again, as UTF-8';
const MISSING_ID = 'has no ID; fill it in or remove the row';
const ONLY_A_TRAIT_ID =
  'is a trait, whose sid is not the ID of a segment; give its mapping ID, alias or value, or remove the row';

function unknownStatus(word: string): string {
  return (
    `the status ${quoteForMessage(word)} is not known and was left out; ` +
    `use one of ${PROPOSED_STATUSES}, or leave it empty`
  );
}
