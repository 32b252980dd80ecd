import { lookup } from 'node:dns/promises';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Config } from '../../config/index.js';
import { answerConnectAndExpect } from './errors.js';
import { handshakeOptions, secureContextOptions } from './tls.js';

/** Maximum time from the first byte of a request until its headers have arrived, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;

/** How often connections are checked for the timeout above, in milliseconds. */
const CONNECTIONS_CHECK_MS = 1_000;

/**
 * Creates the gateway's only HTTP or HTTPS server, for Fastify's `serverFactory`. Fastify ignores its own settings for
 * such a server, except `clientErrorHandler`.
 */
export function createHttpServer(
  { tls, idleTimeoutMs }: Pick<Config['listen'], 'tls' | 'idleTimeoutMs'>,
  listener: RequestListener,
): HttpServer {
  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    // Between two requests. NewConnections supervises connections before their first request.
    keepAliveTimeout: idleTimeoutMs,
    // No limit for whole requests: refuseSlowBodies limits the time for bodies.
    requestTimeout: 0,
    // Without this, Node.js answers a request without Host header itself, without a body.
    requireHostHeader: false,
  };
  const server =
    tls === null
      ? createServer(options, listener)
      : createHttpsServer(
          { ...options, ...secureContextOptions(tls), ...handshakeOptions(tls, idleTimeoutMs) },
          listener,
        );
  answerConnectAndExpect(server);
  return server;
}

/**
 * The one address to listen on for `listen.host`. For the name localhost, Fastify would open a further server for each
 * other address of the name; neither the fast path nor a renewed certificate would reach these servers.
 *
 * @returns for localhost its IPv4 address, else its IPv6 address; any other host unchanged
 */
export async function listenAddress(host: string): Promise<string> {
  if (host.toLowerCase() !== 'localhost') return host;
  return (await lookup(host, { order: 'ipv4first' })).address;
}
