import { randomUUID } from 'node:crypto';
import type { Account, AudienceManagerClient } from '../audience-manager/index.js';
import { withTimeout, type Clock } from '../base/clock.js';
import { searchTerms } from '../base/text.js';
import type { DestinationConfig } from '../config/index.js';
import { StorageError, type Storage } from '../storage/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics, SnapshotStats } from '../telemetry/metrics.js';
import { Customer } from './customer.js';
import { Destination, cacheKeyOf, type DestinationServices } from './destination.js';
import {
  mergePages,
  searchSnapshots,
  type Located,
  type LocatedSnapshot,
  type SegmentFilter,
} from './query/search.js';
import { Leases } from './refresh/leases.js';
import { UnknownIds } from './lookup/unknown-ids.js';
import { Scheduler } from './scheduler.js';
import { inlineDiffer, type ListingDiffer } from './snapshot/diff-listing.js';
import { sortByName, type SegmentPosition } from './snapshot/name-order.js';
import type { Page } from './snapshot/paging.js';
import { SnapshotCache } from './snapshot/snapshot-cache.js';
import { SnapshotStore } from './storing/snapshot-store.js';
import { WriteBehind } from './storing/write-behind.js';
import type { Freshness } from './sync/freshness.js';

/** The configuration of a customer. */
export interface CustomerSetup {
  readonly id: string;
  readonly name: string;
  /** The customer's API access; `null` if there is none and all names are manual. */
  readonly account: Account | null;
  readonly destinations: readonly DestinationConfig[];
}

interface DirectoryOptions {
  readonly client: AudienceManagerClient;
  /** Has to be open. The directory does not close it. */
  readonly storage: Storage;
  readonly customers: readonly CustomerSetup[];
  readonly freshness: Freshness;
  /** Default: compares listings in this thread. */
  readonly differ?: ListingDiffer;
  /** Maximum size of all snapshots in memory, in bytes. */
  readonly maxMemoryBytes: number;
  /** Maximum number of scheduled refreshes in flight. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** Returns numbers from 0 to below 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Maximum size of all first listings that wait to be stored; about a million segments. */
const MAX_UNWRITTEN_BYTES = 256 * 1024 * 1024;

/** Maximum time that `stop` spends on storing first listings. Those not stored are listed again after the start. */
const MAX_DRAIN_MS = 5_000;

/** All customers with their destinations and snapshots. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #store: SnapshotStore;
  readonly #writeBehind: WriteBehind;
  readonly #scheduler: Scheduler;
  readonly #services: DestinationServices;
  #customers: ReadonlyMap<string, Customer<Destination>> = new Map();
  #byDestinationId: ReadonlyMap<string, readonly Destination[]> = new Map();
  #started = false;
  #stopping = false;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    const { client, storage, freshness, clock, logger, metrics, random = Math.random } = options;
    this.#store = new SnapshotStore({
      storage,
      clock,
      logger,
      metrics,
      catchUp: () => this.#catchUp(),
    });
    const maxBytes = Math.min(options.maxMemoryBytes, MAX_UNWRITTEN_BYTES);
    this.#writeBehind = new WriteBehind({ maxBytes, clock });
    this.#scheduler = new Scheduler({
      clock,
      concurrency: options.concurrency,
      destinations: () => this.#destinations(),
    });
    this.#services = {
      client,
      cache: new SnapshotCache(options.maxMemoryBytes, logger, metrics),
      store: this.#store,
      writeBehind: this.#writeBehind,
      differ: options.differ ?? inlineDiffer,
      unknownIds: new UnknownIds(clock),
      leases: new Leases({ store: this.#store, clock, owner: randomUUID() }),
      freshness,
      clock,
      random,
      logger,
      metrics,
      onScheduled: () => this.#scheduler.reschedule(),
      onStoredAfterRemoval: (key) => this.#reloadIfConfigured(key),
    };
    this.configure(options.customers);
    metrics.observeSnapshots(() => this.#snapshotStats());
    storage.onChange(async ({ customerId, destinationId }) => {
      await this.#customers.get(customerId)?.destinations.get(destinationId)?.reloadAfterRemoteChange();
    });
  }

  /** Restores the stored states and starts the scheduled refreshes. */
  async start(): Promise<void> {
    await this.#restoreStates();
    this.#started = true;
    this.#scheduler.start();
  }

