import DataLoader from 'dataloader';
import type { DestinationDetails, Priority } from '../../audience-manager/index.js';
import { Turns } from '../../base/turns.js';
import type { SegmentIdType } from '../../config/index.js';
import type { Customer, Destination, Directory, IdKinds, Snapshot } from '../../directory/index.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import { gatewayError } from './errors.js';
import { LoadsInFlight } from './loads-in-flight.js';
import { LongLists } from './long-lists.js';
import { RequestMemo } from './memo.js';
import { PastLoader } from './past-loader.js';
import { VisibleCustomers, type DestinationPlace } from './visible-customers.js';

/**
 * So many destinations of one request are read as urgently as a single one. Further ones are read after those that other
 * requests ask for alone. Of further ones whose details are not known, the details are read behind the response.
 */
const MAX_URGENT_READINGS = 20;

/**
 * Loads the snapshots of the destinations that the caller of one request may see, through a DataLoader. Fields of the
 * request that need the same destination share one load, and all destinations requested in one tick are loaded
 * concurrently.
 *
 * Everything that is read is recorded in `readSet`, which decides whether the response may be cached.
 */
export class SnapshotLoader extends VisibleCustomers {
  protected readonly deadline: Deadline;
  readonly #caller: Caller;
  readonly #directory: Directory;
  /** Destinations that this request has found without a snapshot in memory. */
  #coldReadings = 0;
  /** Destinations that this request has found without details. */
  readonly #withoutDetails = new Set<Destination>();
  // These are created on first use: requests on the fast path rarely need them.
  #snapshots: DataLoader<Destination, Snapshot, string> | undefined;
  #inFlight: LoadsInFlight | undefined;
  #memo: RequestMemo | undefined;
  #lists: LongLists | undefined;
  #past: PastLoader | undefined;
  #lastWork: Promise<unknown> | undefined;

  constructor(directory: Directory, caller: Caller, deadline: Deadline) {
    super(directory, caller);
    this.#caller = caller;
    this.#directory = directory;
    this.deadline = deadline;
  }

