import cors from '@fastify/cors';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { LogController, fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Clock } from '../clock.js';
import type { Directory } from '../directory/index.js';
import { ANYONE, DestinationLoader, SANDBOX_ORIGINS, type GatewayContext } from '../graphql/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { answerErrors } from './errors.js';
import { sendExport } from './export.js';
import { logRequests, requestIdOf } from './request-log.js';

export interface ServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Started already. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Of a request's body, in bytes. */
const BODY_LIMIT = 1024 * 1024;

/** After SIGTERM, requests under way get this long; then their connections are closed. */
const LONGEST_DRAIN_MS = 10_000;

/** HTTP: GraphQL, health, metrics and the Sandbox page. */
export class Server {
  readonly #options: ServerOptions;
  readonly #http: FastifyInstance;
  #state: 'starting' | 'ready' | 'draining' = 'starting';

  constructor(options: ServerOptions) {
    this.#options = options;
    // Without the wider type, every Fastify plugin would have to know pino's.
    const loggerInstance: FastifyBaseLogger = options.logger;
    this.#http = fastify({
      loggerInstance,
      logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
      genReqId: (request) => requestIdOf(request.headers),
      bodyLimit: BODY_LIMIT,
      forceCloseConnections: 'idle',
    });
    logRequests(this.#http);
    answerErrors(this.#http);
  }

  /** Starts to listen. @returns the base URL */
  async listen(): Promise<string> {
    await this.#http.register(cors, {
      origin: [...SANDBOX_ORIGINS],
      methods: ['GET', 'POST'],
      exposedHeaders: ['x-request-id'],
      maxAge: 600,
    });
    this.#graphql();
    this.#health();
    this.#metrics();
    this.#exports();
    const { host, port } = this.#options;
    await this.#http.listen({ host, port });
    return urlOf(host, this.#http);
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
    }, LONGEST_DRAIN_MS);
    try {
      await this.#http.close();
    } finally {
      clearTimeout(force);
    }
  }

  #graphql(): void {
    const { apollo, clock, directory, metrics } = this.#options;
    const handler = fastifyApolloHandler(apollo, {
      context: (request) => {
        const caller = ANYONE;
        request.callerName = caller.name;
        return Promise.resolve({
          caller,
          loader: new DestinationLoader(directory, caller, metrics),
          record: request.operation,
          requestId: request.id,
          now: () => clock.now(),
          logger: request.log,
        });
      },
    });
    this.#http.route({
      method: ['GET', 'POST'],
      url: '/graphql',
      handler,
    });
    this.#http.get('/', async (_request, reply) => reply.redirect('/graphql', 302));
  }

  #health(): void {
    this.#http.get('/healthz', () => ({ status: 'ok' }));
    this.#http.get('/readyz', async (_request, reply) =>
      reply.code(this.#state === 'ready' ? 200 : 503).send({
        status: this.#state,
        // Lookups go on without it, so it is no reason to send callers elsewhere.
        storage: this.#options.directory.storageAvailable ? 'available' : 'unavailable',
      }),
    );
  }

  #exports(): void {
    const { directory, metrics } = this.#options;
    this.#http.get<{ Params: { customer: string; file: string } }>(
      '/export/:customer/:file',
      async (request, reply) => {
        const { customer, file } = request.params;
        const caller = ANYONE;
        request.callerName = caller.name;
        return await sendExport(reply, new DestinationLoader(directory, caller, metrics), customer, file);
      },
    );
  }

  #metrics(): void {
    const { registry } = this.#options.metrics;
    this.#http.get('/metrics', async (_request, reply) =>
      reply.header('content-type', registry.contentType).send(await registry.metrics()),
    );
  }
}

function urlOf(host: string, http: FastifyInstance): string {
  const address = http.server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
