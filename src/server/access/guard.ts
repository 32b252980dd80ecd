import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback, type Config, type Permission } from '../../config/index.js';
import { unauthenticated, type Caller, type ErrorCode } from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Authenticator } from './authenticator.js';
import { errorBody } from '../http/errors.js';
import type { RateLimiter } from './rate-limiter.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A caller needs one of these; without the key, the route is open to everybody. */
    needs?: readonly Permission[];
    /** A browser without a key may have the page that is at the same address; it holds nothing of anybody. */
    page?: boolean;
    /** Answered even while the process is overloaded. */
    always?: boolean;
  }

  interface FastifyRequest {
    /** Who sent it; `null` while that is not known, or where nobody asks. */
    caller: Caller | null;
    /** Why nobody is behind it, for the log. */
    refused: string | null;
  }
}

export interface GuardOptions {
  readonly access: Authenticator;
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly metrics: Metrics;
  readonly rates: RateLimiter;
}

/** After being turned away for overload, in seconds. */
const OVERLOAD_RETRY_S = 2;

/** Lets through to a route who may use it, as often as may be, while the process keeps up. */
export async function guardRoutes(server: FastifyInstance, options: GuardOptions): Promise<void> {
  const { access, config, metrics, rates } = options;
  const { requestsPerMinute, eventLoopDelayMs } = config.limits;
  await server.register(underPressure, {
    maxEventLoopDelay: eventLoopDelayMs,
    pressureHandler: (request, reply) => {
      if (request.routeOptions.config.always === true) return;
      metrics.rejections.inc({ reason: 'overloaded' });
      const message = 'The gateway has more to do than it can; try again in a moment.';
      reply.code(503).header('retry-after', OVERLOAD_RETRY_S).send(errorBody('RATE_LIMITED', message));
      // The plugin goes on with the request only where its handler answers with nothing at once.
      return new Promise<void>(() => undefined);
    },
  });
  server.decorateRequest('caller', null);
  server.decorateRequest('refused', null);

  server.addHook('onRequest', async (request, reply) => {
    const { needs, page } = request.routeOptions.config;
    if (needs === undefined) return;
    const { hostname, headers } = request;
    // A page that was let in under another name can also send what a proxy on this machine would.
    if (access.isOpen && isForeignHost(config.listen.host, hostname, hostnameOf(headers.host))) {
      const message =
        'Without access control the gateway answers only under the name of this machine (localhost); see access in the configuration.';
      return refuse(reply, 403, 'FORBIDDEN', message, 'forbidden');
    }
    const identified = await access.identify(request.headers);
    if ('caller' in identified) request.caller = identified.caller;
    else request.refused = identified.refused;
    const waitMs = rates.count(request.caller, request.ip);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const message = `More than ${requestsPerMinute} requests within a minute; go on in ${seconds} s.`;
      reply.header('retry-after', seconds);
      return refuse(reply, 429, 'RATE_LIMITED', message, 'rate_limited');
    }
    if (request.caller === null) {
      if (page === true && wantsPage(request)) return;
      reply.header('www-authenticate', 'Bearer');
      return refuse(reply, 401, 'UNAUTHENTICATED', unauthenticated().message, 'unauthenticated');
    }
    const { caller } = request;
    if (needs.some((permission) => caller.may(permission))) return;
    const message = `This needs the permission ${needs.join(' or ')}.`;
    return refuse(reply, 403, 'FORBIDDEN', message, 'forbidden');
  });

  function refuse(
    reply: FastifyReply,
    status: number,
    code: ErrorCode,
    message: string,
    reason: string,
  ): FastifyReply {
    metrics.rejections.inc({ reason });
    reply.request.operation.codes = [code];
    return reply.code(status).send(errorBody(code, message));
  }
}

/**
 * Whether a page of another site has pointed its own name at this machine to be answered as if by its own
 * server. Where the gateway listens for other machines, its name can be anything.
 */
export function isForeignHost(listenHost: string, ...hostnames: string[]): boolean {
  if (!isLoopback(listenHost)) return false;
  return hostnames.some((hostname) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    return host !== listenHost && !isLoopback(host);
  });
}

function hostnameOf(host = ''): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}

/** Apollo Server answers such a request with the page, or not at all without a caller. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Who sent a request to a guarded route without a page. */
export function requireCaller({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('a guarded route was reached without a caller');
  return caller;
}
