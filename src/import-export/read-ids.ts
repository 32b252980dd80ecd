import { trimId } from '../base/trim-id.js';
import { rejectTextFormats } from './unsupported-formats.js';

/** A text in double quotes, or what stands between commas and white space. */
const ID = /"((?:[^"]|"")*)"|[^\s,]+/g;
/** A line with an address. Addresses may contain commas. */
const ADDRESS = /^\s*"?[a-z][a-z0-9+.-]*:\/\//i;
const ADDRESS_ID = /"((?:[^"]|"")*)"|\S+/g;

/**
 * Reads a plain list of IDs: one on each line, or several, separated by commas, spaces or tabs. An ID that contains
 * these stands in double quotes.
 *
 * @returns each ID once
 * @throws {FileError} if the text is a spreadsheet, HTML, XML or JSON
 */
export function readIds(text: string): string[] {
  rejectTextFormats(text);
  const ids = new Set<string>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)) {
    for (const [plain, quoted] of line.matchAll(ADDRESS.test(line) ? ADDRESS_ID : ID)) {
      const id = trimId(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (id !== '') ids.add(id);
    }
  }
  return [...ids];
}
