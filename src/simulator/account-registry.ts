import type {
  AccountRefusal,
  PasswordCustomer,
  ServerToServerCustomer,
  SimulatorCustomer,
  SimulatorDestination,
} from './types.js';

type CredentialsOf<C extends SimulatorCustomer> = Omit<C, 'key' | 'destinations'>;

/** The Audience Manager account of a simulated customer. */
export interface Account {
  /** The key of the customer. */
  readonly key: string;
  /** Audience Manager's number for the customer, part of every destination. */
  readonly pid: number;
  /** A copy of the customer's credentials, so that a changed password affects only this simulator. */
  readonly credentials: CredentialsOf<PasswordCustomer> | CredentialsOf<ServerToServerCustomer>;
  /** Why the account is refused; `null`: it is not. */
  refusal: AccountRefusal | null;
  /** Number of failed log-ins in a row. */
  failedLogIns: number;
  /** By destination ID. The objects are the caller's own: changes made by the caller are visible at once. */
  readonly destinations: Map<number, SimulatorDestination>;
}

const FIRST_PID = 1099;

/** The accounts of all customers of one simulator. */
export class AccountRegistry {
  readonly #accounts = new Map<string, Account>();

  /** @throws if two customers have the same key, or a customer has two destinations with the same ID. */
  constructor(customers: readonly SimulatorCustomer[]) {
    for (const customer of customers) {
      const { key, destinations, ...credentials } = customer;
      if (this.#accounts.has(key)) throw new Error(`Two simulated customers have the key ${key}`);
      this.#accounts.set(key, {
        key,
        pid: FIRST_PID + this.#accounts.size,
        credentials,
        refusal: null,
        failedLogIns: 0,
        destinations: new Map(),
      });
      for (const destination of destinations) this.addDestination(key, destination);
    }
  }

  /** @throws if there is no customer with that key. */
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

  /** Whether any customer has a destination with that ID. */
  hasDestination(id: number): boolean {
    return this.#find(({ destinations }) => destinations.has(id)) !== undefined;
  }

  /** @throws if the customer has no such destination. */
  destination(key: string, id: number): SimulatorDestination {
    const destination = this.get(key).destinations.get(id);
    if (destination === undefined) throw new Error(`Simulated customer ${key} has no destination ${id}`);
    return destination;
  }

  /** @throws if the customer already has a destination with that ID. */
  addDestination(key: string, destination: SimulatorDestination): void {
    const { destinations } = this.get(key);
    if (destinations.has(destination.id)) {
      throw new Error(`Simulated customer ${key} has two destinations ${destination.id}`);
    }
    destinations.set(destination.id, destination);
  }

  /** @throws if the customer has no such destination. */
  removeDestination(key: string, id: number): void {
    this.get(key).destinations.delete(this.destination(key, id).id);
  }

  #find(matches: (account: Account) => boolean): Account | undefined {
    for (const account of this.#accounts.values()) if (matches(account)) return account;
    return undefined;
  }
}
