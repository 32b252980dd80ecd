import {
  AudienceManagerError,
  accountKey,
  type Account,
  type AudienceManagerClient,
  type DestinationDetails,
  type Listing,
} from '../audience-manager/index.js';
import {
  configFilePath,
  loadConfig,
  type Config,
  type CustomerConfig,
  type DestinationConfig,
} from '../config/index.js';
import { Snapshot, kindsFor } from '../directory/index.js';
import { accountOf, createUpstream, type Upstream } from '../gateway-parts.js';
import type { Redactor } from '../telemetry/redaction.js';
import { checkIds, readIdFile } from './check-ids.js';
import { NO_SEGMENTS, REMEDIES, reportOf, type CheckResult } from './check-report.js';
import { CommandError } from './command-error.js';

/** Flags of `aam-gateway check`. */
export interface CheckOptions {
  readonly config?: string;
  readonly customer?: string;
  readonly destination?: string;
  /** A file of IDs; `-`: standard input. */
  readonly ids?: string;
  readonly json?: boolean;
}

/** Logs in for every customer, reads every destination and prints the results. @returns false if any of it failed */
export async function check(
  options: CheckOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const config = await loadConfig(configFilePath(options.config), { insecure: true });
  const customers = selectCustomers(config, options);
  if (options.ids !== undefined) requireOneDestination(customers);
  const ids = options.ids === undefined ? null : await readIdFile(options.ids);
  const upstream = createUpstream(config, { logLevel: 'silent', redactor });
  try {
    const results = await checkAll(config, customers, ids, upstream);
    print(options.json === true ? JSON.stringify(results, null, 2) : reportOf(results));
    return results.every(({ status }) => status !== 'failed');
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
    return destinations.length === 0 ? [] : [{ ...customer, destinations }];
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
): Promise<CheckResult[]> {
  const reader = new Reader(upstream.client);
  const results = await Promise.all(
    customers.map(async (customer) => {
      const account = accountOf(config, customer);
      const destinations = customer.destinations.length === 0 ? [null] : customer.destinations;
      return await Promise.all(
        destinations.map((destination) => checkOne(customer, destination, account, ids, upstream, reader)),
      );
    }),
  );
  return results.flat();
}

async function checkOne(
  customer: CustomerConfig,
  destination: DestinationConfig | null,
  account: Account | null,
  ids: readonly string[] | null,
  { tokens, clock }: Upstream,
  reader: Reader,
): Promise<CheckResult> {
  const unchecked = uncheckedResult(customer, destination);
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  if (account === null) return { ...unchecked, status: 'manual', milliseconds: 0 };
  try {
    if (destination === null) {
      await tokens.get(account);
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
    if (!(error instanceof AudienceManagerError)) throw error;
    const { code, message } = error;
    return { ...unchecked, status: 'failed', milliseconds: elapsed(), code, message, remedy: REMEDIES[code] };
  }
}

/** Reads destinations. Users that Audience Manager does not know yet are made known, once each. */
class Reader {
  readonly #client: AudienceManagerClient;
  readonly #users = new Map<string, Promise<void>>();

  constructor(client: AudienceManagerClient) {
    this.#client = client;
  }

  /** @throws AudienceManagerError */
  async read(account: Account, destinationId: string): Promise<[Listing, DestinationDetails]> {
    const read = (): Promise<[Listing, DestinationDetails]> =>
      Promise.all([
        this.#client.listMappings(account, destinationId),
        this.#client.readDestination(account, destinationId),
      ]);
    try {
      return await read();
    } catch (error) {
      const isForbidden = error instanceof AudienceManagerError && error.code === 'AAM_FORBIDDEN';
      if (!isForbidden || account.type !== 'server-to-server') throw error;
      await this.#makeUserKnown(account);
      return await read();
    }
  }

  async #makeUserKnown(account: Account): Promise<void> {
    const key = accountKey(account);
    const known = this.#users.get(key) ?? this.#client.makeUserKnown(account);
    this.#users.set(key, known);
    // If it fails, so does reading the destination again, and that error says more.
    await known.catch(() => undefined);
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
