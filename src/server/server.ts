import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { ApolloServer } from '@apollo/server';
import cors from '@fastify/cors';
import {
  LogController,
  fastify,
  type ConnectionError,
  type FastifyBaseLogger,
  type FastifyInstance,
} from 'fastify';
import { sleep, withTimeout, type Clock } from '../base/clock.js';
import type { TimeLimit } from '../base/time-limit.js';
import type { Config, TlsConfig } from '../config/index.js';
import type { Directory } from '../directory/index.js';
import {
  SANDBOX_ORIGINS,
  type Admission,
  type FastResponder,
  type GatewayContext,
  type SampleOperation,
} from '../graphql/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Tracing } from '../telemetry/tracing.js';
import { auditDenials } from './access/audit.js';
import type { Authenticator } from './access/authenticator.js';
import { delayCostlyRejections } from './access/costly-rejections.js';
import { countRequests, guardRoutes, refuseUnroutable, type GuardOptions } from './access/guard.js';
import type { MessageSignatures } from './access/message-signatures.js';
import { RateLimiter, type Allowances } from './access/rate-limiter.js';
import { turnTakers } from './access/turn-taker.js';
import { FastPath } from './fast-path.js';
import { readJsonBodies } from './http/json-bodies.js';
import {
  allowOrigin,
  answerBrokenRequests,
  answerErrors,
  answerUnroutable,
  refuseBadHosts,
} from './http/errors.js';
import { closeOnlyWhenSent } from './http/closing.js';
import { Compressor, compressAnswers } from './http/compressor.js';
import { EventLoopLag } from './http/event-loop-lag.js';
import { FairTurns, isLongBody } from './http/fair-turns.js';
import { setHeaders } from './http/headers.js';
import { createHttpServer, listenAddress } from './http/http-server.js';
import { sendLongBodies } from './http/long-bodies.js';
import { NewConnections } from './http/new-connections.js';
import { oneAtATime, type Handler } from './http/one-at-a-time.js';
import { refuseOtherMethods } from './http/other-methods.js';
import { endDeadlines } from './http/request-deadline.js';
import { logRequests, requestIdOf } from './http/request-log.js';
import { traceRequests } from './http/request-traces.js';
import { refuseSlowBodies } from './http/slow-bodies.js';
import { Stopping, type Unanswered } from './http/stopping.js';
import { ServerCertificate } from './http/tls.js';
import { UnsentAnswers } from './http/unsent-answers.js';
import { addExportRoute } from './routes/export.js';
import { addExplorerSamples } from './routes/explorer-samples.js';
import { addGraphqlRoute } from './routes/graphql.js';
import { addImportRoute } from './routes/import.js';
import { addHealthRoutes, type ServerState } from './routes/health.js';
import { addMcpRoute } from './routes/mcp.js';
import { addMessagesRoute } from './routes/messages.js';
import { addMetricsRoute, type Scrape } from './routes/metrics.js';
import { addPageRoutes, sendMissingPage } from './routes/page.js';

/** The parts that the server joins. */
export interface ServerOptions {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  /** Must have been started. */
  readonly apollo: ApolloServer<GatewayContext>;
  /** The operations that the explorer shows first. */
  readonly samples: readonly SampleOperation[];
  /** The folder with the built pages for browsers; `null`: they are not built. */
  readonly pages: URL | null;
  readonly access: Authenticator;
  readonly admission: Admission;
  readonly responder: FastResponder;
  readonly signatures: MessageSignatures;
  readonly directory: Directory;
  readonly metrics: Metrics;
  /** Writes what `/metrics` answers. Default: the metrics of this process. */
  readonly scrape?: Scrape | undefined;
  /** Default: this process counts the requests of callers for itself. */
  readonly allowances?: Allowances | undefined;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly clock: Clock;
}

/** How long refusals may take to be sent at the end, in milliseconds. Then their connections are closed. */
const MAX_SENDING_MS = 500;

/** How often connections that have become idle are closed while the server closes, in milliseconds. */
const IDLE_CHECK_MS = 100;

