import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import type { ApolloServer } from '@apollo/server';
import cors from '@fastify/cors';
import {
  LogController,
  fastify,
  type ConnectionError,
  type FastifyBaseLogger,
  type FastifyInstance,
} from 'fastify';
import type { Clock } from '../base/clock.js';
import type { Config, TlsConfig } from '../config/index.js';
import type { Directory } from '../directory/index.js';
import {
  SANDBOX_ORIGINS,
  type Admission,
  type FastResponder,
  type GatewayContext,
} from '../graphql/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { auditDenials } from './access/audit.js';
import type { Authenticator } from './access/authenticator.js';
import { delayCostlyRejections } from './access/costly-rejections.js';
import { countRequests, guardRoutes, refuseUnroutable, type GuardOptions } from './access/guard.js';
import { RateLimiter } from './access/rate-limiter.js';
import { FastPath } from './fast-path.js';
import { readJsonBodies } from './http/json-bodies.js';
import { answerBrokenRequests, answerErrors, answerUnroutable, refuseBadHosts } from './http/errors.js';
import { FairTurns } from './http/fair-turns.js';
import { setHeaders } from './http/headers.js';
import { createHttpServer, listenAddress } from './http/http-server.js';
import { sendLongBodies } from './http/long-bodies.js';
import { NewConnections } from './http/new-connections.js';
import { oneAtATime, type Handler } from './http/one-at-a-time.js';
import { endDeadlines } from './http/request-deadline.js';
import { logRequests, requestIdOf } from './http/request-log.js';
import { refuseSlowBodies } from './http/slow-bodies.js';
import { ServerCertificate } from './http/tls.js';
import { UnsentAnswers } from './http/unsent-answers.js';
import { addExportRoute } from './routes/export.js';
import { addGraphqlRoute } from './routes/graphql.js';
import { addHealthRoutes, type ServerState } from './routes/health.js';
import { addMetricsRoute } from './routes/metrics.js';

/** The parts that the server joins. */
export interface ServerOptions {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  /** Must have been started. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly access: Authenticator;
  readonly admission: Admission;
  readonly responder: FastResponder;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How long requests in flight may take after `close` was called, in milliseconds. Then their connections are closed. */
const MAX_DRAIN_MS = 10_000;

/** The HTTP server: GraphQL, exports, health, metrics and the Sandbox page, with the fast path in front of Fastify. */
export class Server {
  readonly #options: ServerOptions;
  readonly #guard: GuardOptions;
  readonly #fastPath: FastPath;
  readonly #answers: UnsentAnswers;
  readonly #newConnections: NewConnections;
  readonly #turns = new FairTurns();
  readonly #http: FastifyInstance;
  readonly #certificate: ServerCertificate;
  #state: ServerState = 'starting';

