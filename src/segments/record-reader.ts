import { hashed, mixed } from './hash.js';
import { withJsonTail } from './record-json-tail.js';
import {
  ASCII,
  CREATED_AT,
  END_DATE,
  EXTRA,
  MANUAL,
  START_DATE,
  STATUS,
  STATUSES,
  TEXTS,
  UNITS_OF_HIGH_PART,
  UPDATED_AT,
  type TextField,
} from './record-format.js';
import type { MetadataSource, Segment, SegmentStatus } from './segment.js';

/** ReadSet records where they stand. */
export class RecordReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** Of the text that was looked for last. */
  #start = 0;
  #end = 0;
  #isWide = false;
  /** Where the next one begins. */
  #next = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(at: number): Segment {
    const flags = this.#view.getUint16(at, true);
    let place = at + 2;
    let startDate: string | null = null;
    let endDate: string | null = null;
    let createdAt: number | null = null;
    let updatedAt: number | null = null;
    if ((flags & START_DATE) !== 0) {
      startDate = this.#dateAt(place);
      place += 4;
    }
    if ((flags & END_DATE) !== 0) {
      endDate = this.#dateAt(place);
      place += 4;
    }
    if ((flags & CREATED_AT) !== 0) {
      createdAt = this.#timeAt(place);
      place += 6;
    }
    if ((flags & UPDATED_AT) !== 0) updatedAt = this.#timeAt(place);
    this.#next = at + headLength(flags);
    const id = this.#nextText() ?? '';
    const sid = this.#nextText();
    const alias = this.#nextText();
    const name = this.#nextText();
    const description = this.#nextText();
    const status = statusOf(flags);
    const source = sourceOf(flags);
    const segment: Segment = {
      id,
      sid,
      alias,
      name,
      description,
      status,
      startDate,
      endDate,
      createdAt,
      updatedAt,
      source,
      confirmedAt: null,
      manual: null,
    };
    return (flags & EXTRA) === 0 ? segment : withJsonTail(segment, this.#nextText() ?? '{}');
  }

  text(at: number, field: TextField): string | null {
    return this.#find(at, field) ? this.#text() : null;
  }

  status(at: number): SegmentStatus {
    return statusOf(this.#view.getUint16(at, true));
  }

  source(at: number): MetadataSource {
    return sourceOf(this.#view.getUint16(at, true));
  }

  /** Whether it may have a manual layer, or a time of its own at which it was confirmed. */
  hasJsonTail(at: number): boolean {
    return (this.#view.getUint16(at, true) & EXTRA) !== 0;
  }

  /** Whether a record that ends at `end` has no character outside of ASCII; then all its bytes are a text. */
  isAscii(at: number): boolean {
    return (this.#view.getUint16(at, true) & (ASCII | EXTRA)) === ASCII;
  }

  /** Whether the text is this one. */
  is(at: number, field: TextField, text: string): boolean {
    if (!this.#find(at, field)) return false;
    const step = this.#isWide ? 2 : 1;
    if (this.#end - this.#start !== text.length * step) return false;
    for (let index = 0, place = this.#start; index < text.length; index++, place += step) {
      const unit = this.#isWide ? this.#view.getUint16(place, true) : this.#view.getUint8(place);
      if (unit !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Whether as many bytes are the same. */
  isEqual(at: number, others: RecordReader, other: number, length: number): boolean {
    const [view, otherView] = [this.#view, others.#view];
    let index = 0;
    // A call to compare takes longer than a loop for as little as this.
    for (; index + 4 <= length; index += 4) {
      if (view.getInt32(at + index) !== otherView.getInt32(other + index)) return false;
    }
    for (; index < length; index++) {
      if (view.getUint8(at + index) !== otherView.getUint8(other + index)) return false;
    }
    return true;
  }

  /** Whether the text is the one that another record has, or neither has one. */
  isSame(at: number, field: TextField, others: RecordReader, other: number): boolean {
    const isThere = this.#find(at, field);
    // The others may be read by this one.
    const [start, length, isWide] = [this.#start, this.#end - this.#start, this.#isWide];
    if (others.#find(other, field) !== isThere) return false;
    // One text is always written in one way.
    if (others.#isWide !== isWide || others.#end - others.#start !== length) return false;
    return this.isEqual(start, others, others.#start, length);
  }

  /** As `hashOf` the text, without making it; -1: there is none. */
  hash(at: number, field: TextField, seed: number): number {
    if (!this.#find(at, field)) return -1;
    const [view, end] = [this.#view, this.#end];
    let hash = seed;
    if (this.#isWide) {
      for (let place = this.#start; place < end; place += 2) hash = hashed(hash, view.getUint16(place, true));
    } else {
      for (let place = this.#start; place < end; place += 1) hash = hashed(hash, view.getUint8(place));
    }
    return mixed(hash);
  }

  /** Writes to `range` where a text begins and ends. @returns whether it is there, and all of the record ASCII */
  findAscii(at: number, field: TextField, range: Uint32Array, place: number): boolean {
    if ((this.#view.getUint16(at, true) & ASCII) === 0 || !this.#find(at, field)) return false;
    range[place] = this.#start;
    range[place + 1] = this.#end;
    return true;
  }

  /** Four bytes, the first one highest; 0 for what is behind the last one. */
  word(place: number): number {
    const last = this.#view.byteLength - 4;
    if (place <= last) return this.#view.getUint32(place);
    return this.#view.getUint32(last) << ((place - last) * 8);
  }

  #find(at: number, field: TextField): boolean {
    this.#next = at + headLength(this.#view.getUint16(at, true));
    let isThere = false;
    for (const each of TEXTS) {
      isThere = this.#move();
      if (each === field) break;
    }
    return isThere;
  }

  #nextText(): string | null {
    return this.#move() ? this.#text() : null;
  }

  #text(): string {
    return this.#bytes.toString(this.#isWide ? 'utf16le' : 'latin1', this.#start, this.#end);
  }

  /** To the next text. @returns whether there is one */
  #move(): boolean {
    let place = this.#next;
    let code = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#view.getUint8(place++);
      code |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    this.#start = place;
    this.#isWide = code > 0 && (code & 1) === 0;
    const units = (code - 1) >>> 1;
    this.#end = code === 0 ? place : place + (this.#isWide ? units * 2 : units);
    this.#next = this.#end;
    return code > 0;
  }

  #dateAt(place: number): string {
    const digits = String(this.#view.getUint32(place, true)).padStart(8, '0');
    return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  }

  #timeAt(place: number): number {
    return this.#view.getUint32(place, true) + this.#view.getUint16(place + 4, true) * UNITS_OF_HIGH_PART;
  }
}

function headLength(flags: number): number {
  let length = 2;
  if ((flags & START_DATE) !== 0) length += 4;
  if ((flags & END_DATE) !== 0) length += 4;
  if ((flags & CREATED_AT) !== 0) length += 6;
  if ((flags & UPDATED_AT) !== 0) length += 6;
  return length;
}

function statusOf(flags: number): SegmentStatus {
  return STATUSES[flags & STATUS] ?? 'UNKNOWN';
}

function sourceOf(flags: number): MetadataSource {
  return (flags & MANUAL) === 0 ? 'AUDIENCE_MANAGER' : 'MANUAL';
}
