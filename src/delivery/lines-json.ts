import { isUtf8 } from 'node:buffer';
import { LRUCache } from 'lru-cache';
import { trimId } from '../base/trim-id.js';
import { IdTable } from './annotate-ids.js';
import type { NameTable } from './annotate-names.js';
import type { OutputBuffer } from './annotate-output.js';
import type { LineBatch, LineCounts } from './lines-batch.js';
import { NOT_UTF8, ScannerByLine } from './lines-scanner.js';
import type { LineWriter, Origin } from './lines-writer.js';
import { SEGMENT_ID_KEYS, plainKey } from './segment-keys.js';

/** The keys of lists of segments, in lower case and without underscores. */
const LISTS = new Set(['data', 'segments', 'segment', 'mappings']);
const LISTS_LEFT = new Set(['removedsegments', 'segmentsremoved', 'removed']);

/** The keys of an ID in an entry of such a list; the first one that is there counts. */
const ID_KEYS = [...SEGMENT_ID_KEYS, 'id', 'name'];

/** Keys that are added, each with what it is called in a line that has such a key already. */
const OWN_KEYS = [
  ['segments', 'namedSegments'],
  ['file', 'aam_file'],
  ['destination', 'aam_destination'],
] as const;

/** In a batch: start and end of the object, its name for each of `OWN_KEYS`, the number of IDs; for each ID two numbers. */
const HEAD = 6;

const CLOSING_BRACE = 125;

/** Scans lines of JSON objects with a list of segments, such as `{"TDID":"…","Data":[{"Name":"4321"}]}`. */
export class JsonScanner extends ScannerByLine {
  readonly #ids: IdTable;
  readonly #entries = new EntryReader();
  #scratch = Buffer.alloc(4_096);

  constructor(ids: IdTable, counts: LineCounts) {
    super(counts);
    this.#ids = ids;
  }

  protected override scanLine(batch: LineBatch, start: number, end: number): string | null {
    const line = batch.bytes.subarray(start, end);
    if (!isUtf8(line)) return NOT_UTF8;
    const object = parseObject(line.toString());
    if (object === null) return 'is not a JSON object';
    const head = batch.length;
    batch.reserve(HEAD);
    batch.data[head] = start;
    batch.data[head + 1] = batch.bytes.lastIndexOf(CLOSING_BRACE, end - 1);
    for (const [index, key] of OWN_KEYS.entries()) batch.data[head + 2 + index] = freeName(key, object);
    batch.length += HEAD;
    let lists = 0;
    for (const [key, list] of Object.entries(object)) {
      if (!Array.isArray(list)) continue;
      const plain = plainKey(key);
      const isLeft = LISTS_LEFT.has(plain);
      if (!isLeft && !LISTS.has(plain)) continue;
      lists += 1;
      const reason = this.#scanList(batch, list, isLeft);
      if (reason !== null) return reason;
    }
    if (lists === 0) return 'has no list of segments called Data, Segments or Removed_Segments';
    batch.data[head + 5] = (batch.length - head - HEAD) / 2;
    return null;
  }

  #scanList(batch: LineBatch, list: readonly unknown[], isLeft: boolean): string | null {
    batch.reserve(2 * list.length);
    for (const entry of list) {
      const isObject = typeof entry === 'object' && entry !== null;
      const { id, hasLeft } = isObject ? this.#entries.read(entry) : { id: entry, hasLeft: false };
      if (id === CONTRADICTORY)
        return 'has a segment with two different IDs, in two spellings of the same key';
      if (typeof id === 'number' && !Number.isSafeInteger(id)) {
        return 'has a segment ID that is a number too large for JSON; it has to be a text';
      }
      if ((typeof id !== 'string' && typeof id !== 'number') || id === '')
        return 'has a segment without an ID';
      const number = this.#numberOf(String(id));
      if (number === -1)
        return 'has a segment ID that cannot be one: it is too long, or has control characters';
      batch.data[batch.length++] = number;
      batch.data[batch.length++] = isLeft || hasLeft ? 1 : 0;
    }
    return null;
  }

  #numberOf(id: string): number {
    if (3 * id.length > this.#scratch.length) this.#scratch = Buffer.alloc(3 * id.length);
    const length = this.#scratch.write(id);
    let hash = this.#ids.seed;
    for (let index = 0; index < length; index++) hash = IdTable.hash(hash, this.#scratch[index] ?? 0);
    return this.#ids.numberOf(this.#scratch, 0, length, hash);
  }
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** What a key of an entry is: the place in `ID_KEYS`, or one of these. */
const LEAVES_AT_ZERO = 100;
const NO_ROLE = 101;

/** In place of an ID: the entry has two, either of which could be meant. */
const CONTRADICTORY = Symbol('two IDs');

/** Reads the entries of lists. Lines have the same few keys, and comparing their spellings takes longest: they are kept. */
class EntryReader {
  readonly #roles = new LRUCache<string, number>({ max: 1_000 });

  /**
   * The ID of an entry, and whether the user left: a time to live of 0 takes a segment away, as a status of 0 does. As in
   * messages, `null` and blank texts are as if they were not there.
   */
  read(entry: object): { readonly id: unknown; readonly hasLeft: boolean } {
    let id: unknown;
    let best = ID_KEYS.length;
    let hasLeft = false;
    for (const [key, value] of Object.entries(entry) as [string, unknown][]) {
      const role = this.#roleOf(key);
      if (role === LEAVES_AT_ZERO) hasLeft ||= value === 0 || value === '0';
      if (role > best || isBlank(value)) continue;
      id = role < best || isSameId(id, value) ? value : CONTRADICTORY;
      best = role;
    }
    return { id, hasLeft };
  }

  #roleOf(key: string): number {
    const known = this.#roles.get(key);
    if (known !== undefined) return known;
    const plain = plainKey(key);
    const place = ID_KEYS.indexOf(plain);
    const isZero = plain === 'ttlinminutes' || plain === 'status';
    const role = place !== -1 ? place : isZero ? LEAVES_AT_ZERO : NO_ROLE;
    this.#roles.set(key, role);
    return role;
  }
}

