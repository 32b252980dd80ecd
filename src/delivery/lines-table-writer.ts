import type { NameTable } from './annotate-names.js';
import type { OutputBuffer } from './annotate-output.js';
import type { LineBatch } from './lines-batch.js';
import { objectStart } from './lines-ndjson.js';
import { CELL, NO_ID_HERE, ROW } from './lines-table.js';
import type { TableHeader } from './lines-table-header.js';
import { cellOf, ORIGIN_COLUMNS, originCells, type LineWriter, type Origin } from './lines-writer.js';
import type { Named } from './name-source.js';

const QUOTE = 34;

/** The columns that are added, unless the file has columns of these names. */
const ADDED = ['segment_name', 'segment_status'];

/**
 * The cells that are added to a row. Both are empty where no segment is named.
 *
 * @param guard makes a cell safe that a spreadsheet would run as a formula
 */
export function addedCells(named: Named, separator: string, guard: (text: string) => string): string {
  const cells = named.outcome === 'FOUND' ? [named.name ?? '', named.status] : ['', ''];
  return cells.map((cell) => separator + cellOf(guard(cell), separator)).join('');
}

/** Writes the rows of a table as they are, with the name and the status of the segment behind. */
export class TableCsvWriter implements LineWriter {
  readonly header: Uint8Array;
  readonly #names: NameTable;
  readonly #columns: number;
  readonly #separator: Buffer;
  readonly #noName: Buffer;
  readonly #lineEnd: Buffer;

  constructor(
    { columns, separator, lineEnd }: TableHeader,
    names: NameTable,
    origin: Origin | null = null,
    guard: (text: string) => string = (text) => text,
  ) {
    const taken = new Set(columns.map((name) => name.trim().toLowerCase()));
    const added = [...ADDED, ...(origin === null ? [] : ORIGIN_COLUMNS)].map((usual) => {
      let name = taken.has(usual) ? `aam_${usual}` : usual;
      // A file that was annotated twice has columns of both names.
      while (taken.has(name)) name += '_';
      return name;
    });
    const header = [...columns, ...added].map((name) => cellOf(name, separator));
    this.header = Buffer.from(header.join(separator) + lineEnd);
    this.#names = names;
    this.#columns = columns.length;
    this.#separator = Buffer.from(separator);
    this.#noName = Buffer.from(separator.repeat(ADDED.length));
    const cells = origin === null ? '' : originCells(origin, separator, guard);
    this.#lineEnd = Buffer.from(cells + lineEnd);
  }

  write({ bytes, data, length }: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    while (at < length && !out.isFull) {
      out.addPart(bytes, data[at] ?? 0, data[at + 1] ?? 0);
      const id = data[at + 2] ?? 0;
      const cells = data[at + 3] ?? 0;
      for (let missing = cells; missing < this.#columns; missing++) out.add(this.#separator);
      out.add(id === NO_ID_HERE ? this.#noName : this.#names.plain(id));
      out.add(this.#lineEnd);
      at += ROW + cells * CELL;
    }
    return at;
  }
}

const QUOTE_COMMA = Buffer.from('",');
const SEGMENTS = Buffer.from('"segments":[');
const OBJECT_END = Buffer.from(']}\n');

/** Writes an object for each row of a table: its cells as texts, and the segment. */
export class TableNdjsonWriter implements LineWriter {
  readonly header = null;
  readonly #names: NameTable;
  readonly #keys: readonly Buffer[];
  readonly #start: Buffer;

  constructor({ columns }: TableHeader, names: NameTable, origin: Origin | null = null) {
    this.#names = names;
    this.#start = objectStart(origin);
    // Keys have to differ, or readers would keep only the last one.
    const taken = new Set(['segments', ...(origin === null ? [] : ORIGIN_COLUMNS)]);
    this.#keys = columns.map((name, index) => {
      let key = name === '' ? `column${index + 1}` : name;
      while (taken.has(key)) key += '_';
      taken.add(key);
      return Buffer.from(`${JSON.stringify(key)}:"`);
    });
  }

  write({ bytes, data, length }: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    while (at < length && !out.isFull) {
      const id = data[at + 2] ?? 0;
      const cells = data[at + 3] ?? 0;
      at += ROW;
      out.add(this.#start);
      for (let cell = 0; cell < cells; cell++, at += CELL) {
        out.add(this.#keys[cell] ?? QUOTE_COMMA);
        addJsonCell(out, bytes, data[at] ?? 0, data[at + 1] ?? 0);
        out.add(QUOTE_COMMA);
      }
      out.add(SEGMENTS);
      if (id !== NO_ID_HERE) out.add(this.#names.plain(id));
      out.add(OBJECT_END);
    }
    return at;
  }
}

/** Adds a cell, without its quotes, as the inside of a JSON string. */
function addJsonCell(out: OutputBuffer, bytes: Buffer, start: number, end: number): void {
  if (end - start < 2 || bytes[start] !== QUOTE) {
    out.addJsonText(bytes, start, end);
    return;
  }
  let from = start + 1;
  for (let at = from; at < end - 1; at++) {
    if (bytes[at] !== QUOTE) continue;
    out.addJsonText(bytes, from, at + 1);
    at += 1;
    from = at + 1;
  }
  out.addJsonText(bytes, from, end - 1);
}
