import {
  IdentifierIndex,
  PackedSegments,
  type IdentifierType,
  type IndexParts,
  type List,
  type PackedParts,
  type SegmentStatus,
} from '../../segments/index.js';
import { fold } from '../../base/text.js';
import { Turns } from '../../base/turns.js';
import type { IdKinds } from './id-kinds.js';
import { distinctMatches, matchesOf, type IdentifierLookup, type Match } from './identify.js';
import { KeyValueIndex } from './key-value-index.js';
import { isManualOnly } from './manual-layer.js';
import { sortPackedByName } from './merge.js';
import { preferred, type Segment } from './segment.js';
import { UrlIndex } from './url-index.js';

/** The data of a snapshot, to hand to another thread. */
export interface SnapshotParts {
  readonly segments: PackedParts;
  readonly byId: IndexParts;
  readonly asOf: number | null;
  readonly generation: number;
}

/** All segments of one destination at one moment. Immutable. Lookups by any identifier are synchronous. */
export class Snapshot {
  /** When Audience Manager was last listed completely, in milliseconds since the epoch; `null` if never. */
  readonly asOf: number | null;
  /** The stored generation that this snapshot equals; 0 if it is not stored. */
  readonly generation: number;
  readonly #content: Content;

  private constructor(content: Content, asOf: number | null, generation: number) {
    this.#content = content;
    this.asOf = asOf;
    this.generation = generation;
  }

  /** @param segments in any order */
  static of(segments: Iterable<Segment>, asOf: number | null, generation = 0): Snapshot {
    const packed = segments instanceof PackedSegments ? segments : PackedSegments.of(segments);
    return Snapshot.ofSorted(sortPackedByName(packed), asOf, generation);
  }

  /** @param segments in the order of `sortByName` */
  static ofSorted(segments: PackedSegments, asOf: number | null, generation: number): Snapshot {
    return new Snapshot(new Content(segments), asOf, generation);
  }

  /** Restores a snapshot from `toParts`. */
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

  /** All segments in the order of `sortByName`. */
  get segments(): PackedSegments {
    return this.#content.segments;
  }

  /** Memory that the snapshot takes, in bytes. */
  get bytes(): number {
    return this.#content.bytes;
  }