  /** What was computed for this request already. */
  get memo(): RequestMemo {
    return (this.#memo ??= new RequestMemo(this.lists));
  }

  /** The lists of the response. */
  get lists(): LongLists {
    return (this.#lists ??= new LongLists(this.deadline));
  }

  /**
   * Splits work for this request into turns, which end with the request.
   *
   * @param looksPerRead see `Turns`
   */
  turns(looksPerRead?: number): Turns {
    return new Turns(this.deadline.signal, undefined, looksPerRead);
  }

  /**
   * Runs long work of this request after that which was given before. Side by side, each would take its turn in the same
   * round of the event loop, and the rounds would become long.
   */
  async oneAfterAnother<T>(work: () => Promise<T>): Promise<T> {
    const result = (this.#lastWork ?? Promise.resolve()).then(work, work);
    this.#lastWork = result;
    return await result;
  }

  /**
   * Waits until Audience Manager has said whether there are these destinations, where it is asked which there are.
   *
   * @throws DirectoryError once the request has ended
   */
  async lookFor(places: Iterable<DestinationPlace>): Promise<void> {
    await this.#wait(this.looking(places));
  }

  /** Waits until it is known for the first time which destinations these customers have. @throws as `lookFor` */
  async firstDiscovered(customers: Iterable<Customer>): Promise<void> {
    await this.#wait(this.firstDiscoveries(customers));
  }

  async #wait(work: Promise<unknown> | null): Promise<void> {
    if (work === null) return;
    this.readSet.unrepeatable();
    await this.deadline.within(work);
  }

  /** @throws DirectoryError if no snapshot of the destination can be read; the code is that of the failed read */
  async snapshot(destination: Destination): Promise<Snapshot> {
    const snapshot = await this.tracked(destination, this.load(destination));
    this.readSet.snapshot(destination, snapshot);
    this.noteDetails(destination);
    return snapshot;
  }

  /** Name, type and status of a destination, and further details if they were read. Synchronous if they are in memory. */
  details(destination: Destination): DestinationDetails | null | Promise<DestinationDetails | null> {
    if (!destination.details.isKnown) return this.completeDetails(destination);
    const details = destination.details.get();
    if (!(details instanceof Promise)) this.readSet.details(destination, details);
    return details;
  }

  /** All details of a destination. Synchronous if they are in memory. */
  completeDetails(destination: Destination): DestinationDetails | null | Promise<DestinationDetails | null> {
    const { isComplete } = destination.details;
    const details = isComplete
      ? destination.details.get()
      : this.memo.once(['details', destination.key], () => this.#readDetails(destination));
    if (details instanceof Promise) this.readSet.unrepeatable();
    else this.readSet.details(destination, details);
    return details;
  }

  /** How the IDs of a lookup are understood. A promise while the destination's details are read. */
  kinds(destination: Destination, idType?: SegmentIdType | null): IdKinds | Promise<IdKinds> {
    const priority = this.#detailsPriority(destination);
    const kinds = destination.kinds(idType, priority);
    if (kinds instanceof Promise) {
      this.readSet.unrepeatable();
      return this.deadline.within(kinds);
    }
    this.noteDetails(destination, kinds);
    return kinds;
  }

  /**
   * Resolves when the loads and lookups in this destination that the request has started are complete, so that its sync
   * state matches the rest of the response.
   */
  async waitForLoads(destination: Destination): Promise<void> {
    this.readSet.unrepeatable();
    await this.#loads.settled(destination, this.lists);
  }

  /** Forgets all that was loaded and computed: a mutation has changed something, and the fields that follow have to see it. */
  forgetSnapshots(): void {
    this.#snapshots?.clearAll();
    this.#memo?.clear();
    this.#past?.clear();
  }

  /** @throws GraphQLError FORBIDDEN, for example for a caller that may only import */
  #requireRead(): void {
    if (!this.#caller.may('read')) throw gatewayError('FORBIDDEN', 'This needs the permission read.');
  }

  /** Notes the details of a destination where its kinds of IDs depend on them, which lookups and labels show. */
  protected noteDetails(
    destination: Destination,
    { isAuto, types } = destination.presentKinds(destination.settings.segmentIdType),
  ): void {
    if (!destination.isAutomatic || !(isAuto || types.includes('KEY_VALUE'))) return;
    const { known } = destination.details;
    if (known === null) this.readSet.unrepeatable();
    else this.readSet.details(destination, known);
  }

  /** Notes that something is being read of a destination, until it is settled. */
  protected tracked<T>(destination: Destination, work: Promise<T>): Promise<T> {
    return this.#loads.track(destination, work);
  }

  get #loads(): LoadsInFlight {
    return (this.#inFlight ??= new LoadsInFlight());
  }

  /** @throws GraphQLError FORBIDDEN; DirectoryError once the request has ended */
  protected readPast(): PastLoader {
    this.#requireRead();
    this.deadline.check();
    this.readSet.unrepeatable();
    return (this.#past ??= new PastLoader({ deadline: this.deadline, lists: this.lists }));
  }

  /** @throws as `readPast` and `snapshot` */
  protected load(destination: Destination): Promise<Snapshot> {
    this.#requireRead();
    this.deadline.check();
    this.#snapshots ??= this.#createDataLoader();
    return this.#snapshots.load(destination);
  }

  #readDetails(destination: Destination): DestinationDetails | null | Promise<DestinationDetails | null> {
    if (this.#detailsPriority(destination) === 'lookup') return destination.details.getComplete();
    this.#directory.readDetailsBehind(destination);
    return destination.details.known;
  }

  /** How urgently details are read, if they are not known. */
  #detailsPriority(destination: Destination): Priority {
    const { isComplete } = destination.details;
    if (isComplete || !destination.isAutomatic || this.#withoutDetails.has(destination)) return 'lookup';
    if (this.#withoutDetails.size >= MAX_URGENT_READINGS) return 'search';
    this.#withoutDetails.add(destination);
    return 'lookup';
  }

  /** Reads a snapshot. */
  async #read(destination: Destination): Promise<Snapshot> {
    const isMany = destination.cached() === undefined && ++this.#coldReadings > MAX_URGENT_READINGS;
    return await destination.snapshot(isMany ? 'search' : 'lookup');
  }

  #createDataLoader(): DataLoader<Destination, Snapshot, string> {
    return new DataLoader(
      (destinations) =>
        Promise.all(
          destinations.map((destination) =>
            // DataLoader takes an Error in place of a value: one failed destination does not fail the others.
            this.deadline.within(this.#read(destination)).catch((error: unknown) => error as Error),
          ),
        ),
      { cacheKeyFn: (destination) => destination.key },
    );
  }
}
