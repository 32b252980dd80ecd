import type { TextField } from './record-format.js';
import { RecordReader } from './record-reader.js';
import { RecordWriter } from './record-writer.js';
import type { Mapping, MetadataSource, Provenance, Segment, SegmentStatus } from './segment.js';

/** A list that makes its items when they are asked for. */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** From 0 to below `length`. */
  at(index: number): T | undefined;
}

/** The buffers of packed segments. They can be copied or transferred to another thread. */
export interface PackedParts {
  readonly bytes: ArrayBuffer;
  readonly starts: Uint32Array<ArrayBuffer>;
}

/** The buffers to list in a transfer. */
export function buffersOf({ bytes, starts }: PackedParts): ArrayBuffer[] {
  return [bytes, starts.buffer];
}

/**
 * Segments as bytes, immutable: a fraction of the memory that objects take, nothing for the garbage collector
 * to walk through, and quick to compare, to copy and to hand to another thread.
 */
export class PackedSegments implements List<Segment> {
  #bytes: Buffer<ArrayBuffer>;
  /** Of each record, and where the last one ends. */
  #starts: Uint32Array<ArrayBuffer>;
  #reader: RecordReader;

  /** @param starts of each record, and where the last one ends */
  constructor(bytes: Buffer<ArrayBuffer>, starts: Uint32Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#reader = new RecordReader(bytes);
  }

  static of(segments: Iterable<Segment>): PackedSegments {
    const packer = new SegmentPacker();
    for (const segment of segments) packer.add(segment, segment);
    return packer.finish();
  }

