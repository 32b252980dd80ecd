import {
  AudienceManagerClient,
  Http,
  Tokens,
  createDispatcher,
  fetchBy,
  openSender,
  tracedSender,
  type Account,
  type CallTurns,
  type LogInLedger,
  type PageJoiner,
  type Sender,
  type TokenVault,
} from './audience-manager/index.js';
import { Background } from './background/index.js';
import { systemClock, withTimeout, type Clock } from './base/clock.js';
import { TimeLimit } from './base/time-limit.js';
import { configSecrets, type Config, type CustomerConfig } from './config/index.js';
import { Directory, type CustomerSetup } from './directory/index.js';
import type { Peers } from './gateway-peers.js';
import {
  HistoryKeeper,
  StorageProbe,
  encryptedTokenStore,
  openStorage,
  tracedStorage,
  type Storage,
} from './storage/index.js';
import { firstConfiguration } from './telemetry/configuration-state.js';
import { createLogger, type LogLevel, type LogSink, type Logger } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import { openTracing } from './telemetry/open-tracing.js';
import { Redactor } from './telemetry/redaction.js';
import { Tracing } from './telemetry/tracing.js';

/** Everything that the parts need besides the configuration. */
export interface PartsOptions {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive), for jitter. Default: `Math.random`. */
  readonly random?: () => number;
  /** Where log lines are written. Default: standard output. */
  readonly logSink?: LogSink;
  /** Default: `info`. */
  readonly logLevel?: LogLevel;
  /** Receives all secrets, so that the caller can remove them from its own output too. Default: a new one. */
  readonly redactor?: Redactor;
  /** Whether a gateway is to be served, for which the database is reserved: see `openStorage`. Default: `false`. */
  readonly serving?: boolean;
  /** For how long no listing begins that nobody waits for, in milliseconds from the opening. Default: 0. */
  readonly quietMs?: number;
  /** The other processes of the gateway. Default: there are none. */
  readonly peers?: Peers;
}

