import type { NameTable } from './annotate-names.js';
import type { OutputBuffer } from './annotate-output.js';
import type { LineBatch } from './lines-batch.js';
import { LAYOUT, NO_SEGMENT } from './lines-fields.js';
import { ORIGIN_COLUMNS, originCells, type LineWriter, type Origin } from './lines-writer.js';
import type { Named } from './name-source.js';
import type { LineTemplate } from './template.js';

const COMMA_CODE = 44;
const COMMA = Buffer.from(',');
const LIST_START = Buffer.from('"[');
const LIST_END = Buffer.from(']"');
const NOTHING = Buffer.from('null');

/** A name as an entry of a JSON list in a quoted cell; `null` where there is none. */
export function nameInCell(named: Named): string {
  const name = named.outcome === 'FOUND' ? named.name : null;
  return JSON.stringify(name).replaceAll('"', '""');
}

/**
 * Writes one row for each line: its own fields, then the names of the segments in each list, in the same order, as a list
 * in JSON. Names contain commas, bars and semicolons, so that no separator could be told from them.
 */
export class CsvFieldWriter implements LineWriter {
  readonly header: Uint8Array;
  readonly #names: NameTable;
  readonly #kinds: readonly ('text' | 'list' | 'items')[];
  readonly #lineEnd: Buffer;

  constructor(
    { fields }: LineTemplate,
    names: NameTable,
    origin: Origin | null = null,
    guard: (text: string) => string = (text) => text,
  ) {
    this.#names = names;
    this.#lineEnd = Buffer.from(`${origin === null ? '' : originCells(origin, ',', guard)}\n`);
    this.#kinds = fields.map(({ kind }) => kind);
    const own = fields.map((field) =>
      field.kind === 'text' ? field.name : field.kind === 'items' ? 'items' : columnOf(field.change),
    );
    const lists = fields.flatMap((field) =>
      field.kind === 'text'
        ? []
        : field.kind === 'items'
          ? ['segment_names']
          : [`${singular(field.change)}_names`],
    );
    this.header = Buffer.from(
      `${[...own, ...lists, ...(origin === null ? [] : ORIGIN_COLUMNS)].join(',')}\n`,
    );
  }

  write(batch: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    while (at < batch.length && !out.isFull) at = this.#writeLine(batch, at, out);
    return at;
  }

  #writeLine({ bytes, data }: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    for (const [index, kind] of this.#kinds.entries()) {
      if (index > 0) out.add(COMMA);
      out.addCell(bytes, data[at] ?? 0, data[at + 1] ?? 0, COMMA_CODE);
      at += LAYOUT[kind] + sizeOf(kind, data, at);
    }
    at = from;
    for (const kind of this.#kinds) {
      const entries = at + LAYOUT[kind];
      const size = sizeOf(kind, data, at);
      const step = kind === 'items' ? LAYOUT.item : 1;
      at = entries + size;
      if (kind === 'text') continue;
      out.add(COMMA);
      if (size === 0) continue;
      out.add(LIST_START);
      for (let entry = entries; entry < at; entry += step) {
        if (entry > entries) out.add(COMMA);
        const id = data[entry] ?? 0;
        out.add(id === NO_SEGMENT ? NOTHING : this.#names.plain(id));
      }
      out.add(LIST_END);
    }
    out.add(this.#lineEnd);
    return at;
  }
}

/** How many numbers the entries of a field take. */
function sizeOf(kind: 'text' | 'list' | 'items', data: Int32Array, at: number): number {
  if (kind === 'text') return 0;
  return (data[at + 2] ?? 0) * (kind === 'items' ? LAYOUT.item : 1);
}

function columnOf(change: 'ENTERED' | 'LEFT'): string {
  return change === 'LEFT' ? 'left' : 'segments';
}

function singular(change: 'ENTERED' | 'LEFT'): string {
  return change === 'LEFT' ? 'left' : 'segment';
}
