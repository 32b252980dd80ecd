import type { Account, Priority } from '../../audience-manager/index.js';
import type { DestinationConfig, DiscoveryConfig } from '../../config/index.js';
import { StorageError, type DiscoveryState, type StoredDiscoveredDestination } from '../../storage/index.js';
import type { DirectoryError } from '../errors.js';
import { CustomerDiscovery, type DiscoveryServices } from './customer-discovery.js';

/** What discovery needs of a customer's configuration. */
export interface DiscoveringSetup {
  readonly id: string;
  readonly account: Account | null;
  /** Those that the configuration names, which are served whether they are listed or not. */
  readonly destinations: readonly DestinationConfig[];
  /** `null`: only the destinations that the configuration names. Default: `null`. */
  readonly discovery?: DiscoveryConfig | null;
}

interface DiscoveryOptions extends DiscoveryServices {
  /** Whether something is known of a destination, so that it stays when it is listed no more. */
  readonly isKept: (customerId: string, destinationId: string) => boolean;
  /** Called when other destinations are to be served, or other details of them are known. */
  readonly onChange: () => void;
}

/** Interval at which what other processes have discovered is looked at, in milliseconds. */
const POLL_MS = 10_000;

/** Follows which destinations Audience Manager lists, for the customers whose configuration asks for that. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #customers = new Map<string, CustomerDiscovery>();
  readonly #listeners = new Set<() => void>();
  readonly #ending = new Set<Promise<void>>();
  #isStarted = false;
  #cancelPoll: (() => void) | null = null;
  #polling: Promise<void> = Promise.resolve();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Whether there is a customer whose destinations are discovered. */
  get isActive(): boolean {
    return this.#customers.size > 0;
  }

  /** Adds a listener for changes of what is discovered. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Applies a changed configuration. What was discovered for customers that stay is kept. */
  configure(setups: readonly DiscoveringSetup[]): void {
    const left = new Map(this.#customers);
    for (const { id, account, discovery } of setups) {
      // The configuration is refused if credentials are missing.
      if (discovery === null || discovery === undefined || account === null) continue;
      const known = left.get(id);
      left.delete(id);
      if (known === undefined) this.#add(id, account, discovery);
      else known.configure(account, discovery);
    }
    for (const [id, customer] of left) {
      this.#customers.delete(id);
      const ending = customer.stop().finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    }
    this.#schedulePoll();
  }

  /** The destinations of a customer: those that the configuration names, then those that were discovered. */
  destinationsOf({ id, destinations }: DiscoveringSetup): readonly DestinationConfig[] {
    const discovered = this.#customers.get(id)?.selected() ?? [];
    if (discovered.length === 0) return destinations;
    const named = new Set(destinations.map((destination) => destination.id));
    return [...destinations, ...discovered.filter((destination) => !named.has(destination.id))];
  }

  /** What Audience Manager's list says of a destination; `undefined` if it was not discovered. */
  listed(customerId: string, destinationId: string): StoredDiscoveredDestination | undefined {
    return this.#customers.get(customerId)?.listed(destinationId);
  }

  /** What was discovered for a customer; `null` if its destinations are not discovered. */
  state(customerId: string): DiscoveryState | null {
    return this.#customers.get(customerId)?.state ?? null;
  }

  /** Whether the destinations of a customer are being listed. */
  isBusy(customerId: string): boolean {
    return this.#customers.get(customerId)?.isBusy === true;
  }

  /** By customer ID, the number of destinations that are discovered and served. */
  counts(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#customers, ([id, customer]) => [id, customer.selected().length]));
  }

  /**
   * Looks for a destination that is not known: lists the customer's destinations, if that was not done within
   * `newIdInterval`. Waits for `coldTimeout` at most, and never rejects.
   *
   * @returns `null` if there is nothing to wait for
   */
  lookFor(customerId: string, destinationId: string): Promise<void> | null {
    return this.#customers.get(customerId)?.lookFor(destinationId) ?? null;
  }

  /**
   * Waits until it is known for the first time which destinations a customer has, for `coldTimeout` at most. Never rejects.
   *
   * @returns `null` if there is nothing to wait for
   */
  firstList(customerId: string): Promise<void> | null {
    return this.#customers.get(customerId)?.firstList() ?? null;
  }

  /** Has the list of a customer's destinations that is in flight become as urgent as somebody who waits for it. */
  raise(customerId: string, priority: Priority): void {
    this.#customers.get(customerId)?.raise(priority);
  }

  /**
   * Why nobody can say whether a customer has a destination that is not known; `null` if it has none, or if its
   * destinations are not discovered.
   */
  failure(customerId: string, destinationId: string): DirectoryError | null {
    return this.#customers.get(customerId)?.failure(destinationId) ?? null;
  }

  /** Takes over what is stored. @throws StorageError if that is not possible now */
  async restore(): Promise<void> {
    if (this.#customers.size === 0) return;
    const revisions = await this.#options.store.use((storage) => storage.discoveryRevisions());
    for (const [id, customer] of this.#customers) {
      if ((revisions.get(id) ?? 0) > customer.state.revision) await customer.restore();
    }
  }

  /** Stores what could not be stored. Never rejects. */
  async save(): Promise<void> {
    for (const customer of this.#customers.values()) await customer.save();
  }

  /** Lists the destinations of all customers, and from then on when it is due. */
  start(): void {
    this.#isStarted = true;
    for (const customer of this.#customers.values()) customer.start();
    this.#schedulePoll();
  }

  /** Ends everything. Resolves when nothing uses the storage any more. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#cancelPoll?.();
    const stopped = Array.from(this.#customers.values(), (customer) => customer.stop());
    await Promise.all([...stopped, ...this.#ending, this.#polling]);
  }

  #add(id: string, account: Account, config: DiscoveryConfig): void {
    const { isKept } = this.#options;
    const onChange = (): void => {
      this.#options.onChange();
      for (const listener of this.#listeners) listener();
    };
    const customer = new CustomerDiscovery(
      { customerId: id, account, config, onChange, isKept: (destinationId) => isKept(id, destinationId) },
      this.#options,
    );
    this.#customers.set(id, customer);
    if (this.#isStarted) void this.#startAdded(id, customer);
  }

  /** A customer may have been configured earlier: what is stored of it is served at once. */
  async #startAdded(id: string, customer: CustomerDiscovery): Promise<void> {
    await customer.restore().catch(() => undefined);
    if (this.#isStarted && this.#customers.get(id) === customer) customer.start();
  }

  #schedulePoll(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = null;
    const { store, clock } = this.#options;
    if (!this.#isStarted || !store.isShared || this.#customers.size === 0) return;
    this.#cancelPoll = clock.schedule(() => {
      this.#polling = this.#poll();
    }, POLL_MS);
  }

  async #poll(): Promise<void> {
    try {
      await this.restore();
    } catch (error) {
      // The storage reports its failures itself.
      if (!(error instanceof StorageError)) throw error;
    }
    this.#schedulePoll();
  }
}
