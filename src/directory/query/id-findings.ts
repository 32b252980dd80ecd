import type { List, Segment } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import type { Candidate } from '../lookup/found.js';
import type { Match } from '../snapshot/identify.js';
import type { Located } from './search.js';

/** A segment that has an ID, as which kind of identifier, and in which destination. */
export interface IdMatch extends Located, Candidate {}

/** What an ID is, in all destinations that were looked into. */
export interface IdFinding {
  /**
   * Number of different segments. The mappings of one customer with the same sid are one segment, in however many
   * destinations they are.
   */
  readonly segmentCount: number;
  /** Number of matches: one for each destination, and in it for each segment. */
  readonly matchCount: number;
  /**
   * The first ones: a match of each segment, then further ones of the same segments; in both, segments that are not deleted
   * come first.
   */
  readonly matches: readonly IdMatch[];
}

/** What no segment was found for. */
export const NOTHING: IdFinding = { segmentCount: 0, matchCount: 0, matches: [] };

/** Where an ID was found. */
interface FoundIn {
  readonly destination: Destination;
  readonly asOf: number | null;
  readonly segments: List<Segment>;
}

/** A match, and the place of its destination in the order of destinations. */
interface PlacedMatch {
  readonly match: IdMatch;
  readonly place: number;
}

/** Collects the matches of one ID. */
class Collector {
  readonly #limit: number;
  readonly #segments = new Set<string>();
  #matches: PlacedMatch[] = [];
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(placed: PlacedMatch): void {
    this.#count += 1;
    this.#segments.add(keyOf(placed.match));
    this.#matches.push(placed);
    // What does not come among the first now does not do so later.
    if (this.#matches.length >= 2 * this.#limit) this.#matches = this.#first();
  }

  get finding(): IdFinding {
    const matches = this.#first().map(({ match }) => match);
    return { segmentCount: this.#segments.size, matchCount: this.#count, matches };
  }

  /** The matches that come first, in their order. */
  #first(): PlacedMatch[] {
    const known = new Set<string>();
    const [firsts, further]: [PlacedMatch[], PlacedMatch[]] = [[], []];
    for (const placed of this.#matches.sort(compareMatches)) {
      const key = keyOf(placed.match);
      (known.has(key) ? further : firsts).push(placed);
      known.add(key);
    }
    return [...firsts, ...further].slice(0, this.#limit);
  }
}

function compareMatches(a: PlacedMatch, b: PlacedMatch): number {
  return Number(isDeleted(a.match)) - Number(isDeleted(b.match)) || a.place - b.place;
}

function isDeleted({ segment }: Pick<IdMatch, 'segment'>): boolean {
  return segment.status === 'DELETED';
}

/** Whether a segment was only known by an entry by hand that was taken away again. */
function isTakenAway({ segment }: Pick<IdMatch, 'segment'>): boolean {
  return segment.status === 'DELETED' && segment.source === 'MANUAL' && segment.manual === null;
}

/** Equal for mappings of the same segment. The sid of a trait is not that of a segment. */
function keyOf({ destination, segment }: IdMatch): string {
  const { customerId } = destination;
  return segment.sid === null
    ? JSON.stringify([destination.key, segment.id])
    : JSON.stringify([customerId, segment.isTrait, segment.sid]);
}

/** Collects what IDs are found to be. */
export class IdFindings {
  readonly #limit: number;
  /** The place of each destination in their order. */
  readonly #places: ReadonlyMap<Destination, number>;
  readonly #found = new Map<string, Collector>();
  /** Entries by hand that were taken away: they do not count if there is anything else, wherever it is. */
  readonly #takenAway = new Map<string, Collector>();

  /**
   * @param limit maximum number of matches that are kept of an ID
   * @param destinations in the order in which their matches come
   */
  constructor(limit: number, destinations: readonly Destination[]) {
    this.#limit = limit;
    this.#places = new Map(destinations.map((destination, index) => [destination, index]));
  }

  add(id: string, { destination, asOf, segments }: FoundIn, matches: readonly Match[]): void {
    const place = this.#places.get(destination) ?? this.#places.size;
    for (const { index, idType } of matches) {
      const segment = segments.at(index);
      if (segment === undefined) continue;
      const match = { segment, idType, destination, asOf };
      const collectors = isTakenAway(match) ? this.#takenAway : this.#found;
      let collector = collectors.get(id);
      if (collector === undefined) collectors.set(id, (collector = new Collector(this.#limit)));
      collector.add({ match, place });
    }
  }

  /** What was found, by ID. */
  finish(): ReadonlyMap<string, IdFinding> {
    return new Map(
      Array.from([...this.#takenAway, ...this.#found], ([id, { finding }]) => [id, finding] as const),
    );
  }
}
