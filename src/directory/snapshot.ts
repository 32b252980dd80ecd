import type { Listing } from '../audience-manager/index.js';
import type { SegmentIdType } from '../config/index.js';
import { sortByName } from './order.js';
import { preferred, sameSegment, type Segment } from './segment.js';
import { fold } from '../text.js';

/** What an object, its slots in array and index, and the headers of its strings take, measured on V8. */
const BYTES_PER_SEGMENT = 320;

/** All segments of one destination at one moment, immutable, found by each identifier without a promise. */
export class Snapshot {
  /** When it was read, in milliseconds since the epoch. */
  readonly asOf: number;
  /** By name, then ID. */
  readonly segments: readonly Segment[];
  /** Estimated memory. */
  readonly bytes: number;
  readonly #byId = new Map<string, Segment>();
  #bySid: Map<string, Segment> | undefined;
  #byAlias: Map<string, Segment> | undefined;
  #haystacks: string[] | undefined;

  constructor(segments: Iterable<Segment>, asOf: number) {
    this.asOf = asOf;
    this.segments = sortByName(segments);
    let characters = 0;
    for (const segment of this.segments) {
      this.#byId.set(segment.id, segment);
      characters += segment.id.length;
      for (const text of [segment.sid, segment.alias, segment.name, segment.description])
        characters += text?.length ?? 0;
    }
    // Once as text, once folded for search; two bytes a character, as not every script fits into one.
    this.bytes = 1_024 + this.segments.length * BYTES_PER_SEGMENT + characters * 4;
  }

  /** The segment that `id` stands for, read as the given kind of identifier. */
  find(id: string, idType: SegmentIdType): Segment | undefined {
    switch (idType) {
      case 'MAPPING_ID':
        return this.#byId.get(id);
      case 'SID':
        this.#bySid ??= indexBy(this.segments, (segment) => segment.sid);
        return this.#bySid.get(id);
      case 'ALIAS':
        this.#byAlias ??= indexBy(this.segments, (segment) => segment.alias);
        return this.#byAlias.get(id);
    }
  }

  /** The segments in which every (folded) term is found: in name, description or an identifier. */
  search(terms: readonly string[]): readonly Segment[] {
    if (terms.length === 0) return this.segments;
    const haystacks = (this.#haystacks ??= this.segments.map(haystackOf));
    return this.segments.filter((_, index) => terms.every((term) => haystacks[index]?.includes(term)));
  }
}

/**
 * The snapshot that a complete listing makes of the one before: what was known and is no longer listed
 * stays, as DELETED. Where rows of the listing could not be read, one of them may be the missing segment,
 * so it stays as it was.
 */
export function snapshotOf(listing: Listing, previous: Snapshot | undefined, asOf: number): Snapshot {
  const segments = new Map<string, Segment>();
  for (const mapping of listing.mappings) {
    const segment: Segment = { ...mapping, source: 'AUDIENCE_MANAGER', confirmedAt: null };
    const known = previous?.find(mapping.id, 'MAPPING_ID');
    // The old object serves both snapshots while one replaces the other.
    segments.set(mapping.id, known !== undefined && sameSegment(known, segment) ? known : segment);
  }
  for (const known of previous?.segments ?? []) {
    if (segments.has(known.id)) continue;
    const gone: Segment =
      listing.skipped === 0
        ? { ...known, status: 'DELETED', confirmedAt: null }
        : { ...known, confirmedAt: known.confirmedAt ?? previous?.asOf ?? null };
    segments.set(known.id, gone);
  }
  return new Snapshot(segments.values(), asOf);
}

function indexBy(
  segments: readonly Segment[],
  identifier: (segment: Segment) => string | null,
): Map<string, Segment> {
  const index = new Map<string, Segment>();
  for (const segment of segments) {
    const id = identifier(segment);
    if (id === null) continue;
    const other = index.get(id);
    index.set(id, other === undefined ? segment : preferred(other, segment));
  }
  return index;
}

function haystackOf(segment: Segment): string {
  return fold([segment.name, segment.description, segment.alias, segment.id, segment.sid].join('\n'));
}
