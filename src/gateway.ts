import {
  AudienceManagerClient,
  Http,
  Tokens,
  createDispatcher,
  fetchBy,
  openSender,
  type Account,
  type PageJoiner,
  type Sender,
  type TokenVault,
} from './audience-manager/index.js';
import { Background } from './background/index.js';
import { systemClock, type Clock } from './base/clock.js';
import { configSecrets, unknownCustomers, type Config, type CustomerConfig } from './config/index.js';
import { Directory, type CustomerSetup } from './directory/index.js';
import {
  Admission,
  DEFAULT_SAMPLES,
  QuickAnswers,
  createApolloServer,
  invalidDocuments,
  type SampleOperation,
} from './graphql/index.js';
import { Authenticator, Server } from './server/index.js';
import { openStorage, sealedVault, type Storage } from './storage/index.js';
import { createLogger, type LogLevel, type LogSink, type Logger } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import { Redactor } from './telemetry/redaction.js';

/** What a gateway is given besides its configuration; all of it has real defaults. */
export interface GatewayOptions {
  readonly clock?: Clock;
  /** From 0 to below 1, for jitter. */
  readonly random?: () => number;
  readonly logSink?: LogSink;
  readonly logLevel?: LogLevel;
  /** Learns every secret, for those who have something to say beside the log. */
  readonly redactor?: Redactor;
  /** What Sandbox shows first. */
  readonly samples?: readonly SampleOperation[];
}

/** What every part reports to. */
interface Reporting {
  readonly metrics: Metrics;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly clock: Clock;
}

function createReporting(config: Config, options: GatewayOptions): Reporting {
  const { redactor = new Redactor() } = options;
  for (const secret of configSecrets(config)) redactor.add(secret);
  const logger = createLogger({
    redactor,
    ...(options.logSink === undefined ? {} : { sink: options.logSink }),
    ...(options.logLevel === undefined ? {} : { level: options.logLevel }),
  });
  return { metrics: new Metrics(), redactor, logger, clock: options.clock ?? systemClock };
}

/** The parts that talk to Audience Manager, and what they report to. */
export interface Upstream extends Reporting {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly client: AudienceManagerClient;
  /** For calls to others, over the same proxy and authorities. */
  readonly fetch: typeof fetch;
  /** Ends calls under way and closes all connections. */
  readonly close: () => Promise<void>;
}

/** Builds the Audience Manager client that a configuration asks for. */
export function createUpstream(
  config: Config,
  options: GatewayOptions = {},
  reporting: Reporting = createReporting(config, options),
  vault?: TokenVault,
  /** Closed with the rest. Default: all is done in this thread. */
  background?: Sender & PageJoiner,
): Upstream {
  const { random = Math.random } = options;
  const { requestTimeoutMs, retries, concurrency, pageSize, includeDeleted } = config.audienceManager;
  const { metrics, redactor, logger, clock } = reporting;
  const dispatcher = createDispatcher(config.outbound, { connections: concurrency });
  const http = new Http({
    requestTimeoutMs,
    retries,
    concurrency,
    clock,
    random,
    logger,
    metrics,
    sender: background ?? openSender({ outbound: config.outbound, connections: concurrency }),
  });
  const sharing = vault === undefined ? {} : { vault };
  const tokens = new Tokens({ http, clock, logger, metrics, redactor, ...sharing });
  const client = new AudienceManagerClient({
    http,
    tokens,
    pageSize,
    includeDeleted,
    logger,
    metrics,
    ...(background === undefined ? {} : { joiner: background }),
  });
  const close = async (): Promise<void> => {
    await http.close();
    await dispatcher.destroy();
  };
  return { ...reporting, http, tokens, client, fetch: fetchBy(dispatcher), close };
}

/** How to call Audience Manager for a customer; `null` where there are no credentials. */
export function accountOf(config: Config, customer: CustomerConfig): Account | null {
  const { credentials } = customer;
  const { password, serverToServer } = config.audienceManager;
  if (credentials === null) return null;
  if (credentials.type === 'server-to-server') return { ...serverToServer, ...credentials };
  // The configuration is refused without these when a customer needs them.
  return password === null ? null : { ...password, ...credentials };
}

/** Everything behind the server. */
export interface Parts {
  readonly upstream: Upstream;
  readonly storage: Storage;
  readonly directory: Directory;
}