/** How `Server.close` ends what is under way. */
export interface CloseOptions {
  /** How long requests under way have. */
  readonly limit: TimeLimit;
  /** How long connections that were just opened have for their first request, in milliseconds. Default: no time. */
  readonly graceMs?: number;
}

/** The HTTP server: GraphQL, files, health, metrics and the pages for browsers, with the fast path in front of Fastify. */
export class Server {
  readonly #options: ServerOptions;
  readonly #guard: GuardOptions;
  readonly #lag: EventLoopLag;
  readonly #fastPath: FastPath;
  readonly #answers: UnsentAnswers;
  readonly #compressor: Compressor;
  readonly #newConnections: NewConnections;
  readonly #turns: FairTurns;
  readonly #http: FastifyInstance;
  readonly #certificate: ServerCertificate;
  readonly #stopping: Stopping;
  #state: ServerState = 'starting';

  constructor(options: ServerOptions) {
    this.#options = options;
    const { config, clock, logger, metrics } = options;
    const { listen, limits } = config;
    const { requestsPerMinute } = limits;
    const rates = new RateLimiter(requestsPerMinute, clock, listen.trustProxy, options.allowances);
    this.#lag = new EventLoopLag(limits.eventLoopDelayMs);
    this.#guard = { ...options, rates, lag: this.#lag };
    this.#stopping = new Stopping(metrics);
    this.#turns = new FairTurns(clock);
    this.#answers = new UnsentAnswers({ bytesPerSecond: limits.slowestBody, clock, metrics, logger });
    this.#compressor = new Compressor(this.#answers);
    this.#newConnections = new NewConnections({ idleTimeoutMs: listen.idleTimeoutMs, clock, metrics });
    this.#fastPath = new FastPath({
      ...options,
      answers: this.#answers,
      compressor: this.#compressor,
      turns: this.#turns,
      stopping: this.#stopping,
      rates,
      isReady: () => this.#state !== 'starting' && this.#stopping.answers && !this.#lag.isBehind,
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
        allowOrigin(request, reply, this.#origins);
        void refuseUnroutable(request, reply, this.#guard).then((isRefused) => {
          if (!isRefused) answerUnroutable(error, request, reply);
        });
      },
    });
    this.#certificate = new ServerCertificate(listen.tls, clock, logger);
    metrics.observeCertificate(() => this.#certificate.expiresAt);
    metrics.observeReadiness(() => this.#state === 'ready' && !this.#lag.isBehind);
    this.#stopping.follow(this.#http);
    traceRequests(this.#http, options.tracing);
    logRequests(this.#http, options.tracing);
    auditDenials(this.#http);
    const pages = { listen, folder: options.pages };
    answerErrors(this.#http, (request, reply) => sendMissingPage(request, reply, pages));
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

  /** Reports the process as draining. Requests are still answered, each with the last answer of its connection. */
  drain(): void {
    this.#state = 'draining';
    this.#stopping.drain();
  }

  /**
   * Leaves new connections to another process at the same address. The connections that are there are answered, each with
   * one more answer; nothing says that the gateway is not ready.
   *
   * @returns a promise that resolves when no connection is left
   */
  leave(): Promise<void> {
    this.#stopping.drain();
    const { server } = this.#http;
    const left = new Promise<void>((resolve) => server.once('close', () => resolve()));
    // That of the class below: the one of HTTP servers would close idle connections, on which a request may be on its way.
    NetServer.prototype.close.call(server);
    return left;
  }

  /**
   * Accepts no new connections, closes idle ones, and waits for the requests under way. Those that are not answered at the
   * limit are refused with status 503.
   *
   * @returns the requests that were not answered in time
   */
  async close({ limit, graceMs = 0 }: CloseOptions): Promise<Unanswered> {
    this.drain();
    // Connections that the operating system has accepted meanwhile would be reset: they are taken over right before.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { server } = this.#http;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.#newConnections.close(graceMs);
    const sweeping = new AbortController();
    void this.#closeIdle(sweeping.signal);
    let unanswered: Unanswered = { refused: 0, brokenOff: 0 };
    try {
      if (!(await limit.allows(closed))) {
        unanswered = this.#stopping.end();
        this.#turns.end();
        await withTimeout(this.#options.clock, closed, MAX_SENDING_MS, () => undefined);
      }
      server.closeAllConnections();
      await this.#http.close();
    } finally {
      sweeping.abort();
      this.#newConnections.close(0);
      this.#answers.stop();
      this.#lag.stop();
    }
    return unanswered;
  }

  /** Closes connections whose answer had begun before the server drained, when it has been sent. */
  async #closeIdle(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#http.server.closeIdleConnections();
      await sleep(this.#options.clock, IDLE_CHECK_MS, signal).catch(() => undefined);
    }
  }

  /** The origins whose pages may read answers. */
  get #origins(): readonly string[] {
    const { sandbox, cors: origins } = this.#options.config.listen;
    return [...(sandbox ? SANDBOX_ORIGINS : []), ...origins];
  }

  #createHttpServer(fullPath: Handler): HttpServer {
    const { access, config, metrics } = this.#options;
    const answer = this.#fastPath.inFrontOf((request, response) => {
      this.#answers.watch(response);
      fullPath(request, response);
    });
    const takerOf = turnTakers(access, config.listen.trustProxy);
    const server = createHttpServer(
      config.listen,
      oneAtATime(
        (request, response) => {
          const begin = (): void => {
            // The client has disconnected while its request waited.
            if (!request.socket.destroyed) answer(request, response);
          };
          const taker = takerOf(request);
          const unread = bodyLengthOf(request);
          if (!isLongBody(unread) && this.#turns.beginsAtOnce(taker)) answer(request, response);
          else this.#turns.wait({ taker, bytes: 0, unread, begin });
        },
        (socket) => this.#newConnections.used(socket),
        () => metrics.rejections.inc({ reason: 'too_many_pipelined' }),
      ),
    );
    closeOnlyWhenSent(server, () => this.#answers.sockets);
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
    const refuseOthers = refuseOtherMethods(server);
    await setHeaders(server, { tls: listen.tls !== null });
    const origins = this.#origins;
    await server.register(cors, {
      origin: [...origins],
      methods: ['GET', 'POST'],
      // An incomplete preflight request is answered like a complete one, not with an error in plain text.
      strictPreflight: false,
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
    });
    this.#stopping.refuseLate(server);
    countRequests(server, this.#guard);
    refuseBadHosts(server);
    guardRoutes(server, this.#guard);
    this.#fastPath.provideBodies(server);
    const superviseBody = refuseSlowBodies(server, { bytesPerSecond: limits.slowestBody, clock, metrics });
    readJsonBodies(server);
    delayCostlyRejections(server);
    compressAnswers(server, this.#compressor);
    sendLongBodies(server, { answers: this.#answers, metrics });
    addGraphqlRoute(server, {
      ...this.#options,
      fastPath: this.#fastPath,
      answers: this.#answers,
      turns: this.#turns,
      rates: this.#guard.rates,
    });
    if (listen.mcp) {
      await addMcpRoute(server, {
        ...this.#options,
        answers: this.#answers,
        turns: this.#turns,
        rates: this.#guard.rates,
        // The page of Apollo Sandbox has no use for tools.
        origins: listen.cors,
      });
    }
    await addPageRoutes(server, { listen, folder: this.#options.pages });
    if (listen.explorer) addExplorerSamples(server, this.#options.samples);
    addHealthRoutes(server, { directory, lag: this.#lag, state: () => this.#state });
    addMetricsRoute(server, this.#options.scrape ?? metrics);
    await addMessagesRoute(server, { ...this.#options, limits, turns: this.#turns });
    addExportRoute(server, { clock, limits, directory, metrics });
    await addImportRoute(server, { clock, limits, directory, metrics, superviseBody, origins });
    refuseOthers();
  }
}

/** In bytes. One in chunks can be as long as any. */
function bodyLengthOf({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? (headers['transfer-encoding'] === undefined ? 0 : Infinity));
}

function urlOf(host: string, http: FastifyInstance, scheme: 'http' | 'https'): string {
  const address = http.server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
