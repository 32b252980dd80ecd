import { trimId, unwrapFormula } from '../base/trim-id.js';
import { parseManualOnlyId, type IdentifierType } from '../segments/index.js';
import { isErrorValue, isNoValue } from './cell-values.js';
import { checkId } from './check-id.js';
import { quoteForMessage } from './quote-for-message.js';

/** What a cell says of which segment a row is. */
export interface ReadId {
  /** Empty if the cell has no identifier. */
  readonly id: string;
  /** What is wrong with it, and the remedy; `null` if nothing is. */
  readonly reason: string | null;
  /** The identifier that is meant if something is wrong with it; `null` if that cannot be told. */
  readonly meant: string | null;
  /** Whether a `.0` that a program has put behind the number was taken away. */
  readonly hadFraction: boolean;
}

/** Apostrophes by which people tell a spreadsheet that a number is a text. */
const TEXT_MARK = /^['\u2018\u2019`\u00b4](?=\d+$)/u;
/** A whole number that a program has written as a fraction. */
const FRACTION = /^(\d+)[.,]0+$/;
/**
 * Groups of three digits, or of two before the last three, as in India. Decimals that are zeros may follow, behind
 * another separator: `14.395,00`.
 */
const GROUPED =
  /^(?:(\d{1,3}([.,'\u2019 \u00a0\u202f\u2009])\d{3}(?:\2\d{3})*)(?:(?!\2)[.,]0+)?|(\d{1,2}(?:,\d{2})+,\d{3})(?:\.0+)?)$/u;
/** One group that may also be a fraction of zeros: `14,000` is 14000, or 14 with three decimals. */
const GROUP_OF_ZEROS = /^\d+[.,]000$/;
const FULL_WIDTH = /^[\uff10-\uff19]+$/u;

/**
 * Reads the cell of an identifier, and undoes what spreadsheets do to it, where that is certain.
 *
 * @param isExact whether the cell comes from our own export: texts are taken as they are
 */
export function readId(cell: string, idType: IdentifierType | null, isExact: boolean): ReadId {
  if (isExact && isText(cell, idType)) return result(cell, checkId(cell, idType), cell);
  const id = trimId(unwrapFormula(cell));
  if (id === '' || isNoValue(id)) return result('', null, null);
  if (isErrorValue(id)) return result(id, errorReason(id), null);
  const unmarked = id.replace(TEXT_MARK, '');
  if (!mayBeNumber(idType)) return result(unmarked, checkId(unmarked, idType), unmarked);
  const number = FULL_WIDTH.test(unmarked) ? unmarked.normalize('NFKC') : unmarked;
  const grouped = GROUPED.exec(number);
  if (grouped !== null) {
    const digits = (grouped[1] ?? grouped[3] ?? '').replaceAll(/\D/gu, '');
    const meant = GROUP_OF_ZEROS.test(number) ? null : digits;
    return result(number, groupedReason(number, digits, idType), meant);
  }
  const whole = FRACTION.exec(number)?.[1];
  // A short one in a column that does not say what it holds may be a text, such as a version.
  const isCertain = idType !== null || (whole?.length ?? 0) >= MIN_CERTAIN_DIGITS;
  if (whole !== undefined && isCertain) return result(whole, checkId(whole, idType), whole, true);
  if (whole !== undefined) return result(number, fractionReason(number, whole), whole);
  const reason = checkId(number, idType);
  if (reason === null && idType !== null && !isExact && !isNumberOrPrefixed(number, idType)) {
    return result(number, noNumberReason(number, idType), numberIn(number));
  }
  const isRounded = reason !== null && /^[+-]?\d/.test(number);
  return result(number, reason, isRounded ? null : number);
}

const MIN_CERTAIN_DIGITS = 3;

function result(id: string, reason: string | null, meant: string | null, hadFraction = false): ReadId {
  return { id, reason, meant, hadFraction };
}

/** Whether identifiers of a type are numbers, or may be, because the file does not say which type they have. */
export function mayBeNumber(idType: IdentifierType | null): boolean {
  return idType === null || idType === 'SID' || idType === 'MAPPING_ID';
}

/** Whether an exported identifier is a text: of another type than numbers have, or with the prefix of such a type. */
function isText(cell: string, idType: IdentifierType | null): boolean {
  return !mayBeNumber(idType) || (idType === 'MAPPING_ID' && parseManualOnlyId(cell) !== null);
}

function isNumberOrPrefixed(id: string, idType: IdentifierType): boolean {
  return /^\d+$/.test(id) || (idType === 'MAPPING_ID' && parseManualOnlyId(id) !== null);
}

/** The one number in a text such as `#1001` or `SID 1002`; `null` if it may be another one, as in `8092o`. */
function numberIn(id: string): string | null {
  return /^(?:#|(?:seg(?:ment)?|sid|id)(?:[ .:#_-]|no|id){0,6})(\d+)$/i.exec(id)?.[1] ?? null;
}

function noNumberReason(id: string, idType: IdentifierType): string {
  const what = idType === 'SID' ? 'a sid' : 'a mapping ID';
  return `the ID ${quoteForMessage(id)} is no number, as ${what} is; write its digits alone, or remove the row if it is no segment`;
}

function errorReason(id: string): string {
  return `the ID is the error ${quoteForMessage(id)} of a spreadsheet; repair its formula, or remove the row`;
}

function fractionReason(id: string, whole: string): string {
  return `the ID ${quoteForMessage(id)} may be the number ${whole} or a text; write ${whole}, or name the column alias or value`;
}

function groupedReason(id: string, digits: string, idType: IdentifierType | null): string {
  const orText =
    idType === null ? ', or, if it is a text that the customer chose, name the column alias or value' : '';
  return `the ID ${quoteForMessage(id)} has thousands separators, or is several IDs; write ${digits} if it is one number${orText}`;
}