  /** A snapshot of the same segments with another time and generation. The two share their memory. */
  stamped(asOf: number | null, generation: number): Snapshot {
    return new Snapshot(this.#content, asOf, generation);
  }

  /** The segment with this ID of the gateway's own (`Mapping.id`); `undefined` if there is none. */
  find(id: string): Segment | undefined {
    const index = this.indexOf(id);
    return index < 0 ? undefined : this.segments.at(index);
  }

  /** The index in `segments` of the segment with this ID of the gateway's own; -1 if there is none. */
  indexOf(id: string): number {
    return this.#content.byId.find(id);
  }

  /**
   * The segments that an ID stands for, each with the kind of identifier that it is.
   *
   * @returns nothing: the ID is unknown; one: that is the segment; several: the ID is ambiguous
   */
  identify(id: string, kinds: IdKinds): Match[] {
    return distinctMatches(this.segments, matchesOf(this.#content, id, kinds));
  }

  /** All records that an ID may stand for, also those of the same segment. */
  matchesOf(id: string, kinds: IdKinds): Match[] {
    return matchesOf(this.#content, id, kinds);
  }

  /** The index in `segments` of the segment with the same mapping ID as a segment of `others`; -1 if there is none. */
  indexOfSame(others: PackedSegments, otherIndex: number): number {
    return this.segments.length === 0 ? -1 : this.#content.byId.findLike(others, otherIndex);
  }

  /**
   * The segments that contain every term in their name, description or identifiers.
   *
   * @param terms folded
   * @param status only segments with one of these statuses. Default: all
   * @param turns splits the work. Default: no signal ends it
   */
  async search(
    terms: readonly string[],
    status: readonly SegmentStatus[] | null = null,
    turns = new Turns(),
  ): Promise<List<Segment>> {
    const { segments } = this.#content;
    if (terms.length === 0 && status === null) return segments;
    const indices: number[] = [];
    for (let index = 0; index < segments.length; index++) {
      if (turns.isOver) await turns.next();
      if (status !== null && !status.includes(segments.status(index))) continue;
      if (matches(segments, index, terms)) indices.push(index);
    }
    return new Selection(segments, indices);
  }
}

/** Estimated memory of the objects of a snapshot besides its buffers. */
const BYTES_OF_OBJECTS = 1_024;

/** The segments of a snapshot with their indices. */
class Content implements IdentifierLookup {
  readonly segments: PackedSegments;
  readonly byId: IdentifierIndex;
  /** Memory, in bytes. */
  readonly bytes: number;
  // Created on first use, because most destinations are looked up by few kinds of identifiers.
  #hasManualOnly: boolean | undefined;
  #bySid: IdentifierIndex | undefined;
  #byAlias: IdentifierIndex | undefined;
  #byValue: IdentifierIndex | undefined;
  #byUrl: UrlIndex | undefined;
  #byKeyValue: { readonly key: string; readonly index: KeyValueIndex } | undefined;

  constructor(segments: PackedSegments, byId?: IndexParts) {
    this.segments = segments;
    this.byId =
      byId === undefined
        ? IdentifierIndex.of(segments, 'id', (_, later) => later)
        : IdentifierIndex.from(segments, 'id', byId);
    // Three indices: by the own ID, and by two other identifiers at most in most destinations.
    this.bytes = BYTES_OF_OBJECTS + segments.byteLength + 3 * IdentifierIndex.bytesFor(segments.length);
  }

  get hasManualOnly(): boolean {
    return (this.#hasManualOnly ??= hasManualOnly(this.segments));
  }

  indicesOf(id: string, idType: IdentifierType, kinds: IdKinds): readonly number[] {
    switch (idType) {
      case 'MAPPING_ID':
        return this.byId.findAll(id);
      case 'SID':
        return (this.#bySid ??= this.#indexBy('sid')).findAll(id);
      case 'ALIAS':
        return (this.#byAlias ??= this.#indexBy('alias')).findAll(id);
      case 'VALUE':
        return (this.#byValue ??= this.#indexBy('value')).findAll(id);
      case 'KEY_VALUE':
        return this.#keyValueIndex(kinds).findAll(id);
      case 'URL':
        return (this.#byUrl ??= new UrlIndex(this.segments)).findAll(id);
    }
  }

  #indexBy(field: 'sid' | 'alias' | 'value'): IdentifierIndex {
    return IdentifierIndex.of(this.segments, field, this.#preferred, true);
  }

  #keyValueIndex({ keySeparator, singleKey }: IdKinds): KeyValueIndex {
    const key = JSON.stringify([keySeparator, singleKey]);
    if (this.#byKeyValue?.key !== key) {
      this.#byKeyValue = { key, index: new KeyValueIndex(this.segments, { keySeparator, singleKey }) };
    }
    return this.#byKeyValue.index;
  }

  readonly #preferred = (index: number, other: number): number => {
    const [a, b] = [this.segments.at(index), this.segments.at(other)];
    return a !== undefined && b !== undefined && preferred(a, b) === b ? other : index;
  };
}

/** The segments at some indices. */
class Selection implements List<Segment> {
  readonly #segments: PackedSegments;
  readonly #indices: readonly number[];

  constructor(segments: PackedSegments, indices: readonly number[]) {
    this.#segments = segments;
    this.#indices = indices;
  }

  get length(): number {
    return this.#indices.length;
  }

  at(position: number): Segment | undefined {
    const index = this.#indices[position];
    return index === undefined ? undefined : this.#segments.at(index);
  }

  *[Symbol.iterator](): Generator<Segment> {
    for (let position = 0; position < this.length; position++) {
      const segment = this.at(position);
      if (segment !== undefined) yield segment;
    }
  }
}

/** Whether Audience Manager has never listed one of the segments. */
function hasManualOnly(segments: PackedSegments): boolean {
  for (let index = 0; index < segments.length; index++) {
    const segment = segments.source(index) === 'MANUAL' ? segments.at(index) : undefined;
    if (segment !== undefined && isManualOnly(segment)) return true;
  }
  return false;
}

function matches(segments: PackedSegments, index: number, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  // Quick rejection without unpacking. A term found here may still span two texts, so it is checked again below.
  const all = segments.asciiTexts(index)?.toLowerCase();
  if (all !== undefined && !terms.every((term) => all.includes(term))) return false;
  const segment = segments.at(index);
  if (segment === undefined) return false;
  const { name, description, alias, id, sid, value } = segment;
  const haystack = fold([name, description, alias, id, sid, value].join('\n'));
  return terms.every((term) => haystack.includes(term));
}