/** What all parts share: the clock, and where they log and count. */
interface SharedParts {
  readonly tracing: Tracing;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The parts that call Audience Manager. */
export interface Upstream extends SharedParts {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly client: AudienceManagerClient;
  /** `fetch` with the configured proxy and certificate authorities, for calls to other hosts. */
  readonly fetch: typeof fetch;
  /** Cancels calls in flight and closes all connections. */
  readonly close: () => Promise<void>;
}

/** All parts behind the HTTP server. */
export interface Parts {
  readonly upstream: Upstream;
  readonly storage: Storage;
  /** Not started. */
  readonly probe: StorageProbe;
  readonly directory: Directory;
  /** Removes old history, once it is started; `null`: everything is kept. */
  readonly historyKeeper: HistoryKeeper | null;
}

/** What the parts that call Audience Manager may share with other threads and processes. */
interface UpstreamOptions {
  readonly vault?: TokenVault;
  readonly ledger?: LogInLedger;
  readonly joiner?: PageJoiner;
  /** Default: this process decides alone when it calls. */
  readonly turns?: CallTurns;
  /** How long calls wait while their host answers 429, in milliseconds. */
  readonly patienceMs?: number;
}

/** How long closing may take if nobody says so, in milliseconds. */
const DEFAULT_LIMIT_MS = 25_000;

/** Maximum time for storing first listings, in milliseconds. Those not stored are read again after the start. */
const MAX_STORING_MS = 5_000;

/** How much of the limit is kept for what comes after storing, in milliseconds. */
const CLOSING_MS = 2_000;

/** Somebody waits in front of a terminal. */
const COMMAND_PATIENCE_MS = 10_000;

/** How long a log-in waits for the storage, in milliseconds; then this process counts for itself. */
const LEDGER_TIMEOUT_MS = 1_000;

/** Opens all parts behind the HTTP server, for the gateway and for commands that run without a server. */
export async function openParts(config: Config, options: PartsOptions = {}): Promise<Parts> {
  const tracing = await openTracing({
    url: config.telemetry.traces,
    clock: options.clock ?? systemClock,
    onExportError: (error, lostSpans) =>
      logger.warn({ err: error, lostSpans }, 'traces could not be sent; check telemetry.traces'),
  });
  const own = createSharedParts(config, options, tracing);
  const { metrics, logger } = own;
  const { peers, serving = false, quietMs = 0 } = options;
  peers?.attach(metrics);
  const given = options.clock === undefined ? {} : { clock: options.clock };
  // A command does not run long enough for it.
  const searchMemoryBytes = serving ? config.cache.maxSearchBytes : 0;
  const opening = openStorage(config.storage, {
    logger,
    serving: peers?.file ?? serving,
    searchMemoryBytes,
    ...given,
  });
  const opened = await opening.catch(async (error: unknown) => {
    await new TimeLimit(own.clock, CLOSING_MS).allows(tracing.close()).catch(() => false);
    throw error;
  });
  const storage = tracedStorage(opened, tracing);
  metrics.observePool(() => storage.poolUse());
  metrics.observeSearchMemory(() => storage.searchMemory()?.bytes ?? null);
  // Dates are compared with those that other gateways have stored.
  const clock = tracing.withTimersOfTheirOwn(storage.clock);
  const shared = { ...own, clock };
  metrics.observeClockOffset(() => {
    const offsetMs = storage.clockOffset();
    return offsetMs === null ? null : offsetMs / 1_000;
  });
  const { encryptionKey } = config.storage;
  const vault = encryptionKey === null ? peers?.tokens : encryptedTokenStore(storage, encryptionKey, clock);
  const { concurrency } = config.audienceManager;
  const background = new Background({ outbound: config.outbound, connections: concurrency, logger });
  const probe = new StorageProbe(storage, clock);
  const upstream = assembleUpstream(config, options, shared, background, {
    joiner: background,
    ledger: logInLedger(storage, clock),
    ...(vault === undefined ? {} : { vault }),
    ...(peers === undefined ? {} : { turns: peers.calls }),
  });
  const directory = new Directory({
    client: upstream.client,
    storage,
    ...(peers === undefined ? {} : { isShared: true, writeTurns: peers.writeTurns, demand: peers.demand }),
    customers: customerSetups(config),
    freshness: config.freshness,
    differ: background,
    maxMemoryBytes: config.cache.maxMemoryBytes,
    unaskedFromMs: clock.elapsed() + quietMs,
    concurrency,
    clock,
    logger,
    metrics,
    tracing,
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  metrics.observeStorage(() => probe.isUp && directory.storageAvailable);
  metrics.observeWorkers(() => {
    const { threadIsUp: sqlite = null } = storage;
    const search = storage.searchMemory()?.threadIsUp ?? null;
    return {
      background: background.isUp,
      ...(sqlite === null ? {} : { sqlite }),
      ...(search === null ? {} : { search }),
    };
  });
  return {
    upstream,
    storage,
    probe,
    directory,
    historyKeeper: peers?.keepsHouse === false ? null : createHistoryKeeper(config, options, storage, shared),
  };
}

function createHistoryKeeper(
  config: Config,
  { random = Math.random }: PartsOptions,
  storage: Storage,
  { clock, logger, metrics }: SharedParts,
): HistoryKeeper | null {
  const { keepHistoryMs: keepMs } = config.storage;
  if (keepMs === null) return null;
  const onRemoved = (count: number): void => metrics.historyRemoved.inc(count);
  return new HistoryKeeper({ storage, keepMs, clock, random, logger, onRemoved });
}

/**
 * Stores first listings that wait to be stored, ends listings and calls in flight, then closes the storage. What does not
 * end within the limit is given up: the log says what, and the process has to be ended. What fails does not keep the rest
 * from being closed.
 *
 * @param limit default: 25 s from now
 */
export async function closeParts(
  { upstream, storage, probe, directory, historyKeeper }: Parts,
  limit: TimeLimit = new TimeLimit(upstream.clock, DEFAULT_LIMIT_MS),
): Promise<void> {
  const { logger } = upstream;
  const closing = limit.before(Math.min(CLOSING_MS, limit.remainingMs / 2));
  const storingMs = Math.min(MAX_STORING_MS, closing.remainingMs);
  const inTime = async (what: string, work: Promise<unknown>): Promise<void> => {
    try {
      if (await limit.allows(work)) return;
      logger.warn({ givenUp: what }, 'the time to stop is over; not waiting any longer');
    } catch (error) {
      logger.error({ err: error, failed: what }, 'could not be closed in order; going on');
    }
  };
  probe.stop();
  // Beside the next step, because a database that does not answer would use up the time of all others.
  const historyEnds = inTime('removing old history', historyKeeper?.stop() ?? Promise.resolve());
  let calls: Promise<void> | undefined;
  const endCalls = (): Promise<void> => (calls ??= upstream.close());
  await inTime('listings and calls in flight', directory.stop(storingMs, endCalls));
  await historyEnds;
  await inTime('calls to Audience Manager', endCalls());
  await inTime('the storage', storage.close());
  await inTime('traces', upstream.tracing.close());
}

/**
 * Creates only the parts that call Audience Manager. They run in the calling thread, share no tokens, and count log-ins
 * for themselves.
 */
export function createUpstream(config: Config, options: PartsOptions = {}): Upstream {
  const shared = createSharedParts(config, options, new Tracing(null));
  const { outbound, audienceManager } = config;
  const sender = openSender({ outbound, connections: audienceManager.concurrency });
  return assembleUpstream(config, options, shared, sender, { patienceMs: COMMAND_PATIENCE_MS });
}

/** The Audience Manager account of a customer; `null` if the customer has no credentials. */
export function accountOf(config: Config, customer: CustomerConfig): Account | null {
  const { credentials } = customer;
  const { password, serverToServer } = config.audienceManager;
  if (credentials === null) return null;
  const { id } = customer;
  if (credentials.type === 'server-to-server') return { ...serverToServer, ...credentials, customer: id };
  // `password` is never null here: the configuration is rejected if a customer needs it and it is missing.
  return password === null ? null : { ...password, ...credentials, customer: id };
}

/** The customers of a configuration in the form that the directory takes. */
export function customerSetups(config: Config): CustomerSetup[] {
  return config.customers.map((customer) => ({
    id: customer.id,
    name: customer.name,
    account: accountOf(config, customer),
    destinations: customer.destinations,
    discovery: customer.discovery,
  }));
}

/** Counts log-ins in the storage, over restarts and for all gateways that share it. */
function logInLedger(storage: Storage, clock: Clock): LogInLedger {
  const within = <T>(call: Promise<T>): Promise<T> =>
    withTimeout(clock, call, LEDGER_TIMEOUT_MS, () => {
      throw new Error(`the storage did not answer within ${LEDGER_TIMEOUT_MS} ms`);
    });
  return {
    read: (account) => within(storage.logIn(account)),
    claim: (account, expected, now) => within(storage.claimLogIn(account, expected, now)),
    reject: (account, now, message) => within(storage.rejectLogIn(account, now, message)),
    clear: (account) => within(storage.clearLogIn(account)),
  };
}

function createSharedParts(config: Config, options: PartsOptions, tracing: Tracing): SharedParts {
  const { redactor = new Redactor(), clock = systemClock, peers } = options;
  for (const secret of configSecrets(config)) redactor.add(secret);
  const logger = createLogger({
    redactor,
    tracing,
    ...(options.logSink === undefined ? {} : { sink: options.logSink }),
    ...(options.logLevel === undefined ? {} : { level: options.logLevel }),
    ...(peers === undefined ? {} : { base: { worker: peers.worker } }),
  });
  const metrics = new Metrics();
  metrics.configured(peers?.configuration ?? firstConfiguration(clock.now()));
  return { metrics, redactor, logger, tracing, clock };
}

/** @param sender closed with the rest */
function assembleUpstream(
  config: Config,
  { random = Math.random }: PartsOptions,
  shared: SharedParts,
  sender: Sender,
  optional: UpstreamOptions = {},
): Upstream {
  const { pageSize, includeDeleted, maxListingBytes, ...calls } = config.audienceManager;
  const { requestTimeoutMs, retries, concurrency, callsPerSecond } = calls;
  const { metrics, redactor, logger, tracing, clock } = shared;
  const { joiner, patienceMs, turns, ...sharing } = optional;
  const dispatcher = createDispatcher(config.outbound, { connections: concurrency });
  const http = new Http({
    requestTimeoutMs,
    retries,
    concurrency,
    callsPerSecond,
    clock,
    random,
    logger,
    metrics,
    sender: tracedSender(sender, tracing),
    ...(patienceMs === undefined ? {} : { patienceMs }),
    ...(turns === undefined ? {} : { turns }),
  });
  const tokens = new Tokens({ http, clock, logger, metrics, redactor, ...sharing });
  const client = new AudienceManagerClient({
    http,
    tokens,
    pageSize,
    includeDeleted,
    maxListingBytes,
    clock,
    logger,
    metrics,
    tracing,
    ...(joiner === undefined ? {} : { joiner }),
  });
  const close = async (): Promise<void> => {
    await http.close();
    await dispatcher.destroy();
  };
  return { ...shared, http, tokens, client, fetch: fetchBy(dispatcher), close };
}
