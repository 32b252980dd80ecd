import { DirectoryError, type Customer, type Destination, type Directory } from '../../directory/index.js';
import type { Caller } from './caller.js';
import { gatewayError } from './errors.js';
import { ReadSet } from './read-set.js';

/** Maximum number of denied customer IDs that the audit entry of one request lists. */
const MAX_DENIED = 10;

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
    if (typeof customerId === 'string') return this.customer(customerId)?.destinations.get(id) ?? null;
    const [destination, ...others] = this.destinationsWithId(id);
    if (destination === undefined) return null;
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
   * @param customerId as for `destination`
   * @throws DirectoryError NOT_FOUND, with the same message for a missing and a hidden customer or destination
   * @throws GraphQLError as `destination`
   */
  requireDestination(customerId: string | null | undefined, id: string): Destination {
    const destination = this.destination(customerId, id);
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
