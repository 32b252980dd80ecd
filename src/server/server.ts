import { Readable } from 'node:stream';
import cors from '@fastify/cors';
import type { ApolloServer } from '@apollo/server';
import { LogController, fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.js';
import type { Config, TlsConfig } from '../config/index.js';
import type { Directory } from '../directory/index.js';
import {
  Deadline,
  DestinationLoader,
  SANDBOX_ORIGINS,
  type Admission,
  type GatewayContext,
  type QuickAnswers,
} from '../graphql/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Authenticator } from './access/authenticator.js';
import { onClientDisconnect } from './http/client-disconnect.js';
import { auditDenials } from './access/audit.js';
import { readJsonBodies } from './http/json-bodies.js';
import {
  answerBrokenRequests,
  answerErrors,
  answerUnroutable,
  answerConnectAndExpect,
  refuseBadHosts,
} from './http/errors.js';
import { sendExport } from './routes/export.js';
import { graphqlHandler } from './routes/graphql.js';
import { guardRoutes, requireCaller } from './access/guard.js';
import { setHeaders } from './http/headers.js';
import { FastPath } from './fast-path.js';
import { RateLimiter } from './access/rate-limiter.js';
import { logRequests, requestIdOf } from './http/request-log.js';
import { refuseSlowBodies } from './http/slow-bodies.js';
import { delayCostlyRejections } from './access/costly-rejections.js';
import { ServerCertificate, addressOf, httpsOptions } from './http/tls.js';

export interface ServerOptions {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  /** Started already. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly access: Authenticator;
  readonly admission: Admission;
  readonly quick: QuickAnswers;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** How long it may wait; `null` where it waits for nothing. */
    deadline: Deadline | null;
  }
}

/** Until a request's headers are there, in milliseconds: connections on which nothing comes are closed. */
const HEADERS_TIMEOUT_MS = 1_500;
const CONNECTIONS_CHECK_MS = 250;

/** After SIGTERM, requests under way get this long; then their connections are closed. */
const MAX_DRAIN_MS = 10_000;

/** HTTP: GraphQL, health, metrics and the Sandbox page. */
export class Server {
  readonly #options: ServerOptions;
  readonly #http: FastifyInstance;
  readonly #certificate: ServerCertificate;
  #state: 'starting' | 'ready' | 'draining' = 'starting';

