import type { NameTable } from './annotate-names.js';
import type { OutputBuffer } from './annotate-output.js';
import type { LineBatch } from './lines-batch.js';
import { LAYOUT, NO_SEGMENT, PLACES } from './lines-fields.js';
import type { LineWriter, Origin } from './lines-writer.js';
import type { Named } from './name-source.js';
import type { LineTemplate } from './template.js';

/** A segment as JSON: ID, name, status, and whether the user entered or left it. */
export function segmentJson(named: Named, change: 'ENTERED' | 'LEFT' | null): string {
  const { id } = named;
  const changed = change === null ? {} : { change };
  if (named.outcome !== 'FOUND') {
    return JSON.stringify({ id, name: null, status: null, reason: named.outcome, ...changed });
  }
  const { name, status } = named;
  return JSON.stringify({ id, name, status, ...(name === null ? { reason: 'UNNAMED' } : {}), ...changed });
}

/** How the object of a line begins: where it comes from, if that has to be said. */
export function objectStart(origin: Origin | null): Buffer {
  if (origin === null) return Buffer.from('{');
  const { file, destination } = origin;
  return Buffer.from(`${JSON.stringify({ file, destination }).slice(0, -1)},`);
}

const OBJECT_END = Buffer.from(']}\n');
const COMMA = Buffer.from(',');
const QUOTE_COMMA = Buffer.from('",');
const SEGMENTS = Buffer.from('"segments":[');

/** Writes one JSON object for each line: its own fields as texts, then its segments. */
export class NdjsonFieldWriter implements LineWriter {
  readonly header = null;
  readonly #names: NameTable;
  readonly #start: Buffer;
  readonly #fields: readonly {
    readonly kind: 'text' | 'list' | 'items';
    readonly hasLeft: boolean;
    readonly key: Buffer;
  }[];

  constructor({ fields }: LineTemplate, names: NameTable, origin: Origin | null = null) {
    this.#names = names;
    this.#start = objectStart(origin);
    this.#fields = fields.map((field) => ({
      kind: field.kind,
      hasLeft: field.kind === 'list' && field.change === 'LEFT',
      key: field.kind === 'text' ? Buffer.from(`${JSON.stringify(field.name)}:"`) : Buffer.alloc(0),
    }));
  }

  write(batch: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    while (at < batch.length && !out.isFull) at = this.#writeLine(batch, at, out);
    return at;
  }

  #writeLine({ bytes, data }: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    out.add(this.#start);
    for (const { kind, key } of this.#fields) {
      if (kind === 'text') {
        out.add(key);
        out.addJsonText(bytes, data[at] ?? 0, data[at + 1] ?? 0);
        out.add(QUOTE_COMMA);
        at += LAYOUT.text;
      } else {
        at += LAYOUT[kind] + (data[at + 2] ?? 0) * (kind === 'list' ? 1 : LAYOUT.item);
      }
    }
    out.add(SEGMENTS);
    at = from;
    let isFirst = true;
    for (const { kind, hasLeft } of this.#fields) {
      if (kind === 'text') {
        at += LAYOUT.text;
        continue;
      }
      const count = data[at + 2] ?? 0;
      at += LAYOUT[kind];
      for (let index = 0; index < count; index++) {
        if (isFirst) isFirst = false;
        else out.add(COMMA);
        if (kind === 'items') {
          this.#writeItem(bytes, data, at, out);
          at += LAYOUT.item;
        } else {
          const id = data[at++] ?? 0;
          out.add(hasLeft ? this.#names.left(id) : this.#names.entered(id));
        }
      }
    }
    out.add(OBJECT_END);
    return at;
  }

  #writeItem(bytes: Buffer, data: Int32Array, at: number, out: OutputBuffer): void {
    const id = data[at] ?? 0;
    const hasLeft = data[at + 1] === 1;
    if (id === NO_SEGMENT) {
      out.add(OTHER_ID);
      out.addJsonText(bytes, data[at + PLACES.id] ?? 0, data[at + PLACES.id + 1] ?? 0);
      out.add(OTHER_TYPE);
      out.addJsonText(bytes, data[at + PLACES.type] ?? 0, data[at + PLACES.type + 1] ?? 0);
      out.add(hasLeft ? OTHER_LEFT : OTHER_ENTERED);
    } else {
      out.add(hasLeft ? this.#names.left(id) : this.#names.entered(id));
    }
    const [start, end] = [data[at + PLACES.time] ?? 0, data[at + PLACES.time + 1] ?? 0];
    if (start === end) return;
    // The time goes into the object, whose closing brace is taken back.
    out.length -= 1;
    out.add(TIME);
    out.addJsonText(bytes, start, end);
    out.add(TIME_END);
  }
}

const OTHER_ID = Buffer.from('{"id":"');
const OTHER_TYPE = Buffer.from('","type":"');
const OTHER_ENTERED = Buffer.from('","change":"ENTERED"}');
const OTHER_LEFT = Buffer.from('","change":"LEFT"}');
const TIME = Buffer.from(',"time":"');
const TIME_END = Buffer.from('"}');
