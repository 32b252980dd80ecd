import { setImmediate } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { DestinationDetails } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import {
  DirectoryError,
  findAt,
  type Customer,
  type Destination,
  type Directory,
  type Found,
  type Located,
  type Page,
  type SegmentFilter,
  type SegmentPosition,
  type Snapshot,
} from '../../directory/index.js';
import type { RevisionPage, RevisionRequest } from '../../storage/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import { gatewayError } from './errors.js';
import { ReadSet } from './read-set.js';

/** Maximum number of denied customer IDs that the audit entry of one request lists. */
const MAX_DENIED = 10;

const NONE: ReadonlySet<string> = new Set();

/**
 * Gives one request access to customers, destinations and snapshots, and enforces visibility: a customer that the
 * caller may not see looks like one that does not exist.
 *
 * Snapshots are loaded through a DataLoader. Fields of the request that need the same destination share one load,
 * and all destinations requested in one tick are loaded concurrently.
 *
 * Everything that is read is recorded in `readSet`, which decides whether the response may be cached.
 */
export class DestinationLoader {
  /** The data that the response is computed from. */
  readonly readSet = new ReadSet();
  readonly #directory: Directory;
  readonly #caller: Caller;
  readonly #metrics: Metrics;
  readonly #deadline: Deadline;
  // These are created on first use: requests on the fast path rarely need them.
  #denied: Set<string> | undefined;
  #snapshots: DataLoader<Destination, Snapshot, string> | undefined;
  #loads: Map<Destination, Promise<Snapshot>> | undefined;

  constructor(directory: Directory, caller: Caller, metrics: Metrics, deadline: Deadline) {
    this.#directory = directory;
    this.#caller = caller;
    this.#metrics = metrics;
    this.#deadline = deadline;
  }

  /** IDs of customers that were requested but that the caller may not see, existing or not. The first 10. */
  get denied(): ReadonlySet<string> {
    return this.#denied ?? NONE;
  }

  /** @returns `null` if the customer does not exist or the caller may not see it */
  customer(id: string): Customer | null {
    // Looked up before the check, so that the response time does not reveal whether the customer exists.
    const customer = this.#directory.customers.get(id);
    const isVisible = this.#caller.maySee(id);
    if (!isVisible) this.#recordDenied(id);
    return customer !== undefined && isVisible ? customer : null;
  }

  /** All customers that the caller may see, sorted by name. */
  customers(): Customer[] {
    return [...this.#directory.customers.values()].filter((customer) => this.#caller.maySee(customer.id));
  }

  /** @returns `null` if the destination does not exist or the caller may not see it */
  destination(customerId: string, id: string): Destination | null {
    return this.customer(customerId)?.destinations.get(id) ?? null;
  }

  /** @throws DirectoryError NOT_FOUND, with the same message for a missing and a hidden customer or destination */
  requireDestination(customerId: string, id: string): Destination {
    const destination = this.destination(customerId, id);
    if (destination !== null) return destination;
    throw new DirectoryError('NOT_FOUND', `There is no destination ${id} of a customer ${customerId}.`);
  }

  /** @throws DirectoryError NOT_FOUND, with the same message for a missing and a hidden customer */
  requireCustomer(id: string): Customer {
    const customer = this.customer(id);
    if (customer !== null) return customer;
    throw new DirectoryError('NOT_FOUND', `There is no customer ${id}.`);
  }

  /** @throws DirectoryError if no snapshot of the destination can be read; the code is that of the failed read */
  async snapshot(destination: Destination): Promise<Snapshot> {
    const snapshot = await this.#load(destination);
    this.readSet.snapshot(destination, snapshot);
    return snapshot;
  }

  /** Name, type and other details of a destination. Synchronous if they are in memory. */
  details(destination: Destination): DestinationDetails | null | Promise<DestinationDetails | null> {
    const details = destination.details.get();
    if (details instanceof Promise) this.readSet.unrepeatable();
    else this.readSet.details(destination, details);
    return details;
  }

  /**
   * Finds the segments with these IDs, in the same order.
   *
   * @param at find the segments as they were at this time; default: now
   * @throws DirectoryError as `snapshot`
   */
  async find(
    destination: Destination,
    ids: readonly string[],
    idType?: SegmentIdType | null,
    at?: Date | null,
  ): Promise<Found> {
    let snapshot: Snapshot;
    try {
      snapshot = await this.#load(destination);
    } catch (error) {
      this.#metrics.lookups.inc({ outcome: 'failed' }, ids.length);
      throw error;
    }
    if (at !== null && at !== undefined) {
      this.readSet.unrepeatable();
      return await this.#deadline.within(findAt(destination, ids, idType, at.getTime()));
    }
    const finding = destination.find(snapshot, ids, idType);
    const found = finding instanceof Promise ? await this.#deadline.within(finding) : finding;
    // A missing ID may be found by the next request, so the response must not be cached.
    if (found.segments.includes(undefined)) this.readSet.unrepeatable();
    else this.readSet.snapshot(destination, found.snapshot, ids.length);
    return found;
  }

  /**
   * Resolves when the snapshot loads of this destination that the request has started are complete, so that its sync
   * state matches the rest of the response.
   */
  async waitForLoads(destination: Destination): Promise<void> {
    this.readSet.unrepeatable();
    // Sibling fields start their loads within a few microtasks. After one macrotask all of them have started.
    await setImmediate();
    await this.#loads?.get(destination)?.catch(() => undefined);
  }

  /** A page of a destination's history, newest first. @throws DirectoryError, GraphQLError FORBIDDEN */
  async revisions(destination: Destination, request: RevisionRequest): Promise<RevisionPage> {
    this.#requireRead();
    this.readSet.unrepeatable();
    return await this.#deadline.within(destination.revisions(request));
  }

  /** Fetches a destination's listing now. @throws DirectoryError */
  async refresh(destination: Destination): Promise<void> {
    await this.#deadline.within(destination.refresh('request'));
  }

  /**
   * A page of the segments that match in these destinations. Destinations that cannot be read are left out.
   *
   * @throws DirectoryError if there is only one destination and it cannot be read
   */
  async search(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    first: number,
    after: SegmentPosition | null,
  ): Promise<Page<Located>> {
    this.readSet.unrepeatable();
    const [only] = destinations;
    if (destinations.length === 1 && only !== undefined) await this.snapshot(only);
    return await this.#deadline.within(this.#directory.search(destinations, filter, first, after));
  }

  #recordDenied(customerId: string): void {
    this.readSet.unrepeatable();
    this.#denied ??= new Set();
    if (this.#denied.size < MAX_DENIED) this.#denied.add(customerId);
  }

  /** @throws GraphQLError FORBIDDEN, for example for a caller that may only import */
  #requireRead(): void {
    if (!this.#caller.may('read')) throw gatewayError('FORBIDDEN', 'This needs the permission read.');
  }

  #load(destination: Destination): Promise<Snapshot> {
    this.#requireRead();
    this.#snapshots ??= this.#createDataLoader();
    const load = this.#snapshots.load(destination);
    this.#loads ??= new Map();
    this.#loads.set(destination, load);
    return load;
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