function isBlank(value: unknown): boolean {
  return value === null || (typeof value === 'string' && trimId(value) === '');
}

/** Whether two values are the same ID. One that is no ID, or that JSON has rounded, is the same as no other. */
function isSameId(a: unknown, b: unknown): boolean {
  const [one, other] = [a, b].map((value) =>
    typeof value === 'string' ? trimId(value) : Number.isSafeInteger(value) ? String(value) : undefined,
  );
  return one !== undefined && one === other;
}

/** The number of the first name that an object does not have: readers of JSON would keep only one of two equal keys. */
function freeName(key: (typeof OWN_KEYS)[number], object: object): number {
  let number = 0;
  while (Object.hasOwn(object, nameOf(key, number))) number += 1;
  return number;
}

/** A name of an added key: 0 is the usual one. */
function nameOf([usual, other]: (typeof OWN_KEYS)[number], number: number): string {
  return number === 0 ? usual : other + '_'.repeat(number - 1);
}

const [SEGMENTS, FILE, DESTINATION] = OWN_KEYS;

const COMMA = Buffer.from(',');
const END = Buffer.from(']}\n');

/** Writes the objects as they came, with one more field behind. */
export class JsonWriter implements LineWriter {
  readonly header = null;
  readonly #names: NameTable;
  readonly #origin: Origin | null;
  /** What stood before the list of segments in the last line: nearly all lines of a file have the same keys. */
  #last = { segments: 0, file: 0, destination: 0, text: Buffer.alloc(0) };

  constructor(names: NameTable, origin: Origin | null = null) {
    this.#names = names;
    this.#origin = origin;
    this.#last.text = this.#render(0, 0, 0);
  }

  write({ bytes, data, length }: LineBatch, from: number, out: OutputBuffer): number {
    let at = from;
    while (at < length && !out.isFull) {
      out.addPart(bytes, data[at] ?? 0, data[at + 1] ?? 0);
      const segments = data[at + 2] ?? 0;
      const file = data[at + 3] ?? 0;
      const destination = data[at + 4] ?? 0;
      out.add(this.#keys(segments, file, destination));
      const count = data[at + 5] ?? 0;
      at += HEAD;
      for (let index = 0; index < count; index++, at += 2) {
        if (index > 0) out.add(COMMA);
        const id = data[at] ?? 0;
        out.add(data[at + 1] === 1 ? this.#names.left(id) : this.#names.entered(id));
      }
      out.add(END);
    }
    return at;
  }

  /** What stands before the list of segments, by the numbers of the names. */
  #keys(segments: number, file: number, destination: number): Buffer {
    const last = this.#last;
    if (segments === last.segments && file === last.file && destination === last.destination)
      return last.text;
    this.#last = { segments, file, destination, text: this.#render(segments, file, destination) };
    return this.#last.text;
  }

  #render(segments: number, file: number, destination: number): Buffer<ArrayBuffer> {
    const origin = this.#origin;
    const added =
      origin === null
        ? {}
        : { [nameOf(FILE, file)]: origin.file, [nameOf(DESTINATION, destination)]: origin.destination };
    const members = JSON.stringify(added).slice(1, -1);
    return Buffer.from(`,${members}${members === '' ? '' : ','}"${nameOf(SEGMENTS, segments)}":[`);
  }
}
