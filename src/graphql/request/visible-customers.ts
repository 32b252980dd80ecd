import { DirectoryError, type Customer, type Destination, type Directory } from '../../directory/index.js';
import type { Caller } from './caller.js';
import { gatewayError } from './errors.js';
import { ReadSet } from './read-set.js';

/** Maximum number of denied customer IDs that the audit entry of one request lists. */
const MAX_DENIED = 10;

/** Where a destination is looked for. */
export interface DestinationPlace {
  /** `null`, `undefined`: any customer that the caller may see. */
  readonly customerId?: string | null | undefined;
  readonly destinationId: string;
}

/** Maximum number of unknown destinations that one request looks for. */
const MAX_LOOKED_FOR = 100;

/** Maximum number of customers that an error message names. */
const MAX_NAMED = 5;

const NONE: ReadonlySet<string> = new Set();

/**
 * The customers and destinations that the caller of one request may see. One that the caller may not see looks like one
 * that does not exist.
 */
export class VisibleCustomers {
  /** The data that the response is computed from. */
  readonly readSet = new ReadSet();
  readonly #directory: Directory;
  readonly #caller: Caller;
  // Created on first use: few requests are for what their caller may not see.
  #denied: Set<string> | undefined;

  constructor(directory: Directory, caller: Caller) {
    this.#directory = directory;
    this.#caller = caller;
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

  /**
   * The customer with a global ID, which can be any text: nobody was denied anything by a text that no gateway with these
   * customers made.
   *
   * @returns as `customer`
   */
  customerNode(id: string): Customer | null {
    if (this.#directory.customers.has(id)) return this.customer(id);
    this.readSet.unrepeatable();
    return null;
  }

  /** All customers that the caller may see, sorted by name. */
  customers(): Customer[] {
    return [...this.#directory.customers.values()].filter((customer) => this.#caller.maySee(customer.id));
  }

  /** All destinations with this ID that the caller may see, in the order of their customers. */
  destinationsWithId(id: string): Destination[] {
    return this.#directory.destinationsWithId(id).filter(({ customerId }) => this.#caller.maySee(customerId));
  }

  /**
   * @param customerId `null` or `undefined`: the one destination with this ID that the caller may see
   * @returns `null` if the destination does not exist or the caller may not see it
   * @throws GraphQLError BAD_USER_INPUT if no customer is given and the caller may see several such destinations
   */
  destination(customerId: string | null | undefined, id: string): Destination | null {
    if (typeof customerId === 'string') {
      return this.customer(customerId)?.destinations.get(id) ?? this.#unknown(customerId);
    }
    const [destination, ...others] = this.destinationsWithId(id);
    if (destination === undefined) return this.#unknown(customerId);
    if (others.length === 0) return destination;
    const customers = [destination, ...others].map((each) => each.customerId);
    const named = customers.slice(0, MAX_NAMED).join(', ');
    const more = customers.length > MAX_NAMED ? ` and ${customers.length - MAX_NAMED} more` : '';
    throw gatewayError(
      'BAD_USER_INPUT',
      `There are destinations ${id} of several customers (${named}${more}); give customerId as well.`,
    );
  }

  /**
   * Waits until Audience Manager has said whether there are these destinations, where it is asked which there are. Such a
   * destination may have been added since it was last asked.
   *
   * @returns `null` if there is nothing to wait for
   */
  protected looking(places: Iterable<DestinationPlace>): Promise<unknown> | null {
    if (!this.#directory.discovery.isActive) return null;
    const waits: Promise<void>[] = [];
    let unknown = 0;
    for (const { customerId, destinationId } of distinct(places)) {
      if (this.#isInSight(customerId, destinationId)) continue;
      // One list answers for all of them.
      unknown += 1;
      if (unknown > MAX_LOOKED_FOR) break;
      for (const customer of this.#candidates(customerId)) {
        const looking = this.#directory.discovery.lookFor(customer, destinationId);
        if (looking !== null) waits.push(looking);
      }
    }
    return waits.length === 0 ? null : Promise.all(waits);
  }

  /** Waits until it is known for the first time which destinations these customers have. @returns as `looking` */
  protected firstDiscoveries(customers: Iterable<Customer>): Promise<unknown> | null {
    const waits: Promise<void>[] = [];
    for (const { id } of customers) {
      const discovery = this.#directory.discovery.firstList(id);
      if (discovery !== null) waits.push(discovery);
    }
    return waits.length === 0 ? null : Promise.all(waits);
  }

  /**
   * A destination that was looked for.
   *
   * @param customerId as for `destination`
   * @returns `null` if the destination does not exist or the caller may not see it
   * @throws DirectoryError if nobody can say whether it exists, because Audience Manager cannot be asked; GraphQLError as
   *   `destination`
   */
  foundDestination(customerId: string | null | undefined, id: string): Destination | null {
    const destination = this.destination(customerId, id);
    if (destination !== null) return destination;
    for (const customer of this.#candidates(customerId)) {
      const failure = this.#directory.discovery.failure(customer, id);
      if (failure === null) continue;
      this.readSet.unrepeatable();
      throw failure;
    }
    return null;
  }

  /** Notes that there is no such destination, which may change as soon as somebody looks for it again. */
  #unknown(customerId: string | null | undefined): null {
    const { discovery } = this.#directory;
    if (!discovery.isActive || !this.readSet.isRepeatable) return null;
    const isDiscovered = this.#candidates(customerId).some((each) => discovery.state(each) !== null);
    if (isDiscovered) this.readSet.unrepeatable();
    return null;
  }

  /** The IDs of the customers that a destination may be of. */
  #candidates(customerId: string | null | undefined): string[] {
    if (typeof customerId !== 'string') return this.customers().map(({ id }) => id);
    return this.#caller.maySee(customerId) ? [customerId] : [];
  }

  #isInSight(customerId: string | null | undefined, id: string): boolean {
    if (typeof customerId !== 'string') return this.destinationsWithId(id).length > 0;
    return this.#directory.customers.get(customerId)?.destinations.has(id) === true;
  }

  /**
   * @param customerId as for `destination`
   * @throws DirectoryError NOT_FOUND, with the same message for a missing and a hidden customer or destination; or as
   *   `foundDestination`
   * @throws GraphQLError as `destination`
   */
  requireDestination(customerId: string | null | undefined, id: string): Destination {
    const destination = this.foundDestination(customerId, id);
    if (destination !== null) return destination;
    throw new DirectoryError(
      'NOT_FOUND',
      typeof customerId === 'string'
        ? `There is no destination ${id} of a customer ${customerId}.`
        : `There is no destination ${id}.`,
    );
  }

  /** @throws DirectoryError NOT_FOUND, with the same message for a missing and a hidden customer */
  requireCustomer(id: string): Customer {
    const customer = this.customer(id);
    if (customer !== null) return customer;
    throw new DirectoryError('NOT_FOUND', `There is no customer ${id}.`);
  }

  #recordDenied(customerId: string): void {
    this.readSet.unrepeatable();
    this.#denied ??= new Set();
    if (this.#denied.size < MAX_DENIED) this.#denied.add(customerId);
  }
}

function distinct(places: Iterable<DestinationPlace>): Iterable<DestinationPlace> {
  const byKey = new Map<string, DestinationPlace>();
  for (const place of places)
    byKey.set(`${place.customerId?.length ?? ''} ${place.customerId ?? ''} ${place.destinationId}`, place);
  return byKey.values();
}
