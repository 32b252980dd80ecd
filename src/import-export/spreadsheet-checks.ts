import { FileError } from './file-error.js';
import type { SheetJsWorkbook } from './sheetjs.js';
import { DAMAGED, type WorkbookPart, type WorkbookParts } from './spreadsheet-parts.js';

type Files = Readonly<Record<string, WorkbookPart>>;

/** An entry of the table of texts: empty, or its first tag. */
const EMPTY_ENTRY = /<((?:\w+:)?si)(?:\s[^<>]*)?\/>/g;
const ENTRY_WITH_ATTRIBUTES = /<((?:\w+:)?si)\s[^<>]*>/g;
const ENTRY = /<(?:\w+:)?si>/g;

/**
 * The table of texts that the cells of a workbook share. Cells name a text by its position. SheetJS leaves out entries
 * that are written as one tag (`<si/>`), and all cells would get the text of another: such entries are written in
 * another way here, and the number of entries is compared with what was read.
 */
export class SharedTexts {
  /** The parts of the workbook, with this table. */
  readonly files: Files;
  #entries = 0;

  /** @param path where the table is; missing in workbooks that have none */
  constructor(files: Files, path: string | undefined) {
    const wanted = path?.replace(/^\//, '').toLowerCase();
    const found = Object.entries(files).find(([name]) => name.toLowerCase() === wanted);
    if (found === undefined) {
      this.files = files;
      return;
    }
    const [name, part] = found;
    this.files = { ...files, [name]: { name, asNodeBuffer: () => this.#rewrite(part.asNodeBuffer()) } };
  }

  #rewrite(content: Buffer): Buffer {
    // One character for each byte: the tags are ASCII, and nothing else is looked at.
    const text = content
      .toString('latin1')
      .replaceAll(EMPTY_ENTRY, '<$1><t></t></$1>')
      .replaceAll(ENTRY_WITH_ATTRIBUTES, '<$1>');
    this.#entries = text.match(ENTRY)?.length ?? 0;
    return Buffer.from(text, 'latin1');
  }

  /** @param strings the table as SheetJS has read it. @throws {FileError} if it has read another number of entries */
  check(strings: SheetJsWorkbook['Strings']): void {
    // SheetJS adds one empty text at the end.
    const read = Math.max(0, strings.length - 1);
    const isComplete = strings.every(({ t }) => typeof t === 'string');
    if (read !== this.#entries || !isComplete) throw new FileError(null, DAMAGED);
  }
}

/** A formula whose cell has no value behind it, or an empty one. */
const FORMULA_WITHOUT_VALUE = new RegExp(
  [
    String.raw`<(?:\w+:)?c\b([^<>]*)>\s*`,
    String.raw`<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*`,
    String.raw`(<(?:\w+:)?v\b(?:[^<>]*/>|[^<>]*>\s*</(?:\w+:)?v>)\s*)?`,
    String.raw`</(?:\w+:)?c>`,
  ].join(''),
  'g',
);
/** The result of the formula is a text, which may be empty. */
const IS_TEXT = /\bt=["']str["']/;

/**
 * Refuses sheets with formulas that have never been calculated, which programs that only write workbooks leave to the
 * spreadsheet program. Their cells would be empty.
 *
 * @returns the parts; reading a sheet with such a formula adds an error to `failures`
 */
export function checkFormulas(files: Files, failures: WorkbookParts['failures']): Files {
  const checked = ({ name, asNodeBuffer }: WorkbookPart): WorkbookPart => ({
    name,
    asNodeBuffer: () => {
      const content = asNodeBuffer();
      for (const [, attributes = '', value] of content.toString('latin1').matchAll(FORMULA_WITHOUT_VALUE)) {
        if (value !== undefined && IS_TEXT.test(attributes)) continue;
        failures.push(neverCalculated(attributes));
        break;
      }
      return content;
    },
  });
  const isSheet = (name: string): boolean => /worksheets\/[^/]*\.xml$/i.test(name);
  return Object.fromEntries(
    Object.entries(files).map(([name, part]) => [name, isSheet(name) ? checked(part) : part]),
  );
}

function neverCalculated(attributes: string): FileError {
  const cell = /\br=["']([A-Z]{1,3}\d{1,7})["']/.exec(attributes)?.[1];
  return new FileError(
    null,
    `${cell === undefined ? 'A cell' : `The cell ${cell}`} has a formula that has not been calculated. ` +
      'Open the workbook in a spreadsheet program, save it, and send it again.',
  );
}
