import { withTimeout, type Clock } from '../../base/clock.js';
import { parseManualOnlyId } from '../../segments/index.js';
import type { Freshness } from '../sync/freshness.js';
import type { DestinationReader } from '../refresh/destination-reader.js';
import { kindsOfType, type IdKinds } from '../snapshot/id-kinds.js';
import { identifierOf, type Match } from '../snapshot/identify.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { DestinationRepository } from '../storing/destination-repository.js';
import type { DestinationKinds } from './destination-kinds.js';
import { resultOf, type Found } from './found.js';
import type { LookupCounter } from './lookup-counter.js';
import type { UnknownIds } from './unknown-ids.js';

interface SegmentFinderOptions {
  /** Key of the destination, unique among all. */
  readonly key: string;
  readonly repository: DestinationRepository;
  readonly reader: DestinationReader;
  readonly kinds: DestinationKinds;
  readonly counter: LookupCounter;
}

/** What finders need from the directory. */
export interface FinderServices {
  readonly unknownIds: UnknownIds;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

type MatchesById = ReadonlyMap<string, readonly Match[]>;

/** Finds segments of one destination by their IDs, and decides when an unknown ID is worth a refresh. */
export class SegmentFinder {
  readonly #options: SegmentFinderOptions;
  readonly #services: FinderServices;

  constructor(options: SegmentFinderOptions, services: FinderServices) {
    this.#options = options;
    this.#services = services;
  }

  /** See `Destination.find`. */
  find(snapshot: Snapshot, ids: readonly string[], kinds: IdKinds): Found | Promise<Found> {
    const matches = identifyAll(snapshot, ids, kinds);
    const missing = missingIds(matches);
    if (missing.length === 0) return this.#found(snapshot, ids, matches, kinds);
    const { repository, reader } = this.#options;
    // Another lookup of the same request may have waited for a newer snapshot already.
    const newest = repository.cached;
    if (newest !== undefined && (newest.asOf ?? 0) > (snapshot.asOf ?? 0)) {
      return this.#found(newest, ids, identifyAll(newest, ids, kinds), kinds);
    }
    const { clock, freshness, unknownIds } = this.#services;
    const isDue = missing.some((id) => unknownIds.isDue(this.#unknownKey(id, kinds)));
    const refreshed = isDue ? reader.refreshForNewId() : null;
    if (refreshed === null) return this.#found(snapshot, ids, matches, kinds);
    return withTimeout(clock, refreshed, freshness.lookupTimeoutMs, () => null).then(
      (newer) =>
        newer === null
          ? this.#found(snapshot, ids, matches, kinds, 'UNCHECKED')
          : this.#foundAfterRefresh(newer, ids, kinds),
      () => this.#found(snapshot, ids, matches, kinds, 'UNCHECKED'),
    );
  }

  /** See `Destination.findByKey`. */
  findByKey(snapshot: Snapshot, keys: readonly string[]): (Segment | undefined)[] {
    const kinds = this.#options.kinds.present();
    return keys.map((key) => {
      const known = snapshot.find(key);
      const identifier = known === undefined ? parseManualOnlyId(key) : null;
      if (identifier === null) return known;
      const { id, idType } = identifier;
      const [match, ...others] = snapshot.identify(
        id,
        idType === 'AUTO' ? kinds : kindsOfType(idType, kinds),
      );
      return match === undefined || others.length > 0 ? undefined : snapshot.segments.at(match.index);
    });
  }

  /** See `Destination.displayId`. */
  displayId(segment: Segment): string {
    const kinds = this.#options.kinds.present();
    for (const idType of kinds.types) {
      const identifier = identifierOf(segment, idType, kinds);
      if (identifier !== null) return identifier;
    }
    return parseManualOnlyId(segment.id)?.id ?? segment.id;
  }

  #foundAfterRefresh(snapshot: Snapshot, ids: readonly string[], kinds: IdKinds): Found {
    const matches = identifyAll(snapshot, ids, kinds);
    for (const id of missingIds(matches)) this.#services.unknownIds.recordMiss(this.#unknownKey(id, kinds));
    return this.#found(snapshot, ids, matches, kinds, 'UNKNOWN');
  }

  /** @param missing status of the IDs without a match; default: as the snapshot and the last attempt say */
  #found(
    snapshot: Snapshot,
    ids: readonly string[],
    matches: MatchesById,
    kinds: IdKinds,
    missing: 'UNKNOWN' | 'UNCHECKED' = this.#statusOfMissing(snapshot),
  ): Found {
    const { reader, counter } = this.#options;
    const byId = new Map(
      Array.from(matches, ([id, found]) => [id, resultOf(snapshot.segments, found, missing)] as const),
    );
    const results = ids.map((id) => byId.get(id) ?? ({ status: missing } as const));
    counter.count(results, kinds.isAuto, reader.isStale(snapshot));
    return { snapshot, results };
  }

  #statusOfMissing(snapshot: Snapshot): 'UNKNOWN' | 'UNCHECKED' {
    const { reader, repository } = this.#options;
    if (!reader.isAutomatic) return 'UNKNOWN';
    return reader.isStale(snapshot) || repository.sync.lastError !== null ? 'UNCHECKED' : 'UNKNOWN';
  }

  #unknownKey(id: string, { types }: IdKinds): string {
    return `${types.join()} ${this.#options.key} ${id}`;
  }
}

/** The matches of each ID, once for an ID that is given several times. */
function identifyAll(snapshot: Snapshot, ids: readonly string[], kinds: IdKinds): MatchesById {
  const matches = new Map<string, readonly Match[]>();
  for (const id of ids) if (!matches.has(id)) matches.set(id, snapshot.identify(id, kinds));
  return matches;
}

function missingIds(matches: MatchesById): string[] {
  return [...matches].flatMap(([id, found]) => (found.length === 0 ? [id] : []));
}
