import { lookup } from 'node:dns/promises';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { TlsConfig } from '../../config/index.js';
import { answerConnectAndExpect } from './errors.js';
import { httpsOptions } from './tls.js';

/**
 * Maximum time until the headers of a request have arrived, in milliseconds. A new connection on which nothing arrives is
 * closed after the same time.
 */
const HEADERS_TIMEOUT_MS = 1_500;

/** How often connections are checked for the timeout above, in milliseconds. */
const CONNECTIONS_CHECK_MS = 250;

/** How long an idle connection is kept open for further requests, in milliseconds. Fastify's default. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/**
 * Creates the gateway's only HTTP or HTTPS server, for Fastify's `serverFactory`. Fastify ignores its own settings for
 * such a server, except `clientErrorHandler`.
 */
export function createHttpServer(tls: TlsConfig | null, listener: RequestListener): HttpServer {
  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // No limit for whole requests: refuseSlowBodies limits the time for bodies.
    requestTimeout: 0,
    // Without this, Node.js answers a request without Host header itself, without a body.
    requireHostHeader: false,
  };
  const server =
    tls === null
      ? createServer(options, listener)
      : createHttpsServer({ ...options, ...httpsOptions(tls) }, listener);
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