  /**
   * Stops the scheduled refreshes, stores first listings that wait to be stored for 5 s at most, and aborts all listings
   * in flight. Resolves when nothing uses the storage any more.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#scheduler.stop();
    await withTimeout(this.#options.clock, this.#writeBehind.drain(), MAX_DRAIN_MS, () => undefined);
    this.#writeBehind.stop();
    this.#store.stop();
    const destinations = [...this.#destinations()];
    for (const destination of destinations) destination.remove();
    await Promise.all(destinations.map((destination) => destination.settled()));
  }

  /** Whether the last reads and writes of the storage succeeded. */
  get storageAvailable(): boolean {
    return this.#store.available;
  }

  /** Applies a changed list of customers. Everything known of the destinations that stay is kept. */
  configure(setups: readonly CustomerSetup[]): void {
    const before = new Map<string, Destination>();
    for (const destination of this.#destinations()) before.set(destination.key, destination);
    const customers: Customer<Destination>[] = [];
    const added: Destination[] = [];
    for (const setup of setups) {
      const destinations = new Map<string, Destination>();
      const customer = new Customer(setup.id, setup.name, destinations);
      customers.push(customer);
      for (const settings of setup.destinations) {
        const key = cacheKeyOf(setup.id, settings.id);
        const known = before.get(key);
        before.delete(key);
        known?.configure(customer, settings, setup.account);
        const destination = known ?? new Destination(customer, settings, setup.account, this.#services);
        destinations.set(destination.id, destination);
        if (known === undefined && this.#started) added.push(destination);
      }
    }
    this.#customers = new Map(sortByName(customers).map((customer) => [customer.id, customer]));
    this.#byDestinationId = groupById(this.#destinations());
    for (const removed of before.values()) removed.remove();
    // A destination may have been configured and listed earlier: load its stored state.
    for (const destination of added) this.#reload(destination);
    this.#scheduler.reschedule();
  }

  /** The destinations of all customers that have this ID in Audience Manager. */
  destinationsWithId(destinationId: string): readonly Destination[] {
    return this.#byDestinationId.get(destinationId) ?? [];
  }

  /** By ID, in the order of names. */
  get customers(): ReadonlyMap<string, Customer<Destination>> {
    return this.#customers;
  }

  /**
   * One page of the matching segments of these destinations, sorted by name across all of them. Destinations that were
   * never listed are listed first, and left out if that fails. If the storage does not respond, the destinations'
   * snapshots are searched instead.
   *
   * @param first maximum number of segments
   * @param after position after which the page starts; `null` for the first page
   * @param signal ends the search
   * @throws StorageError BUSY if too many searches wait already
   */
  async search(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    first: number,
    after: SegmentPosition | null,
    signal?: AbortSignal,
  ): Promise<Page<Located>> {
    await this.#listNew(destinations);
    const [saved, unsaved] = [true, false].map((isSaved) =>
      destinations.filter((destination) => destination.isSaved === isSaved),
    ) as [Destination[], Destination[]];
    try {
      const stored = await this.#searchStorage(saved, filter, first, after, signal);
      if (unsaved.length === 0) return stored;
      const pending = await searchSnapshots(await this.#snapshots(unsaved), filter, first, after, signal);
      return mergePages([stored, pending], first);
    } catch (error) {
      // Many searches wait already: searching in memory instead would delay everything else.
      if (!(error instanceof StorageError) || error.code === 'BUSY') throw error;
      return await searchSnapshots(await this.#snapshots(destinations), filter, first, after, signal);
    }
  }

  async #searchStorage(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    first: number,
    after: SegmentPosition | null,
    signal: AbortSignal | undefined,
  ): Promise<Page<Located>> {
    const byKey = new Map(destinations.map((destination) => [destination.key, destination]));
    const keys = destinations.map(({ customerId, id }) => ({ customerId, destinationId: id }));
    const terms = searchTerms(filter.text ?? '');
    const status = filter.status ?? null;
    const { segments, ...page } = await this.#store.use((storage) =>
      storage.search({ terms, destinations: keys, status, first, after }, signal),
    );
    return {
      ...page,
      items: segments.flatMap(({ asOf, ...segment }) => {
        const destination = byKey.get(cacheKeyOf(segment.customerId, segment.destinationId));
        return destination === undefined ? [] : [{ segment, destination, asOf }];
      }),
    };
  }

  /** Waits for the first listing of destinations that were never listed. */
  async #listNew(destinations: readonly Destination[]): Promise<void> {
    await this.#snapshots(destinations.filter(({ isAutomatic, asOf }) => isAutomatic && asOf === null));
  }

  /** The snapshots of these destinations, without those that cannot be had within `coldTimeout`. */
  async #snapshots(destinations: readonly Destination[]): Promise<LocatedSnapshot[]> {
    const { clock, freshness } = this.#options;
    const found = await Promise.all(
      destinations.map(async (destination): Promise<LocatedSnapshot | null> => {
        try {
          const snapshot = await withTimeout(
            clock,
            destination.snapshot(),
            freshness.coldTimeoutMs,
            () => null,
          );
          return snapshot === null ? null : { destination, snapshot };
        } catch {
          // The sync state has the failure. The other destinations are searched nevertheless.
          return null;
        }
      }),
    );
    return found.filter((located) => located !== null);
  }

  async #restoreStates(): Promise<void> {
    try {
      await this.#takeOverStates();
    } catch (error) {
      // Until the storage responds, names come from Audience Manager. Then the states are taken over.
      if (!(error instanceof StorageError)) throw error;
    }
  }