  constructor(options: ServerOptions) {
    this.#options = options;
    // Without the wider type, every Fastify plugin would have to know pino's.
    const loggerInstance: FastifyBaseLogger = options.logger;
    const { listen, limits } = options.config;
    const http = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      // Its absence is answered like any other mistake.
      requireHostHeader: false,
    };
    this.#http = fastify({
      loggerInstance,
      logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
      genReqId: (request) => requestIdOf(request.headers),
      bodyLimit: limits.bodyBytes,
      trustProxy: listen.trustProxy.length === 0 ? false : [...listen.trustProxy],
      forceCloseConnections: 'idle',
      ...(listen.tls === null ? { http } : { https: { ...http, ...httpsOptions(listen.tls) } }),
      clientErrorHandler: answerBrokenRequests,
      frameworkErrors: answerUnroutable,
    });
    this.#certificate = new ServerCertificate(listen.tls, options.clock, options.logger);
    logRequests(this.#http);
    auditDenials(this.#http);
    answerErrors(this.#http);
    answerConnectAndExpect(this.#http.server);
    this.#http.decorateRequest('deadline', null);
    this.#http.addHook('onResponse', (request, _reply, done) => {
      request.deadline?.end();
      done();
    });
    onClientDisconnect(this.#http, (request) => request.deadline?.end());
  }

  /** Starts to listen. @returns the base URL */
  async listen(): Promise<string> {
    const { config, access, metrics, clock } = this.#options;
    const { listen, limits } = config;
    await setHeaders(this.#http, { tls: listen.tls !== null });
    refuseBadHosts(this.#http);
    await this.#http.register(cors, {
      origin: [...(listen.sandbox ? SANDBOX_ORIGINS : []), ...listen.cors],
      methods: ['GET', 'POST'],
      // One that is none of a browser's is answered like one, not in plain text.
      strictPreflight: false,
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
    });
    const rates = new RateLimiter(limits.requestsPerMinute, clock);
    await guardRoutes(this.#http, { access, config, metrics, rates });
    const lane = new FastPath({
      ...this.#options,
      rates,
      isReady: () => this.#state === 'ready' && !this.#http.isUnderPressure(),
    });
    this.#http.addHook('preParsing', (request, _reply, payload, done) => {
      const body = lane.bodyOf(request.raw);
      done(null, body === undefined ? payload : Readable.from([body]));
    });
    refuseSlowBodies(this.#http, { bytesPerSecond: limits.slowestBody, clock, metrics });
    readJsonBodies(this.#http);
    delayCostlyRejections(this.#http);
    this.#graphql(lane);
    this.#health();
    this.#metrics();
    this.#exports();
    const { host, port, tls } = listen;
    await this.#http.ready();
    lane.install(this.#http);
    await this.#http.listen({ host: await addressOf(host, tls), port });
    this.#certificate.warnIfExpired();
    return urlOf(host, this.#http, tls === null ? 'http' : 'https');
  }

  /** Takes over a changed certificate. @returns the keys of the configuration whose change takes a restart */
  renewCertificate(tls: TlsConfig | null): readonly string[] {
    return this.#certificate.renew(this.#http, tls);
  }

  /** Everything behind it has started. */
  ready(): void {
    this.#state = 'ready';
  }

  /** Takes no new requests, lets those under way end, and closes. */
  async close(): Promise<void> {
    this.#state = 'draining';
    const force = setTimeout(() => {
      this.#http.server.closeAllConnections();
    }, MAX_DRAIN_MS);
    try {
      await this.#http.close();
    } finally {
      clearTimeout(force);
    }
  }

  #graphql(lane: FastPath): void {
    const { config, ...options } = this.#options;
    this.#http.route({
      method: ['GET', 'POST'],
      url: '/graphql',
      config: { needs: ['read', 'refresh', 'import'], page: config.listen.sandbox },
      handler: graphqlHandler({
        ...options,
        lane,
        limits: config.limits,
        getMaxAgeMs: config.listen.getMaxAgeMs,
      }),
    });
    this.#http.get('/', async (_request, reply) => reply.redirect('/graphql', 302));
  }

  #health(): void {
    const always = { config: { always: true } };
    this.#http.get('/healthz', always, () => ({ status: 'ok' }));
    this.#http.get('/readyz', always, async (_request, reply) => {
      const status = this.#state === 'ready' && this.#http.isUnderPressure() ? 'overloaded' : this.#state;
      return reply.code(status === 'ready' ? 200 : 503).send({
        status,
        // Lookups go on without it, so it is no reason to send callers elsewhere.
        storage: this.#options.directory.storageAvailable ? 'available' : 'unavailable',
      });
    });
  }

  #exports(): void {
    const { clock, config, directory, metrics } = this.#options;
    this.#http.get<{ Params: { customer: string; file: string } }>(
      '/export/:customer/:file',
      { config: { needs: ['read'] } },
      async (request, reply) => {
        const { customer, file } = request.params;
        request.deadline = new Deadline(clock, config.limits.requestTimeoutMs);
        request.loader = new DestinationLoader(directory, requireCaller(request), metrics, request.deadline);
        return await sendExport(reply, request.loader, customer, file);
      },
    );
  }

  #metrics(): void {
    const { registry } = this.#options.metrics;
    this.#http.get('/metrics', { config: { needs: ['metrics'] } }, async (_request, reply) =>
      reply.header('content-type', registry.contentType).send(await registry.metrics()),
    );
  }
}

function urlOf(host: string, http: FastifyInstance, scheme: 'http' | 'https'): string {
  const address = http.server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
