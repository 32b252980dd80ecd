import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import {
  AudienceManagerClient,
  Http,
  Tokens,
  type PageJoiner,
  type PasswordAccount,
  type Sender,
} from '../../src/audience-manager/index.js';
import type { SegmentIdType } from '../../src/config/index.js';
import {
  Directory,
  kindsFor,
  type CustomerSetup,
  type Destination,
  type Found,
  type Freshness,
  type IdKinds,
  type ListingDiffer,
  type Segment,
  type SharedDemand,
  type Snapshot,
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
import { passwordCustomer, serverToServerCustomer } from './customers.js';
import { FakeClock } from './fake-clock.js';
import { makeSegment } from './segment.js';
import { accountFor } from './upstream.js';
import { passing } from './waiting.js';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** Defaults of the configuration, except that scheduled refreshes are off. */
const FRESHNESS: Freshness = {
  ttlMs: HOUR,
  refreshEveryMs: 0,
  newIdIntervalMs: MINUTE,
  lookupTimeoutMs: 2 * SECOND,
  coldTimeoutMs: 10 * SECOND,
};

/** What a test directory starts with. */
export interface DirectorySetUp {
  /** Simulated customers; default: Acme with destination 314, which has three segments. */
  readonly customers?: SimulatorCustomer[];
  /** Changes the customers that the directory is configured with; default: the simulated ones. */
  readonly setups?: (setups: CustomerSetup[]) => CustomerSetup[];
  /** What the configuration says of all destinations; default: MAPPING_ID, with which no details are read. */
  readonly segmentIdType?: SegmentIdType;
  readonly freshness?: Partial<Freshness>;
  /** For how long no listing begins that nobody waits for. Default: 0. */
  readonly quietMs?: number;
  readonly maxMemoryBytes?: number;
  /** Maximum number of scheduled refreshes at once; default: 8. HTTP calls have no such limit. */
  readonly concurrency?: number;
  /** Default: one hour, which is longer than every timeout of the directory. */
  readonly requestTimeoutMs?: number;
  /** What one listing may take; default: 256 MiB. */
  readonly maxListingBytes?: number;
  readonly retries?: number;
  /** How long calls wait while their host answers 429; default: they fail at once. */
  readonly patienceMs?: number;
  /** Maximum number of calls at once; default: 64. */
  readonly calls?: number;
  /** Default: always 0.5. */
  readonly random?: () => number;
  /** Default: all work on listings is done in this thread. Without `fetchPage`, only the calls are. */
  readonly background?: PageJoiner & ListingDiffer & Partial<Sender>;
  /** Default: a new SQLite file. */
  readonly storage?: StorageConfig;
  /** What the processes of this gateway want of each other; default: there are no others. */
  readonly demand?: SharedDemand;
  /** Replaces the storage that the directory gets. */
  readonly wrap?: (storage: Storage) => Storage;
}

/** A log object. */
export type LogLine = Record<string, unknown> & { readonly level: string; readonly msg: string };

/** A directory with the real client in front of a simulator, all on one clock. */
export interface TestDirectory {
  readonly simulator: AudienceManagerSimulator;
  readonly directory: Directory;
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** All log objects. */
  readonly logs: readonly LogLine[];
  /** Path of the SQLite file; unused with another `storage`. */
  readonly file: string;
  /** The customers that the directory was created with. */
  readonly setups: readonly CustomerSetup[];
  /** A destination; default: 314 of Acme. @throws if it is not configured */
  readonly at: (customerId?: string, id?: string) => Destination;
  /** Gets the snapshot and looks up IDs in it, as a request does. */
  readonly find: (at: Destination, ids: readonly string[], idType?: SegmentIdType) => Promise<Found>;
  /** Looks up the names of IDs; `null` for an ID that is not found, whatever the reason. */
  readonly names: (at: Destination, ...ids: string[]) => Promise<(string | null)[]>;
}

/** Creates a directory, which is stopped when the test ends. */
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
    patienceMs: setUp.patienceMs ?? 0,
    callsPerSecond: 1_000,
    concurrency: setUp.calls ?? 64,
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
    clock,
    ...(setUp.maxListingBytes !== undefined && { maxListingBytes: setUp.maxListingBytes }),
    logger,
    metrics,
    ...(setUp.background && { joiner: setUp.background }),
  });
  const { segmentIdType = 'MAPPING_ID' } = setUp;
  const setups = (setUp.setups ?? ((all) => all))(
    customers.map((customer) => withIdType(setupOf(customer, simulator), segmentIdType)),
  );
  const folder = await TemporaryFolder.create();
  const file = join(folder.path, 'gateway.db');
  const storage = await openStorage(setUp.storage ?? { engine: 'sqlite', path: file }, { logger });
  const directory = new Directory({
    client,
    storage: setUp.wrap?.(storage) ?? storage,
    demand: setUp.demand,
    customers: setups,
    freshness: { ...FRESHNESS, ...setUp.freshness },
    unaskedFromMs: clock.elapsed() + (setUp.quietMs ?? 0),
    maxMemoryBytes: setUp.maxMemoryBytes ?? 64 * 1024 * 1024,
    concurrency: setUp.concurrency ?? 8,
    clock,
    random,
    logger,
    metrics,
    ...(setUp.background && { differ: setUp.background }),
  });
  onTestFinished(async () => {
    // A test that fails may leave something open, which the stop waits for.
    await passing(clock, directory.stop());
    await http.close();
    await storage.close();
    await folder[Symbol.asyncDispose]();
    await simulator.stop();
  });
  const find: TestDirectory['find'] = async (at, ids, idType) =>
    at.find(await at.snapshot(), ids, await at.kinds(idType));
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
    at: (customerId = 'acme', id = '314') => {
      const found = directory.customers.get(customerId)?.destinations.get(id);
      if (found === undefined) throw new Error(`There is no destination ${id} of ${customerId}`);
      return found;
    },
    names: async (at, ...ids) => namesOf(await find(at, ids)),
  };
}

