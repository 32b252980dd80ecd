import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import {
  AudienceManagerClient,
  Http,
  Tokens,
  type Account,
  type PageJoiner,
  type PasswordAccount,
  type Sender,
} from '../../src/audience-manager/index.js';
import type { SegmentIdType } from '../../src/config/index.js';
import {
  Directory,
  type CustomerSetup,
  type Destination,
  type Found,
  type Freshness,
  type Segment,
  type Snapshot,
  type ListingDiffer,
} from '../../src/directory/index.js';
import {
  AudienceManagerSimulator,
  type Fault,
  type PasswordCustomer,
  type ServerToServerCustomer,
  type SimulatorCustomer,
  type SimulatorDestination,
  type SimulatorMapping,
} from '../../src/simulator/index.js';
import { openStorage, type Storage, type StorageConfig } from '../../src/storage/index.js';
import { createLogger, type Logger } from '../../src/telemetry/logs.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { TemporaryFolder } from './command.js';
import { FakeClock } from './fake-clock.js';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** The contract's defaults, but for scheduled refreshes: a test that is about them says so. */
const FRESHNESS: Freshness = {
  ttlMs: HOUR,
  refreshEveryMs: 0,
  newIdIntervalMs: MINUTE,
  lookupTimeoutMs: 2 * SECOND,
  coldTimeoutMs: 10 * SECOND,
};

export interface DirectorySetUp {
  /** Default: Acme with destination 314 of three segments. */
  readonly customers?: SimulatorCustomer[];
  /** What the directory is told, made of the simulated customers; `manual` has no account. */
  readonly setups?: (setups: CustomerSetup[]) => CustomerSetup[];
  readonly freshness?: Partial<Freshness>;
  readonly maxMemoryBytes?: number;
  /** Scheduled refreshes at once; HTTP calls have no such limit here. */
  readonly concurrency?: number;
  /** Longer than every wait of the directory, unless a test is about it. */
  readonly requestTimeoutMs?: number;
  readonly retries?: number;
  /** Default: always a half. */
  readonly random?: () => number;
  /** Default: all work on listings is done in this thread. Without `fetchPage`, only the calls are. */
  readonly background?: PageJoiner & ListingDiffer & Partial<Sender>;
  /** Default: a file of its own. */
  readonly storage?: StorageConfig;
  /** What the directory gets in the place of the storage. */
  readonly wrap?: (storage: Storage) => Storage;
}

/** One line of the log. */
export type LogLine = Record<string, unknown> & { readonly level: string; readonly msg: string };

/** A directory over the real client and a simulated Audience Manager, both on one clock. */
export interface TestDirectory {
  readonly simulator: AudienceManagerSimulator;
  readonly directory: Directory;
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** What the logger wrote. */
  readonly logs: readonly LogLine[];
  /** Of the database, unless another storage was given. */
  readonly file: string;
  /** What the directory was told at first. */
  readonly setups: readonly CustomerSetup[];
  /** Throws where there is none. */
  readonly destination: (customerId?: string, id?: string) => Destination;
  /** The snapshot, then the IDs in it: a lookup as a request makes it. */
  readonly find: (at: Destination, ids: readonly string[], idType?: SegmentIdType) => Promise<Found>;
  /** The names of a lookup; `null` for an ID that stands for nothing. */
  readonly names: (at: Destination, ...ids: string[]) => Promise<(string | null)[]>;
}

/** Starts one; it ends with the test. */
export async function startDirectory(setUp: DirectorySetUp = {}): Promise<TestDirectory> {
  const customers = setUp.customers ?? [acme(destination(314, mappings('Alpha', 'Beta', 'Gamma')))];
  const clock = new FakeClock();
  const random = setUp.random ?? ((): number => 0.5);
  const simulator = await AudienceManagerSimulator.start({ customers, now: () => clock.now() });
  const logs: LogLine[] = [];
  const redactor = new Redactor();
  const logger = createLogger({
    redactor,
    sink: { write: (line) => void logs.push(JSON.parse(line) as LogLine) },
  });
  const metrics = new Metrics();
  const http = new Http({
    requestTimeoutMs: setUp.requestTimeoutMs ?? HOUR,
    retries: setUp.retries ?? 0,
    concurrency: 64,
    clock,
    random,
    logger,
    metrics,
    ...(isSender(setUp.background) && { sender: setUp.background }),
  });
  const tokens = new Tokens({ http, clock, logger, metrics, redactor });
  const client = new AudienceManagerClient({
    http,
    tokens,
    pageSize: 1_000,
    includeDeleted: true,
    logger,
    metrics,
    ...(setUp.background && { joiner: setUp.background }),
  });
  const setups = (setUp.setups ?? ((all) => all))(customers.map((customer) => setupOf(customer, simulator)));
  const folder = await TemporaryFolder.create();
  const file = join(folder.path, 'gateway.db');
  const storage = await openStorage(setUp.storage ?? { engine: 'sqlite', path: file }, { logger });
  const directory = new Directory({
    client,
    storage: setUp.wrap?.(storage) ?? storage,
    customers: setups,
    freshness: { ...FRESHNESS, ...setUp.freshness },
    maxMemoryBytes: setUp.maxMemoryBytes ?? 64 * 1024 * 1024,
    concurrency: setUp.concurrency ?? 8,
    clock,
    random,
    logger,
    metrics,
    ...(setUp.background && { differ: setUp.background }),
  });
  onTestFinished(async () => {
    await directory.stop();
    await http.close();
    await storage.close();
    await folder[Symbol.asyncDispose]();
    await simulator.stop();
  });
  const find: TestDirectory['find'] = async (at, ids, idType) =>
    at.find(await at.snapshot(), ids, idType ?? null);
  return {
    simulator,
    directory,
    clock,
    metrics,
    logger,
    logs,
    file,
    setups,
    find,
    destination: (customerId = 'acme', id = '314') => {
      const found = directory.customers.get(customerId)?.destinations.get(id);
      if (found === undefined) throw new Error(`There is no destination ${id} of ${customerId}`);
      return found;
    },
    names: async (at, ...ids) => namesOf(await find(at, ids)),
  };
}

