import { randomUUID } from 'node:crypto';
import type { Account, AudienceManagerClient } from '../audience-manager/index.js';
import { withTimeout, type SteadyClock } from '../base/clock.js';
import {
  StorageError,
  type DestinationKey,
  type ImportPage,
  type Storage,
  type StoredImport,
} from '../storage/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { DestinationStats, Metrics } from '../telemetry/metrics.js';
import { Tracing } from '../telemetry/tracing.js';
import { Customer } from './customer.js';
import { Destination, cacheKeyOf, type DestinationServices } from './destination.js';
import { DirectoryError, storageMessage } from './errors.js';
import { Discovery, type DiscoveringSetup } from './discovery/discovery.js';
import { DirectoryFind, type FindLimits, type FoundAnywhere } from './query/directory-find.js';
import { DirectorySearch, type FoundPage, type SearchOptions } from './query/directory-search.js';
import { FirstReadings } from './query/first-readings.js';
import type { SegmentFilter } from './query/search.js';
import { Leases, type SharedDemand } from './refresh/leases.js';
import { ReadBehind } from './refresh/read-behind.js';
import { UnknownIds } from './lookup/unknown-ids.js';
import { Scheduler } from './scheduler.js';
import { inlineDiffer, type ListingDiffer } from './snapshot/diff-listing.js';
import { sortByName, type SegmentPosition } from './snapshot/name-order.js';
import { SnapshotCache } from './snapshot/snapshot-cache.js';
import { SaveTurns } from './storing/save-turns.js';
import { SnapshotStore } from './storing/snapshot-store.js';
import { UnstoredMemory } from './storing/unstored-memory.js';
import { WriteBehind, type Drained } from './storing/write-behind.js';
import type { SharedWriteTurns } from './storing/write-turns.js';
import type { Freshness } from './sync/freshness.js';

/** The configuration of a customer. */
export interface CustomerSetup extends DiscoveringSetup {
  readonly name: string;
  /** The customer's API access; `null` if there is none and all names are manual. */
  readonly account: Account | null;
}

