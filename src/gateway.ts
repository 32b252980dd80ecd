import { AudienceManagerClient, Http, Tokens, type Account } from './audience-manager/index.js';
import { systemClock, type Clock } from './clock.js';
import { configSecrets, type Config, type CustomerConfig } from './config/index.js';
import { Directory, type CustomerSetup } from './directory/index.js';
import { GENERAL_SAMPLES, createApolloServer, type SampleOperation } from './graphql/index.js';
import { Server } from './server/index.js';
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
  /** What Sandbox shows first. */
  readonly samples?: readonly SampleOperation[];
}

/** The parts that talk to Audience Manager, and what they share. */
export interface Upstream {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly client: AudienceManagerClient;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Builds the Audience Manager client that a configuration asks for. */
export function createUpstream(config: Config, options: GatewayOptions = {}): Upstream {
  const { clock = systemClock, random = Math.random } = options;
  const { requestTimeoutMs, retries, concurrency, pageSize, includeDeleted } = config.audienceManager;
  const redactor = new Redactor(configSecrets(config));
  const logger = createLogger({
    redactor,
    ...(options.logSink === undefined ? {} : { sink: options.logSink }),
    ...(options.logLevel === undefined ? {} : { level: options.logLevel }),
  });
  const metrics = new Metrics();
  const http = new Http({ requestTimeoutMs, retries, concurrency, clock, random, logger, metrics });
  const tokens = new Tokens({ http, clock, logger, metrics, redactor });
  const client = new AudienceManagerClient({ http, tokens, pageSize, includeDeleted, logger, metrics });
  return { http, tokens, client, metrics, redactor, logger, clock };
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

/** The running whole: built from a configuration, started and stopped in order. */
export class Gateway {
  #config: Config;
  readonly #upstream: Upstream;
  readonly #directory: Directory;
  readonly #server: Server;
  /** Where it listens, without a trailing slash. */
  readonly url: string;

  private constructor(config: Config, upstream: Upstream, directory: Directory, server: Server, url: string) {
    this.#config = config;
    this.#upstream = upstream;
    this.#directory = directory;
    this.#server = server;
    this.url = url;
  }

  /** @throws the listening socket's error, such as EADDRINUSE */
  static async start(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
    const upstream = createUpstream(config, options);
    const { client, clock, metrics, logger, http } = upstream;
    const directory = new Directory({
      client,
      customers: setupsOf(config),
      freshness: config.freshness,
      maxMemoryBytes: config.cache.maxMemoryBytes,
      concurrency: config.audienceManager.concurrency,
      clock,
      logger,
      metrics,
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    const apollo = createApolloServer({ logger, metrics, samples: options.samples ?? GENERAL_SAMPLES });
    await apollo.start();
    const server = new Server({ ...config.listen, apollo, directory, metrics, logger });
    try {
      const url = await server.listen();
      directory.start();
      logger.info({ url: `${url}/graphql`, customers: config.customers.length }, 'gateway is listening');
      return new Gateway(config, upstream, directory, server, url);
    } catch (error) {
      await server.close();
      directory.stop();
      await http.close();
      throw error;
    }
  }

  /** The gateway's own log. */
  get logger(): Logger {
    return this.#upstream.logger;
  }

  /** Takes over customers and destinations of a changed configuration; the rest of it needs a restart. */
  reload(config: Config): void {
    const { redactor, tokens, logger } = this.#upstream;
    for (const secret of configSecrets(config)) redactor.add(secret);
    for (const secret of configSecrets(this.#config)) redactor.remove(secret);
    const setups = setupsOf(config);
    this.#directory.configure(setups);
    tokens.retain(setups.map((setup) => setup.account).filter((account) => account !== null));
    const ignored = (['listen', 'audienceManager', 'freshness', 'cache'] as const).filter(
      (key) =>
        JSON.stringify(withoutClient(config)[key]) !== JSON.stringify(withoutClient(this.#config)[key]),
    );
    if (ignored.length > 0) logger.warn({ keys: ignored }, 'these changes take effect at the next start');
    this.#config = config;
    logger.info({ customers: config.customers.length }, 'configuration reloaded');
  }

  /** Lets requests under way end, then stops everything that was started. */
  async stop(): Promise<void> {
    const { http, logger } = this.#upstream;
    logger.info('gateway is stopping');
    await this.#server.close();
    this.#directory.stop();
    await http.close();
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

/** Hosts and clients of both authentication methods are part of accounts, so they are taken over. */
function withoutClient(config: Config): Omit<Config, 'audienceManager'> & { audienceManager: object } {
  const { password: _password, serverToServer: _serverToServer, ...audienceManager } = config.audienceManager;
  return { ...config, audienceManager };
}
