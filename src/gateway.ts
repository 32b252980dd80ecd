import { setImmediate } from 'node:timers/promises';
import { loadFetch } from './audience-manager/index.js';
import { sleep } from './base/clock.js';
import { webFolder } from './base/program-files.js';
import { TimeLimit } from './base/time-limit.js';
import { withoutCredentials } from './base/postgres-url.js';
import { configSecrets, keepAccess, storingTimeMs, type AccessConfig, type Config } from './config/index.js';
import type * as FrontCode from './gateway-front.js';
import { closeParts, customerSetups, openParts, type Parts, type PartsOptions } from './gateway-parts.js';
import type { SampleOperation } from './graphql/index.js';
import type { Logger } from './telemetry/logs.js';
import type { Metrics } from './telemetry/metrics.js';

/** Everything that a gateway needs besides its configuration. */
export interface GatewayOptions extends PartsOptions {
  /** Operations that the explorer and Apollo Sandbox show first. Default: `DEFAULT_SAMPLES`. */
  readonly samples?: readonly SampleOperation[];
  /** The folder with the built pages for browsers; `null`: they are not built. Default: `webFolder()`. */
  readonly pages?: URL | null;
  /** Aborted if the gateway is to stop before its start is over. */
  readonly signal?: AbortSignal;
}

/** How a gateway stops. */
export interface StopOptions {
  /** How long requests are still accepted, so that load balancers notice, in milliseconds. Default: 0. */
  readonly delayMs?: number;
  /**
   * Whether another process takes the place of this one at the same address. Then new connections are for that one from the
   * beginning, nobody is told that the gateway is not ready, and the delay is over when no connection is left.
   */
  readonly isReplaced?: boolean;
}

/** How long connections that were just opened have for their first request when the gateway stops, in milliseconds. */
const FIRST_REQUEST_MS = 1_000;

const EARLY_STOP = 'told to stop before the start was over; closing again';

const NO_ACCESS_CONTROL =
  'there is no access control: everybody who can reach this address may read and change everything; see access in the configuration';

const PAGES_NOT_BUILT =
  'the pages for browsers are not built; run "npm run build" in the folder of the program, and start the gateway again';

const PROTECTION_KEPT =
  'the file no longer has these keys, which decide who may call and what: they stay in force as they were; restart the gateway if they are to go';

/** Sections whose changes take effect only at the next start, except the keys that `withoutReloadable` removes. */
const FIXED_SECTIONS = [
  'listen',
  'limits',
  'audienceManager',
  'outbound',
  'freshness',
  'cache',
  'storage',
  'shutdown',
  'telemetry',
] as const;

/** A running gateway: opens all parts in order, and stops them in reverse order. */
export class Gateway {
  /** The configuration at the start. */
  readonly #config: Config;
  /** The access control that is in force. */
  #access: AccessConfig | null;
  readonly #parts: Parts;
  readonly #front: FrontCode.Front;
  /** Where the gateway listens, without a trailing slash. */
  readonly url: string;

  private constructor(config: Config, parts: Parts, front: FrontCode.Front, url: string) {
    this.#config = config;
    this.#access = config.access;
    this.#parts = parts;
    this.#front = front;
    this.url = url;
  }

  /**
   * Starts a gateway.
   *
   * @throws {StorageError} if the storage cannot be opened.
   * @throws the error of the listening socket, such as EADDRINUSE.
   * @throws the reason of `signal` if that is aborted before the start is over. Then everything is closed again.
   */
  static async start(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
    const { peers, signal, samples, pages = webFolder() } = options;
    const listensLate = peers?.othersAnswer === true;
    const opening = openParts(config, { ...options, serving: true });
    // The storage opens in a thread of its own or on another machine. Meanwhile this one loads the libraries.
    const loading = loadFront();
    loading.catch(() => undefined);
    const parts = await opening;
    const { logger, clock } = parts.upstream;
    let front: FrontCode.Front | undefined;
    try {
      await prepareAccess(config.access);
      const { createFront, schema } = await loading;
      signal?.throwIfAborted();
      front = await createFront(config, parts, {
        schema,
        pages,
        peers,
        ...(samples === undefined ? {} : { samples }),
      });
      let url = listensLate ? '' : await front.server.listen();
      signal?.throwIfAborted();
      await parts.directory.start();
      signal?.throwIfAborted();
      if (listensLate) url = await front.server.listen();
      parts.historyKeeper?.start();
      parts.probe.start();
      front.server.ready();
      const { engine } = parts.storage;
      logger.info(
        { url: `${url}/graphql`, customers: config.customers.length, storage: engine },
        'gateway is listening',
      );
      if (config.access === null) logger.warn(NO_ACCESS_CONTROL);
      if (pages === null && (config.listen.page || config.listen.explorer)) logger.warn(PAGES_NOT_BUILT);
      front.inspectAccess(config, parts.upstream);
      return new Gateway(config, parts, front, url);
    } catch (error) {
      if (signal?.aborted === true) logger.info(EARLY_STOP);
      await front?.server.close({ limit: new TimeLimit(clock, config.shutdown.limitMs) });
      await closeParts(parts);
      throw error;
    }
  }

  /** The access control that is in force. */
  get access(): AccessConfig | null {
    return this.#access;
  }

  /** The gateway's own log. */
  get logger(): Logger {
    return this.#parts.upstream.logger;
  }

  /** The gateway's own metrics. */
  get metrics(): Metrics {
    return this.#parts.upstream.metrics;
  }

