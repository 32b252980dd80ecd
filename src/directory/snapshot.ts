import type { Listing } from '../audience-manager/index.js';
import type { SegmentIdType } from '../config/index.js';
import { fold } from '../text.js';
import { isStandalone, joined, rebased } from './manual-layer.js';
import { StringPool } from '../string-pool.js';
import { sortByName, withReplaced } from './order.js';
import { preferred, sameSegment, type Segment } from './segment.js';
import { endsTurn, nextTurn } from './turns.js';

/** What an object, its slots in array and index, and the headers of its strings take, measured on V8. */
const BYTES_PER_SEGMENT = 300;

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
    return new Snapshot(new Content(sortByName(segments)), asOf, generation);
  }

  /** The same but for these segments, by their IDs, whether they are new or take the place of others. */
  with(changed: ReadonlyMap<string, Segment>): Snapshot {
    return new Snapshot(new Content(withReplaced(this.segments, changed)), this.asOf, this.generation);
  }

  /** By name, then ID. */
  get segments(): readonly Segment[] {
    return this.#content.segments;
  }

  /** Estimated memory. */
  get bytes(): number {
    return this.#content.bytes;
  }

  /** The same segments, confirmed or stored anew. */
  stamped(asOf: number | null, generation: number): Snapshot {
    return new Snapshot(this.#content, asOf, generation);
  }

  /** The segment that `id` stands for, read as the given kind of identifier. */
  find(id: string, idType: SegmentIdType): Segment | undefined {
    return this.#content.find(id, idType);
  }

  /** The segments in which every (folded) term is found: in name, description or an identifier. */
  search(terms: readonly string[]): readonly Segment[] {
    return this.#content.search(terms);
  }
}

class Content {
  readonly segments: readonly Segment[];
  readonly bytes: number;
  readonly #byId = new Map<string, Segment>();
  #bySid: Map<string, Segment> | undefined;
  #byAlias: Map<string, Segment> | undefined;
  #haystacks: string[] | undefined;

  /** @param segments by name, then ID */
  constructor(segments: readonly Segment[]) {
    this.segments = segments;
    let characters = 0;
    for (const segment of this.segments) {
      this.#byId.set(segment.id, segment);
      characters += segment.id.length;
      for (const text of [segment.sid, segment.alias, segment.name, segment.description])
        characters += text?.length ?? 0;
    }
    // A byte a character in most scripts, two in others; and once more where it is folded for search.
    this.bytes = 1_024 + this.segments.length * BYTES_PER_SEGMENT + characters * 2;
  }

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

  search(terms: readonly string[]): readonly Segment[] {
    if (terms.length === 0) return this.segments;
    const haystacks = (this.#haystacks ??= this.segments.map(haystackOf));
    return this.segments.filter((_, index) => terms.every((term) => haystacks[index]?.includes(term)));
  }
}

/**
 * The snapshot that a complete listing makes of the one before. What was known and is no longer listed stays,
 * as DELETED; where rows of the listing could not be read, one of them may be the missing segment, so it stays
 * as it was. What was entered by hand stays laid over it. Made in turns, between which lookups get theirs.
 */
export async function snapshotOf(
  listing: Listing,
  previous: Snapshot | undefined,
  asOf: number,
): Promise<Snapshot> {
  const segments = new Map<string, Segment>();
  const pool = new StringPool();
  let unchanged = listing.mappings.length === previous?.segments.length;
  for (const [index, mapping] of listing.mappings.entries()) {
    if (endsTurn(index)) await nextTurn();
    const listed: Segment = {
      ...mapping,
      description: pool.share(mapping.description),
      startDate: pool.share(mapping.startDate),
      endDate: pool.share(mapping.endDate),
      source: 'AUDIENCE_MANAGER',
      confirmedAt: null,
      manual: null,
    };
    const known = previous?.find(mapping.id, 'MAPPING_ID');
    const layer = known?.manual ?? null;
    const segment = layer === null ? listed : rebased(listed, layer);
    // The old object serves both snapshots while one replaces the other.
    const same = known !== undefined && sameSegment(known, segment);
    unchanged &&= same;
    segments.set(mapping.id, same ? known : segment);
  }
  if (unchanged && previous !== undefined) return previous.stamped(asOf, previous.generation);
  const unlisted = (previous?.segments ?? []).filter(({ id }) => !segments.has(id));
  const listed = unlisted.some(isStandalone) ? Snapshot.of(segments.values(), asOf) : null;
  for (const known of unlisted) {
    if (!isStandalone(known)) segments.set(known.id, missing(known, listing, previous));
    else if (listed !== null) place(known, listed, segments);
  }
  await nextTurn();
  return Snapshot.of(segments.values(), asOf, previous?.generation ?? 0);
}

/** A segment given by hand goes over the listed one that it means, else stays beside the listed ones. */
function place(known: Segment, listed: Snapshot, segments: Map<string, Segment>): void {
  const { manual } = known;
  const found = known.sid === null ? byAlias(known, listed) : listed.find(known.sid, 'SID');
  // By another identifier it may have got a layer already.
  const meant = found === undefined ? undefined : segments.get(found.id);
  if (meant === undefined || manual === null) segments.set(known.id, known);
  else if (meant.manual === null) segments.set(meant.id, rebased(meant, manual));
  else segments.set(meant.id, rebased({ ...meant, ...meant.manual.base }, joined(meant.manual, manual)));
}

function byAlias({ alias }: Segment, listed: Snapshot): Segment | undefined {
  return alias === null ? undefined : listed.find(alias, 'ALIAS');
}

function missing(known: Segment, listing: Listing, previous: Snapshot | undefined): Segment {
  if (listing.skipped > 0) return { ...known, confirmedAt: known.confirmedAt ?? previous?.asOf ?? null };
  const gone: Segment = { ...known, status: 'DELETED', confirmedAt: null };
  const { manual } = known;
  if (manual === null || manual.base === null) return gone;
  const { name, description } = manual.base;
  return rebased({ ...gone, name, description }, manual);
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
