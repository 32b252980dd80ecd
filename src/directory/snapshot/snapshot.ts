import {
  PackedSegments,
  type IndexParts,
  type List,
  type MetadataSource,
  type PackedParts,
  type SegmentStatus,
} from '../../segments/index.js';
import { fold } from '../../base/text.js';
import { Turns, atOnce, inTurns, type Steps } from '../../base/turns.js';
import { Content } from './content.js';
import type { IdKinds } from './id-kinds.js';
import { distinctMatches, matchesOf, type Match } from './identify.js';
import { sortPackedByName } from './merge.js';
import type { Segment } from './segment.js';

/** The data of a snapshot, to hand to another thread. */
export interface SnapshotParts {
  readonly segments: PackedParts;
  readonly byId: IndexParts;
  readonly asOf: number | null;
  readonly generation: number;
}

/** So many segments are indexed in a few milliseconds, so lookups need not wait for turns. */
const MAX_BUILT_AT_ONCE = 2_000;

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
    return atOnce(Snapshot.building(packed, asOf, generation));
  }

  /** Sorts and indexes in steps. @param segments in any order */
  static *building(segments: PackedSegments, asOf: number | null, generation: number): Steps<Snapshot> {
    return yield* Snapshot.buildingSorted(yield* sortPackedByName(segments), asOf, generation);
  }

  /** Indexes in steps. @param segments in the order of `sortByName` */
  static *buildingSorted(segments: PackedSegments, asOf: number | null, generation: number): Steps<Snapshot> {
    return new Snapshot(yield* Content.building(segments), asOf, generation);
  }

  /** Restores a snapshot from `toParts`. */
  static from({ segments, byId, asOf, generation }: SnapshotParts): Snapshot {
    return new Snapshot(Content.from(PackedSegments.from(segments), byId), asOf, generation);
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

  /**
   * Whether lookups of these kinds are quick. Otherwise the first one builds what it needs, which takes long in a large
   * destination: call `prepareFor` before.
   */
  isPreparedFor(kinds: IdKinds): boolean {
    return this.segments.length <= MAX_BUILT_AT_ONCE || this.#content.isPreparedFor(kinds);
  }

  /** Prepares lookups of these kinds in turns. */
  async prepareFor(kinds: IdKinds): Promise<void> {
    await this.#content.prepareFor(kinds);
  }

  /** Prepares in turns the lookups that the snapshot before was asked for. */
  async prepareLike(before: Snapshot | undefined): Promise<void> {
    if (before === undefined || before.#content === this.#content) return;
    if (this.segments.length <= MAX_BUILT_AT_ONCE) return;
    await inTurns(this.#content.preparingLike(before.#content), new Turns());
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
   * @param only.status only segments with one of these statuses. Default: all
   * @param only.source only segments whose metadata come from there. Default: all
   * @param only.identifier what `exact` segments have as ID, sid, alias or value. Default: there are none
   * @param turns splits the work. Default: no signal ends it
   */
  async search(
    terms: readonly string[],
    {
      status = null,
      source = null,
      identifier = null,
    }: {
      readonly status?: readonly SegmentStatus[] | null | undefined;
      readonly source?: MetadataSource | null | undefined;
      readonly identifier?: string | null | undefined;
    } = {},
    turns = new Turns(),
  ): Promise<SegmentMatches> {
    const { segments } = this.#content;
    const exact: number[] = [];
    const others: number[] = [];
    if (terms.length === 0 && status === null && source === null) {
      return { exact: new Selection(segments, exact), others: segments };
    }
    const statuses = status === null ? null : new Set(status);
    for (let index = 0; index < segments.length; index++) {
      if (turns.isOver) await turns.next();
      if (statuses?.has(segments.status(index)) === false) continue;
      if (source !== null && segments.source(index) !== source) continue;
      if (!matches(segments, index, terms)) continue;
      const isExact = identifier !== null && hasIdentifier(segments.at(index), identifier);
      (isExact ? exact : others).push(index);
    }
    return { exact: new Selection(segments, exact), others: new Selection(segments, others) };
  }
}

/** What a search finds in a snapshot, both lists in the order of `sortByName`. */
export interface SegmentMatches {
  /** Those that have what was searched for as an identifier. */
  readonly exact: List<Segment>;
  readonly others: List<Segment>;
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

function hasIdentifier(segment: Segment | undefined, text: string): boolean {
  return [segment?.id, segment?.sid, segment?.alias, segment?.value].includes(text);
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
