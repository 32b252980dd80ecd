import { setImmediate } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { DestinationDetails } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import {
  findAt,
  type Destination,
  type Directory,
  type Found,
  type IdEvidence,
  type IdKinds,
  type Located,
  type Page,
  type Segment,
  type SegmentFilter,
  type SegmentPosition,
  type Snapshot,
} from '../../directory/index.js';
import type { RevisionPage, RevisionRequest, StoredRevision } from '../../storage/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import { gatewayError } from './errors.js';
import { VisibleCustomers } from './visible-customers.js';

interface SearchOptions {
  /** Maximum number of segments on the page. */
  readonly first: number;
  /** Position after which the page starts; `null` for the first page. */
  readonly after: SegmentPosition | null;
  readonly isNamed: boolean;
}

/** Segments that were found by the gateway's own keys. */
interface FoundByKey {
  /** Time of the destination's last complete listing, in milliseconds since the epoch; `null` before the first one. */
  readonly asOf: number | null;
  /** In the order of the keys; `undefined` for a key without a segment. */
  readonly segments: readonly (Segment | undefined)[];
}

/** A page of segments that were searched for. */
export interface SearchPage extends Page<Located> {
  /** The destinations of which nothing is known, so that nothing of them can be found. */
  readonly unread: readonly Destination[];
}

/**
 * Gives one request access to the customers, destinations and snapshots that its caller may see.
 *
 * Snapshots are loaded through a DataLoader. Fields of the request that need the same destination share one load,
 * and all destinations requested in one tick are loaded concurrently.
 *
 * Everything that is read is recorded in `readSet`, which decides whether the response may be cached.
 */
export class DestinationLoader extends VisibleCustomers {
  readonly #directory: Directory;
  readonly #caller: Caller;
  readonly #metrics: Metrics;
  readonly #deadline: Deadline;
  // These are created on first use: requests on the fast path rarely need them.
  #snapshots: DataLoader<Destination, Snapshot, string> | undefined;
  #inFlight: Map<Destination, Set<Promise<unknown>>> | undefined;

  constructor(directory: Directory, caller: Caller, metrics: Metrics, deadline: Deadline) {
    super(directory, caller);
    this.#directory = directory;
    this.#caller = caller;
    this.#metrics = metrics;
    this.#deadline = deadline;
  }

  /** @throws DirectoryError if no snapshot of the destination can be read; the code is that of the failed read */
  async snapshot(destination: Destination): Promise<Snapshot> {
    const snapshot = await this.#pending(destination, this.#load(destination));
    this.readSet.snapshot(destination, snapshot);
    this.#noteDetails(destination);
    return snapshot;
  }

  /** Name, type and other details of a destination. Synchronous if they are in memory. */
  details(destination: Destination): DestinationDetails | null | Promise<DestinationDetails | null> {
    const details = destination.details.get();
    if (details instanceof Promise) this.readSet.unrepeatable();
    else this.readSet.details(destination, details);
    return details;
  }

  /** How the IDs of a lookup are understood. A promise while the destination's details are read. */
  kinds(destination: Destination, idType?: SegmentIdType | null): IdKinds | Promise<IdKinds> {
    const kinds = destination.kinds(idType);
    if (kinds instanceof Promise) {
      this.readSet.unrepeatable();
      return this.#deadline.within(kinds);
    }
    this.#noteDetails(destination, kinds);
    return kinds;
  }

  /**
   * Looks up these IDs, in the same order.
   *
   * @param at look the segments up as they were at this time; default: now
   * @throws DirectoryError as `snapshot`
   */
  async find(
    destination: Destination,
    ids: readonly string[],
    idType?: SegmentIdType | null,
    at?: Date | null,
  ): Promise<Found> {
    try {
      return await this.#pending(destination, this.#find(destination, ids, idType ?? undefined, at ?? null));
    } catch (error) {
      // The failure may be part of a response without errors, which must not be sent again.
      this.readSet.unrepeatable();
      throw error;
    }
  }

  /**
   * Finds segments by the gateway's own keys, in the same order. A segment that was only known by a manual entry and is
   * part of a mapping now is found by its old key.
   *
   * @param at find the segments as they were at this time, in milliseconds since the epoch; `null`: now
   * @throws DirectoryError as `snapshot`
   */
  async segmentsOf(
    destination: Destination,
    keys: readonly string[],
    at: number | null,
  ): Promise<FoundByKey> {
    return await this.#pending(destination, this.#segmentsOf(destination, keys, at));
  }

  /**
   * Resolves when the loads and lookups in this destination that the request has started are complete, so that its sync
   * state matches the rest of the response.
   */
  async waitForLoads(destination: Destination): Promise<void> {
    this.readSet.unrepeatable();
    // Sibling fields start their loads within a few microtasks. After one macrotask all of them have started.
    await setImmediate();
    const pending = this.#inFlight?.get(destination);
    while (pending !== undefined && pending.size > 0) await Promise.allSettled(pending);
  }

  /** Forgets all loaded snapshots: a mutation has changed something, and the fields that follow have to see it. */
  forgetSnapshots(): void {
    this.#snapshots?.clearAll();
  }

  /** What the IDs of a destination turned out to be. */
  evidence(destination: Destination): IdEvidence {
    this.readSet.unrepeatable();
    return destination.evidence();
  }

