import type { SegmentIdType } from '../../config/index.js';
import {
  IdentifierIndex,
  PackedSegments,
  type IndexParts,
  type List,
  type PackedParts,
  type SegmentStatus,
} from '../../segments/index.js';
import { fold } from '../../base/text.js';
import { preferred, type Segment } from './segment.js';
import { sorted } from './merge.js';

/** What a snapshot consists of, for another thread. */
export interface SnapshotParts {
  readonly segments: PackedParts;
  readonly byId: IndexParts;
  readonly asOf: number | null;
  readonly generation: number;
}

/** All segments of one destination at one moment, immutable, found by each identifier without a promise. */
export class Snapshot {
  /** When its source was last read completely, in milliseconds since the epoch; `null`: never. */
  readonly asOf: number | null;
  /** The stored generation that it is; 0: not stored. */
  readonly generation: number;
  readonly #content: Content;

  private constructor(content: Content, asOf: number | null, generation: number) {
    this.#content = content;
    this.asOf = asOf;
    this.generation = generation;
  }

  static of(segments: Iterable<Segment>, asOf: number | null, generation = 0): Snapshot {
    const packed = segments instanceof PackedSegments ? segments : PackedSegments.of(segments);
    return Snapshot.ofSorted(sorted(packed), asOf, generation);
  }

  /** @param segments by name, then ID */
  static ofSorted(segments: PackedSegments, asOf: number | null, generation: number): Snapshot {
    return new Snapshot(new Content(segments), asOf, generation);
  }

  static from({ segments, byId, asOf, generation }: SnapshotParts): Snapshot {
    return new Snapshot(new Content(PackedSegments.from(segments), byId), asOf, generation);
  }

  toParts(): SnapshotParts {
    const { segments, byId } = this.#content;
    return {
      segments: segments.toParts(),
      byId: byId.toParts(),
      asOf: this.asOf,
      generation: this.generation,
    };
  }

  /** By name, then ID. */
  get segments(): PackedSegments {
    return this.#content.segments;
  }

  /** Memory. */
  get bytes(): number {
    return this.#content.bytes;
  }

  /** The same segments, confirmed or stored anew. */
  stamped(asOf: number | null, generation: number): Snapshot {
    return new Snapshot(this.#content, asOf, generation);
  }

  /** The segment that `id` stands for, read as the given kind of identifier. */
  find(id: string, idType: SegmentIdType): Segment | undefined {
    const row = this.rowOf(id, idType);
    return row < 0 ? undefined : this.segments.at(row);
  }

  /** Which of `segments` it is; -1: none. */
  rowOf(id: string, idType: SegmentIdType): number {
    return this.#content.index(idType).find(id);
  }

  /** Which of `segments` has the mapping ID that a row of others has; -1: none. */
  rowLike(others: PackedSegments, row: number): number {
    return this.segments.length === 0 ? -1 : this.#content.byId.findLike(others, row);
  }

  /**
   * The segments in which every (folded) term is found: in name, description or an identifier; of any status, or
   * of one of those given.
   */
  search(terms: readonly string[], status: readonly SegmentStatus[] | null = null): List<Segment> {
    const { segments } = this.#content;
    if (terms.length === 0 && status === null) return segments;
    const rows: number[] = [];
    for (let row = 0; row < segments.length; row++) {
      if (status !== null && !status.includes(segments.status(row))) continue;
      if (matches(segments, row, terms)) rows.push(row);
    }
    return new Selection(segments, rows);
  }
}

/** Of the snapshot and its parts themselves. */
const BYTES_OF_OBJECTS = 1_024;

class Content {
  readonly segments: PackedSegments;
  readonly byId: IdentifierIndex;
  readonly bytes: number;
  #bySid: IdentifierIndex | undefined;
  #byAlias: IdentifierIndex | undefined;

  /** @param segments by name, then ID */
  constructor(segments: PackedSegments, byId?: IndexParts) {
    this.segments = segments;
    this.byId =
      byId === undefined
        ? IdentifierIndex.of(segments, 'id', (_, later) => later)
        : IdentifierIndex.from(segments, 'id', byId);
    // Most are looked up by one other identifier at most, whose index is made when it is first asked for.
    this.bytes = BYTES_OF_OBJECTS + segments.byteLength + 2 * IdentifierIndex.bytesFor(segments.length);
  }

  index(idType: SegmentIdType): IdentifierIndex {
    switch (idType) {
      case 'MAPPING_ID':
        return this.byId;
      case 'SID':
        return (this.#bySid ??= IdentifierIndex.of(this.segments, 'sid', this.#preferred));
      case 'ALIAS':
        return (this.#byAlias ??= IdentifierIndex.of(this.segments, 'alias', this.#preferred));
    }
  }

  readonly #preferred = (row: number, other: number): number => {
    const [a, b] = [this.segments.at(row), this.segments.at(other)];
    return a !== undefined && b !== undefined && preferred(a, b) === b ? other : row;
  };
}

/** Some of the segments, in their order. */
class Selection implements List<Segment> {
  readonly #segments: PackedSegments;
  readonly #rows: readonly number[];

  constructor(segments: PackedSegments, rows: readonly number[]) {
    this.#segments = segments;
    this.#rows = rows;
  }

  get length(): number {
    return this.#rows.length;
  }

  at(index: number): Segment | undefined {
    const row = this.#rows[index];
    return row === undefined ? undefined : this.#segments.at(row);
  }

  *[Symbol.iterator](): Generator<Segment> {
    for (let index = 0; index < this.length; index++) {
      const segment = this.at(index);
      if (segment !== undefined) yield segment;
    }
  }
}

function matches(segments: PackedSegments, row: number, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  // What is nowhere in all texts together is in none of them; what is there may still be in two.
  const all = segments.asciiTexts(row)?.toLowerCase();
  if (all !== undefined && !terms.every((term) => all.includes(term))) return false;
  const segment = segments.at(row);
  if (segment === undefined) return false;
  const { name, description, alias, id, sid } = segment;
  const haystack = fold([name, description, alias, id, sid].join('\n'));
  return terms.every((term) => haystack.includes(term));
}
