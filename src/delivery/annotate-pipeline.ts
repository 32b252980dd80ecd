import { DeliveryError } from './delivery-error.js';
import { NameTable, type NameServices } from './annotate-names.js';
import type { LineCounts, LineScanner } from './lines-batch.js';
import { CsvFieldWriter, nameInCell } from './lines-csv.js';
import { FieldScanner } from './lines-fields.js';
import { JsonScanner, JsonWriter } from './lines-json.js';
import { NdjsonFieldWriter, segmentJson } from './lines-ndjson.js';
import { TableScanner } from './lines-table.js';
import { findTableHeader } from './lines-table-header.js';
import { addedCells, TableCsvWriter, TableNdjsonWriter } from './lines-table-writer.js';
import type { LineWriter, Origin } from './lines-writer.js';
import { guessTemplate } from './template-guess.js';
import { readTemplate, type Template } from './template.js';

/** How a file is read and written. */
export interface AnnotateForm {
  readonly format: 'ndjson' | 'csv';
  /** As for `--template`; `null`: it is guessed. */
  readonly template: string | null;
  /** The column of segment IDs, for a CSV file with a header; `null`: the file is one of Audience Manager's. */
  readonly column: string | null;
  /** Written with each line, where several files become one output; `null`: the file is the only one. */
  readonly origin?: Origin | null;
  /** Makes a cell safe that a spreadsheet would run as a formula. */
  readonly guardCell: (text: string) => string;
}

/** The parts that annotate a file. */
export interface Pipeline {
  readonly scanner: LineScanner;
  readonly writer: LineWriter;
  readonly names: NameTable;
  /** What was guessed, to be told; `null`: nothing. */
  readonly guess: string | null;
  /** Where the scanner begins in the file, in bytes: below what is no row. */
  readonly start: number;
}

/** How much of a file is looked at to guess how it is made, in bytes. */
export const SAMPLE_BYTES = 256 * 1_024;

const LF = 10;

/** Lines with which a template is guessed. */
const MAX_SAMPLE_LINES = 2_000;

/**
 * Puts together what annotates a file.
 *
 * @param sample its beginning
 * @param isWhole the sample is the whole file
 * @throws {DeliveryError} if nobody says how its lines are made and it cannot be guessed
 */
export function createPipeline(
  form: AnnotateForm,
  services: NameServices,
  sample: Buffer,
  isWhole: boolean,
  counts: LineCounts,
): Pipeline {
  const { column } = form;
  return column === null
    ? linesPipeline(form, services, linesOf(sample, isWhole), counts)
    : tablePipeline({ ...form, column }, services, sample, isWhole, counts);
}

function tablePipeline(
  { column, format, guardCell, origin = null }: AnnotateForm & { readonly column: string },
  services: NameServices,
  sample: Buffer,
  isWhole: boolean,
  counts: LineCounts,
): Pipeline {
  const whole = isWhole ? sample : sample.subarray(0, sample.lastIndexOf(LF) + 1);
  const header = findTableHeader(whole.toString(), column);
  // A quote in a title would open a cell that takes the header with it, and rows.
  const start = endOfLine(sample, header.lines);
  counts.lines = header.lines;
  counts.headers = header.lines;
  const render =
    format === 'csv'
      ? (named: Parameters<typeof segmentJson>[0]) => addedCells(named, header.separator, guardCell)
      : segmentJson;
  const names = new NameTable(services, { render });
  const Writer = format === 'csv' ? TableCsvWriter : TableNdjsonWriter;
  const scanner = new TableScanner(header, names.ids, counts);
  return { scanner, writer: new Writer(header, names, origin, guardCell), names, guess: null, start };
}

function linesPipeline(
  { template: stated, format, guardCell, origin = null }: AnnotateForm,
  services: NameServices,
  lines: readonly string[],
  counts: LineCounts,
): Pipeline {
  const written = stated ?? services.source.format;
  const read = written === null ? null : readTemplate(written);
  const template: Template =
    read === null || read === 'default' ? guessTemplate(lines, read === 'default').template : read;
  const guess = written === null ? template.text : null;
  if (template.kind === 'json') {
    if (format === 'csv') {
      throw new DeliveryError('Lines of JSON have no columns: leave out --format csv.');
    }
    const names = new NameTable(services, { render: segmentJson });
    return {
      scanner: new JsonScanner(names.ids, counts),
      writer: new JsonWriter(names, origin),
      names,
      guess,
      start: 0,
    };
  }
  const render = format === 'csv' ? nameInCell : segmentJson;
  const names = new NameTable(services, { render });
  const Writer = format === 'csv' ? CsvFieldWriter : NdjsonFieldWriter;
  return {
    scanner: new FieldScanner(template, names.ids, counts),
    writer: new Writer(template, names, origin, guardCell),
    names,
    guess,
    start: 0,
  };
}

/** Where the line after so many begins. */
function endOfLine(bytes: Buffer, lines: number): number {
  let end = -1;
  for (let line = 0; line < lines; line++) {
    end = bytes.indexOf(LF, end + 1);
    if (end === -1) return bytes.length;
  }
  return end + 1;
}

/** The first lines, without one that is cut off. */
function linesOf(sample: Buffer, isWhole: boolean): string[] {
  const lines = sample.toString().split('\n');
  // What follows the last line break is nothing, or the beginning of a line.
  if (!isWhole || lines.at(-1) === '') lines.pop();
  return lines.slice(0, MAX_SAMPLE_LINES).map((line) => line.replace(/\r$/, ''));
}