  constructor(options: ServerOptions) {
    this.#options = options;
    const { config, clock, logger, metrics } = options;
    const { listen, limits } = config;
    const rates = new RateLimiter(limits.requestsPerMinute, clock);
    this.#guard = { ...options, rates };
    this.#answers = new UnsentAnswers({ bytesPerSecond: limits.slowestBody, clock, metrics, logger });
    this.#newConnections = new NewConnections({ idleTimeoutMs: listen.idleTimeoutMs, clock, metrics });
    this.#fastPath = new FastPath({
      ...options,
      answers: this.#answers,
      turns: this.#turns,
      rates,
      isReady: () => this.#state === 'ready' && !this.#http.isUnderPressure(),
    });
    // Fastify's own logger type: with pino's type, the types of Fastify plugins would not fit.
    const loggerInstance: FastifyBaseLogger = logger;
    this.#http = fastify({
      loggerInstance,
      logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
      genReqId: (request) => requestIdOf(request.headers),
      bodyLimit: limits.bodyBytes,
      // The route checks the lengths of its IDs itself. Node.js limits the whole address.
      routerOptions: { maxParamLength: 16 * 1024 },
      trustProxy: listen.trustProxy.length === 0 ? false : [...listen.trustProxy],
      forceCloseConnections: 'idle',
      serverFactory: (fullPath) => this.#createHttpServer(fullPath),
      clientErrorHandler: (error, socket) => this.#answerBrokenRequest(error, socket),
      frameworkErrors: (error, request, reply) => {
        if (!refuseUnroutable(request, reply, this.#guard)) answerUnroutable(error, request, reply);
      },
    });
    this.#certificate = new ServerCertificate(listen.tls, clock, logger);
    logRequests(this.#http);
    auditDenials(this.#http);
    answerErrors(this.#http);
    endDeadlines(this.#http);
  }

  /**
   * Starts to listen.
   *
   * @returns the base URL, without a trailing slash
   * @throws the listening socket's error, such as EADDRINUSE
   */
  async listen(): Promise<string> {
    const { host, port, tls } = this.#options.config.listen;
    await this.#setUp();
    const scheme = tls === null ? 'http' : 'https';
    await this.#http.listen({
      host: await listenAddress(host),
      port,
      // Fastify takes every server of a serverFactory for HTTP.
      listenTextResolver: (address) => `Server listening at ${address.replace(/^http:/, `${scheme}:`)}`,
    });
    this.#certificate.warnIfExpired();
    return urlOf(host, this.#http, scheme);
  }

  /**
   * Uses a changed certificate for new connections.
   *
   * @returns the configuration keys whose change needs a restart
   */
  renewCertificate(tls: TlsConfig | null): readonly string[] {
    return this.#certificate.renew(this.#http, tls);
  }

  /** Reports the process as ready, when everything that the server depends on has been started. */
  ready(): void {
    this.#state = 'ready';
  }

  /** Accepts no new requests, waits for requests in flight up to 10 s, and closes all connections. */
  async close(): Promise<void> {
    this.#state = 'draining';
    const force = setTimeout(() => {
      this.#http.server.closeAllConnections();
    }, MAX_DRAIN_MS);
    this.#newConnections.closeAll();
    try {
      await this.#http.close();
    } finally {
      clearTimeout(force);
      this.#newConnections.closeAll();
      this.#answers.stop();
    }
  }

  #createHttpServer(fullPath: Handler): HttpServer {
    const { config, metrics } = this.#options;
    const answer = this.#fastPath.inFrontOf((request, response) => {
      this.#answers.watch(response);
      fullPath(request, response);
    });
    const server = createHttpServer(
      config.listen,
      oneAtATime(
        answer,
        (socket) => this.#newConnections.used(socket),
        () => metrics.rejections.inc({ reason: 'too_many_pipelined' }),
      ),
    );
    this.#newConnections.superviseAll(server);
    return server;
  }

  #answerBrokenRequest(error: ConnectionError, socket: Socket): void {
    // Node.js takes a new connection for a request whose headers are late. NewConnections knows better.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && this.#newConnections.isSilent(socket)) return;
    answerBrokenRequests(error, socket);
  }

  /** Adds hooks and routes. Hooks of the same kind run in the order in which they are added. */
  async #setUp(): Promise<void> {
    const { clock, config, directory, metrics } = this.#options;
    const { listen, limits } = config;
    const server = this.#http;
    await setHeaders(server, { tls: listen.tls !== null });
    await server.register(cors, {
      origin: [...(listen.sandbox ? SANDBOX_ORIGINS : []), ...listen.cors],
      methods: ['GET', 'POST'],
      // An incomplete preflight request is answered like a complete one, not with an error in plain text.
      strictPreflight: false,
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
    });
    countRequests(server, this.#guard);
    refuseBadHosts(server);
    await guardRoutes(server, this.#guard);
    this.#fastPath.provideBodies(server);
    refuseSlowBodies(server, { bytesPerSecond: limits.slowestBody, clock, metrics });
    readJsonBodies(server);
    delayCostlyRejections(server);
    sendLongBodies(server, { answers: this.#answers, metrics });
    addGraphqlRoute(server, {
      ...this.#options,
      fastPath: this.#fastPath,
      answers: this.#answers,
      turns: this.#turns,
    });
    addHealthRoutes(server, { directory, state: () => this.#state });
    addMetricsRoute(server, metrics);
    addExportRoute(server, { clock, limits, directory, metrics });
  }
}

function urlOf(host: string, http: FastifyInstance, scheme: 'http' | 'https'): string {
  const address = http.server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
