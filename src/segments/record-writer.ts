import { jsonTailOf, isPlainDate, isPlainTime } from './record-json-tail.js';
import {
  ASCII,
  CREATED_AT,
  END_DATE,
  HIGH_PART_UNIT,
  JSON_TAIL,
  MANUAL,
  START_DATE,
  STATUSES,
  TEXTS,
  TRAIT,
  UPDATED_AT,
} from './record-format.js';
import type { Mapping, Provenance } from './segment.js';

/** Maximum size of a record before its first text: flags, dates and times. */
const MAX_HEAD_BYTES = 2 + 2 * 4 + 2 * 6;
/** Maximum size of the length code of a text. */
const MAX_LENGTH_BYTES = 5;

/** Writes records (see record-format.ts) into a growing buffer. */
export class RecordWriter {
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  /** Number of bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** A copy of the bytes written so far. */
  toBytes(): Buffer<ArrayBuffer> {
    const bytes = Buffer.from(new ArrayBuffer(this.#end));
    this.#bytes.copy(bytes, 0, 0, this.#end);
    return bytes;
  }

  /** Appends records that are already encoded: the bytes from `start` to `end - 1`. */
  copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    bytes.copy(this.#bytes, this.#end, start, end);
    this.#end += end - start;
  }

  /** Appends a record. */
  write(mapping: Mapping, provenance: Provenance): void {
    const tail = jsonTailOf(mapping, provenance);
    // Not in a loop over the field names: property lookups by name would take longer than the writing itself.
    const { id, sid, alias, name, description, value, url, secureUrl } = mapping;
    const characters =
      id.length +
      lengthOf(sid) +
      lengthOf(alias) +
      lengthOf(name) +
      lengthOf(description) +
      lengthOf(value) +
      lengthOf(url) +
      lengthOf(secureUrl) +
      lengthOf(tail);
    this.#reserve(MAX_HEAD_BYTES + (TEXTS.length + 1) * MAX_LENGTH_BYTES + 2 * characters);
    const start = this.#end;
    this.#end += 2;
    let flags = STATUSES.indexOf(mapping.status);
    if (provenance.source === 'MANUAL') flags |= MANUAL;
    if (mapping.isTrait) flags |= TRAIT;
    if (this.#date(mapping.startDate)) flags |= START_DATE;
    if (this.#date(mapping.endDate)) flags |= END_DATE;
    if (this.#time(mapping.createdAt)) flags |= CREATED_AT;
    if (this.#time(mapping.updatedAt)) flags |= UPDATED_AT;
    const bits =
      this.#text(id) |
      this.#text(sid) |
      this.#text(alias) |
      this.#text(name) |
      this.#text(description) |
      this.#text(value) |
      this.#text(url) |
      this.#text(secureUrl);
    if (bits < 0x80) flags |= ASCII;
    if (tail !== null) {
      this.#text(tail);
      flags |= JSON_TAIL;
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

  /** @returns whether the date was written; otherwise it is missing or belongs into the JSON tail */
  #date(date: string | null): boolean {
    if (date === null || !isPlainDate(date)) return false;
    this.#view.setUint32(this.#end, digitsOf(date), true);
    this.#end += 4;
    return true;
  }

  /** @returns whether the time was written; otherwise it is missing or belongs into the JSON tail */
  #time(time: number | null): boolean {
    if (time === null || !isPlainTime(time)) return false;
    this.#view.setUint32(this.#end, time % HIGH_PART_UNIT, true);
    this.#view.setUint16(this.#end + 4, Math.floor(time / HIGH_PART_UNIT), true);
    this.#end += 6;
    return true;
  }

  /**
   * Appends a text: one byte per code unit if all of them fit, else two.
   *
   * @returns all code units combined with OR: below 0x80 if the text is ASCII
   */
  #text(text: string | null): number {
    if (text === null) {
      this.#length(0);
      return 0;
    }
    const start = this.#end;
    const { length } = text;
    this.#length(1 + length * 2);
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

  /** Appends a length code: seven bits per byte, lowest bits first; the eighth bit says that another byte follows. */
  #length(code: number): void {
    let rest = code;
    while (rest > 0x7f) {
      this.#bytes[this.#end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }
}

function lengthOf(text: string | null): number {
  return text === null ? 0 : text.length;
}

/** The number 20261231 for the date 2026-12-31. */
function digitsOf(date: string): number {
  return Number(date.slice(0, 4)) * 10_000 + Number(date.slice(5, 7)) * 100 + Number(date.slice(8));
}
