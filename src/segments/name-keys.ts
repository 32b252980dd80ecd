import { endianness } from 'node:os';
import type { Steps } from '../base/turns.js';
import { codeUnitRank, fold } from '../base/text.js';
import type { PackedSegments } from './packed-segments.js';

/** First byte of the key of a segment without a name. It is larger than the first byte of any other key. */
const NO_NAME = 0xff;
/** In a key an ASCII character is one byte; any other code unit takes this many bytes, all of them above ASCII. */
const MAX_BYTES_PER_UNIT = 3;
/** Number of key bytes that are compared at once. */
const WORD_BYTES = 4;
/** Positions of the lower and the upper 32 bits of a 64-bit number in memory. */
const [LOW, HIGH] = endianness() === 'LE' ? ([0, 1] as const) : ([1, 0] as const);

/**
 * Sort keys of segments: the bytes of a key compare as the folded names do, and segments without a name come last.
 * For an all-ASCII record, which is by far the most common case, no key is created: the name is read from the record.
 */
export class NameKeys {
  readonly #segments: PackedSegments;
  /** Start and end offset of each key: in the bytes of the segments, or in the key's own bytes. */
  readonly #ranges: Uint32Array;
  /** The keys that had to be created, by index of the record. */
  readonly #created = new Map<number, DataView>();

  constructor(segments: PackedSegments) {
    this.#segments = segments;
    this.#ranges = new Uint32Array(segments.length * 2);
  }

  /** The keys of all segments, in steps. */
  static *making(segments: PackedSegments): Steps<NameKeys> {
    const keys = new NameKeys(segments);
    for (let index = 0; index < segments.length; index++) {
      keys.add(index);
      yield;
    }
    return keys;
  }

  /** Prepares the key of a record. A key has to be added before it is compared. */
  add(index: number): void {
    if (this.#segments.findAscii(index, 'name', this.#ranges, index * 2) || this.#created.has(index)) return;
    const bytes = keyOf(this.#segments.text(index, 'name'));
    this.#ranges[index * 2 + 1] = bytes.byteLength - WORD_BYTES;
    this.#created.set(index, bytes);
  }

  /**
   * Compares two keys as a sort function does. 0 means that the keys, and so the folded names, are equal up to
   * trailing NUL characters.
   */
  compare(index: number, others: NameKeys, otherIndex: number): number {
    for (let depth = 0; ; depth += WORD_BYTES) {
      const difference = this.#word(index, depth) - others.#word(otherIndex, depth);
      if (difference !== 0) return difference;
      if (this.#endsWithin(index, depth + WORD_BYTES) && others.#endsWithin(otherIndex, depth + WORD_BYTES)) {
        return 0;
      }
    }
  }

  /**
   * The indices of all records in key order: a radix sort in steps, one word of the keys at a time.
   *
   * @param breakTies sorts the indices of records with equal keys in place
   */
  *sorting(breakTies: (tied: Uint32Array) => void): Steps<Uint32Array> {
    const indices = new Uint32Array(this.#segments.length);
    for (let index = 0; index < indices.length; index++) indices[index] = index;
    // Each number holds a word of a key above the record's index, because numbers sort many times faster than objects.
    const sortable = new BigUint64Array(indices.length);
    const halves = new Uint32Array(sortable.buffer);
    // A stack of ranges instead of recursion, because names may be long.
    const pending = [0, indices.length, 0];
    while (pending.length > 0) {
      const [depth = 0, end = 0, from = 0] = [pending.pop(), pending.pop(), pending.pop()];
      let allEnd = true;
      let allEqual = true;
      for (let position = from; position < end; position++) {
        yield;
        const index = indices[position] ?? 0;
        halves[position * 2 + LOW] = index;
        halves[position * 2 + HIGH] = this.#word(index, depth);
        allEnd &&= this.#endsWithin(index, depth + WORD_BYTES);
        allEqual &&= halves[position * 2 + HIGH] === halves[from * 2 + HIGH];
      }
      if (!allEqual) sortable.subarray(from, end).sort();
      for (let first = from; first < end;) {
        const word = halves[first * 2 + HIGH];
        let next = first;
        while (next < end && halves[next * 2 + HIGH] === word) {
          indices[next] = halves[next * 2 + LOW] ?? 0;
          next += 1;
        }
        yield;
        if (next - first > 1 && allEnd) breakTies(indices.subarray(first, next));
        else if (next - first > 1) pending.push(first, next, depth + WORD_BYTES);
        first = next;
      }
    }
    return indices;
  }

  /** Four bytes of a key from `depth` on as a big-endian number, padded with zeros after the end of the key. */
  #word(index: number, depth: number): number {
    const rest = (this.#ranges[index * 2 + 1] ?? 0) - (this.#ranges[index * 2] ?? 0) - depth;
    if (rest <= 0) return 0;
    const offset = (this.#ranges[index * 2] ?? 0) + depth;
    const created = this.#created.size === 0 ? undefined : this.#created.get(index);
    const word = created === undefined ? this.#segments.word(offset) : created.getUint32(offset);
    return lowerCase(rest < WORD_BYTES ? word & (-1 << ((WORD_BYTES - rest) * 8)) : word);
  }

  #endsWithin(index: number, depth: number): boolean {
    return (this.#ranges[index * 2] ?? 0) + depth >= (this.#ranges[index * 2 + 1] ?? 0);
  }
}

/** Added to four bytes at once, these set the high bit of each ASCII byte from 'A' on, and of each byte after 'Z'. */
const FROM_A = 0x01010101 * (0x80 - 0x41);
const AFTER_Z = 0x01010101 * (0x80 - 0x5b);

/** Converts four bytes at once to lower case; bytes that are not ASCII stay as they are. */
function lowerCase(word: number): number {
  const low = word & 0x7f7f7f7f;
  const isUpper = ((low + FROM_A) ^ (low + AFTER_Z)) & ~word & 0x80808080;
  // Shifts the high bit of each upper-case byte to 0x20, the difference between upper and lower case.
  return (word | (isUpper >>> 2)) >>> 0;
}

/** The key of a name, followed by a word of zeros so that its last bytes can be read as a word. */
function keyOf(name: string | null): DataView {
  if (name === null) return new DataView(Uint8Array.of(NO_NAME, 0, 0, 0, 0).buffer);
  const folded = fold(name);
  const key = new Uint8Array(folded.length * MAX_BYTES_PER_UNIT + WORD_BYTES);
  let end = 0;
  for (let position = 0; position < folded.length; position++) {
    const unit = folded.charCodeAt(position);
    if (unit < 0x80) {
      key[end++] = unit;
      continue;
    }
    const rank = codeUnitRank(unit);
    key[end++] = 0x80 | (rank >>> 12);
    key[end++] = 0x80 | ((rank >>> 6) & 0x3f);
    key[end++] = 0x80 | (rank & 0x3f);
  }
  return new DataView(key.buffer, 0, end + WORD_BYTES);
}