  /** Revisions of a destination's history by their numbers; those that do not exist are left out. @throws as `revisions` */
  async revisionsByNumber(
    destination: Destination,
    numbers: readonly number[],
  ): Promise<ReadonlyMap<number, StoredRevision>> {
    this.#requireRead();
    this.readSet.unrepeatable();
    return await this.#deadline.within(destination.revisionsByNumber(numbers));
  }

  /** A page of a destination's history, newest first. @throws DirectoryError, GraphQLError FORBIDDEN */
  async revisions(destination: Destination, request: RevisionRequest): Promise<RevisionPage> {
    this.#requireRead();
    this.readSet.unrepeatable();
    return await this.#deadline.within(destination.revisions(request, this.#deadline.signal));
  }

  /** Fetches a destination's listing now. @throws DirectoryError */
  async refresh(destination: Destination): Promise<void> {
    await this.#deadline.within(destination.refresh('request'));
  }

  /**
   * A page of the segments that match in these destinations, and the destinations of which nothing is known.
   *
   * @param options.isNamed whether the caller named the destination: then the search of one alone fails with its error
   * @throws DirectoryError if the destination that the caller named cannot be read
   */
  async search(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    { first, after, isNamed }: SearchOptions,
  ): Promise<SearchPage> {
    this.readSet.unrepeatable();
    const [only] = destinations;
    if (isNamed && destinations.length === 1 && only !== undefined) await this.snapshot(only);
    const { signal } = this.#deadline;
    const page = await this.#deadline.within(
      this.#directory.search(destinations, filter, first, after, signal),
    );
    return { ...page, unread: destinations.filter(isUnread) };
  }

  /** @throws GraphQLError FORBIDDEN, for example for a caller that may only import */
  #requireRead(): void {
    if (!this.#caller.may('read')) throw gatewayError('FORBIDDEN', 'This needs the permission read.');
  }

  async #find(
    destination: Destination,
    ids: readonly string[],
    idType: SegmentIdType | undefined,
    at: Date | null,
  ): Promise<Found> {
    let snapshot: Snapshot;
    let kinds: IdKinds;
    try {
      const loading = this.#load(destination);
      // Read at the same time as the snapshot.
      const reading = this.kinds(destination, idType);
      kinds = reading instanceof Promise ? (await Promise.all([loading, reading]))[1] : reading;
      snapshot = await loading;
    } catch (error) {
      this.#metrics.lookups.inc({ outcome: 'failed' }, ids.length);
      throw error;
    }
    if (at !== null) {
      this.readSet.unrepeatable();
      return await this.#deadline.within(
        findAt(destination, ids, kinds, at.getTime(), this.#deadline.signal),
      );
    }
    const finding = destination.find(snapshot, ids, kinds);
    const found = finding instanceof Promise ? await this.#deadline.within(finding) : finding;
    const counts = new Map<SegmentIdType, number>();
    for (const result of found.results) {
      if (result.status === 'FOUND') counts.set(result.idType, (counts.get(result.idType) ?? 0) + 1);
      // The next request may find more, so the response must not be cached.
      else this.readSet.unrepeatable();
    }
    this.readSet.lookups(destination, found.snapshot, counts, kinds.isAuto);
    return found;
  }

  async #segmentsOf(
    destination: Destination,
    keys: readonly string[],
    at: number | null,
  ): Promise<FoundByKey> {
    const snapshot = await this.#load(destination);
    const segments =
      at === null
        ? destination.findByKey(snapshot, keys)
        : await this.#deadline.within(destination.segmentsAt(keys, at, this.#deadline.signal));
    if (at !== null || segments.includes(undefined)) this.readSet.unrepeatable();
    else this.readSet.snapshot(destination, snapshot);
    this.#noteDetails(destination);
    return { asOf: snapshot.asOf, segments };
  }

  /** Notes the details of a destination where its kinds of IDs depend on them, which lookups and labels show. */
  #noteDetails(
    destination: Destination,
    { isAuto, types } = destination.presentKinds(destination.settings.segmentIdType),
  ): void {
    if (!destination.isAutomatic || !(isAuto || types.includes('KEY_VALUE'))) return;
    const { known } = destination.details;
    if (known === null) this.readSet.unrepeatable();
    else this.readSet.details(destination, known);
  }

  /** Notes that something is being read of a destination, until it is settled. */
  #pending<T>(destination: Destination, work: Promise<T>): Promise<T> {
    this.#inFlight ??= new Map();
    const pending = this.#inFlight.get(destination) ?? new Set();
    this.#inFlight.set(destination, pending);
    const tracked = work.finally(() => pending.delete(tracked));
    pending.add(tracked);
    return tracked;
  }

  #load(destination: Destination): Promise<Snapshot> {
    this.#requireRead();
    this.#snapshots ??= this.#createDataLoader();
    return this.#snapshots.load(destination);
  }

  #createDataLoader(): DataLoader<Destination, Snapshot, string> {
    return new DataLoader(
      (destinations) =>
        Promise.all(
          destinations.map((destination) =>
            // DataLoader takes an Error in place of a value: one failed destination does not fail the others.
            this.#deadline.within(destination.snapshot()).catch((error: unknown) => error as Error),
          ),
        ),
      { cacheKeyFn: (destination) => destination.key },
    );
  }
}

/** Whether nothing is known of a destination, not even by hand. */
function isUnread(destination: Destination): boolean {
  return destination.isAutomatic && destination.asOf === null && destination.sync().segmentCount === 0;
}
