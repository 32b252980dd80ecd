import { Turns, inTurns } from '../../base/turns.js';
import { PackedSegments, type Segment } from '../../segments/index.js';
import { StorageError, type IdentifierRequest } from '../../storage/index.js';
import { cacheKeyOf, type Destination } from '../destination.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import type { Addressed, FindInMemory } from './find-in-memory.js';
import { OutOfTimeError, kindsIn, type FindRequest, type FindTime } from './find-request.js';
import type { IdFindings } from './id-findings.js';
import {
  askedIdsOf,
  haveAddresses,
  idsByKey,
  keyValueParts,
  mayBeAddress,
  storedIdentifiers,
} from './stored-identifiers.js';

/** Maximum number of IDs that are looked for by one statement. */
const IDS_AT_ONCE = 500;

/**
 * Maximum number of segments that one statement returns. If there are more, fewer IDs are looked for at once, and a single
 * one in fewer destinations.
 */
const MAX_SEGMENTS = 2_000;

/** Segments of a destination that may have one of some IDs. */
interface Candidates {
  readonly asOf: number | null;
  /** By the gateway's own ID. */
  readonly segments: Map<string, Segment>;
  /** Those of the IDs that one of the segments may have, as far as it is known. */
  readonly ids: Set<string>;
}

type StoredKeys = ReturnType<typeof storedIdentifiers>;
type CandidatesByDestination = Map<Destination, Candidates>;

/** What all statements of one request share. */
interface Run {
  readonly request: FindRequest;
  readonly time: FindTime;
  readonly findings: IdFindings;
  readonly addressed: ReadonlyMap<string, readonly Addressed[]>;
  readonly turns: Turns;
  /** The destinations that were not looked into for all of the IDs. */
  readonly left: Set<Destination>;
}

/**
 * Finds IDs in destinations that are stored: the storage says by its indexes which segments may have them, and the rules of
 * each destination decide.
 */
export class FindInStorage {
  readonly #store: SnapshotStore;
  readonly #memory: FindInMemory;

  /** @param memory compares addresses */
  constructor(store: SnapshotStore, memory: FindInMemory) {
    this.#store = store;
    this.#memory = memory;
  }

  /**
   * @returns the destinations that were not looked into for all of the IDs
   * @throws StorageError, also if the storage does not answer in time before anything was found
   */
  async collect(request: FindRequest, findings: IdFindings): Promise<Set<Destination>> {
    const { destinations, ids, signal } = request;
    if (destinations.length === 0) return new Set();
    // What is left then is for the snapshots in memory, if the storage does not answer.
    const time = request.time.half();
    const { byId: addressed, left } = await this.#addressed({ ...request, time: time.half() });
    const run = { request, time, findings, addressed, turns: new Turns(signal, undefined, 1), left };
    const parts = keyValueParts(destinations.map((each) => kindsIn(request, each)));
    let count = IDS_AT_ONCE;
    for (let start = 0; start < ids.length;) {
      const keys = storedIdentifiers(ids, start, count, parts);
      if (run.turns.isOver) await run.turns.next();
      try {
        const segments = await this.#collectPart(run, destinations, keys);
        if (segments === null) {
          count = Math.ceil(keys.texts.length / 2);
          continue;
        }
        if (segments < MAX_SEGMENTS / 4) count = Math.min(2 * count, IDS_AT_ONCE);
      } catch (error) {
        if (!(error instanceof OutOfTimeError)) throw error;
        if (start === 0) throw new StorageError('UNAVAILABLE', 'the storage does not answer in time', error);
        return new Set(destinations);
      }
      start += keys.texts.length;
    }
    return left;
  }

