import { AsciiText } from './ascii-text.js';
import { hashed, mixed } from './hash.js';
import type { ManualLayer, Mapping, MetadataSource, Provenance, Segment, SegmentStatus } from './segment.js';

/**
 * One segment as bytes, the same for the same segment: flags (2 bytes), dates (4 each) and times (6 each) that
 * there are, then the texts in the order of `TEXTS`. A text is its length in a variable number of bytes, and a
 * byte or two for each UTF-16 code unit, so that whatever was sent comes back, halves of surrogate pairs too.
 */
export const TEXTS = ['id', 'sid', 'alias', 'name', 'description'] as const;

/** Which text of a record. */
export type TextField = (typeof TEXTS)[number];

const STATUSES = ['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN'] as const satisfies readonly SegmentStatus[];
const STATUS = 0b11;
const MANUAL = 1 << 2;
/** Behind the texts is JSON with what has no place of its own. */
const EXTRA = 1 << 3;
/** No text has a character outside of ASCII. */
const ASCII = 1 << 4;
const START_DATE = 1 << 5;
const END_DATE = 1 << 6;
const CREATED_AT = 1 << 7;
const UPDATED_AT = 1 << 8;

const DATE = /^\d{4}-\d\d-\d\d$/;
const MOST_TIME = 2 ** 48;
const UNITS_OF_HIGH_PART = 2 ** 32;

/** Of flags, dates and times; and of the length of a text. */
const LONGEST_HEAD = 2 + 2 * 4 + 2 * 6;
const LONGEST_LENGTH = 5;

/** What is seldom there: the manual layer, times and dates of an odd form. */
interface Extra {
  readonly confirmedAt: number | null;
  /** Its fields in a fixed order, so that equal ones are equal bytes. */
  readonly manual: readonly unknown[] | null;
  readonly startDate?: string | null;
  readonly endDate?: string | null;
  readonly createdAt?: number | null;
  readonly updatedAt?: number | null;
}

/** Bytes that grow, with the place up to which they are written. */
export class RecordWriter {
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  /** How many bytes are written. */
  get length(): number {
    return this.#end;
  }

