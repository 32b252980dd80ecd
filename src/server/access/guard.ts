import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback, type Config, type LimitsConfig, type Permission } from '../../config/index.js';
import { unauthenticated, type Caller, type ErrorCode } from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { errorBody, type ErrorBody } from '../http/errors.js';
import type { EventLoopLag } from '../http/event-loop-lag.js';
import type { Authenticator } from './authenticator.js';
import type { RateLimiter } from './rate-limiter.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The caller needs one of these permissions. Left out: the route is open to everybody. */
    needs?: readonly Permission[];
    /** The route also serves a page, which browsers may load without an API key because it contains no data. */
    page?: boolean;
    /** The route responds even while the process is overloaded or ends, and its requests are not counted. */
    always?: boolean;
    /** The route's answers contain no data: they need no caller, and are not counted. */
    uncounted?: boolean;
  }

  interface FastifyRequest {
    /** The caller; `null` before authentication, after it failed, and on routes with `always` or `uncounted`. */
    caller: Caller | null;
    /** When to try again, in milliseconds, if it cannot be found out now who the caller is; else `null`. */
    retryAuthAfterMs: number | null;
    /** Why authentication failed, for the audit log. */
    authFailure: string | null;
  }
}

/** What requests are checked and counted with. */
export interface GuardOptions {
  readonly access: Authenticator;
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly lag: EventLoopLag;
  readonly metrics: Metrics;
  readonly rates: RateLimiter;
}

/** Value of the Retry-After header of responses to requests that were rejected for overload, in seconds. */
const OVERLOAD_RETRY_AFTER_S = 2;

/**
 * Finds the caller of each request and counts the request, before anything is done for it. A request beyond the rate
 * limit gets status 429, whatever it asks for: also on routes that do not exist, and without a valid key.
 */
export function countRequests(server: FastifyInstance, options: GuardOptions): void {
  const { access, rates } = options;
  server.decorateRequest('caller', null);
  server.decorateRequest('authFailure', null);
  server.decorateRequest('retryAuthAfterMs', null);
  server.addHook('onRequest', async (request, reply) => {
    const { always, uncounted } = request.routeOptions.config;
    if (always === true || uncounted === true) return;
    const authentication = await access.authenticate(request.headers);
    if ('caller' in authentication) request.caller = authentication.caller;
    else if ('failure' in authentication) request.authFailure = authentication.failure;
    else request.retryAuthAfterMs = authentication.retryAfterMs;
    const waitMs = await rates.decideOnce(request.raw, request.caller, request.ip);
    if (waitMs > 0) return refuseForRate(reply, waitMs, options);
  });
}

/**
 * Counts a request that Fastify cannot route, and so runs no hooks for.
 *
 * @returns whether the request was refused with status 429
 */
export async function refuseUnroutable(
  request: FastifyRequest,
  reply: FastifyReply,
  options: GuardOptions,
): Promise<boolean> {
  const { access, rates } = options;
  const waitMs = await rates.decideOnce(request.raw, access.authenticateSync(request.headers), request.ip);
  if (waitMs === 0) return false;
  options.metrics.rejections.inc({ reason: 'rate_limited' });
  // Closes the connection, because no hook reads the body of such a request.
  void reply
    .code(429)
    .headers({ 'retry-after': secondsOf(waitMs), connection: 'close' })
    .send(rateLimitError(waitMs, options.config.limits));
  return true;
}

function refuseForLag(reply: FastifyReply, metrics: Metrics): FastifyReply {
  reply.header('retry-after', OVERLOAD_RETRY_AFTER_S);
  return refuse(reply, metrics, {
    status: 503,
    code: 'RATE_LIMITED',
    message: 'The gateway is overloaded; try again in a few seconds.',
    reason: 'overloaded',
  });
}

function refuseForRate(reply: FastifyReply, waitMs: number, options: GuardOptions): FastifyReply {
  reply.header('retry-after', secondsOf(waitMs));
  return refuse(reply, options.metrics, {
    status: 429,
    code: 'RATE_LIMITED',
    message: rateLimitMessage(waitMs, options.config.limits),
    reason: 'rate_limited',
  });
}

/** What is answered to a request, or to an operation, beyond the rate limit. */
export function rateLimitError(waitMs: number, limits: LimitsConfig): ErrorBody {
  return errorBody('RATE_LIMITED', rateLimitMessage(waitMs, limits));
}

/** Says that a caller has sent too many requests, and when it may send the next one. */
export function rateLimitMessage(waitMs: number, { requestsPerMinute }: LimitsConfig): string {
  return `Rate limit exceeded: ${requestsPerMinute} requests a minute, and not more at once. Try again in ${secondsOf(waitMs)} s.`;
}

/** Whole seconds, one at least, for the header Retry-After. */
function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/**
 * Refuses all requests but those of routes with `always`, with status 503, while the event loop is behind. Guards all routes
 * that have `needs`: checks Host header, authentication and permissions, and refuses with status 401, 403 or 503.
 * `countRequests` has found the caller before.
 */
export function guardRoutes(server: FastifyInstance, options: GuardOptions): void {
  const { access, config, lag, metrics } = options;
  server.addHook('onRequest', (request, reply, done) => {
    if (!lag.isBehind || request.routeOptions.config.always === true) {
      done();
      return;
    }
    refuseForLag(reply, metrics);
  });

  server.addHook('onRequest', (request, reply, done) => {
    const refusal = refusalOf(request, access, config.listen.host);
    if (refusal === null) {
      done();
      return;
    }
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
    if (request.retryAuthAfterMs !== null) reply.header('retry-after', secondsOf(request.retryAuthAfterMs));
    refuse(reply, metrics, refusal);
  });
}

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** Label for the metrics. */
  readonly reason: string;
}

function refusalOf(request: FastifyRequest, access: Authenticator, listenHost: string): Refusal | null {
  const { needs, page } = request.routeOptions.config;
  if (needs === undefined) return null;
  const { hostname, headers, caller, retryAuthAfterMs } = request;
  // Both are checked: `hostname` may come from X-Forwarded-Host, which not only a proxy but also a web page can set.
  if (access.isOpen && isForeignHost(listenHost, hostname, hostnameOf(headers.host))) {
    return forbidden(
      'Without access control, the gateway only accepts requests to the name of this machine (localhost); see access in the configuration.',
    );
  }
  if (retryAuthAfterMs !== null) {
    return {
      status: 503,
      code: 'RATE_LIMITED',
      message: `The token cannot be checked now, because the identity provider does not answer. It has not been rejected; try again in ${secondsOf(retryAuthAfterMs)} s.`,
      reason: 'identity_provider',
    };
  }
  if (caller === null) {
    if (page === true && wantsPage(request)) return null;
    const { message } = unauthenticated();
    return { status: 401, code: 'UNAUTHENTICATED', message, reason: 'unauthenticated' };
  }
  if (needs.some((permission) => caller.may(permission))) return null;
  return forbidden(`This needs the permission ${needs.join(' or ')}.`);
}

function forbidden(message: string): Refusal {
  return { status: 403, code: 'FORBIDDEN', message, reason: 'forbidden' };
}

function refuse(
  reply: FastifyReply,
  metrics: Metrics,
  { status, code, message, reason }: Refusal,
): FastifyReply {
  metrics.rejections.inc({ reason });
  reply.request.operation.codes = [code];
  return reply.code(status).send(errorBody(code, message));
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
