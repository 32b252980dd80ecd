import { isUtf8 } from 'node:buffer';
import { IdTable } from './annotate-ids.js';
import type { LineBatch, LineCounts } from './lines-batch.js';
import { NOT_UTF8, ScannerByLine } from './lines-scanner.js';
import { SEGMENT_ITEM_TYPE, type ItemPart, type LineTemplate, type TemplateField } from './template.js';

/** What is in a batch for each line, in the order of the template's fields. */
export const LAYOUT = {
  /** A text: start and end. */
  text: 2,
  /** A list: start and end, the number of IDs, then for each the number of the ID. */
  list: 3,
  /** Items: start and end, their number, then for each what `ITEM` says. */
  items: 3,
  /** The number of the ID (`NO_SEGMENT`: the item is none), whether the user left, then start and end of ID, type and time. */
  item: 8,
} as const;

/** In place of the number of an ID: the item is not a segment. */
export const NO_SEGMENT = -2;

const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const FIVE = SEGMENT_ITEM_TYPE.charCodeAt(0);

/** A field with what the inner loops need as numbers. */
interface CompiledField {
  readonly field: TemplateField;
  readonly before: Uint8Array;
  /** Whether it may be missing at the end of a line. */
  readonly isOptional: boolean;
  readonly separator: number;
  readonly partSeparator: number;
  readonly parts: readonly ItemPart[];
  /** Which parts of an item are its ID, type, status and time; -1: none. */
  readonly places: Readonly<Record<ItemPart, number>>;
}

/** Scans lines with separators between their fields. */
export class FieldScanner extends ScannerByLine {
  readonly #fields: readonly CompiledField[];
  /**
   * 1 for each byte that begins a separator of fields. No field contains one: of a line with one space too few, two fields
   * would become one, and what was entered would pass for what was left.
   */
  readonly #stops: Uint8Array;
  readonly #form: string;
  readonly #ids: IdTable;
  /** Where the field that was scanned last ends. */
  #at = 0;

  constructor(template: LineTemplate, ids: IdTable, counts: LineCounts) {
    super(counts);
    this.#fields = compile(template);
    this.#stops = new Uint8Array(256);
    for (const { before } of this.#fields.slice(1)) this.#stops[before[0] ?? 0] = 1;
    this.#form = template.text;
    this.#ids = ids;
  }

  protected override scanLine(batch: LineBatch, start: number, end: number): string | null {
    // Four numbers for each byte are enough for the shortest items.
    batch.reserve(4 * (end - start) + 16 * this.#fields.length);
    return this.#scanFields(batch, start, end);
  }

  /** @returns what is wrong with the line; `null`: nothing */
  #scanFields(batch: LineBatch, start: number, end: number): string | null {
    this.#at = start;
    for (const compiled of this.#fields) {
      const { before, isOptional, field } = compiled;
      const isMissing = isOptional && this.#at === end;
      if (!isMissing && before.length > 0) {
        if (!startsWith(batch.bytes, this.#at, end, before)) return this.#misfit(start);
        this.#at += before.length;
      }
      const reason =
        field.kind === 'text'
          ? this.#scanText(batch, compiled, end)
          : field.kind === 'list'
            ? this.#scanList(batch, compiled, end)
            : this.#scanItems(batch, compiled, end);
      if (reason !== null) return reason;
    }
    return this.#at === end ? null : this.#misfit(start);
  }

  #misfit(start: number): string {
    return `does not fit the template ${this.#form}, from its character ${this.#at - start + 1} on`;
  }

  #scanText(batch: LineBatch, { field }: CompiledField, end: number): string | null {
    const { bytes, data } = batch;
    const stops = this.#stops;
    const start = this.#at;
    let at = start;
    let isPlain = true;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (stops[byte] === 1) break;
      if (byte >= 0x80) isPlain = false;
    }
    if (!isPlain && !isUtf8(bytes.subarray(start, at))) return NOT_UTF8;
    if (at === start && field.kind === 'text' && field.name === 'user') return 'has no user';
    data[batch.length++] = start;
    data[batch.length++] = at;
    this.#at = at;
    return null;
  }

