import { setImmediate } from 'node:timers/promises';
import DataLoader from 'dataloader';
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
import type { SegmentIdType } from '../../config/index.js';
import type { RevisionPage, RevisionRequest } from '../../storage/index.js';
import type { DestinationDetails } from '../../audience-manager/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import { gatewayError } from './errors.js';
import { ReadSet } from './read-set.js';

/** Of one request, for the log. */
const MAX_DENIED = 10;

const NONE: ReadonlySet<string> = new Set();

/**
 * One request's way to customers, destinations and snapshots, and the place where visibility is decided:
 * a customer that the caller may not see answers as one that does not exist. All fields of the request
 * that need the same destination are one key; all destinations of a tick are one batch, loaded side by side.
 */
export class DestinationLoader {
  readonly #directory: Directory;
  readonly #caller: Caller;
  readonly #metrics: Metrics;
  readonly #deadline: Deadline;
  #denied: Set<string> | undefined;
  /** What the request was answered from. */
  readonly readSet = new ReadSet();
  #snapshots: DataLoader<Destination, Snapshot, string> | undefined;
  #asked: Map<Destination, Promise<Snapshot>> | undefined;

  constructor(directory: Directory, caller: Caller, metrics: Metrics, deadline: Deadline) {
    this.#deadline = deadline;
    this.#directory = directory;
    this.#caller = caller;
    this.#metrics = metrics;
  }

  /** `null` where there is none, or none that the caller may see. */
  customer(id: string): Customer | null {
    const customer = this.#directory.customers.get(id);
    const isVisible = this.#caller.maySee(id);
    // The same is done whether there is such a customer or not, so that no clock tells which.
    if (!isVisible) {
      this.readSet.unrepeatable();
      this.#denied ??= new Set();
      if (this.#denied.size < MAX_DENIED) this.#denied.add(id);
    }
    return customer !== undefined && isVisible ? customer : null;
  }

  /** Customers that were asked for and that the caller may not see, whether there are such or not; the first few. */
  get denied(): ReadonlySet<string> {
    return this.#denied ?? NONE;
  }

  /** All that the caller may see, by name. */
  customers(): Customer[] {
    return [...this.#directory.customers.values()].filter((customer) => this.#caller.maySee(customer.id));
  }

  /** `null` where there is none, or none that the caller may see. */
  destination(customerId: string, id: string): Destination | null {
    return this.customer(customerId)?.destinations.get(id) ?? null;
  }

  /** @throws DirectoryError NOT_FOUND, in the same words whether customer or destination is missing or hidden */
  requireDestination(customerId: string, id: string): Destination {
    const destination = this.destination(customerId, id);
    if (destination !== null) return destination;
    throw new DirectoryError('NOT_FOUND', `There is no destination ${id} of a customer ${customerId}.`);
  }

  /** @throws DirectoryError NOT_FOUND */
  requireCustomer(id: string): Customer {
    const customer = this.customer(id);
    if (customer !== null) return customer;
    throw new DirectoryError('NOT_FOUND', `There is no customer ${id}.`);
  }

  /** @throws DirectoryError with the code of what went wrong when nothing is known of the destination */
  async snapshot(destination: Destination): Promise<Snapshot> {
    const snapshot = await this.#load(destination);
    this.readSet.snapshot(destination, snapshot);
    return snapshot;
  }

  /** Name and type of a destination, at once where they are known. */
  details(destination: Destination): DestinationDetails | null | Promise<DestinationDetails | null> {
    const details = destination.details.get();
    if (details instanceof Promise) this.readSet.unrepeatable();
    else this.readSet.details(destination, details);
    return details;
  }

  /**
   * The segments with these IDs, in their order; with `at`, as they stood then.
   *
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
    // An ID that is not there may be there the next time.
    if (found.segments.includes(undefined)) this.readSet.unrepeatable();
    else this.readSet.snapshot(destination, found.snapshot, ids.length);
    return found;
  }

  /**
   * Resolves when what this request reads of a destination has been read, so that its sync state is that of
   * the rest of the answer.
   */
  async settled(destination: Destination): Promise<void> {
    this.readSet.unrepeatable();
    // All fields beside the one that asks have started then; their arguments take some microtasks.
    await setImmediate();
    await this.#asked?.get(destination)?.catch(() => undefined);
  }

  /** A page of a destination's history, newest first. @throws DirectoryError, GraphQLError FORBIDDEN */
  async revisions(destination: Destination, request: RevisionRequest): Promise<RevisionPage> {
    this.#requireRead();
    this.readSet.unrepeatable();
    return await this.#deadline.within(destination.revisions(request));
  }

  /** Lists a destination now. @throws DirectoryError */
  async refresh(destination: Destination): Promise<void> {
    await this.#deadline.within(destination.refresh('request'));
  }

  /** One page of what matches in these destinations. @throws DirectoryError where the only one cannot be read */
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

  /** A caller that may only change names gets to see none but those. @throws GraphQLError FORBIDDEN */
  #requireRead(): void {
    if (!this.#caller.may('read')) throw gatewayError('FORBIDDEN', 'This needs the permission read.');
  }

  #load(destination: Destination): Promise<Snapshot> {
    this.#requireRead();
    this.#snapshots ??= this.#createSnapshots();
    const loading = this.#snapshots.load(destination);
    this.#asked ??= new Map();
    this.#asked.set(destination, loading);
    return loading;
  }

  #createSnapshots(): DataLoader<Destination, Snapshot, string> {
    return new DataLoader(
      (destinations) =>
        // A failure concerns its own destination alone.
        Promise.all(
          destinations.map((destination) =>
            this.#deadline.within(destination.snapshot()).catch((error: unknown) => error as Error),
          ),
        ),
      { cacheKeyFn: (destination) => destination.key },
    );
  }
}
