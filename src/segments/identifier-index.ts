import { atOnce, type Steps } from '../base/turns.js';
import { hashText } from './hash.js';
import type { PackedSegments } from './packed-segments.js';
import type { TextField } from './record-format.js';

/** Slots of the hash table for each segment. More slots mean fewer collisions. */
const SLOTS_PER_SEGMENT = 1.5;

const NONE: readonly number[] = [];

/** The data of an index, to hand to another thread. */
export interface IndexParts {
  readonly slots: Uint32Array<ArrayBuffer>;
  readonly seed: number;
}

/** A hash table that finds segments by one of their identifiers. It takes six bytes for each segment. */
export class IdentifierIndex {
  readonly #segments: PackedSegments;
  readonly #field: TextField;
  /** Record indices plus 1; 0 marks a free slot. */
  readonly #slots: Uint32Array<ArrayBuffer>;
  /** Record indices of the other segments with the identifier in a slot, by that slot; only if they are collected. */
  readonly #others = new Map<number, number[]>();
  /** Random per index, so that nobody can choose identifiers that all collide. */
  readonly #seed: number;

  private constructor(segments: PackedSegments, field: TextField, { slots, seed }: IndexParts) {
    this.#segments = segments;
    this.#field = field;
    this.#slots = slots;
    this.#seed = seed;
  }

  /**
   * Builds the index.
   *
   * @param preferred chooses between the indices of two records with the same identifier
   * @param collectsAll whether `findAll` returns the other records with the same identifier too
   */
  static of(
    segments: PackedSegments,
    field: TextField,
    preferred: (a: number, b: number) => number,
    collectsAll = false,
    seed?: number,
  ): IdentifierIndex {
    return atOnce(IdentifierIndex.building(segments, field, preferred, collectsAll, seed));
  }

  /** Builds the index in steps. */
  static *building(
    segments: PackedSegments,
    field: TextField,
    preferred: (a: number, b: number) => number,
    collectsAll = false,
    seed = Math.floor(Math.random() * 2 ** 32),
  ): Steps<IdentifierIndex> {
    const slots = new Uint32Array(slotCountFor(segments.length));
    const index = new IdentifierIndex(segments, field, { slots, seed });
    for (let record = 0; record < segments.length; record++) {
      yield;
      const slot = index.#slotOfRecord(segments, record);
      if (slot < 0) continue;
      const other = (slots[slot] ?? 0) - 1;
      const chosen = other < 0 ? record : preferred(other, record);
      slots[slot] = chosen + 1;
      if (other >= 0 && collectsAll) index.#collect(slot, chosen === record ? other : record);
    }
    return index;
  }

  /** Restores an index from `toParts`. */
  static from(segments: PackedSegments, field: TextField, parts: IndexParts): IdentifierIndex {
    return new IdentifierIndex(segments, field, parts);
  }

  toParts(): IndexParts {
    return { slots: this.#slots, seed: this.#seed };
  }

  /** Memory that an index of so many segments takes, in bytes. */
  static bytesFor(segmentCount: number): number {
    return slotCountFor(segmentCount) * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** Index of the record with this identifier; -1 if there is none. */
  find(id: string): number {
    return (this.#slots[this.#slotOf(id)] ?? 0) - 1;
  }

  /** Indices of all records with this identifier, the preferred one first. */
  findAll(id: string): readonly number[] {
    const slot = this.#slotOf(id);
    const record = (this.#slots[slot] ?? 0) - 1;
    if (record < 0) return NONE;
    const others = this.#others.get(slot);
    return others === undefined ? [record] : [record, ...others];
  }

  /** Index of the record with the same identifier as record `otherIndex` of `others`; -1 if there is none. */
  findLike(others: PackedSegments, otherIndex: number): number {
    const slot = this.#slotOfRecord(others, otherIndex);
    return slot < 0 ? -1 : (this.#slots[slot] ?? 0) - 1;
  }

  /** Number of distinct identifiers. */
  count(): number {
    let count = 0;
    for (const slot of this.#slots) if (slot !== 0) count += 1;
    return count;
  }

  #collect(slot: number, record: number): void {
    const others = this.#others.get(slot);
    if (others === undefined) this.#others.set(slot, [record]);
    else others.push(record);
  }

  /** The slot that holds this identifier, or the free slot where it would be stored. */
  #slotOf(id: string): number {
    let slot = hashText(id, this.#seed) % this.#slots.length;
    for (;;) {
      const record = (this.#slots[slot] ?? 0) - 1;
      // The loop ends, because there are more slots than segments.
      if (record < 0 || this.#segments.textEquals(record, this.#field, id)) return slot;
      slot = this.#nextSlot(slot);
    }
  }

  /** Like `#slotOf` for a record's identifier, without making a string of it; -1 if it has no identifier. */
  #slotOfRecord(others: PackedSegments, otherIndex: number): number {
    const hash = others.hash(otherIndex, this.#field, this.#seed);
    if (hash < 0) return -1;
    let slot = hash % this.#slots.length;
    for (;;) {
      const record = (this.#slots[slot] ?? 0) - 1;
      if (record < 0 || this.#segments.hasSameText(record, this.#field, others, otherIndex)) return slot;
      slot = this.#nextSlot(slot);
    }
  }

  #nextSlot(slot: number): number {
    return slot + 1 === this.#slots.length ? 0 : slot + 1;
  }
}

function slotCountFor(segmentCount: number): number {
  return Math.floor(segmentCount * SLOTS_PER_SEGMENT) + 1;
}
