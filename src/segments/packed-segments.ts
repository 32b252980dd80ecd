import type { AsciiText } from './ascii-text.js';
import { RecordReader, RecordWriter, type TextField } from './record.js';
import type { Mapping, MetadataSource, Provenance, Segment, SegmentStatus } from './segment.js';

/** A list that makes its items when they are asked for. */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** From 0 to below `length`. */
  at(index: number): T | undefined;
}

/** What another thread is given of packed segments; the buffers can be handed over for good. */
export interface PackedParts {
  readonly bytes: ArrayBuffer;
  readonly starts: Uint32Array<ArrayBuffer>;
}

/**
 * Segments as bytes, immutable: a fraction of the memory that objects take, nothing for the garbage collector
 * to walk through, and quick to compare, to copy and to hand to another thread.
 */
export class PackedSegments implements List<Segment> {
  readonly #bytes: Buffer<ArrayBuffer>;
  /** Of each record, and where the last one ends. */
  readonly #starts: Uint32Array<ArrayBuffer>;
  readonly #reader: RecordReader;

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

  static from({ bytes, starts }: PackedParts): PackedSegments {
    return new PackedSegments(Buffer.from(bytes), starts);
  }

  toParts(): PackedParts {
    return { bytes: this.#bytes.buffer, starts: this.#starts };
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  /** In memory. */
  get byteLength(): number {
    return this.#bytes.byteLength + this.#starts.byteLength;
  }

  /** A new object each time. */
  at(row: number): Segment | undefined {
    const start = this.#starts[row];
    return start === undefined || row >= this.length ? undefined : this.#reader.read(start);
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
    return this.#reader.hasExtra(this.#start(row));
  }

  /** All texts in one, each with a character or two before it; `null` where they are not all ASCII. */
  asciiTexts(row: number): string | null {
    const start = this.#start(row);
    return this.#reader.isAscii(start) ? this.#bytes.toString('latin1', start + 2, this.#end(row)) : null;
  }

  is(row: number, field: TextField, text: string): boolean {
    return this.#reader.is(this.#start(row), field, text);
  }

  /** Whether two segments are the same in everything. */
  equal(row: number, others: PackedSegments, other: number): boolean {
    const [start, end] = [this.#start(row), this.#end(row)];
    const [otherStart, otherEnd] = [others.#start(other), others.#end(other)];
    if (end - start !== otherEnd - otherStart) return false;
    return this.#bytes.compare(others.#bytes, otherStart, otherEnd, start, end) === 0;
  }

  /** Adds rows from `first` to below `end` to others. */
  copyTo(writer: RecordWriter, starts: Uint32Array, place: number, first: number, end: number): void {
    const from = this.#start(first);
    const shift = writer.length - from;
    for (let row = first; row < end; row++) starts[place + row - first] = this.#start(row) + shift;
    writer.copy(this.#bytes, from, this.#start(end));
  }

  #start(row: number): number {
    const start = this.#starts[row];
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

  add(mapping: Mapping<string | AsciiText>, provenance: Provenance): void {
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
