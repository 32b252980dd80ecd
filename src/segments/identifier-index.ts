import { hashOf } from './hash.js';
import type { PackedSegments } from './packed-segments.js';
import type { TextField } from './record-format.js';

/** Entries that a table has place for, for each segment: the more, the sooner a free one is found. */
const PLACES_A_SEGMENT = 1.5;

/** What another thread is given of an index. */
export interface IndexParts {
  readonly slots: Uint32Array<ArrayBuffer>;
  readonly seed: number;
}

/** A hash table of segments by one of their identifiers: six bytes a segment. */
export class IdentifierIndex {
  readonly #segments: PackedSegments;
  readonly #field: TextField;
  /** Rows, counted from 1; 0 where nothing is. */
  readonly #slots: Uint32Array<ArrayBuffer>;
  /** Differs from process to process, so that nobody can choose identifiers that all meet in one place. */
  readonly #seed: number;

  private constructor(segments: PackedSegments, field: TextField, { slots, seed }: IndexParts) {
    this.#segments = segments;
    this.#field = field;
    this.#slots = slots;
    this.#seed = seed;
  }

  /** @param preferred which of two rows an identifier means that both have */
  static of(
    segments: PackedSegments,
    field: TextField,
    preferred: (a: number, b: number) => number,
    seed = Math.floor(Math.random() * 2 ** 32),
  ): IdentifierIndex {
    const slots = new Uint32Array(placesFor(segments.length));
    const index = new IdentifierIndex(segments, field, { slots, seed });
    for (let row = 0; row < segments.length; row++) {
      const place = index.#placeLike(segments, row);
      if (place < 0) continue;
      const other = (slots[place] ?? 0) - 1;
      slots[place] = (other < 0 ? row : preferred(other, row)) + 1;
    }
    return index;
  }

  static from(segments: PackedSegments, field: TextField, parts: IndexParts): IdentifierIndex {
    return new IdentifierIndex(segments, field, parts);
  }

  toParts(): IndexParts {
    return { slots: this.#slots, seed: this.#seed };
  }

  /** In memory. */
  static bytesFor(segments: number): number {
    return placesFor(segments) * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** The row with this identifier; -1: there is none. */
  find(id: string): number {
    return (this.#slots[this.#placeOf(id)] ?? 0) - 1;
  }

  /** The row with the identifier that a row of others has; -1: there is none. */
  findLike(others: PackedSegments, other: number): number {
    const place = this.#placeLike(others, other);
    return place < 0 ? -1 : (this.#slots[place] ?? 0) - 1;
  }

  /** How many identifiers there are. */
  count(): number {
    let count = 0;
    for (const slot of this.#slots) if (slot !== 0) count += 1;
    return count;
  }

  /** Where it is, or would be. */
  #placeOf(id: string): number {
    let place = hashOf(id, this.#seed) % this.#slots.length;
    for (;;) {
      const row = (this.#slots[place] ?? 0) - 1;
      // There is always a free place, as there are more of them than segments.
      if (row < 0 || this.#segments.is(row, this.#field, id)) return place;
      place = this.#after(place);
    }
  }

  /** As `#placeOf` the identifier of a row, without making a text of it; -1: it has none. */
  #placeLike(others: PackedSegments, other: number): number {
    const hash = others.hash(other, this.#field, this.#seed);
    if (hash < 0) return -1;
    let place = hash % this.#slots.length;
    for (;;) {
      const row = (this.#slots[place] ?? 0) - 1;
      if (row < 0 || this.#segments.isSame(row, this.#field, others, other)) return place;
      place = this.#after(place);
    }
  }

  #after(place: number): number {
    return place + 1 === this.#slots.length ? 0 : place + 1;
  }
}

function placesFor(segments: number): number {
  return Math.floor(segments * PLACES_A_SEGMENT) + 1;
}