  /**
   * Applies a changed configuration: customers, access control, credentials (of the database too), signing keys of messages
   * and the TLS certificate. Changes to
   * anything else take effect at the next start, and so does a file that lacks what protects the gateway now; warnings
   * name both.
   */
  reload(config: Config): void {
    const { redactor, tokens, logger } = this.#parts.upstream;
    // Old secrets stay redacted: some are in use until the next start, and all may still be valid elsewhere.
    for (const secret of configSecrets(config)) redactor.add(secret);
    const setups = customerSetups(config);
    this.#parts.directory.configure(setups);
    const kept = [
      ...this.#applyAccess(config),
      ...this.#front.signatures.configure(config.messages.signature),
    ];
    this.#front.responder.clear();
    this.#renewDatabaseLogIn(config.storage);
    tokens.retain(setups.map((setup) => setup.account).filter((account) => account !== null));
    const [before, after] = [withoutReloadable(this.#config), withoutReloadable(config)];
    const changed = FIXED_SECTIONS.filter(
      (section) => JSON.stringify(after[section]) !== JSON.stringify(before[section]),
    );
    const ignored = [...changed, ...this.#front.server.renewCertificate(config.listen.tls)];
    if (ignored.length > 0) logger.warn({ keys: ignored }, 'these changes take effect at the next start');
    if (kept.length > 0) logger.warn({ keys: kept }, PROTECTION_KEPT);
    const { listen } = this.#config;
    this.#front.inspectAccess({ ...config, listen, access: this.#access }, this.#parts.upstream);
    logger.info({ customers: config.customers.length }, 'configuration reloaded');
  }

  /** Takes over a changed user or password of the same database. */
  #renewDatabaseLogIn(storage: Config['storage']): void {
    const before = this.#config.storage;
    if (storage.engine !== 'postgres' || before.engine !== 'postgres') return;
    if (withoutCredentials(storage.url) === withoutCredentials(before.url)) {
      this.#parts.storage.reconfigure(storage.url);
    }
  }

  /** @returns the keys that stay as they were, because the file would take protection away */
  #applyAccess(config: Config): readonly string[] {
    const { access, kept } = keepAccess(this.#access, config.access);
    this.#access = access;
    this.#front.access.configure(access);
    // If it fails, fetching the keys fails too, and says so.
    prepareAccess(access).catch(() => undefined);
    this.#front.admission.configure(access?.trustedDocuments ?? null);
    return kept;
  }

  /**
   * Stops in three steps, which together take `shutdown.limit` at most: says that it is not ready while it still answers,
   * ends the requests under way, and stores and closes everything. What does not end in time is given up; the log says so.
   */
  async stop({ delayMs = 0, isReplaced = false }: StopOptions = {}): Promise<void> {
    const { logger, clock } = this.#parts.upstream;
    const { server } = this.#front;
    const { limitMs } = this.#config.shutdown;
    const startedAt = clock.elapsed();
    const limit = new TimeLimit(clock, limitMs);
    const answering = limit.before(storingTimeMs(limitMs));
    logger.info({ delayMs, limitMs }, 'gateway is stopping');
    const left = isReplaced ? server.leave() : null;
    if (left === null) server.drain();
    this.#parts.directory.stopRefreshes();
    const delay = new TimeLimit(clock, Math.min(delayMs, answering.remainingMs));
    if (left !== null) await delay.allows(left);
    else if (delayMs > 0) await sleep(clock, delay.remainingMs);
    // Without a delay, nobody was given time to open connections elsewhere, so none is waited for.
    const graceMs = delayMs > 0 ? FIRST_REQUEST_MS : 0;
    const { refused, brokenOff } = await server.close({ limit: answering, graceMs });
    if (refused > 0) {
      logger.warn({ requests: refused }, 'requests could not be answered before the end; they were refused');
    }
    if (brokenOff > 0) {
      logger.warn(
        { requests: brokenOff },
        'answers could not be sent completely before the end; they break off',
      );
    }
    await closeParts(this.#parts, limit);
    logger.info({ ms: Math.round(clock.elapsed() - startedAt) }, 'gateway has stopped');
  }
}

/**
 * Loads the libraries of the front, which takes long, and builds the schema. In turns, so that what the storage answers
 * meanwhile is handled.
 */
async function loadFront(): Promise<typeof FrontCode & { schema: FrontCode.Schema }> {
  await setImmediate();
  const front = await import('./gateway-front.js');
  await setImmediate();
  return { ...front, schema: front.createSchema() };
}

/** Loads what fetches the keys of an identity provider, if there is one: later, a new build may have removed the file. */
async function prepareAccess(access: AccessConfig | null): Promise<void> {
  const keys = access?.jwt?.keys;
  if (keys !== undefined && 'uri' in keys) await loadFetch();
}

/**
 * Removes what `reload` applies: TLS, the hosts and clients of both authentication methods (part of accounts), and the log-in
 * at the database.
 */
function withoutReloadable(config: Config): Record<keyof Config, unknown> {
  const { password: _password, serverToServer: _serverToServer, ...audienceManager } = config.audienceManager;
  const { tls: _tls, ...listen } = config.listen;
  const { storage } = config;
  const fixedStorage =
    storage.engine === 'postgres' ? { ...storage, url: withoutCredentials(storage.url) } : storage;
  return { ...config, audienceManager, listen, storage: fixedStorage };
}