/** Opens what stands behind the server: for the gateway itself, and for commands that work without one. */
export async function openParts(config: Config, options: GatewayOptions = {}): Promise<Parts> {
  const reporting = createReporting(config, options);
  const { clock, metrics, logger } = reporting;
  const storage = await openStorage(config.storage, { logger, clock });
  const { encryptionKey } = config.storage;
  const vault = encryptionKey === null ? undefined : sealedVault(storage, encryptionKey, clock);
  const { outbound, audienceManager } = config;
  const background = new Background({ outbound, connections: audienceManager.concurrency, logger });
  const upstream = createUpstream(config, options, reporting, vault, background);
  const directory = new Directory({
    client: upstream.client,
    storage,
    customers: setupsOf(config),
    freshness: config.freshness,
    differ: background,
    maxMemoryBytes: config.cache.maxMemoryBytes,
    concurrency: config.audienceManager.concurrency,
    clock,
    logger,
    metrics,
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  return { upstream, storage, directory };
}

/** Ends listings and calls under way, then closes the storage. */
export async function closeParts({ upstream, storage, directory }: Parts): Promise<void> {
  await directory.stop();
  await upstream.close();
  await storage.close();
}

/** What stands before the directory. */
interface Front {
  readonly server: Server;
  readonly access: Authenticator;
  readonly admission: Admission;
  readonly quick: QuickAnswers;
  readonly url: string;
}

const OPEN_NOTICE =
  'there is no access control: whoever can call this address may read and change everything; see access in the configuration';

/** In one line of the log. */
const MAX_NAMED = 20;

/** The running whole: built from a configuration, started and stopped in order. */
export class Gateway {
  #config: Config;
  readonly #parts: Parts;
  readonly #front: Front;

  private constructor(config: Config, parts: Parts, front: Front) {
    this.#config = config;
    this.#parts = parts;
    this.#front = front;
  }

  /** Where it listens, without a trailing slash. */
  get url(): string {
    return this.#front.url;
  }

  /** @throws StorageError, or the listening socket's error, such as EADDRINUSE */
  static async start(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
    const parts = await openParts(config, options);
    const { metrics, logger, clock, fetch } = parts.upstream;
    const { access: accessConfig, limits, listen } = config;
    const access = new Authenticator(accessConfig, { clock, fetch });
    const admission = new Admission(limits, accessConfig?.trustedDocuments ?? null);
    const quick = new QuickAnswers({
      limits,
      admission,
      metrics,
      maxAnswerBytes: config.cache.maxAnswerBytes,
    });
    const apollo = createApolloServer({
      logger,
      metrics,
      limits,
      admission,
      quick,
      samples: listen.sandbox ? (options.samples ?? DEFAULT_SAMPLES) : null,
    });
    try {
      await apollo.start();
    } catch (error) {
      await closeParts(parts);
      throw error;
    }
    const server = new Server({
      config,
      apollo,
      access,
      admission,
      quick,
      directory: parts.directory,
      metrics,
      logger,
      clock,
    });
    try {
      const url = await server.listen();
      await parts.directory.start();
      server.ready();
      const { engine } = parts.storage;
      logger.info(
        { url: `${url}/graphql`, customers: config.customers.length, storage: engine },
        'gateway is listening',
      );
      if (accessConfig === null) logger.warn(OPEN_NOTICE);
      warnOfMisfits(config, logger);
      return new Gateway(config, parts, { server, access, admission, quick, url });
    } catch (error) {
      await server.close();
      await closeParts(parts);
      throw error;
    }
  }

  /** The gateway's own log. */
  get logger(): Logger {
    return this.#parts.upstream.logger;
  }

  /** What it counts. */
  get metrics(): Metrics {
    return this.#parts.upstream.metrics;
  }

  /** Takes over what a changed configuration may change while it runs; the rest of it needs a restart. */
  reload(config: Config): void {
    const { redactor, tokens, logger } = this.#parts.upstream;
    // Those from before stay: some are in use until the next start, and all may still be good elsewhere.
    for (const secret of configSecrets(config)) redactor.add(secret);
    const setups = setupsOf(config);
    this.#parts.directory.configure(setups);
    this.#front.access.configure(config.access);
    this.#front.admission.configure(config.access?.trustedDocuments ?? null);
    this.#front.quick.clear();
    tokens.retain(setups.map((setup) => setup.account).filter((account) => account !== null));
    const changed = (
      ['listen', 'limits', 'audienceManager', 'outbound', 'freshness', 'cache', 'storage'] as const
    ).filter(
      (key) =>
        JSON.stringify(withoutReloaded(config)[key]) !== JSON.stringify(withoutReloaded(this.#config)[key]),
    );
    const ignored = [...changed, ...this.#front.server.renewCertificate(config.listen.tls)];
    if (ignored.length > 0) logger.warn({ keys: ignored }, 'these changes take effect at the next start');
    if (config.access === null && this.#config.access !== null) logger.warn(OPEN_NOTICE);
    warnOfMisfits(config, logger);
    this.#config = config;
    logger.info({ customers: config.customers.length }, 'configuration reloaded');
  }

  /** Lets requests under way end, then stops everything that was started. */
  async stop(): Promise<void> {
    const { logger } = this.#parts.upstream;
    logger.info('gateway is stopping');
    await this.#front.server.close();
    await closeParts(this.#parts);
    logger.info('gateway has stopped');
  }
}

function setupsOf(config: Config): CustomerSetup[] {
  return config.customers.map((customer) => ({
    id: customer.id,
    name: customer.name,
    account: accountOf(config, customer),
    destinations: customer.destinations,
  }));
}

/** Names what is right by itself in `access` and fits nothing that there is. */
function warnOfMisfits(config: Config, logger: Logger): void {
  const customers = unknownCustomers(config);
  if (customers.length > 0) {
    const named = { customers: customers.slice(0, MAX_NAMED), count: customers.length };
    logger.warn(named, 'access names customers that are not configured; check their IDs');
  }
  const documents = invalidDocuments(config.access?.trustedDocuments?.documents ?? {});
  if (documents.length > 0) {
    const named = { documents: documents.slice(0, MAX_NAMED), count: documents.length };
    logger.warn(named, 'trusted documents do not fit the schema; they fail whenever they are used');
  }
}

/** Hosts and clients of both authentication methods are part of accounts, so they are taken over; so is TLS. */
function withoutReloaded(config: Config): Record<keyof Config, unknown> {
  const { password: _password, serverToServer: _serverToServer, ...audienceManager } = config.audienceManager;
  const { tls: _tls, ...listen } = config.listen;
  return { ...config, audienceManager, listen };
}