  #scanList(batch: LineBatch, { separator }: CompiledField, end: number): string | null {
    const { bytes, data } = batch;
    const stops = this.#stops;
    const ids = this.#ids;
    const { seed } = ids;
    const start = this.#at;
    const head = batch.length;
    let length = head + LAYOUT.list;
    let idStart = start;
    let hash = seed;
    let at = start;
    for (; ; at++) {
      const byte = at < end ? (bytes[at] ?? 0) : -1;
      if (byte !== separator && byte !== -1 && stops[byte] !== 1) {
        hash = IdTable.hash(hash, byte);
        continue;
      }
      if (at === idStart) {
        const isEmptyList = at === start && byte !== separator;
        const isTrailingSpace = byte === -1 && separator === SPACE;
        if (isEmptyList || isTrailingSpace) break;
        return EMPTY_ID;
      }
      const id = ids.numberOf(bytes, idStart, at, hash);
      if (id === -1) return NO_ID;
      data[length++] = id;
      if (byte !== separator) break;
      idStart = at + 1;
      hash = seed;
    }
    data[head] = start;
    data[head + 1] = at;
    data[head + 2] = length - head - LAYOUT.list;
    batch.length = length;
    this.#at = at;
    return null;
  }

  #scanItems(batch: LineBatch, compiled: CompiledField, end: number): string | null {
    const { bytes, data } = batch;
    const { separator, partSeparator, parts, places } = compiled;
    const stops = this.#stops;
    const ids = this.#ids;
    const start = this.#at;
    const head = batch.length;
    let length = head + LAYOUT.items;
    let at = start;
    let count = 0;
    while (at < end && stops[bytes[at] ?? 0] !== 1) {
      const item = length;
      let idHash = 0;
      for (let part = 0; part < parts.length; part++) {
        const partStart = at;
        const isLastPart = part === parts.length - 1;
        let hash = ids.seed;
        for (; at < end; at++) {
          const byte = bytes[at] ?? 0;
          if (byte === partSeparator || byte === separator || stops[byte] === 1) break;
          hash = IdTable.hash(hash, byte);
        }
        const isThere = at < end && bytes[at] === (isLastPart ? separator : partSeparator);
        const isEnd = isLastPart && (at >= end || stops[bytes[at] ?? 0] === 1);
        if (!isThere && !isEnd) return missingPart(parts);
        const place = PLACES[parts[part] ?? 'skip'];
        data[item + place] = partStart;
        data[item + place + 1] = at;
        if (part === places.id) idHash = hash;
        if (!isLastPart) at += 1;
      }
      const reason = this.#addItem(batch, compiled, item, idHash);
      if (reason !== null) return reason;
      length += LAYOUT.item;
      count += 1;
      if (at >= end || bytes[at] !== separator) break;
      at += 1;
      // A separator at the end announces an item that is not there.
      if (at >= end) return EMPTY_ID;
    }
    data[head] = start;
    data[head + 1] = at;
    data[head + 2] = count;
    batch.length = length;
    this.#at = at;
    return null;
  }

  /** Fills in what an item is, from the places of its parts. */
  #addItem({ bytes, data }: LineBatch, { places }: CompiledField, item: number, hash: number): string | null {
    const at = (place: number): number => data[item + place] ?? 0;
    const [idStart, idEnd] = [at(PLACES.id), at(PLACES.id + 1)];
    if (idStart === idEnd) return EMPTY_ID;
    // The type is one digit. 5 is a segment; others are traits and the like, whose IDs are not those of segments.
    const [typeStart, typeEnd] = [at(PLACES.type), at(PLACES.type + 1)];
    let isSegment = true;
    if (places.type !== -1) {
      const type = typeEnd - typeStart === 1 ? (bytes[typeStart] ?? 0) : 0;
      // Anything longer may be an ID that the template takes for a type: it would be lost.
      if (type < ZERO || type > NINE) return 'has an item whose type is not one digit';
      isSegment = type === FIVE;
    }
    let hasLeft = 0;
    if (places.status !== -1) {
      const [statusStart, statusEnd] = [at(PLACES.status), at(PLACES.status + 1)];
      const status = statusEnd - statusStart === 1 ? (bytes[statusStart] ?? 0) - ZERO : -1;
      if (status !== 0 && status !== 1) return 'has a status that is neither 1 (entered) nor 0 (left)';
      hasLeft = status === 0 ? 1 : 0;
    }
    if (!isSegment && !isUtf8(bytes.subarray(idStart, idEnd))) return NOT_UTF8;
    const id = isSegment ? this.#ids.numberOf(bytes, idStart, idEnd, hash) : NO_SEGMENT;
    if (id === -1) return NO_ID;
    data[item] = id;
    data[item + 1] = hasLeft;
    if (isSegment) data[item + PLACES.type] = data[item + PLACES.type + 1] = 0;
    if (places.time === -1) data[item + PLACES.time] = data[item + PLACES.time + 1] = 0;
    return null;
  }
}

/** Where the parts of an item stand in `LAYOUT.item` numbers. A status and a skipped part are overwritten. */
export const PLACES: Readonly<Record<ItemPart, number>> = { id: 2, type: 4, time: 6, status: 8, skip: 10 };

const EMPTY_ID = 'has a list of segments with an empty place';
const NO_ID = 'has a segment ID that cannot be one: it is too long, not UTF-8, or has control characters';

function missingPart(parts: readonly ItemPart[]): string {
  return `has an item that is not made of ${parts.join(', ')}`;
}

function startsWith(bytes: Uint8Array, at: number, end: number, text: Uint8Array): boolean {
  if (at + text.length > end) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[at + index] !== text[index]) return false;
  }
  return true;
}

function compile({ fields }: LineTemplate): CompiledField[] {
  const firstList = fields.findIndex(({ kind }) => kind !== 'text');
  return fields.map((field, index) => {
    const parts = field.kind === 'items' ? field.parts : [];
    const place = (part: ItemPart): number => parts.indexOf(part);
    return {
      field,
      before: Buffer.from(field.before),
      isOptional: index > firstList,
      separator: field.kind === 'text' ? -1 : field.separator.charCodeAt(0),
      partSeparator: field.kind === 'items' ? field.partSeparator.charCodeAt(0) : -1,
      parts,
      places: {
        id: place('id'),
        type: place('type'),
        status: place('status'),
        time: place('time'),
        skip: place('skip'),
      },
    };
  });
}