interface DirectoryOptions {
  readonly client: AudienceManagerClient;
  /** Has to be open. The directory does not close it. */
  readonly storage: Storage;
  /** Whether other gateways may write to it. Default: if it is PostgreSQL. */
  readonly isShared?: boolean | undefined;
  /** The turns to write of all processes of this gateway. Default: there are no others. */
  readonly writeTurns?: SharedWriteTurns | undefined;
  /** What the processes of this gateway want of each other. Default: there are no others. */
  readonly demand?: SharedDemand | undefined;
  readonly customers: readonly CustomerSetup[];
  readonly freshness: Freshness;
  /** No listing that nobody waits for begins before, by `elapsed()`. Default: 0. */
  readonly unaskedFromMs?: number | undefined;
  /** Default: compares listings in this thread. */
  readonly differ?: ListingDiffer;
  /** Maximum size of all snapshots in memory, in bytes. */
  readonly maxMemoryBytes: number;
  /** Maximum number of scheduled refreshes in flight at each host. */
  readonly concurrency: number;
  /** The clock of the storage: dates are compared with stored ones. */
  readonly clock: SteadyClock;
  /** Returns numbers from 0 to below 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing;
}

/** How long `stop` stores first listings by default. Those not stored are listed again after the start. */
const MAX_DRAIN_MS = 5_000;

/** Maximum time that aborted listings have to end, in milliseconds. */
const MAX_SETTLING_MS = 1_000;

/** Maximum number of destinations that one log line names. */
const MAX_LOGGED = 20;

/** How tokens are asked for, by type of account. */
const GRANTS = {
  password: ['password', 'refresh_token'],
  'server-to-server': ['client_credentials'],
} as const;

/** All customers with their destinations and snapshots. */
export class Directory {
  /** Which destinations Audience Manager lists, for customers that do not name them. */
  readonly discovery: Discovery;
  /** Makes the spans of what is asked of the directory. */
  readonly tracing: Tracing;
  readonly #options: DirectoryOptions;
  readonly #store: SnapshotStore;
  readonly #writeBehind: WriteBehind;
  readonly #readBehind: ReadBehind;
  readonly #search: DirectorySearch;
  readonly #find: DirectoryFind;
  readonly #scheduler: Scheduler;
  readonly #services: DestinationServices;
  /** Of these it is known whether anything is stored. */
  readonly #loaded = new WeakSet<Destination>();
  #setups: readonly CustomerSetup[] = [];
  #customers: ReadonlyMap<string, Customer<Destination>> = new Map();
  #byDestinationId: ReadonlyMap<string, readonly Destination[]> = new Map();
  #started = false;
  #stopping = false;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.tracing = options.tracing ?? new Tracing(null);
    const {
      client,
      storage,
      freshness,
      clock,
      logger,
      metrics,
      random = Math.random,
      unaskedFromMs = 0,
    } = options;
    this.#store = new SnapshotStore({
      storage,
      isShared: options.isShared,
      writeTurns: options.writeTurns,
      clock,
      logger,
      metrics,
      catchUp: () => this.#catchUp(),
    });
    const unstored = new UnstoredMemory({
      maxBytes: options.maxMemoryBytes,
      onFreed: () => client.roomFreed(),
    });
    this.#writeBehind = new WriteBehind({ memory: unstored, clock });
    this.#readBehind = new ReadBehind(options.concurrency);
    const firstReadings = new FirstReadings({ readBehind: this.#readBehind, freshness, clock });
    this.#search = new DirectorySearch({ store: this.#store, firstReadings });
    this.#find = new DirectoryFind({
      store: this.#store,
      firstReadings,
      readDetailsBehind: (destination) => this.readDetailsBehind(destination),
      clock,
    });
    this.#scheduler = new Scheduler({
      clock,
      concurrency: options.concurrency,
      destinations: () => this.#destinations(),
      unaskedFromMs,
    });
    this.#services = {
      client,
      cache: new SnapshotCache(options.maxMemoryBytes, logger, metrics),
      store: this.#store,
      writeBehind: this.#writeBehind,
      saveTurns: new SaveTurns(),
      unstored,
      differ: options.differ ?? inlineDiffer,
      unknownIds: new UnknownIds(clock),
      leases: new Leases({ store: this.#store, clock, owner: randomUUID(), demand: options.demand }),
      freshness,
      unaskedFromMs,
      clock,
      random,
      logger,
      metrics,
      onScheduled: () => this.#scheduler.reschedule(),
      onStoredAfterRemoval: (key) => this.#reloadIfConfigured(key),
    };
    this.discovery = new Discovery({
      ...this.#services,
      isKept: (customerId, destinationId) => this.#isKnown(customerId, destinationId),
      onChange: () => this.#apply(),
    });
    this.configure(options.customers);
    metrics.observeDestinations(() => this.#destinationStats());
    metrics.observeDiscovered(() => this.discovery.counts());
    metrics.observeBacklog(() => unstored.backlog);
    options.demand?.onWanted(({ customerId, destinationId }, priority) => {
      // Without an ID, it is the list of the customer's destinations.
      if (destinationId === '') this.discovery.raise(customerId, priority);
      else this.#customers.get(customerId)?.destinations.get(destinationId)?.raise(priority);
    });
    storage.onChange(async ({ customerId, destinationId }) => {
      await this.#customers.get(customerId)?.destinations.get(destinationId)?.reloadAfterRemoteChange();
    });
  }

  /** Restores the stored states. Without `start`, nothing is asked of Audience Manager but for lookups. */
  async restore(): Promise<void> {
    await this.#whileStored(() => this.discovery.restore());
    await this.#whileStored(() => this.#takeOverStates());
  }

  /** Restores the stored states, and starts the scheduled refreshes and the discovery of destinations. */
  async start(): Promise<void> {
    await this.restore();
    this.#started = true;
    this.#scheduler.start();
    this.discovery.start();
  }

  /** Starts no more scheduled refreshes, because the gateway is about to stop. Lookups are still answered. */
  stopRefreshes(): void {
    this.#scheduler.stop();
  }

  /**
   * Stops the scheduled refreshes, stores first listings that wait to be stored, and aborts all listings in flight.
   * Resolves when nothing uses the storage any more, at the latest a second after the listings were aborted.
   *
   * @param limitMs how long listings are stored. Default: 5 s
   * @param endCalls called after all listings were aborted: ends the calls that these share, such as for tokens
   * @returns how many were stored, and those that were not, because of the limit or because the storage failed; the log
   *   names them, too
   */
  async stop(
    limitMs = MAX_DRAIN_MS,
    endCalls: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Drained> {
    this.#stopping = true;
    this.#scheduler.stop();
    const discoveryEnded = this.discovery.stop();
    this.#readBehind.stop();
    const { stored } = await this.#writeBehind.drain(limitMs);
    this.#store.stop();
    const destinations = [...this.#destinations()];
    for (const destination of destinations) destination.remove();
    const settled = Promise.all([
      discoveryEnded,
      endCalls(),
      ...destinations.map((destination) => destination.settled()),
    ]);
    await withTimeout(this.#options.clock, settled, MAX_SETTLING_MS, () => undefined);
    const lost = destinations
      .filter(({ isSaved }) => !isSaved)
      .map(({ customerId, id }) => ({ customerId, destinationId: id }));
    this.#reportLost(lost);
    return { stored, lost };
  }

  #reportLost(lost: Drained['lost']): void {
    if (lost.length === 0) return;
    const named = lost
      .slice(0, MAX_LOGGED)
      .map(({ customerId, destinationId }) => `${customerId}/${destinationId}`);
    this.#options.logger.warn(
      { destinations: named, count: lost.length },
      'listings in memory could not be stored before the stop: these destinations are read again after the start',
    );
  }

  /** Whether the last reads and writes of the storage succeeded. */
  get storageAvailable(): boolean {
    return this.#store.available;
  }

  /** Applies a changed list of customers. Everything known of the destinations that stay is kept. */
  configure(setups: readonly CustomerSetup[]): void {
    this.#setups = setups;
    this.discovery.configure(setups);
    this.#apply();
  }

  /** Serves the destinations that are configured and discovered now. Everything known of those that stay is kept. */
  #apply(): void {
    const before = new Map<string, Destination>();
    for (const destination of this.#destinations()) before.set(destination.key, destination);
    const customers: Customer<Destination>[] = [];
    const added: Destination[] = [];
    for (const setup of this.#setups) {
      const destinations = new Map<string, Destination>();
      const customer = new Customer(setup.id, setup.name, destinations);
      customers.push(customer);
      for (const settings of this.discovery.destinationsOf(setup)) {
        const key = cacheKeyOf(setup.id, settings.id);
        const known = before.get(key);
        before.delete(key);
        known?.configure(customer, settings, setup.account);
        const destination = known ?? new Destination(customer, settings, setup.account, this.#services);
        destination.details.list(this.discovery.listed(setup.id, destination.id) ?? null);
        destinations.set(destination.id, destination);
        if (known === undefined && this.#started) added.push(destination);
      }
    }
    this.#customers = new Map(sortByName(customers).map((customer) => [customer.id, customer]));
    this.#byDestinationId = groupById(this.#destinations());
    for (const removed of before.values()) removed.remove();
    this.#options.metrics.follow(
      this.#setups.map(({ id, account, discovery = null }) => ({
        id,
        grants: account === null ? [] : GRANTS[account.type],
        destinations: new Set(this.#customers.get(id)?.destinations.keys()),
        discovers: discovery !== null,
      })),
    );
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
   * One page of the matching segments of these destinations: those first that have the text as an identifier, each sorted by
   * name across all of them. Waits for the first
   * listing of 20 destinations that were never listed; further ones are listed behind the answer, and those that fail are
   * left out. If the storage does not respond, the destinations' snapshots are searched instead.
   *
   * @param first maximum number of segments
   * @param after position after which the page starts; `null` for the first page
   * @throws StorageError BUSY if too many searches wait already
   */
  async search(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    first: number,
    after: SegmentPosition | null,
    options: SearchOptions = {},
  ): Promise<FoundPage> {
    return await this.#search.search(destinations, { ...options, filter, first, after });
  }

  /**
   * What IDs are in these destinations, each under the rules of its destination. It waits for the first listing of 20
   * destinations that were never listed, and for the details of 20. An unknown ID causes no listing. What the time is too
   * short for is left.
   *
   * @throws StorageError BUSY if too many searches wait already
   */
  async find(
    destinations: readonly Destination[],
    ids: readonly string[],
    limits?: FindLimits,
  ): Promise<FoundAnywhere> {
    return await this.#find.find(destinations, ids, limits);
  }

  /**
   * A page of the imports of customers' files into these destinations, newest first.
   *
   * @param after ID of an import; the page starts with the next one. `null`, or an unknown one: the first page
   * @param signal ends the read
   * @throws DirectoryError STORAGE_UNAVAILABLE
   */
  async imports(
    destinations: readonly Destination[],
    first: number,
    after: string | null,
    signal?: AbortSignal,
  ): Promise<ImportPage> {
    const keys = destinations.map(({ customerId, id }) => ({ customerId, destinationId: id }));
    return await this.#read((storage) => storage.imports({ destinations: keys, first, after }, signal));
  }

  /** An import by its ID; `null` if there is none. @throws DirectoryError STORAGE_UNAVAILABLE */
  async importById(id: string, signal?: AbortSignal): Promise<(StoredImport & DestinationKey) | null> {
    return await this.#read((storage) => storage.importById(id, signal));
  }

  async #read<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
    try {
      return await this.#store.use(work);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      throw new DirectoryError('STORAGE_UNAVAILABLE', storageMessage(error), error);
    }
  }

  /** Has the details of a destination read behind the answer that lacks them. */
  readDetailsBehind({ key, host, details }: Destination): void {
    this.#readBehind.add({ key: `details ${key}`, host, read: () => details.update('search') });
  }

  async #whileStored(restore: () => Promise<void>): Promise<void> {
    try {
      await restore();
    } catch (error) {
      // Until the storage responds, names come from Audience Manager. Then `#catchUp` takes over what is stored.
      if (!(error instanceof StorageError)) throw error;
      this.#store.catchUpSoon();
    }
  }

  /**
   * Makes up for an outage of the storage: stores what could not be stored, and loads what other processes have stored.
   *
   * @throws StorageError if the storage fails again
   */
  async #catchUp(): Promise<void> {
    await this.discovery.save();
    await this.discovery.restore();
    for (const destination of this.#destinations()) await destination.save();
    await this.#takeOverStates();
  }

  /** Loads what is stored of a destination. If the storage does not respond, `#catchUp` does it when it does. */
  #reload(destination: Destination): void {
    destination.reloadAfterRemoteChange().then(
      () => this.#loaded.add(destination),
      () => this.#store.catchUpSoon(),
    );
  }

  #reloadIfConfigured(key: string): void {
    if (this.#stopping) return;
    for (const destination of this.#destinations()) {
      if (destination.key === key) this.#reload(destination);
    }
  }

  async #takeOverStates(): Promise<void> {
    const destinations = [...this.#destinations()];
    for (const { customerId, destinationId, state } of await this.#store.use((storage) => storage.states())) {
      await this.#customers.get(customerId)?.destinations.get(destinationId)?.catchUp(state);
    }
    for (const destination of destinations) this.#loaded.add(destination);
  }

  /**
   * Whether there are names of a destination, which are served even if Audience Manager does not list it any more, or
   * whether there may be stored ones.
   */
  #isKnown(customerId: string, destinationId: string): boolean {
    const destination = this.#customers.get(customerId)?.destinations.get(destinationId);
    if (destination === undefined) return false;
    return !this.#loaded.has(destination) || destination.asOf !== null || destination.sync().segmentCount > 0;
  }

  *#destinations(): Iterable<Destination> {
    for (const customer of this.#customers.values()) yield* customer.destinations.values();
  }

  *#destinationStats(): Iterable<DestinationStats> {
    const now = this.#options.clock.now();
    for (const destination of this.#destinations()) {
      const { asOf } = destination;
      const snapshot = destination.cached();
      yield {
        customer: destination.customerId,
        destination: destination.id,
        status: destination.status,
        lastSuccessAt: asOf,
        ageSeconds: asOf === null ? null : Math.max(0, now - asOf) / 1000,
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
