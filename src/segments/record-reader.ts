import { addToHash, finishHash } from './hash.js';
import { withJsonTail } from './record-json-tail.js';
import {
  ASCII,
  CREATED_AT,
  END_DATE,
  HIGH_PART_UNIT,
  JSON_TAIL,
  MANUAL,
  START_DATE,
  STATUSES,
  STATUS_MASK,
  TEXTS,
  TRAIT,
  UPDATED_AT,
  type TextField,
} from './record-format.js';
import type { MetadataSource, Segment, SegmentStatus } from './segment.js';

/** Reads records (see record-format.ts) from the bytes that hold them. `offset` is the byte offset of a record. */
export class RecordReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  // The current text, as found by `#moveToNextText`: its byte range and whether it has two bytes per code unit.
  #start = 0;
  #end = 0;
  #isWide = false;
  /** Offset of the text after the current one. */
  #next = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Unpacks a record into an object. */
  read(offset: number): Segment {
    const flags = this.#view.getUint16(offset, true);
    let position = offset + 2;
    let startDate: string | null = null;
    let endDate: string | null = null;
    let createdAt: number | null = null;
    let updatedAt: number | null = null;
    if ((flags & START_DATE) !== 0) {
      startDate = this.#dateAt(position);
      position += 4;
    }
    if ((flags & END_DATE) !== 0) {
      endDate = this.#dateAt(position);
      position += 4;
    }
    if ((flags & CREATED_AT) !== 0) {
      createdAt = this.#timeAt(position);
      position += 6;
    }
    if ((flags & UPDATED_AT) !== 0) updatedAt = this.#timeAt(position);
    this.#next = offset + headLength(flags);
    const id = this.#nextText() ?? '';
    const sid = this.#nextText();
    const alias = this.#nextText();
    const name = this.#nextText();
    const description = this.#nextText();
    const value = this.#nextText();
    const url = this.#nextText();
    const secureUrl = this.#nextText();
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
      value,
      url,
      secureUrl,
      isTrait: (flags & TRAIT) !== 0,
      source,
      confirmedAt: null,
      manual: null,
    };
    return (flags & JSON_TAIL) === 0 ? segment : withJsonTail(segment, this.#nextText() ?? '{}');
  }

  /** One text of a record; `null` if it is missing. */
  text(offset: number, field: TextField): string | null {
    return this.#find(offset, field) ? this.#text() : null;
  }

  status(offset: number): SegmentStatus {
    return statusOf(this.#view.getUint16(offset, true));
  }

  source(offset: number): MetadataSource {
    return sourceOf(this.#view.getUint16(offset, true));
  }

  /** Whether the record has a JSON tail, and so may have a manual layer or a confirmation time of its own. */
  hasJsonTail(offset: number): boolean {
    return (this.#view.getUint16(offset, true) & JSON_TAIL) !== 0;
  }

  /** Whether the mapping is of a trait. */
  isTrait(offset: number): boolean {
    return (this.#view.getUint16(offset, true) & TRAIT) !== 0;
  }

  /** Whether all texts of a record are ASCII and it has no JSON tail. */
  isAscii(offset: number): boolean {
    return (this.#view.getUint16(offset, true) & (ASCII | JSON_TAIL)) === ASCII;
  }

  /** Whether a text of a record equals `text`. */
  textEquals(offset: number, field: TextField, text: string): boolean {
    if (!this.#find(offset, field)) return false;
    const unitBytes = this.#isWide ? 2 : 1;
    if (this.#end - this.#start !== text.length * unitBytes) return false;
    for (let index = 0, position = this.#start; index < text.length; index++, position += unitBytes) {
      const unit = this.#isWide ? this.#view.getUint16(position, true) : this.#view.getUint8(position);
      if (unit !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Whether `length` bytes from `offset` on are the same as those of another reader from `otherOffset` on. */
  equalBytes(offset: number, others: RecordReader, otherOffset: number, length: number): boolean {
    const [view, otherView] = [this.#view, others.#view];
    let index = 0;
    // For so few bytes a loop is faster than a call of Buffer.compare().
    for (; index + 4 <= length; index += 4) {
      if (view.getInt32(offset + index) !== otherView.getInt32(otherOffset + index)) return false;
    }
    for (; index < length; index++) {
      if (view.getUint8(offset + index) !== otherView.getUint8(otherOffset + index)) return false;
    }
    return true;
  }

  /** Whether a text is the same as in a record of another reader, or missing in both. */
  hasSameText(offset: number, field: TextField, others: RecordReader, otherOffset: number): boolean {
    const isPresent = this.#find(offset, field);
    // Saved before the second search, because `others` may be this same reader.
    const [start, length, isWide] = [this.#start, this.#end - this.#start, this.#isWide];
    if (others.#find(otherOffset, field) !== isPresent) return false;
    // Equal texts always have the same width.
    if (others.#isWide !== isWide || others.#end - others.#start !== length) return false;
    return this.equalBytes(start, others, others.#start, length);
  }

  /** The `hashText` of a text, without making a string of it; -1 if the text is missing. */
  hash(offset: number, field: TextField, seed: number): number {
    if (!this.#find(offset, field)) return -1;
    const [view, end] = [this.#view, this.#end];
    let hash = seed;
    if (this.#isWide) {
      for (let at = this.#start; at < end; at += 2) hash = addToHash(hash, view.getUint16(at, true));
    } else {
      for (let at = this.#start; at < end; at += 1) hash = addToHash(hash, view.getUint8(at));
    }
    return finishHash(hash);
  }

  /**
   * Finds the byte range of a text in an all-ASCII record.
   *
   * @param ranges receives the start of the text at `position` and its end behind that
   * @returns `false`, with `ranges` unchanged, if the text is missing or the record has characters outside of ASCII
   */
  findAscii(offset: number, field: TextField, ranges: Uint32Array, position: number): boolean {
    if ((this.#view.getUint16(offset, true) & ASCII) === 0 || !this.#find(offset, field)) return false;
    ranges[position] = this.#start;
    ranges[position + 1] = this.#end;
    return true;
  }

  /** Four bytes as a big-endian number, padded with zeros after the last byte of all records. */
  word(offset: number): number {
    const last = this.#view.byteLength - 4;
    if (offset <= last) return this.#view.getUint32(offset);
    return this.#view.getUint32(last) << ((offset - last) * 8);
  }

  /** Makes a text of a record the current one. @returns whether the text is present */
  #find(offset: number, field: TextField): boolean {
    this.#next = offset + headLength(this.#view.getUint16(offset, true));
    let isPresent = false;
    for (const each of TEXTS) {
      isPresent = this.#moveToNextText();
      if (each === field) break;
    }
    return isPresent;
  }

  #nextText(): string | null {
    return this.#moveToNextText() ? this.#text() : null;
  }

  #text(): string {
    return this.#bytes.toString(this.#isWide ? 'utf16le' : 'latin1', this.#start, this.#end);
  }

  /** Makes the next text the current one. @returns whether the text is present */
  #moveToNextText(): boolean {
    let position = this.#next;
    // Length code: 0 for a missing text, else 1 + 2 × code units, + 1 if the text is wide.
    let code = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#view.getUint8(position++);
      code |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    this.#start = position;
    this.#isWide = code > 0 && (code & 1) === 0;
    const units = (code - 1) >>> 1;
    this.#end = code === 0 ? position : position + (this.#isWide ? units * 2 : units);
    this.#next = this.#end;
    return code > 0;
  }

  /** A date, stored as the number YYYYMMDD. */
  #dateAt(offset: number): string {
    const digits = String(this.#view.getUint32(offset, true)).padStart(8, '0');
    return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  }

  #timeAt(offset: number): number {
    return this.#view.getUint32(offset, true) + this.#view.getUint16(offset + 4, true) * HIGH_PART_UNIT;
  }
}

/** Number of bytes before the first text: flags, dates and times. */
function headLength(flags: number): number {
  let length = 2;
  if ((flags & START_DATE) !== 0) length += 4;
  if ((flags & END_DATE) !== 0) length += 4;
  if ((flags & CREATED_AT) !== 0) length += 6;
  if ((flags & UPDATED_AT) !== 0) length += 6;
  return length;
}

function statusOf(flags: number): SegmentStatus {
  return STATUSES[flags & STATUS_MASK] ?? 'UNKNOWN';
}

function sourceOf(flags: number): MetadataSource {
  return (flags & MANUAL) === 0 ? 'AUDIENCE_MANAGER' : 'MANUAL';
}
