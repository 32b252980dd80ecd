import { withTimeout, type Clock } from '../../base/clock.js';
import { Turns, atOnce, inTurns, type Steps } from '../../base/turns.js';
import { parseManualOnlyId } from '../../segments/index.js';
import type { Freshness } from '../sync/freshness.js';
import type { DestinationReader } from '../refresh/destination-reader.js';
import { kindsOfType, type IdKinds } from '../snapshot/id-kinds.js';
import { identifierOf } from '../snapshot/identify.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { DestinationRepository } from '../storing/destination-repository.js';
import type { DestinationKinds } from './destination-kinds.js';
import { resultOf, type Found, type FoundId } from './found.js';
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

/** What each ID stands for, once for an ID that is given several times; `null`: no segment. */
type FoundById = ReadonlyMap<string, Exclude<FoundId, { readonly status: 'UNKNOWN' | 'UNCHECKED' }> | null>;

/** So many IDs are looked up in a few milliseconds; more are looked up in turns. */
const MAX_AT_ONCE = 500;

/** Finds segments of one destination by their IDs, and decides when an unknown ID is worth a refresh. */
export class SegmentFinder {
  readonly #options: SegmentFinderOptions;
  readonly #services: FinderServices;

  constructor(options: SegmentFinderOptions, services: FinderServices) {
    this.#options = options;
    this.#services = services;
  }

  /** See `Destination.find`. */
  find(
    snapshot: Snapshot,
    ids: readonly string[],
    kinds: IdKinds,
    signal?: AbortSignal,
  ): Found | Promise<Found> {
    const found = lookUp(snapshot, ids, kinds, signal);
    return found instanceof Promise
      ? found.then((each) => this.#foundOrRefreshed(snapshot, ids, kinds, each, signal))
      : this.#foundOrRefreshed(snapshot, ids, kinds, found, signal);
  }

  #foundOrRefreshed(
    snapshot: Snapshot,
    ids: readonly string[],
    kinds: IdKinds,
    found: FoundById,
    signal: AbortSignal | undefined,
  ): Found | Promise<Found> {
    const missing = missingIds(found);
    if (missing.length === 0) return this.#found(snapshot, ids, kinds, found);
    const { repository, reader } = this.#options;
    // Another lookup of the same request may have waited for a newer snapshot already.
    const newest = repository.cached;
    if (newest !== undefined && (newest.asOf ?? 0) > (snapshot.asOf ?? 0)) {
      const again = lookUp(newest, ids, kinds, signal);
      return again instanceof Promise
        ? again.then((each) => this.#found(newest, ids, kinds, each))
        : this.#found(newest, ids, kinds, again);
    }
    const { unknownIds } = this.#services;
    const isDue = missing.some((id) => unknownIds.isDue(this.#unknownKey(id, kinds)));
    const refreshed = isDue ? reader.refreshForNewId() : null;
    if (refreshed === null) return this.#found(snapshot, ids, kinds, found);
    return this.#foundAfter(refreshed, snapshot, ids, kinds, found, signal);
  }

  async #foundAfter(
    refreshed: Promise<Snapshot>,
    snapshot: Snapshot,
    ids: readonly string[],
    kinds: IdKinds,
    found: FoundById,
    signal: AbortSignal | undefined,
  ): Promise<Found> {
    const { clock, freshness, unknownIds } = this.#services;
    const newer = await withTimeout(clock, refreshed, freshness.lookupTimeoutMs, () => null).catch(
      () => null,
    );
    if (newer === null) return this.#found(snapshot, ids, kinds, found, 'UNCHECKED');
    const again = await lookUp(newer, ids, kinds, signal);
    for (const id of missingIds(again)) unknownIds.recordMiss(this.#unknownKey(id, kinds));
    return this.#found(newer, ids, kinds, again, 'UNKNOWN');
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

  /** @param missing status of the IDs without a match; default: as the snapshot and the last attempt say */
  #found(
    snapshot: Snapshot,
    ids: readonly string[],
    kinds: IdKinds,
    found: FoundById,
    missing: 'UNKNOWN' | 'UNCHECKED' = this.#statusOfMissing(snapshot),
  ): Found {
    const { reader, counter } = this.#options;
    const results = ids.map((id) => found.get(id) ?? ({ status: missing } as const));
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

/** Looks IDs up. Synchronous if they are few and the snapshot is prepared for their kinds. */
function lookUp(
  snapshot: Snapshot,
  ids: readonly string[],
  kinds: IdKinds,
  signal: AbortSignal | undefined,
): FoundById | Promise<FoundById> {
  if (ids.length <= MAX_AT_ONCE && snapshot.isPreparedFor(kinds)) {
    return atOnce(lookingUp(snapshot, ids, kinds));
  }
  return snapshot.prepareFor(kinds).then(() => inTurns(lookingUp(snapshot, ids, kinds), new Turns(signal)));
}

function* lookingUp(snapshot: Snapshot, ids: readonly string[], kinds: IdKinds): Steps<FoundById> {
  const found = new Map<string, NonNullable<ReturnType<FoundById['get']>> | null>();
  for (const id of ids) {
    if (found.has(id)) continue;
    yield;
    const result = resultOf(snapshot.segments, snapshot.identify(id, kinds), 'UNKNOWN');
    found.set(id, result.status === 'FOUND' || result.status === 'AMBIGUOUS' ? result : null);
  }
  return found;
}

function missingIds(found: FoundById): string[] {
  return [...found].flatMap(([id, result]) => (result === null ? [id] : []));
}
