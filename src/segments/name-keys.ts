import { endianness } from 'node:os';
import { fold, rank } from '../base/text.js';
import type { PackedSegments } from './packed-segments.js';

/** Begins the key of what has no name; more than any other begins with. */
const NAMELESS = 0xff;
/** In a key, a character of ASCII is itself and any other code unit so many bytes, all of them above ASCII. */
const BYTES_A_UNIT = 3;
/** How much of a key is looked at in one go. */
const WORD = 4;
/** Which half of 64 bits is which. */
const [LOW, HIGH] = endianness() === 'LE' ? ([0, 1] as const) : ([1, 0] as const);

/**
 * Folded names of segments as bytes, which sort as the names do; what has no name comes last. Where a segment is
 * all ASCII, as nearly all are, nothing is made of its name: it is read where it stands.
 */
export class NameKeys {
  readonly #segments: PackedSegments;
  /** Where each key begins and ends. */
  readonly #ranges: Uint32Array;
  /** Those that are not in the segments. */
  readonly #others = new Map<number, DataView>();

  constructor(segments: PackedSegments) {
    this.#segments = segments;
    this.#ranges = new Uint32Array(segments.length * 2);
  }

  /** Of all segments. */
  static of(segments: PackedSegments): NameKeys {
    const keys = new NameKeys(segments);
    for (let row = 0; row < segments.length; row++) keys.add(row);
    return keys;
  }

  /** Before it is compared. */
  add(row: number): void {
    if (this.#segments.findAscii(row, 'name', this.#ranges, row * 2) || this.#others.has(row)) return;
    const bytes = keyOf(this.#segments.text(row, 'name'));
    this.#ranges[row * 2 + 1] = bytes.byteLength - WORD;
    this.#others.set(row, bytes);
  }

  /** 0: the keys are the same, and so are the folded names but for characters of NUL at their ends. */
  compare(row: number, others: NameKeys, other: number): number {
    for (let depth = 0; ; depth += WORD) {
      const difference = this.#word(row, depth) - others.#word(other, depth);
      if (difference !== 0) return difference;
      if (this.#isOver(row, depth + WORD) && others.#isOver(other, depth + WORD)) return 0;
    }
  }

  /**
   * All rows in order.
   *
   * @param settle puts rows whose keys are the same in order
   */
  sorted(settle: (alike: Uint32Array) => void): Uint32Array {
    const rows = new Uint32Array(this.#segments.length);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    // A word of a key above each row: numbers sort many times as fast as anything else.
    const sortable = new BigUint64Array(rows.length);
    const halves = new Uint32Array(sortable.buffer);
    // Instead of recursion, as names may be long.
    const left = [0, rows.length, 0];
    while (left.length > 0) {
      const [depth = 0, end = 0, from = 0] = [left.pop(), left.pop(), left.pop()];
      let isOver = true;
      let isSame = true;
      for (let index = from; index < end; index++) {
        const row = rows[index] ?? 0;
        halves[index * 2 + LOW] = row;
        halves[index * 2 + HIGH] = this.#word(row, depth);
        isOver &&= this.#isOver(row, depth + WORD);
        isSame &&= halves[index * 2 + HIGH] === halves[from * 2 + HIGH];
      }
      if (!isSame) sortable.subarray(from, end).sort();
      for (let first = from; first < end;) {
        const word = halves[first * 2 + HIGH];
        let next = first;
        while (next < end && halves[next * 2 + HIGH] === word) {
          rows[next] = halves[next * 2 + LOW] ?? 0;
          next += 1;
        }
        if (next - first > 1 && isOver) settle(rows.subarray(first, next));
        else if (next - first > 1) left.push(first, next, depth + WORD);
        first = next;
      }
    }
    return rows;
  }

  /** The bytes of a key at a place, the first one highest; 0 for what is behind its end. */
  #word(row: number, depth: number): number {
    const rest = (this.#ranges[row * 2 + 1] ?? 0) - (this.#ranges[row * 2] ?? 0) - depth;
    if (rest <= 0) return 0;
    const place = (this.#ranges[row * 2] ?? 0) + depth;
    const other = this.#others.size === 0 ? undefined : this.#others.get(row);
    const word = other === undefined ? this.#segments.word(place) : other.getUint32(place);
    return lowerCase(rest < WORD ? word & (-1 << ((WORD - rest) * 8)) : word);
  }

  #isOver(row: number, depth: number): boolean {
    return (this.#ranges[row * 2] ?? 0) + depth >= (this.#ranges[row * 2 + 1] ?? 0);
  }
}

/** Adds to each of four bytes, where it is ASCII, what lifts those from the first of some letters on to 0x80. */
const FROM_A = 0x01010101 * (0x80 - 0x41);
const BEHIND_Z = 0x01010101 * (0x80 - 0x5b);

/** Four characters of ASCII at once; other bytes stay as they are. */
function lowerCase(word: number): number {
  const low = word & 0x7f7f7f7f;
  const isUpper = ((low + FROM_A) ^ (low + BEHIND_Z)) & ~word & 0x80808080;
  // The eighth bit of a byte that is a capital letter becomes the sixth one, which makes it a small one.
  return (word | (isUpper >>> 2)) >>> 0;
}

/** With a word of nothing behind its end, so that its last bytes can be read as a word. */
function keyOf(name: string | null): DataView {
  if (name === null) return new DataView(Uint8Array.of(NAMELESS, 0, 0, 0, 0).buffer);
  const folded = fold(name);
  const key = new Uint8Array(folded.length * BYTES_A_UNIT + WORD);
  let end = 0;
  for (let index = 0; index < folded.length; index++) {
    const unit = folded.charCodeAt(index);
    if (unit < 0x80) {
      key[end++] = unit;
      continue;
    }
    const place = rank(unit);
    key[end++] = 0x80 | (place >>> 12);
    key[end++] = 0x80 | ((place >>> 6) & 0x3f);
    key[end++] = 0x80 | (place & 0x3f);
  }
  return new DataView(key.buffer, 0, end + WORD);
}
