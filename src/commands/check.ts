import {
  AudienceManagerError,
  type Account,
  type AudienceManagerClient,
  type DestinationDetails,
  type ListedDestination,
  type Listing,
} from '../audience-manager/index.js';
import {
  configFilePath,
  loadConfig,
  type Config,
  type CustomerConfig,
  type DestinationConfig,
} from '../config/index.js';
import { Snapshot, isSelected, kindsFor } from '../directory/index.js';
import { accountOf, createUpstream, type Upstream } from '../gateway-parts.js';
import type { Redactor } from '../telemetry/redaction.js';
import { checkIds, readIdFile } from './check-ids.js';
import {
  NONE_SELECTED,
  NO_DESTINATIONS,
  NO_SEGMENTS,
  REMEDIES,
  reportOf,
  type CheckResult,
} from './check-report.js';
import { CommandError } from './command-error.js';
import { KnownUsers } from './known-users.js';

/** Flags of `aam-gateway check`. */
export interface CheckOptions {
  readonly config?: string;
  readonly customer?: string;
  readonly destination?: string;
  /** A file of IDs; `-`: standard input. */
  readonly ids?: string;
  readonly json?: boolean;
}

/**
 * Logs in for every customer, reads every destination and prints the results.
 *
 * @param stop ends what is under way: then what is known is printed
 * @returns false if any of it failed, or was not finished
 */
export async function check(
  options: CheckOptions,
  print: (text: string) => void,
  redactor: Redactor,
  stop: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const config = await loadConfig(configFilePath(options.config), { insecure: true });
  const customers = selectCustomers(config, options);
  if (options.ids !== undefined) requireOneDestination(customers);
  const ids = options.ids === undefined ? null : await readIdFile(options.ids);
  const upstream = createUpstream(config, { logLevel: 'silent', redactor });
  try {
    const results = await checkAll(config, customers, ids, upstream, stop);
    print(options.json === true ? JSON.stringify(results, null, 2) : reportOf(results));
    return results.every(({ status }) => status !== 'failed' && status !== 'unfinished');
  } finally {
    await upstream.close();
  }
}

/** The customers to check, each with the destinations to check. @throws {CommandError} if there are none */
function selectCustomers(
  { customers }: Config,
  { customer: customerId, destination: destinationId }: CheckOptions,
): readonly CustomerConfig[] {
  const named = customers.filter(({ id }) => customerId === undefined || id === customerId);
  if (named.length === 0) {
    const known = customers.map(({ id }) => id).join(', ');
    throw new CommandError(`The configuration has no customer ${customerId}. Its customers are: ${known}.`);
  }
  if (destinationId === undefined) return named;
  const selected = named.flatMap((customer) => {
    const destinations = customer.destinations.filter(({ id }) => id === destinationId);
    if (destinations.length === 0 && customer.discovery !== null) {
      // Read whether Audience Manager lists it or not.
      const { segmentIdType, format } = customer.discovery;
      const named = { id: destinationId, name: null, type: null, segmentIdType, format };
      return [{ ...customer, destinations: [named], discovery: null }];
    }
    return destinations.length === 0 ? [] : [{ ...customer, destinations, discovery: null }];
  });
  if (selected.length > 0) return selected;
  const known = named.flatMap(({ destinations }) => destinations.map(({ id }) => id)).join(', ') || 'none';
  const owner = customerId === undefined ? 'No customer' : `Customer ${customerId}`;
  throw new CommandError(
    `${owner} has ${customerId === undefined ? 'a' : 'no'} destination ${destinationId}. The destinations are: ${known}.`,
  );
}

/** @throws {CommandError} unless there is one destination to look IDs up in */
function requireOneDestination(customers: readonly CustomerConfig[]): void {
  const count = customers.reduce((sum, { destinations }) => sum + destinations.length, 0);
  if (customers.some(({ discovery }) => discovery !== null)) {
    throw new CommandError(
      '--ids needs one destination: name it with --customer and --destination, because those of this customer are discovered.',
    );
  }
  if (count !== 1) {
    throw new CommandError(
      `--ids needs one destination, not ${count}: name it with --customer and --destination.`,
    );
  }
  const owner = customers.find(({ destinations }) => destinations.length === 1);
  if (owner?.credentials !== null) return;
  throw new CommandError(
    `Customer ${owner.id} has no credentials, so there is no listing in which to look the IDs up.`,
  );
}

async function checkAll(
  config: Config,
  customers: readonly CustomerConfig[],
  ids: readonly string[] | null,
  upstream: Upstream,
  stop: AbortSignal,
): Promise<CheckResult[]> {
  const reader = new Reader(upstream.client, stop);
  const results = await Promise.all(
    customers.map(async (customer) => {
      const account = accountOf(config, customer);
      const check = (destination: DestinationConfig | null, isDiscovered = false): Promise<CheckResult> =>
        checkOne({ customer, destination, isDiscovered, account, ids, upstream, reader, stop });
      const named = customer.destinations.map((destination) => check(destination));
      if (customer.discovery !== null && account !== null) {
        return await Promise.all([...named, ...(await discover(customer, account, reader, stop, check))]);
      }
      return await Promise.all(named.length === 0 ? [check(null)] : named);
    }),
  );
  return results.flat();
}