/** Creates a directory that refreshes every hour, and starts the scheduler. */
export async function startScheduled(setUp: DirectorySetUp = {}): Promise<TestDirectory> {
  const test = await startDirectory({ ...setUp, freshness: { refreshEveryMs: HOUR, ...setUp.freshness } });
  await test.directory.start();
  return test;
}

/** Configuration of a simulated customer. */
function setupOf(customer: SimulatorCustomer, simulator: AudienceManagerSimulator): CustomerSetup {
  return {
    id: customer.key,
    name: customer.key,
    account: accountFor(simulator, customer),
    destinations: customer.destinations.map(({ id }) => ({
      id: String(id),
      name: null,
      type: null,
      segmentIdType: 'MAPPING_ID',
      format: null,
    })),
  };
}

/** A customer with a user name and a password. */
export function acme(...destinations: SimulatorDestination[]): PasswordCustomer {
  return passwordCustomer('acme', ...destinations);
}

/** A customer with OAuth Server-to-Server credentials. */
export function globex(...destinations: SimulatorDestination[]): ServerToServerCustomer {
  return serverToServerCustomer('globex', ...destinations);
}

/** A server-to-server destination. */
export function destination(id: number, list: SimulatorMapping[]): SimulatorDestination {
  return { id, name: `Destination ${id}`, type: 'S2S', mappings: list };
}

/** Mappings with these names, mapping IDs from 1 and sids from 101. */
export function mappings(...names: (string | null)[]): SimulatorMapping[] {
  return names.map((name, index) => ({ mappingId: index + 1, sid: index + 101, name }));
}

/** A segment that belongs to no destination: ACTIVE, with the ID 1. `fields` override. */
export function segment(name: string | null, fields: Partial<Segment> = {}): Segment {
  return makeSegment('1', { name, ...fields });
}

/** The customers, with another password for all that log in with one. */
export function withPassword(setups: readonly CustomerSetup[], password: string): CustomerSetup[] {
  return setups.map((setup) =>
    setup.account?.type === 'password'
      ? { ...setup, account: { ...setup.account, password } satisfies PasswordAccount }
      : setup,
  );
}

/** The customer, with another kind of IDs in all of its destinations. */
export function withIdType(setup: CustomerSetup, segmentIdType: SegmentIdType): CustomerSetup {
  return { ...setup, destinations: setup.destinations.map((each) => ({ ...each, segmentIdType })) };
}

/** Names in the order of the IDs; `null` for an ID that is not found, whatever the reason. */
export function namesOf({ results }: Found): (string | null)[] {
  return results.map((result) => (result.status === 'FOUND' ? result.segment.name : null));
}

/** The kinds for IDs of a stated kind, in a destination of which nothing is known. */
export function kindsOf(idType: SegmentIdType): IdKinds {
  return kindsFor({ type: null, segmentIdType: idType }, null);
}

/** The segments of a snapshot that an ID of a stated kind stands for. */
export function identified(snapshot: Snapshot, id: string, idType: SegmentIdType): (Segment | undefined)[] {
  return snapshot.identify(id, kindsOf(idType)).map(({ index }) => snapshot.segments.at(index));
}

/** Names of all segments of a snapshot, in its order. */
export function allNames(snapshot: Snapshot): (string | null)[] {
  return [...snapshot.segments].map(({ name }) => name);
}

/** Holds calls back until it is opened. */
export interface Gate {
  /** Resolves when the next call arrives. */
  readonly arrival: Promise<unknown>;
  open(): void;
}

/** Makes the simulator hold its responses back, by default those of the mappings endpoint. */
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

/** Polls a condition once per turn of the event loop, for states that no promise announces. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

/** Waits until the listing in flight has ended, successfully or not. Starts one if there is none. */
export async function listingUnderWay(of: Destination): Promise<void> {
  await of.refresh('schedule').catch(() => undefined);
}

/**
 * Values of a counter, by label values joined with a space. Without series of labels that are still at 0; of all customers
 * together where the destination is no label.
 */
export async function counts(
  counter: Metrics['lookups' | 'autoLookups' | 'refreshes' | 'evictions'],
): Promise<Record<string, number>> {
  const { values } = await counter.get();
  const sums: Record<string, number> = {};
  for (const { labels, value } of values) {
    if (value === 0 && Object.keys(labels).length > 0) continue;
    const { customer: _customer, ...others } = labels as Record<string, string>;
    const key = Object.values('destination' in labels ? labels : others).join(' ');
    sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

function isSender(background: Partial<Sender> | undefined): background is Sender {
  return background?.fetchPage !== undefined;
}
