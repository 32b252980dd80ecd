import { isInvisible } from '../base/trim-id.js';

/**
 * What spreadsheets show where a formula fails or a column is too narrow. Source: the names of Excel's errors in the
 * languages whose headers are known, and those of LibreOffice and Google Sheets.
 */
const ERROR_VALUES = new Set(
  [
    '#N/A #NA #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY!',
    '#GETTING_DATA #ERROR! #LOADING... #NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #VALEUR! #NOM? #NOMBRE! #NUL! #¡REF!',
    '#¡VALOR! #N/D #¿NOMBRE? #¡NUM! #¡NULO! #¡DIV/0! #RIF! #VALORE! #NOME? #NULLO! #VALOR! #NÚM! #NULO! #N/DISP',
    '#VERW! #WAARDE! #N/B #NAAM? #GETAL! #LEEG! #DEEL/0! #ADR! #ARG! #N/D! #NAZWA? #LICZBA! #ZERO! #DZIEL/0!',
  ]
    .join(' ')
    .split(' '),
);

/** Whether a cell is the error of a spreadsheet, such as `#N/A`, and no content. */
export function isErrorValue(cell: string): boolean {
  const trimmed = cell.trim();
  if (!trimmed.startsWith('#')) return /^Err:\d{3}$/.test(trimmed);
  return ERROR_VALUES.has(trimmed.toUpperCase()) || /^#{3,}$/.test(trimmed);
}

/** What databases and programs write where there is no value. */
const NO_VALUE = /^(?:null|\(null\)|<null>|\[null\]|\\n|nan|undefined|n\/a)$/i;

/** Whether a cell says that it has no value, such as `NULL`. */
export function isNoValue(cell: string): boolean {
  return cell.length < 12 && NO_VALUE.test(cell.trim());
}

/** A control character, but tabs and line breaks. */
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

/** Whether a text has a control character other than tabs and line breaks, as the escape sequences of terminals do. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}

/** The text of a cell; `null` if it is empty, or has only characters that nobody can see. */
export function textOrNull(cell: string): string | null {
  return isInvisible(cell) ? null : cell;
}
