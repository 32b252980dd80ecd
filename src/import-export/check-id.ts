import { parseManualOnlyId, type IdentifierType } from '../segments/index.js';
import { checkLength } from './check-length.js';
import { quoteForMessage } from './quote-for-message.js';

/** Maximum length of an identifier, in characters (code points). */
const MAX_ID_LENGTH = 1_000;

const CONTROL_CHARACTER = /\p{Cc}/u;
const WHOLE_NUMBER = /^[+-]?\d+$/;
const SCIENTIFIC = /^[+-]?\d+(?:[.,]\d+)?e[+-]?\d+$/i;

/**
 * What is wrong with an identifier, and the remedy; `null` if nothing is. Sids and mapping IDs are numbers, and so may
 * be an ID of which the file does not say what it is (`idType` null): there, a number that a spreadsheet has rounded
 * is refused, because it may be the ID of another segment. The other types are texts of the customer's own.
 */
export function checkId(id: string, idType: IdentifierType | null): string | null {
  if (CONTROL_CHARACTER.test(id)) {
    return `the ID ${quoteForMessage(id)} contains a control character or a line break; remove it`;
  }
  if (idType !== null && idType !== 'SID' && idType !== 'MAPPING_ID') return checkIdLength(id);
  // In the column of mapping IDs, an export puts a prefix before an identifier of another kind.
  const prefixed = idType === 'MAPPING_ID' ? parseManualOnlyId(id) : null;
  return checkIdLength(prefixed?.id ?? id) ?? checkNumber(id, idType);
}

function checkIdLength(id: string): string | null {
  return checkLength(id, 'ID', MAX_ID_LENGTH);
}

function checkNumber(id: string, idType: IdentifierType | null): string | null {
  const remedy = `${AS_TEXT}${idType === null ? OR_NAME_THE_COLUMN : ''}`;
  if (SCIENTIFIC.test(id)) {
    return `the ID ${quoteForMessage(id)} is a number that a spreadsheet has shortened: its digits are lost; ${remedy}`;
  }
  if (!WHOLE_NUMBER.test(id) || Number.isSafeInteger(Number(id))) return null;
  return (
    `the ID ${quoteForMessage(id)} is beyond ${Number.MAX_SAFE_INTEGER}: spreadsheets and JSON round such numbers, ` +
    `so its last digits may be wrong; ${remedy}`
  );
}

const AS_TEXT = 'take it from its source again, as text';
const OR_NAME_THE_COLUMN = ', or, if it is a text that the customer chose, name the column alias or value';
