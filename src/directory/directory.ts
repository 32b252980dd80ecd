import { randomUUID } from 'node:crypto';
import type { Account, AudienceManagerClient } from '../audience-manager/index.js';
import { withTimeout, type Clock } from '../base/clock.js';
import type { DestinationConfig } from '../config/index.js';
import { StorageError, type Storage } from '../storage/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics, SnapshotStats } from '../telemetry/metrics.js';
import { Customer } from './customer.js';
import { Destination, destinationKey } from './destination.js';
import type { DestinationServices } from './destination-services.js';
import type { Freshness } from './sync/freshness.js';
import { Leases } from './refresh/lease.js';
import { inlineDiffer, type ListingDiffer } from './snapshot/diff-listing.js';
import { sortByName, type SegmentPosition } from './snapshot/name-order.js';
import type { Page } from './snapshot/paging.js';
import { Scheduler } from './scheduler.js';
import {
  joinedPages,
  searchSnapshots,
  type Located,
  type LocatedSnapshot,
  type SegmentFilter,
} from './query/search.js';
import { SnapshotCache } from './snapshot/cache.js';
import { SnapshotStore } from './storing/store.js';
import { searchTerms } from '../base/text.js';
import { WriteBehind } from './storing/write-behind.js';

/** A customer as the directory is to know it. */
export interface CustomerSetup {
  readonly id: string;
  readonly name: string;
  /** `null`: no API access, names come by hand. */
  readonly account: Account | null;
  readonly destinations: readonly DestinationConfig[];
}

export interface DirectoryOptions {
  readonly client: AudienceManagerClient;
  /** Open already; the directory does not close it. */
  readonly storage: Storage;
  readonly customers: readonly CustomerSetup[];
  readonly freshness: Freshness;
  /** Default: one that works in this thread. */
  readonly differ?: ListingDiffer;
  /** Of all snapshots in memory, in bytes. */
  readonly maxMemoryBytes: number;
  /** Scheduled refreshes under way at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** From 0 to below 1, for jitter. */
  readonly random?: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What was read, and waits to be stored, is at most as much as a million segments. */
const MAX_UNWRITTEN_BYTES = 256 * 1024 * 1024;

/** What is not stored when the process ends has to be read again after its start. */
const MAX_DRAIN_MS = 5_000;

/** All customers, their destinations and snapshots: what the gateway knows. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #cache: SnapshotCache;
  readonly #store: SnapshotStore;
  readonly #writeBehind: WriteBehind;
  readonly #refresher: Scheduler;
  readonly #services: DestinationServices;
  #customers: ReadonlyMap<string, Customer> = new Map();
  #started = false;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    const { client, storage, freshness, clock, logger, metrics, random = Math.random } = options;
    this.#cache = new SnapshotCache(options.maxMemoryBytes, logger, metrics);
    this.#store = new SnapshotStore({
      storage,
      clock,
      logger,
      metrics,
      catchUp: async () => {
        for (const destination of this.#destinations()) await destination.save();
      },
    });
    const maxBytes = Math.min(options.maxMemoryBytes, MAX_UNWRITTEN_BYTES);
    this.#writeBehind = new WriteBehind({ maxBytes, clock });
    this.#refresher = new Scheduler({
      clock,
      concurrency: options.concurrency,
      destinations: () => this.#destinations(),
    });
    this.#services = {
      client,
      cache: this.#cache,
      store: this.#store,
      writeBehind: this.#writeBehind,
      differ: options.differ ?? inlineDiffer,
      leases: new Leases({ store: this.#store, clock, owner: randomUUID() }),
      freshness,
      clock,
      random,
      logger,
      metrics,
      onScheduled: () => this.#refresher.reschedule(),
    };
    this.configure(options.customers);
    metrics.observeSnapshots(() => this.#readings());
    storage.onChange(({ customerId, destinationId }) => {
      void this.#customers.get(customerId)?.destinations.get(destinationId)?.changedElsewhere();
    });
  }

  /** Takes over how everything stood before the start, and starts the scheduled refreshes. */
  async start(): Promise<void> {
    await this.#adoptStates();
    this.#started = true;
    this.#refresher.start();
  }

