import type { Account, AudienceManagerClient } from '../audience-manager/index.js';
import { withTimeout, type Clock } from '../clock.js';
import type { DestinationConfig } from '../config/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics, SnapshotReading } from '../telemetry/metrics.js';
import { Customer } from './customer.js';
import { Destination, type DestinationServices, type Freshness } from './destination.js';
import { sortByName } from './order.js';
import { Refresher } from './refresher.js';
import type { LocatedSnapshot } from './search.js';
import { SnapshotCache } from './snapshot-cache.js';

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
  readonly customers: readonly CustomerSetup[];
  readonly freshness: Freshness;
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

/** All customers, their destinations and snapshots: what the gateway knows. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #cache: SnapshotCache;
  readonly #refresher: Refresher;
  readonly #services: DestinationServices;
  #customers: ReadonlyMap<string, Customer> = new Map();

  constructor(options: DirectoryOptions) {
    this.#options = options;
    const { client, freshness, clock, logger, metrics, random = Math.random } = options;
    this.#cache = new SnapshotCache(options.maxMemoryBytes, logger, metrics);
    this.#refresher = new Refresher({
      clock,
      concurrency: options.concurrency,
      destinations: () => this.#destinations(),
    });
    this.#services = {
      client,
      cache: this.#cache,
      freshness,
      clock,
      random,
      logger,
      metrics,
      onScheduled: () => this.#refresher.reschedule(),
    };
    this.configure(options.customers);
    metrics.observeSnapshots(() => this.#readings());
  }

  /** Starts the scheduled refreshes. */
  start(): void {
    this.#refresher.start();
  }

  /** Ends them, and every listing under way. */
  stop(): void {
    this.#refresher.stop();
    for (const destination of this.#destinations()) destination.remove();
  }

  /** Takes over a changed list of customers; what is known of those that stay is kept. */
  configure(setups: readonly CustomerSetup[]): void {
    const before = new Map<string, Destination>();
    for (const destination of this.#destinations()) before.set(destination.key, destination);
    const customers = new Map<string, Customer>();
    for (const setup of setups) {
      const destinations = new Map<string, Destination>();
      const customer = new Customer(setup.id, setup.name, destinations);
      customers.set(customer.id, customer);
      for (const settings of setup.destinations) {
        const fresh = (): Destination => new Destination(customer, settings, setup.account, this.#services);
        const known = this.#customers.get(setup.id)?.destinations.get(settings.id);
        known?.configure(customer, settings, setup.account);
        const destination = known ?? fresh();
        before.delete(destination.key);
        destinations.set(destination.id, destination);
      }
    }
    this.#customers = new Map(sortByName(customers.values()).map((customer) => [customer.id, customer]));
    for (const removed of before.values()) removed.remove();
    this.#refresher.reschedule();
  }

  /** By name, then ID. */
  get customers(): ReadonlyMap<string, Customer> {
    return this.#customers;
  }

  /**
   * The snapshots of these destinations, for a search over them: those in memory, and those that are read
   * within `waitMs` because they were not. What cannot be read is left out.
   */
  async snapshots(
    destinations: readonly Destination[],
    waitMs = this.#options.freshness.coldTimeoutMs,
  ): Promise<LocatedSnapshot[]> {
    const found = await Promise.all(
      destinations.map(async (destination): Promise<LocatedSnapshot | null> => {
        try {
          const snapshot = await withTimeout(this.#options.clock, destination.snapshot(), waitMs, () => null);
          return snapshot === null ? null : { destination, snapshot };
        } catch {
          return null;
        }
      }),
    );
    return found.filter((located) => located !== null);
  }

  *#destinations(): Iterable<Destination> {
    for (const customer of this.#customers.values()) yield* customer.destinations.values();
  }

  *#readings(): Iterable<SnapshotReading> {
    const now = this.#options.clock.now();
    for (const destination of this.#destinations()) {
      const snapshot = destination.held();
      if (snapshot === undefined) continue;
      yield {
        customer: destination.customerId,
        destination: destination.id,
        ageSeconds: (now - snapshot.asOf) / 1000,
        segments: snapshot.segments.length,
        bytes: snapshot.bytes,
      };
    }
  }
}