  /**
   * Finds the IDs of one part.
   *
   * @returns the number of segments that may have them; `null`: they are too many, and nothing was found
   * @throws StorageError, OutOfTimeError
   */
  async #collectPart(
    run: Run,
    destinations: readonly Destination[],
    keys: StoredKeys,
  ): Promise<number | null> {
    const { found, count, isCut } = await this.#read(run, destinations, keys);
    if (!isCut) {
      await collectFound(run, new Set(destinations), keys.texts, found);
      return count;
    }
    if (keys.texts.length > 1) return null;
    const [only] = destinations;
    if (destinations.length === 1 && only !== undefined) {
      // So many segments of one destination have the ID that it says nothing.
      run.left.add(only);
      return count;
    }
    const middle = destinations.length >>> 1;
    for (const some of [destinations.slice(0, middle), destinations.slice(middle)]) {
      await this.#collectPart(run, some, keys);
    }
    return count;
  }

  /** @throws StorageError, OutOfTimeError */
  async #read(
    { request, time }: Run,
    destinations: readonly Destination[],
    keys: StoredKeys,
  ): Promise<{ found: CandidatesByDestination; count: number; isCut: boolean }> {
    const byKey = new Map(destinations.map((destination) => [destination.key, destination]));
    const searched = destinations.map((each) => ({ ...keyOf(each), types: kindsIn(request, each).types }));
    const asked: IdentifierRequest = { destinations: searched, ...keys, limit: MAX_SEGMENTS };
    const { segments, isCut } = await this.#use({ ...request, time }, (storage, signal) =>
      storage.findByIdentifiers(asked, signal),
    );
    const found: CandidatesByDestination = new Map();
    for (const { asOf, customerId, destinationId, ...segment } of segments) {
      const destination = byKey.get(cacheKeyOf(customerId, destinationId));
      if (destination !== undefined) candidatesIn(found, destination, asOf).segments.set(segment.id, segment);
    }
    return { found, count: segments.length, isCut };
  }

  /** The segments that have one of the IDs as an address. @throws StorageError */
  async #addressed(
    request: FindRequest,
  ): Promise<{ byId: ReadonlyMap<string, readonly Addressed[]>; left: Set<Destination> }> {
    const ids = request.ids.filter(mayBeAddress);
    const possible = request.destinations.filter((each) => haveAddresses(kindsIn(request, each)));
    if (ids.length === 0 || possible.length === 0) return { byId: new Map(), left: new Set() };
    try {
      const keys = await this.#use(request, (storage, signal) =>
        storage.destinationsWithAddresses(possible.map(keyOf), signal),
      );
      const withAddresses = new Set(keys.map((key) => cacheKeyOf(key.customerId, key.destinationId)));
      const destinations = possible.filter(({ key }) => withAddresses.has(key));
      return await this.#memory.addressed({ ...request, ids, destinations });
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) throw error;
      return { byId: new Map(), left: new Set(possible) };
    }
  }

  /** Calls the storage within the time of a request. @throws StorageError, OutOfTimeError, the signal's reason */
  async #use<T>(
    { time, signal }: Pick<FindRequest, 'time' | 'signal'>,
    work: (storage: Parameters<Parameters<SnapshotStore['use']>[0]>[0], signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await time.within((ending) =>
      this.#store.use((storage) =>
        work(storage, signal === undefined ? ending : AbortSignal.any([signal, ending])),
      ),
    );
  }
}

/**
 * Decides which of the segments have the IDs, as a snapshot of each whole destination would: it looks at no others.
 *
 * @param destinations those that were looked into
 */
async function collectFound(
  { request, findings, addressed, turns }: Run,
  destinations: ReadonlySet<Destination>,
  ids: readonly string[],
  found: CandidatesByDestination,
): Promise<void> {
  for (const id of ids) {
    for (const { destination, asOf, segment } of addressed.get(id) ?? []) {
      if (!destinations.has(destination)) continue;
      const candidates = candidatesIn(found, destination, asOf);
      candidates.ids.add(id);
      if (!candidates.segments.has(segment.id)) candidates.segments.set(segment.id, segment);
    }
    if (turns.isOver) await turns.next();
  }
  const asked = new Set(ids);
  const byKey = idsByKey(ids);
  for (const [destination, { asOf, segments, ids: possible }] of found) {
    const kinds = kindsIn(request, destination);
    for (const segment of segments.values()) {
      for (const id of askedIdsOf(segment, asked, byKey, kinds)) possible.add(id);
    }
    const snapshot = await inTurns(Snapshot.building(PackedSegments.of(segments.values()), asOf, 0), turns);
    const place = { destination, asOf, segments: snapshot.segments };
    for (const id of possible) {
      findings.add(id, place, snapshot.identify(id, kinds));
      if (turns.isOver) await turns.next();
    }
  }
}

function candidatesIn(
  found: CandidatesByDestination,
  destination: Destination,
  asOf: number | null,
): Candidates {
  let candidates = found.get(destination);
  if (candidates === undefined) {
    found.set(destination, (candidates = { asOf, segments: new Map(), ids: new Set() }));
  }
  return candidates;
}

function keyOf({ customerId, id }: Destination): { customerId: string; destinationId: string } {
  return { customerId, destinationId: id };
}