  /**
   * Ends them, and every listing under way, and stores what is not stored yet, as far as that is quickly done;
   * resolves when nothing uses the storage any more.
   */
  async stop(): Promise<void> {
    this.#refresher.stop();
    await withTimeout(this.#options.clock, this.#writeBehind.drain(), MAX_DRAIN_MS, () => undefined);
    this.#writeBehind.stop();
    this.#store.stop();
    const destinations = [...this.#destinations()];
    for (const destination of destinations) destination.remove();
    await Promise.all(destinations.map((destination) => destination.settled()));
  }

  /** Whether the storage answered when it was last asked. */
  get storageAvailable(): boolean {
    return this.#store.available;
  }

  /** Takes over a changed list of customers; what is known of those that stay is kept. */
  configure(setups: readonly CustomerSetup[]): void {
    const before = new Map<string, Destination>();
    for (const destination of this.#destinations()) before.set(destination.key, destination);
    const customers: Customer[] = [];
    const added: Destination[] = [];
    for (const setup of setups) {
      const destinations = new Map<string, Destination>();
      const customer = new Customer(setup.id, setup.name, destinations);
      customers.push(customer);
      for (const settings of setup.destinations) {
        const key = destinationKey(setup.id, settings.id);
        const known = before.get(key);
        before.delete(key);
        known?.configure(customer, settings, setup.account);
        const destination = known ?? new Destination(customer, settings, setup.account, this.#services);
        destinations.set(destination.id, destination);
        if (known === undefined && this.#started) added.push(destination);
      }
    }
    this.#customers = new Map(sortByName(customers).map((customer) => [customer.id, customer]));
    for (const removed of before.values()) removed.remove();
    // It may have been configured, and read, before.
    for (const destination of added) void destination.changedElsewhere();
    this.#refresher.reschedule();
  }

  /** By name, then ID. */
  get customers(): ReadonlyMap<string, Customer> {
    return this.#customers;
  }

  /**
   * One page of what matches in these destinations, by name over all of them: everything stored, whether in
   * memory or not, and what is yet to be stored. Destinations that were never read are read first; what cannot be read is left out.
   */
  async search(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    first: number,
    after: SegmentPosition | null,
  ): Promise<Page<Located>> {
    await this.#readNew(destinations);
    const [saved, unsaved] = [true, false].map((isSaved) =>
      destinations.filter((destination) => destination.isSaved === isSaved),
    ) as [Destination[], Destination[]];
    try {
      const stored = await this.#searchStorage(saved, filter, first, after);
      if (unsaved.length === 0) return stored;
      const held = searchSnapshots(await this.#snapshots(unsaved), filter, first, after);
      return joinedPages([stored, held], first);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return searchSnapshots(await this.#snapshots(destinations), filter, first, after);
    }
  }

  async #searchStorage(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    first: number,
    after: SegmentPosition | null,
  ): Promise<Page<Located>> {
    const byKey = new Map(destinations.map((destination) => [destination.key, destination]));
    const keys = destinations.map(({ customerId, id }) => ({ customerId, destinationId: id }));
    const terms = searchTerms(filter.text ?? '');
    const status = filter.status ?? null;
    const { segments, ...page } = await this.#store.use((storage) =>
      storage.search({ terms, destinations: keys, status, first, after }),
    );
    return {
      ...page,
      items: segments.flatMap((segment) => {
        const destination = byKey.get(destinationKey(segment.customerId, segment.destinationId));
        return destination === undefined ? [] : [{ segment, destination, asOf: destination.asOf }];
      }),
    };
  }

  /** Waits for the first reading of destinations that were never read. */
  async #readNew(destinations: readonly Destination[]): Promise<void> {
    await this.#snapshots(destinations.filter(({ isAutomatic, asOf }) => isAutomatic && asOf === null));
  }

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
          // Its sync state says why; the others are found all the same.
          return null;
        }
      }),
    );
    return found.filter((located) => located !== null);
  }

  async #adoptStates(): Promise<void> {
    try {
      for (const { customerId, destinationId, state } of await this.#store.use((storage) =>
        storage.states(),
      )) {
        this.#customers.get(customerId)?.destinations.get(destinationId)?.adopt(state);
      }
    } catch (error) {
      // Noted by the store; names come from Audience Manager meanwhile.
      if (!(error instanceof StorageError)) throw error;
    }
  }

  *#destinations(): Iterable<Destination> {
    for (const customer of this.#customers.values()) yield* customer.destinations.values();
  }

  *#readings(): Iterable<SnapshotStats> {
    const now = this.#options.clock.now();
    for (const destination of this.#destinations()) {
      const { asOf } = destination;
      const snapshot = destination.held();
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
