import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback, type Config, type Permission } from '../../config/index.js';
import { unauthenticated, type Caller, type ErrorCode } from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { errorBody } from '../http/errors.js';
import type { Authenticator } from './authenticator.js';
import type { RateLimiter } from './rate-limiter.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The caller needs one of these permissions. Left out: the route is open to everybody. */
    needs?: readonly Permission[];
    /** The route also serves a page, which browsers may load without an API key because it contains no data. */
    page?: boolean;
    /** The route responds even while the process is overloaded. */
    always?: boolean;
  }

  interface FastifyRequest {
    /** The caller; `null` before authentication, after it failed, and on open routes. */
    caller: Caller | null;
    /** Why authentication failed, for the audit log. */
    authFailure: string | null;
  }
}

interface GuardOptions {
  readonly access: Authenticator;
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly metrics: Metrics;
  readonly rates: RateLimiter;
}

/** Value of the Retry-After header of responses to requests that were rejected for overload, in seconds. */
const OVERLOAD_RETRY_AFTER_S = 2;

/**
 * Guards all routes that have `needs`: checks overload, Host header, authentication, rate limit and permissions, and
 * rejects requests with status 401, 403, 429 or 503.
 */
export async function guardRoutes(server: FastifyInstance, options: GuardOptions): Promise<void> {
  const { access, config, metrics, rates } = options;
  const { requestsPerMinute, eventLoopDelayMs } = config.limits;
  await server.register(underPressure, {
    maxEventLoopDelay: eventLoopDelayMs,
    pressureHandler: (request, reply) => {
      if (request.routeOptions.config.always === true) return;
      metrics.rejections.inc({ reason: 'overloaded' });
      const message = 'The gateway is overloaded; try again in a few seconds.';
      reply.code(503).header('retry-after', OVERLOAD_RETRY_AFTER_S).send(errorBody('RATE_LIMITED', message));
      // The response is sent. The plugin would continue with the request if this promise were resolved.
      return new Promise<void>(() => undefined);
    },
  });
  server.decorateRequest('caller', null);
  server.decorateRequest('authFailure', null);

  server.addHook('onRequest', async (request, reply) => {
    const { needs, page } = request.routeOptions.config;
    if (needs === undefined) return;
    const { hostname, headers } = request;
    // Both are checked: `hostname` may come from X-Forwarded-Host, which not only a proxy but also a web page can set.
    if (access.isOpen && isForeignHost(config.listen.host, hostname, hostnameOf(headers.host))) {
      const message =
        'Without access control, the gateway only accepts requests to the name of this machine (localhost); see access in the configuration.';
      return reject(reply, 403, 'FORBIDDEN', message, 'forbidden');
    }
    const authentication = await access.authenticate(request.headers);
    if ('caller' in authentication) request.caller = authentication.caller;
    else request.authFailure = authentication.failure;
    const waitMs = rates.count(request.caller, request.ip);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const message = `Rate limit exceeded: more than ${requestsPerMinute} requests within a minute. Try again in ${seconds} s.`;
      reply.header('retry-after', seconds);
      return reject(reply, 429, 'RATE_LIMITED', message, 'rate_limited');
    }
    if (request.caller === null) {
      if (page === true && wantsPage(request)) return;
      reply.header('www-authenticate', 'Bearer');
      return reject(reply, 401, 'UNAUTHENTICATED', unauthenticated().message, 'unauthenticated');
    }
    const { caller } = request;
    if (needs.some((permission) => caller.may(permission))) return;
    const message = `This needs the permission ${needs.join(' or ')}.`;
    return reject(reply, 403, 'FORBIDDEN', message, 'forbidden');
  });

  function reject(
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
 * Detects DNS rebinding: a web page of another site whose host name was pointed at this machine, so that the browser
 * lets it read responses. Only checked if the gateway listens on loopback; else its host name can be anything.
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

/** Whether Apollo Server responds to the request with the Sandbox page. It needs no caller for that. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** The caller of a request to a guarded route without `page`. */
export function requireCaller({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('bug: a guarded route was reached without a caller');
  return caller;
}
