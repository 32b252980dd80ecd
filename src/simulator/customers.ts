import type {
  PasswordCustomer,
  ServerToServerCustomer,
  SimulatorCustomer,
  SimulatorDestination,
} from './types.js';

type CredentialsOf<C extends SimulatorCustomer> = Omit<C, 'key' | 'destinations'>;

/** A customer as the simulator keeps it. Its destinations are the caller's own, live objects. */
export interface Account {
  readonly key: string;
  /** Audience Manager's number of the customer, in every destination. */
  readonly pid: number;
  /** A copy, so that a changed password stays inside this simulator. */
  readonly credentials: CredentialsOf<PasswordCustomer> | CredentialsOf<ServerToServerCustomer>;
  readonly destinations: Map<number, SimulatorDestination>;
}

const FIRST_PID = 1099;

/** All customers of one simulator. */
export class Customers {
  readonly #accounts = new Map<string, Account>();

  constructor(customers: readonly SimulatorCustomer[]) {
    for (const customer of customers) {
      const { key, destinations, ...credentials } = customer;
      if (this.#accounts.has(key)) throw new Error(`Two simulated customers have the key ${key}`);
      this.#accounts.set(key, {
        key,
        pid: FIRST_PID + this.#accounts.size,
        credentials,
        destinations: new Map(),
      });
      for (const destination of destinations) this.addDestination(key, destination);
    }
  }

  /** Throws where there is no customer of that key: a mistake in a test. */
  get(key: string): Account {
    const account = this.#accounts.get(key);
    if (account === undefined) throw new Error(`There is no simulated customer ${key}`);
    return account;
  }

  withUsername(username: string | undefined): Account | undefined {
    return this.#find(
      ({ credentials }) => credentials.type === 'password' && credentials.username === username,
    );
  }

  withClientId(clientId: string | undefined): Account | undefined {
    return this.#find(
      ({ credentials }) => credentials.type === 'server-to-server' && credentials.clientId === clientId,
    );
  }

  /** Whether any customer has a destination of that number. */
  hasDestination(id: number): boolean {
    return this.#find(({ destinations }) => destinations.has(id)) !== undefined;
  }

  /** Throws where the customer has no such destination. */
  destination(key: string, id: number): SimulatorDestination {
    const destination = this.get(key).destinations.get(id);
    if (destination === undefined) throw new Error(`Simulated customer ${key} has no destination ${id}`);
    return destination;
  }

  /** Throws where the customer has one of that number already. */
  addDestination(key: string, destination: SimulatorDestination): void {
    const { destinations } = this.get(key);
    if (destinations.has(destination.id)) {
      throw new Error(`Simulated customer ${key} has two destinations ${destination.id}`);
    }
    destinations.set(destination.id, destination);
  }

  /** Throws where the customer has no such destination. */
  removeDestination(key: string, id: number): void {
    this.get(key).destinations.delete(this.destination(key, id).id);
  }

  #find(matches: (account: Account) => boolean): Account | undefined {
    for (const account of this.#accounts.values()) if (matches(account)) return account;
    return undefined;
  }
}
