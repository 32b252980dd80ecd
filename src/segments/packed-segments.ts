import { detachBuffers } from '../base/detach-buffers.js';
import type { TextField } from './record-format.js';
import { RecordReader } from './record-reader.js';
import { RecordWriter } from './record-writer.js';
import type { Mapping, MetadataSource, Provenance, Segment, SegmentStatus } from './segment.js';

/** A read-only list that may create its items on access. */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** The item at an index from 0 to `length - 1`. */
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
 * An immutable list of segments, packed into bytes. It takes a fraction of the memory of objects, gives the garbage
 * collector nothing to traverse, and is fast to compare, to copy and to hand to another thread.
 */
export class PackedSegments implements List<Segment> {
  #bytes: Buffer<ArrayBuffer>;
  #starts: Uint32Array<ArrayBuffer>;
  #reader: RecordReader;

  /** @param starts byte offset of each record, then the end of the last record */
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

  /** Concatenates several lists. */
  static concat(lists: readonly PackedSegments[]): PackedSegments {
    const bytes = Buffer.from(new ArrayBuffer(lists.reduce((sum, list) => sum + list.#bytes.length, 0)));
    const starts = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 1));
    let count = 0;
    let end = 0;
    for (const list of lists) {
      bytes.set(list.#bytes, end);
      for (let index = 0; index < list.length; index++) starts[count++] = end + list.#start(index);
      end += list.#bytes.length;
    }
    starts[count] = end;
    return new PackedSegments(bytes, starts);
  }

  /** Restores packed segments from `toParts`. */
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

  /** Frees the memory at once. Using the segments afterwards is a bug, and throws. */
  free(): void {
    detachBuffers(buffersOf(this.transfer()));
  }

  /** Whether both use the same buffer: then neither may be freed without the other. */
  sharesMemoryWith(other: PackedSegments): boolean {
    return this.#bytes.buffer === other.#bytes.buffer;
  }

  get length(): number {
    this.#assertOwned();
    return this.#starts.length - 1;
  }

  /** Memory taken by the records and their offsets, in bytes. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#starts.byteLength;
  }

  /** Unpacks a segment. Each call creates a new object. */
  at(index: number): Segment | undefined {
    const start = this.#starts[index];
    return index >= this.length || start === undefined ? undefined : this.#reader.read(start);
  }

  *[Symbol.iterator](): Generator<Segment> {
    for (let index = 0; index < this.length; index++) yield this.#reader.read(this.#start(index));
  }

  text(index: number, field: TextField): string | null {
    return this.#reader.text(this.#start(index), field);
  }

  id(index: number): string {
    return this.text(index, 'id') ?? '';
  }

  status(index: number): SegmentStatus {
    return this.#reader.status(this.#start(index));
  }

  source(index: number): MetadataSource {
    return this.#reader.source(this.#start(index));
  }

  /** Whether the mapping is of a trait. */
  isTrait(index: number): boolean {
    return this.#reader.isTrait(this.#start(index));
  }

  /** Cheap check without unpacking: `false` means that the segment has no manual layer; `true` means that it may. */
  mayHaveManual(index: number): boolean {
    return this.#reader.hasJsonTail(this.#start(index));
  }

  /**
   * All texts of a record in one string, separated by one or two other characters, for a quick search. `null` if the
   * record is not plain ASCII.
   */
  asciiTexts(index: number): string | null {
    const start = this.#start(index);
    return this.#reader.isAscii(start) ? this.#bytes.toString('latin1', start + 2, this.#end(index)) : null;
  }

  /** Whether a text of a record equals `text`. */
  textEquals(index: number, field: TextField, text: string): boolean {
    return this.#reader.textEquals(this.#start(index), field, text);
  }

  /** Whether a text is the same as in a record of `others`, or missing in both. */
  hasSameText(index: number, field: TextField, others: PackedSegments, otherIndex: number): boolean {
    return this.#reader.hasSameText(this.#start(index), field, others.#reader, others.#start(otherIndex));
  }

  /** The `hashText` of a text; -1 if the text is missing. */
  hash(index: number, field: TextField, seed: number): number {
    return this.#reader.hash(this.#start(index), field, seed);
  }

  /** See `RecordReader.findAscii`. */
  findAscii(index: number, field: TextField, ranges: Uint32Array, position: number): boolean {
    return this.#reader.findAscii(this.#start(index), field, ranges, position);
  }

  /** See `RecordReader.word`. */
  word(offset: number): number {
    return this.#reader.word(offset);
  }

  /** Whether a record equals a record of `others` in every field. */
  equals(index: number, others: PackedSegments, otherIndex: number): boolean {
    const length = this.#end(index) - this.#start(index);
    if (others.#end(otherIndex) - others.#start(otherIndex) !== length) return false;
    return this.#reader.equalBytes(this.#start(index), others.#reader, others.#start(otherIndex), length);
  }

  /** Copies the records from index `first` to `end - 1`. */
  slice(first: number, end: number): PackedSegments {
    const from = this.#start(first);
    const starts = this.#starts.slice(first, end + 1);
    for (let index = 0; index < starts.length; index++) starts[index] = (starts[index] ?? 0) - from;
    const bytes = Buffer.from(new ArrayBuffer(this.#start(end) - from));
    this.#bytes.copy(bytes, 0, from, this.#start(end));
    return new PackedSegments(bytes, starts);
  }

  /** Copies the records at these indices, in the order of the indices. */
  select(indices: ArrayLike<number>): PackedSegments {
    const starts = new Uint32Array(indices.length + 1);
    for (let position = 0; position < indices.length; position++) {
      const index = indices[position] ?? 0;
      starts[position + 1] = (starts[position] ?? 0) + this.#end(index) - this.#start(index);
    }
    const bytes = Buffer.from(new ArrayBuffer(starts[indices.length] ?? 0));
    // A Uint8Array, because its subarray() is faster than that of a Buffer.
    const source = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    // Records with consecutive indices are copied in one go.
    for (let position = 0; position < indices.length;) {
      const first = indices[position] ?? 0;
      let next = position + 1;
      while (next < indices.length && indices[next] === first + next - position) next += 1;
      const last = first + next - position - 1;
      bytes.set(source.subarray(this.#start(first), this.#end(last)), starts[position]);
      position = next;
    }
    return new PackedSegments(bytes, starts);
  }

  /**
   * Appends the records from index `first` to `end - 1` to a writer.
   *
   * @param starts receives the byte offsets of the copied records, from `position` on
   */
  copyTo(writer: RecordWriter, starts: Uint32Array, position: number, first: number, end: number): void {
    const from = this.#start(first);
    const shift = writer.length - from;
    for (let index = first; index < end; index++) {
      starts[position + index - first] = this.#start(index) + shift;
    }
    writer.copy(this.#bytes, from, this.#start(end));
  }

  #assertOwned(): void {
    if (this.#starts.length === 0) throw new Error('the segments have been transferred or freed');
  }

  /** @throws RangeError if there is no such record */
  #start(index: number): number {
    const start = this.#starts[index];
    if (start === undefined) {
      this.#assertOwned();
      throw new RangeError(`record index ${index} is out of range (${this.length} records)`);
    }
    return start;
  }

  #end(index: number): number {
    return this.#start(index + 1);
  }
}

/** Builds packed segments record by record. */
export class SegmentPacker {
  readonly #writer = new RecordWriter();
  #starts = new Uint32Array(64);
  #length = 0;

  add(mapping: Mapping, provenance: Provenance): void {
    this.#reserve(1);
    this.#starts[this.#length++] = this.#writer.length;
    this.#writer.write(mapping, provenance);
  }

  /** Appends the records from index `first` to `end - 1`. */
  copy(segments: PackedSegments, first = 0, end = segments.length): void {
    if (end <= first) return;
    this.#reserve(end - first);
    segments.copyTo(this.#writer, this.#starts, this.#length, first, end);
    this.#length += end - first;
  }

  /** The segments added so far. */
  finish(): PackedSegments {
    const starts = this.#starts.slice(0, this.#length + 1);
    starts[this.#length] = this.#writer.length;
    return new PackedSegments(this.#writer.toBytes(), starts);
  }

  #reserve(count: number): void {
    // One more than the number of records: the end of the last record.
    const needed = this.#length + count + 1;
    if (needed <= this.#starts.length) return;
    const grown = new Uint32Array(Math.max(needed, this.#starts.length * 2));
    grown.set(this.#starts.subarray(0, this.#length));
    this.#starts = grown;
  }
}