/** A customer as the directory is told of it, from the one in the simulator. */
function setupOf(customer: SimulatorCustomer, simulator: AudienceManagerSimulator): CustomerSetup {
  return {
    id: customer.key,
    name: customer.key,
    account: accountOf(customer, simulator),
    destinations: customer.destinations.map(({ id }) => ({
      id: String(id),
      name: null,
      type: null,
      segmentIdType: 'MAPPING_ID',
    })),
  };
}

function accountOf(customer: SimulatorCustomer, simulator: AudienceManagerSimulator): Account {
  const { baseUrl, passwordTokenUrl, serverToServerTokenUrl, partner } = simulator;
  if (customer.type === 'password') {
    const { username, password } = customer;
    return { type: 'password', baseUrl, tokenUrl: passwordTokenUrl, ...partner, username, password };
  }
  const { clientId, clientSecret, orgId } = customer;
  return {
    type: 'server-to-server',
    baseUrl,
    tokenUrl: serverToServerTokenUrl,
    scopes: ['openid'],
    clientId,
    clientSecret,
    orgId,
  };
}

/** A customer by password. */
export function acme(...destinations: SimulatorDestination[]): PasswordCustomer {
  return { key: 'acme', type: 'password', username: 'acme-user', password: 'acme-password', destinations };
}

/** A customer by OAuth Server-to-Server. */
export function globex(...destinations: SimulatorDestination[]): ServerToServerCustomer {
  return {
    key: 'globex',
    type: 'server-to-server',
    clientId: 'globex-client',
    clientSecret: 'globex-secret',
    orgId: 'GLOBEX@AdobeOrg',
    destinations,
  };
}

/** A server-to-server destination. */
export function destination(id: number, list: SimulatorMapping[]): SimulatorDestination {
  return { id, name: `Destination ${id}`, type: 'S2S', mappings: list };
}

/** Mappings 1, 2, 3 … with these names and the sids 101, 102, 103 … */
export function mappings(...names: (string | null)[]): SimulatorMapping[] {
  return names.map((name, index) => ({ mappingId: index + 1, sid: index + 101, name }));
}

/** A segment outside of any destination: ACTIVE, called `name`, with ID 1, unless said otherwise. */
export function segment(name: string | null, fields: Partial<Segment> = {}): Segment {
  return {
    id: '1',
    sid: null,
    alias: null,
    name,
    description: null,
    status: 'ACTIVE',
    startDate: null,
    endDate: null,
    createdAt: null,
    updatedAt: null,
    source: 'AUDIENCE_MANAGER',
    confirmedAt: null,
    manual: null,
    ...fields,
  };
}

/** The setups with another password for all who have one. */
export function withPassword(setups: readonly CustomerSetup[], password: string): CustomerSetup[] {
  return setups.map((setup) =>
    setup.account?.type === 'password'
      ? { ...setup, account: { ...setup.account, password } satisfies PasswordAccount }
      : setup,
  );
}

/** In the order of the IDs; `null` for one that stands for nothing. */
export function namesOf({ segments }: Found): (string | null)[] {
  return segments.map((found) => found?.name ?? null);
}

/** The names of a whole snapshot, in its order. */
export function allNames(snapshot: Snapshot): (string | null)[] {
  return [...snapshot.segments].map(({ name }) => name);
}

/** Keeps answers back until it is opened. */
export interface Gate {
  /** Resolves when the next call that is kept back has arrived. */
  readonly arrival: Promise<unknown>;
  open(): void;
}

/** Keeps the answers to calls back, by default of every listing. */
export function hold(simulator: AudienceManagerSimulator, calls: Omit<Fault, 'action'> = {}): Gate {
  const { endpoint = 'mappings', customer, destinationId } = calls;
  let open = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    open = resolve;
  });
  const fault = simulator.fault({ endpoint, ...calls, action: { kind: 'hold', until } });
  return {
    arrival: simulator.nextCall({
      endpoint,
      ...(customer !== undefined && { customer }),
      ...(destinationId !== undefined && { destinationId }),
    }),
    open: () => {
      fault.remove();
      open();
    },
  };
}

/** Goes once round the event loop after the other until something holds that no promise tells of. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

/** Ends with the listing that is under way, however it ends. Where none is, it would start one. */
export async function listingUnderWay(of: Destination): Promise<void> {
  await of.refresh('request').catch(() => undefined);
}

/** How high a counter stands, by the values of its labels joined with a space. */
export async function counts(
  counter: Metrics['lookups' | 'refreshes' | 'evictions'],
): Promise<Record<string, number>> {
  const { values } = await counter.get();
  return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

function isSender(background: Partial<Sender> | undefined): background is Sender {
  return background?.fetchPage !== undefined;
}