  /** A copy of what is written. */
  toBytes(): Buffer<ArrayBuffer> {
    const bytes = Buffer.from(new ArrayBuffer(this.#end));
    this.#bytes.copy(bytes, 0, 0, this.#end);
    return bytes;
  }

  /** Records as they are written elsewhere. */
  copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    bytes.copy(this.#bytes, this.#end, start, end);
    this.#end += end - start;
  }

  write(mapping: Mapping<string | AsciiText>, provenance: Provenance): void {
    const extra = extraOf(mapping, provenance);
    // Not in a loop: to look up properties by name takes longer than to write what they have.
    const { id, sid, alias, name, description } = mapping;
    const characters =
      id.length + lengthOf(sid) + lengthOf(alias) + lengthOf(name) + lengthOf(description) + lengthOf(extra);
    this.#reserve(LONGEST_HEAD + (TEXTS.length + 1) * LONGEST_LENGTH + 2 * characters);
    const start = this.#end;
    this.#end += 2;
    let flags = STATUSES.indexOf(mapping.status);
    if (provenance.source === 'MANUAL') flags |= MANUAL;
    if (this.#date(mapping.startDate)) flags |= START_DATE;
    if (this.#date(mapping.endDate)) flags |= END_DATE;
    if (this.#time(mapping.createdAt)) flags |= CREATED_AT;
    if (this.#time(mapping.updatedAt)) flags |= UPDATED_AT;
    const bits =
      this.#text(id) | this.#text(sid) | this.#text(alias) | this.#text(name) | this.#text(description);
    if (bits < 0x80) flags |= ASCII;
    if (extra !== null) {
      this.#text(extra);
      flags |= EXTRA;
    }
    this.#view.setUint16(start, flags, true);
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.from(new ArrayBuffer(Math.max(needed, Math.ceil(this.#bytes.length * 1.5), 4_096)));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** @returns whether there was one to write */
  #date(date: string | null): boolean {
    if (date === null || !isPlainDate(date)) return false;
    this.#view.setUint32(this.#end, digitsOf(date), true);
    this.#end += 4;
    return true;
  }

  /** @returns whether there was one to write */
  #time(time: number | null): boolean {
    if (time === null || !isPlainTime(time)) return false;
    this.#view.setUint32(this.#end, time % UNITS_OF_HIGH_PART, true);
    this.#view.setUint16(this.#end + 4, Math.floor(time / UNITS_OF_HIGH_PART), true);
    this.#end += 6;
    return true;
  }

  /** @returns a number that has every bit of every character */
  #text(text: string | AsciiText | null): number {
    if (text === null) {
      this.#length(0);
      return 0;
    }
    const start = this.#end;
    const { length } = text;
    this.#length(1 + length * 2);
    if (text instanceof AsciiText) {
      text.copyTo(this.#view, this.#end);
      this.#end += length;
      return 0;
    }
    const bytes = this.#bytes;
    let end = this.#end;
    let bits = 0;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      bits |= unit;
      bytes[end++] = unit;
    }
    this.#end = end;
    if (bits > 0xff) {
      this.#end = start;
      this.#length(1 + length * 2 + 1);
      this.#end += bytes.write(text, this.#end, 'utf16le');
    }
    return bits;
  }

  /** Seven bits a byte, the lowest first; the eighth says that more follow. */
  #length(code: number): void {
    let rest = code;
    while (rest > 0x7f) {
      this.#bytes[this.#end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }
}

/** Reads records where they stand. */
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
    return (flags & EXTRA) === 0 ? segment : withExtra(segment, this.#nextText() ?? '{}');
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
  hasExtra(at: number): boolean {
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

function isPlainTime(time: number): boolean {
  return Number.isInteger(time) && time >= 0 && time < MOST_TIME && !Object.is(time, -0);
}

function extraOf(mapping: Mapping<unknown>, { confirmedAt, manual }: Provenance): string | null {
  const { startDate, endDate, createdAt, updatedAt } = mapping;
  const isPlain =
    isPlainOrNone(startDate, isPlainDate) &&
    isPlainOrNone(endDate, isPlainDate) &&
    isPlainOrNone(createdAt, isPlainTime) &&
    isPlainOrNone(updatedAt, isPlainTime);
  if (isPlain && confirmedAt === null && manual === null) return null;
  const extra: Extra = {
    confirmedAt,
    manual: manual === null ? null : listOf(manual),
    ...(!isPlainOrNone(startDate, isPlainDate) && { startDate }),
    ...(!isPlainOrNone(endDate, isPlainDate) && { endDate }),
    ...(!isPlainOrNone(createdAt, isPlainTime) && { createdAt }),
    ...(!isPlainOrNone(updatedAt, isPlainTime) && { updatedAt }),
  };
  return JSON.stringify(extra);
}

function lengthOf(text: string | AsciiText | null): number {
  return text === null ? 0 : text.length;
}

function isPlainOrNone<T>(value: T | null, isPlain: (value: T) => boolean): boolean {
  return value === null || isPlain(value);
}

/** 20261231 of 2026-12-31. */
function digitsOf(date: string): number {
  return Number(date.slice(0, 4)) * 10_000 + Number(date.slice(5, 7)) * 100 + Number(date.slice(8));
}

function isPlainDate(date: string): boolean {
  return DATE.test(date);
}

function listOf({ name, description, status, at, by, base }: ManualLayer): readonly unknown[] {
  return [name, description, status, at, by, base && [base.name, base.description, base.status]];
}

function withExtra(segment: Segment, text: string): Segment {
  // Written above, so of this shape.
  const { manual, ...others } = JSON.parse(text) as Extra;
  return { ...segment, ...others, manual: manual === null ? null : layerOf(manual) };
}

function layerOf(list: readonly unknown[]): ManualLayer {
  const [name, description, status, at, by, base] = list as [
    string | null,
    string | null,
    SegmentStatus | null,
    number,
    string,
    [string | null, string | null, SegmentStatus] | null,
  ];
  return {
    name,
    description,
    status,
    at,
    by,
    base: base && { name: base[0], description: base[1], status: base[2] },
  };
}
