import { isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { MAX_ID_LENGTH, mayBeId } from '../base/id-rule.js';
import { trimId, unwrapFormula } from '../base/trim-id.js';

/** Maximum length of an ID in bytes, with what is trimmed away. No character takes more than four. */
const MAX_ID_BYTES = 4 * MAX_ID_LENGTH;

/** Multiplier of the FNV-1a hash. */
const PRIME = 16_777_619;

const FIRST_CAPACITY = 1_024;

/**
 * The different segment IDs of a file, as bytes, each with a number from 0 on. A `Map` would need a string for each ID of
 * each line.
 */
export class IdTable {
  /** The value with which a hash begins. Random, so that nobody can make IDs whose hashes are equal. */
  readonly seed = randomInt(1, 2 ** 31 - 1);
  /** Numbers plus 1 by hash; 0: free. */
  #buckets = new Int32Array(2 * FIRST_CAPACITY);
  #hashes = new Int32Array(FIRST_CAPACITY);
  /** Where each ID starts; the next one is its end. */
  #starts = new Int32Array(FIRST_CAPACITY + 1);
  #bytes = Buffer.alloc(16 * FIRST_CAPACITY);
  #size = 0;

  /** Number of different IDs. */
  get size(): number {
    return this.#size;
  }

  /** The next value of a hash. */
  static hash(hash: number, byte: number): number {
    return Math.imul(hash ^ byte, PRIME);
  }

  /**
   * The number of an ID, which is added if it is new.
   *
   * @param hash of all its bytes, begun with `seed`
   * @returns -1 if it cannot be an ID that the gateway looks up: it is too long, has control characters, is not UTF-8, or
   *   has nothing that can be seen
   */
  numberOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#buckets.length - 1;
    // The lower bits of the hash alone would be those of the last bytes.
    for (let bucket = (hash ^ (hash >>> 15)) & mask; ; bucket = (bucket + 1) & mask) {
      const number = (this.#buckets[bucket] ?? 0) - 1;
      if (number === -1) return this.#add(bytes, start, end, hash, bucket);
      if (this.#hashes[number] === hash && this.#isEqual(number, bytes, start, end)) return number;
    }
  }

  /** An ID by its number, without what people do not see around it. */
  text(number: number): string {
    return asId(this.#bytes.subarray(this.#starts[number], this.#starts[number + 1]));
  }

  /** Forgets all IDs. */
  clear(): void {
    this.#buckets.fill(0);
    this.#size = 0;
  }

  #isEqual(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    let own = this.#starts[number] ?? 0;
    if ((this.#starts[number + 1] ?? 0) - own !== end - start) return false;
    for (let index = start; index < end; index++, own++) {
      if (bytes[index] !== this.#bytes[own]) return false;
    }
    return true;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, bucket: number): number {
    if (!isId(bytes.subarray(start, end))) return -1;
    const number = this.#size;
    const from = this.#starts[number] ?? 0;
    const to = from + end - start;
    while (to > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    this.#bytes.set(bytes.subarray(start, end), from);
    this.#starts[number + 1] = to;
    this.#hashes[number] = hash;
    this.#buckets[bucket] = number + 1;
    this.#size += 1;
    if (this.#size === this.#hashes.length) this.#grow();
    return number;
  }

  #grow(): void {
    const capacity = 2 * this.#hashes.length;
    this.#hashes = grown(this.#hashes, capacity);
    this.#starts = grown(this.#starts, capacity + 1);
    this.#buckets = new Int32Array(2 * capacity);
    const mask = this.#buckets.length - 1;
    for (let number = 0; number < this.#size; number++) {
      const hash = this.#hashes[number] ?? 0;
      let bucket = (hash ^ (hash >>> 15)) & mask;
      while (this.#buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
      this.#buckets[bucket] = number + 1;
    }
  }
}

function isId(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_ID_BYTES && isUtf8(bytes) && mayBeId(asId(bytes));
}

/** An ID as everything takes it that takes IDs by hand: trimmed, and out of the formula that keeps it a text. */
function asId(bytes: Uint8Array): string {
  return trimId(unwrapFormula(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()));
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}