  /**
   * Makes up for an outage of the storage: stores what could not be stored, and loads what other processes have stored.
   *
   * @throws StorageError if the storage fails again
   */
  async #catchUp(): Promise<void> {
    for (const destination of this.#destinations()) await destination.save();
    await this.#takeOverStates();
  }

  /** Loads what is stored of a destination. If the storage does not respond, `#catchUp` does it when it does. */
  #reload(destination: Destination): void {
    destination.reloadAfterRemoteChange().catch(() => undefined);
  }

  #reloadIfConfigured(key: string): void {
    if (this.#stopping) return;
    for (const destination of this.#destinations()) {
      if (destination.key === key) this.#reload(destination);
    }
  }

  async #takeOverStates(): Promise<void> {
    for (const { customerId, destinationId, state } of await this.#store.use((storage) => storage.states())) {
      await this.#customers.get(customerId)?.destinations.get(destinationId)?.catchUp(state);
    }
  }

  *#destinations(): Iterable<Destination> {
    for (const customer of this.#customers.values()) yield* customer.destinations.values();
  }

  *#snapshotStats(): Iterable<SnapshotStats> {
    const now = this.#options.clock.now();
    for (const destination of this.#destinations()) {
      const { asOf } = destination;
      const snapshot = destination.cached();
      yield {
        customer: destination.customerId,
        destination: destination.id,
        ageSeconds: asOf === null ? null : (now - asOf) / 1000,
        segments: snapshot?.segments.length ?? null,
        bytes: snapshot?.bytes ?? null,
      };
    }
  }
}

function groupById(destinations: Iterable<Destination>): ReadonlyMap<string, readonly Destination[]> {
  const groups = new Map<string, Destination[]>();
  for (const destination of destinations) {
    const group = groups.get(destination.id);
    if (group === undefined) groups.set(destination.id, [destination]);
    else group.push(destination);
  }
  return groups;
}
