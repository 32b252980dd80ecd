import {
  AudienceManagerClient,
  Http,
  Tokens,
  createDispatcher,
  fetchBy,
  openSender,
  type Account,
  type LogInLedger,
  type PageJoiner,
  type Sender,
  type TokenVault,
} from './audience-manager/index.js';
import { Background } from './background/index.js';
import { systemClock, withTimeout, type Clock } from './base/clock.js';
import { configSecrets, type Config, type CustomerConfig } from './config/index.js';
import { Directory, type CustomerSetup } from './directory/index.js';
import { openStorage, encryptedTokenStore, type Storage } from './storage/index.js';
import { createLogger, type LogLevel, type LogSink, type Logger } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import { Redactor } from './telemetry/redaction.js';

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
}

/** What all parts share: the clock, and where they log and count. */
interface SharedParts {
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
  readonly directory: Directory;
}

/** What the parts that call Audience Manager may share with other threads and processes. */
interface UpstreamOptions {
  readonly vault?: TokenVault;
  readonly ledger?: LogInLedger;
  readonly joiner?: PageJoiner;
}

/** How long a log-in waits for the storage, in milliseconds; then this process counts for itself. */
const LEDGER_TIMEOUT_MS = 1_000;

/** Opens all parts behind the HTTP server, for the gateway and for commands that run without a server. */
export async function openParts(config: Config, options: PartsOptions = {}): Promise<Parts> {
  const shared = createSharedParts(config, options);
  const { clock, metrics, logger } = shared;
  const storage = await openStorage(config.storage, { logger, clock });
  const { encryptionKey } = config.storage;
  const vault = encryptionKey === null ? undefined : encryptedTokenStore(storage, encryptionKey, clock);
  const { concurrency } = config.audienceManager;
  const background = new Background({ outbound: config.outbound, connections: concurrency, logger });
  const upstream = assembleUpstream(config, options, shared, background, {
    joiner: background,
    ledger: logInLedger(storage, clock),
    ...(vault === undefined ? {} : { vault }),
  });
  const directory = new Directory({
    client: upstream.client,
    storage,
    customers: customerSetups(config),
    freshness: config.freshness,
    differ: background,
    maxMemoryBytes: config.cache.maxMemoryBytes,
    concurrency,
    clock,
    logger,
    metrics,
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  return { upstream, storage, directory };
}

/** Ends listings and calls in flight, then closes the storage. */
export async function closeParts({ upstream, storage, directory }: Parts): Promise<void> {
  await directory.stop();
  await upstream.close();
  await storage.close();
}

/**
 * Creates only the parts that call Audience Manager. They run in the calling thread, share no tokens, and count log-ins
 * for themselves.
 */
export function createUpstream(config: Config, options: PartsOptions = {}): Upstream {
  const shared = createSharedParts(config, options);
  const { outbound, audienceManager } = config;
  const sender = openSender({ outbound, connections: audienceManager.concurrency });
  return assembleUpstream(config, options, shared, sender);
}

/** The Audience Manager account of a customer; `null` if the customer has no credentials. */
export function accountOf(config: Config, customer: CustomerConfig): Account | null {
  const { credentials } = customer;
  const { password, serverToServer } = config.audienceManager;
  if (credentials === null) return null;
  if (credentials.type === 'server-to-server') return { ...serverToServer, ...credentials };
  // `password` is never null here: the configuration is rejected if a customer needs it and it is missing.
  return password === null ? null : { ...password, ...credentials };
}

/** The customers of a configuration in the form that the directory takes. */
export function customerSetups(config: Config): CustomerSetup[] {
  return config.customers.map((customer) => ({
    id: customer.id,
    name: customer.name,
    account: accountOf(config, customer),
    destinations: customer.destinations,
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

function createSharedParts(config: Config, options: PartsOptions): SharedParts {
  const { redactor = new Redactor(), clock = systemClock } = options;
  for (const secret of configSecrets(config)) redactor.add(secret);
  const logger = createLogger({
    redactor,
    ...(options.logSink === undefined ? {} : { sink: options.logSink }),
    ...(options.logLevel === undefined ? {} : { level: options.logLevel }),
  });
  return { metrics: new Metrics(), redactor, logger, clock };
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
  const { metrics, redactor, logger, clock } = shared;
  const { joiner, ...sharing } = optional;
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
    sender,
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
    ...(joiner === undefined ? {} : { joiner }),
  });
  const close = async (): Promise<void> => {
    await http.close();
    await dispatcher.destroy();
  };
  return { ...shared, http, tokens, client, fetch: fetchBy(dispatcher), close };
}