/** Checks the destinations that Audience Manager lists for a customer, besides those that the configuration names. */
async function discover(
  customer: CustomerConfig,
  account: Account,
  reader: Reader,
  stop: AbortSignal,
  check: (destination: DestinationConfig, isDiscovered: boolean) => Promise<CheckResult>,
): Promise<(CheckResult | Promise<CheckResult>)[]> {
  const { discovery, destinations } = customer;
  if (discovery === null) return [];
  const started = performance.now();
  const about = (): Pick<CheckResult, 'milliseconds'> => ({
    milliseconds: Math.round(performance.now() - started),
  });
  try {
    const listed = await reader.list(account);
    const named = new Set(destinations.map(({ id }) => id));
    const found = listed.filter((each) => isSelected(discovery, each) && !named.has(each.id));
    if (found.length === 0 && destinations.length === 0) {
      const warning = listed.length === 0 ? NO_DESTINATIONS : NONE_SELECTED;
      return [{ ...uncheckedResult(customer, null), ...about(), status: 'ok', discovered: true, warning }];
    }
    const { segmentIdType, format } = discovery;
    return found.map(({ id }) => check({ id, name: null, type: null, segmentIdType, format }, true));
  } catch (error) {
    const failure = failureOf(error, stop);
    return [{ ...uncheckedResult(customer, null), ...about(), discovered: true, ...failure }];
  }
}

/** @throws what is no failure of Audience Manager */
function failureOf(
  error: unknown,
  stop: AbortSignal,
): Pick<CheckResult, 'status' | 'code' | 'message' | 'remedy'> {
  if (stop.aborted) return { status: 'unfinished', code: null, message: null, remedy: null };
  if (!(error instanceof AudienceManagerError)) throw error;
  const { code, message } = error;
  return { status: 'failed', code, message, remedy: REMEDIES[code] };
}

interface CheckTask {
  readonly customer: CustomerConfig;
  /** `null`: only the log-in is checked. */
  readonly destination: DestinationConfig | null;
  readonly isDiscovered: boolean;
  readonly account: Account | null;
  readonly ids: readonly string[] | null;
  readonly upstream: Upstream;
  readonly reader: Reader;
  readonly stop: AbortSignal;
}

async function checkOne(task: CheckTask): Promise<CheckResult> {
  const { customer, destination, account, ids, reader, stop } = task;
  const { tokens, clock } = task.upstream;
  const unchecked = { ...uncheckedResult(customer, destination), discovered: task.isDiscovered };
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  if (account === null) return { ...unchecked, status: 'manual', milliseconds: 0 };
  try {
    if (destination === null) {
      await unlessStopped(tokens.get(account), stop);
      return { ...unchecked, status: 'ok', milliseconds: elapsed() };
    }
    const [{ mappings, skipped }, details] = await reader.read(account, destination.id);
    const milliseconds = elapsed();
    return {
      ...unchecked,
      name: destination.name ?? details.name,
      type: destination.type ?? details.type,
      idTypes: kindsFor(destination, details).types,
      status: 'ok',
      segments: mappings.length,
      skipped,
      milliseconds,
      warning: mappings.length === 0 ? NO_SEGMENTS : null,
      ids: ids === null ? null : checkIds(ids, Snapshot.of(mappings, clock.now()), destination, details),
    };
  } catch (error) {
    return { ...unchecked, milliseconds: elapsed(), ...failureOf(error, stop) };
  }
}

/** Rejects when the check is stopped. */
async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    if (stop.aborted) reject(stop.reason as Error);
    stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true });
  });
  return await Promise.race([work, stopped]);
}

/** Reads destinations. */
class Reader {
  readonly #client: AudienceManagerClient;
  readonly #signal: AbortSignal;
  readonly #users: KnownUsers;

  constructor(client: AudienceManagerClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
    this.#users = new KnownUsers(client);
  }

  /** The destinations that Audience Manager lists. @throws AudienceManagerError */
  async list(account: Account): Promise<readonly ListedDestination[]> {
    const signal = this.#signal;
    const { destinations } = await this.#users.call(account, () =>
      this.#client.listDestinations(account, { signal }),
    );
    return destinations;
  }

  /** @throws AudienceManagerError */
  async read(account: Account, destinationId: string): Promise<[Listing, DestinationDetails]> {
    const options = { signal: this.#signal };
    return await this.#users.call(account, () =>
      Promise.all([
        this.#client.listMappings(account, destinationId, options),
        this.#client.readDestination(account, destinationId, options),
      ]),
    );
  }
}

/** What the configuration alone says. */
function uncheckedResult(
  customer: CustomerConfig,
  destination: DestinationConfig | null,
): Omit<CheckResult, 'status' | 'milliseconds'> {
  const isTypeKnown =
    destination !== null &&
    (destination.segmentIdType !== 'AUTO' || destination.type !== null || customer.credentials === null);
  return {
    customer: customer.id,
    destination: destination?.id ?? null,
    discovered: false,
    name: destination?.name ?? null,
    type: destination?.type ?? null,
    segmentIdType: destination?.segmentIdType ?? null,
    idTypes: isTypeKnown ? kindsFor(destination, null).types : null,
    segments: null,
    skipped: null,
    code: null,
    message: null,
    remedy: null,
    warning: null,
    ids: null,
  };
}