  /** All of several, one behind the other. */
  static joined(lists: readonly PackedSegments[]): PackedSegments {
    const bytes = Buffer.from(new ArrayBuffer(lists.reduce((sum, list) => sum + list.#bytes.length, 0)));
    const starts = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 1));
    let row = 0;
    let end = 0;
    for (const list of lists) {
      bytes.set(list.#bytes, end);
      for (let index = 0; index < list.length; index++) starts[row++] = end + list.#start(index);
      end += list.#bytes.length;
    }
    starts[row] = end;
    return new PackedSegments(bytes, starts);
  }

  static from({ bytes, starts }: PackedParts): PackedSegments {
    return new PackedSegments(Buffer.from(bytes), starts);
  }

  /** The buffers themselves, not copies. @throws Error after `transfer` */
  toParts(): PackedParts {
    this.#assertOwned();
    return { bytes: this.#bytes.buffer, starts: this.#starts };
  }

  /**
   * Gives the buffers away, to be transferred to another thread.
   * Using the segments afterwards is a bug, and throws.
   */
  transfer(): PackedParts {
    const parts = this.toParts();
    this.#reader = new RecordReader(Buffer.alloc(0));
    this.#bytes = Buffer.from(new ArrayBuffer(0));
    this.#starts = new Uint32Array(0);
    return parts;
  }

  get length(): number {
    this.#assertOwned();
    return this.#starts.length - 1;
  }

  /** In memory. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#starts.byteLength;
  }

  /** A new object each time. */
  at(row: number): Segment | undefined {
    const start = this.#starts[row];
    return row >= this.length || start === undefined ? undefined : this.#reader.read(start);
  }

  *[Symbol.iterator](): Generator<Segment> {
    for (let row = 0; row < this.length; row++) yield this.#reader.read(this.#start(row));
  }

  text(row: number, field: TextField): string | null {
    return this.#reader.text(this.#start(row), field);
  }

  id(row: number): string {
    return this.text(row, 'id') ?? '';
  }

  status(row: number): SegmentStatus {
    return this.#reader.status(this.#start(row));
  }

  source(row: number): MetadataSource {
    return this.#reader.source(this.#start(row));
  }

  /** `false`: it certainly has no manual layer. */
  mayHaveManual(row: number): boolean {
    return this.#reader.hasJsonTail(this.#start(row));
  }

  /** All texts in one, each with a character or two before it; `null` where they are not all ASCII. */
  asciiTexts(row: number): string | null {
    const start = this.#start(row);
    return this.#reader.isAscii(start) ? this.#bytes.toString('latin1', start + 2, this.#end(row)) : null;
  }

  is(row: number, field: TextField, text: string): boolean {
    return this.#reader.is(this.#start(row), field, text);
  }

  /** Whether a text is the one that another segment has, or neither has one. */
  isSame(row: number, field: TextField, others: PackedSegments, other: number): boolean {
    return this.#reader.isSame(this.#start(row), field, others.#reader, others.#start(other));
  }

  /** As `hashOf` a text; -1: there is none. */
  hash(row: number, field: TextField, seed: number): number {
    return this.#reader.hash(this.#start(row), field, seed);
  }

  /** As `RecordReader.findAscii`. */
  findAscii(row: number, field: TextField, range: Uint32Array, place: number): boolean {
    return this.#reader.findAscii(this.#start(row), field, range, place);
  }

  /** As `RecordReader.word`. */
  word(place: number): number {
    return this.#reader.word(place);
  }

  /** Whether two segments are the same in everything. */
  equal(row: number, others: PackedSegments, other: number): boolean {
    const length = this.#end(row) - this.#start(row);
    if (others.#end(other) - others.#start(other) !== length) return false;
    return this.#reader.isEqual(this.#start(row), others.#reader, others.#start(other), length);
  }

  /** Those from a row to below another one. */
  slice(first: number, end: number): PackedSegments {
    const from = this.#start(first);
    const starts = this.#starts.slice(first, end + 1);
    for (let row = 0; row < starts.length; row++) starts[row] = (starts[row] ?? 0) - from;
    const bytes = Buffer.from(new ArrayBuffer(this.#start(end) - from));
    this.#bytes.copy(bytes, 0, from, this.#start(end));
    return new PackedSegments(bytes, starts);
  }

  /** Some of them, in the order of these rows. */
  picked(rows: ArrayLike<number>): PackedSegments {
    const starts = new Uint32Array(rows.length + 1);
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] ?? 0;
      starts[index + 1] = (starts[index] ?? 0) + this.#end(row) - this.#start(row);
    }
    const bytes = Buffer.from(new ArrayBuffer(starts[rows.length] ?? 0));
    // Of plain bytes: a part of a buffer would be a buffer, which takes longer to make.
    const from = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    for (let index = 0; index < rows.length;) {
      const first = rows[index] ?? 0;
      let next = index + 1;
      while (next < rows.length && rows[next] === first + next - index) next += 1;
      bytes.set(from.subarray(this.#start(first), this.#end(first + next - index - 1)), starts[index]);
      index = next;
    }
    return new PackedSegments(bytes, starts);
  }

  /** Adds rows from `first` to below `end` to others. */
  copyTo(writer: RecordWriter, starts: Uint32Array, place: number, first: number, end: number): void {
    const from = this.#start(first);
    const shift = writer.length - from;
    for (let row = first; row < end; row++) starts[place + row - first] = this.#start(row) + shift;
    writer.copy(this.#bytes, from, this.#start(end));
  }

  #assertOwned(): void {
    if (this.#starts.length === 0) throw new Error('the segments have been transferred to another thread');
  }

  #start(row: number): number {
    const start = this.#starts[row];
    if (start === undefined) this.#assertOwned();
    if (start === undefined) throw new RangeError(`there is no row ${row} of ${this.length}`);
    return start;
  }

  #end(row: number): number {
    return this.#start(row + 1);
  }
}

/** Makes packed segments, one behind the other. */
export class SegmentPacker {
  readonly #writer = new RecordWriter();
  #starts = new Uint32Array(64);
  #length = 0;

  add(mapping: Mapping, provenance: Provenance): void {
    this.#reserve(1);
    this.#starts[this.#length++] = this.#writer.length;
    this.#writer.write(mapping, provenance);
  }

  /** Rows from `first` to below `end`. */
  copy(segments: PackedSegments, first = 0, end = segments.length): void {
    if (end <= first) return;
    this.#reserve(end - first);
    segments.copyTo(this.#writer, this.#starts, this.#length, first, end);
    this.#length += end - first;
  }

  finish(): PackedSegments {
    const starts = this.#starts.slice(0, this.#length + 1);
    starts[this.#length] = this.#writer.length;
    return new PackedSegments(this.#writer.toBytes(), starts);
  }

  #reserve(rows: number): void {
    // One more than there are rows: the end of the last one.
    const needed = this.#length + rows + 1;
    if (needed <= this.#starts.length) return;
    const grown = new Uint32Array(Math.max(needed, this.#starts.length * 2));
    grown.set(this.#starts.subarray(0, this.#length));
    this.#starts = grown;
  }
}
