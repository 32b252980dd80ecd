import { isIP } from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import type { OutboundConfig } from '../config/index.js';
// Imported by file and not by config/index.ts, which would load much that the background worker does not need.
import { proxyCredentials } from '../config/proxy.js';
import { ProxyError } from './network-failure.js';
import { Agent, EnvHttpProxyAgent, Pool, type Dispatcher } from './undici.js';

export interface DispatcherOptions {
  /** Maximum number of connections to one host. */
  readonly connections: number;
}

/** Always called directly: a proxy on another machine cannot reach them. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Time limit for the proxy's answer to CONNECT, in milliseconds; the same as undici's limit for connecting. */
const MAX_PROXY_ANSWER_MS = 10_000;

/**
 * A keep-alive connection pool, configured by `outbound` alone; environment variables are ignored. With a proxy it
 * uses CONNECT, also for plain HTTP targets. It trusts the configured certificate authorities in addition to those
 * of Node.js, and always verifies certificates. It sets no time limit for responses; the caller does.
 */
export function createDispatcher(outbound: OutboundConfig, { connections }: DispatcherOptions): Dispatcher {
  const pool = { connections, pipelining: 1, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 };
  const connect = trustOf(outbound.ca);
  if (outbound.proxy === null) return new Agent({ ...pool, connect });
  const { uri, ...authorization } = splitProxy(outbound.proxy);
  return new EnvHttpProxyAgent({
    ...pool,
    ...authorization,
    connect,
    requestTls: connect,
    proxyTls: connect,
    // All three are set, because undici reads a missing one from the environment.
    httpProxy: uri,
    httpsProxy: uri,
    noProxy: [...LOOPBACK, ...outbound.noProxy].join(','),
    clientFactory: (origin, options) => new ProxyPool(origin, options as ProxyPoolOptions),
  });
}

/** Sets `rejectUnauthorized` explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn verification off. */
function trustOf(ca: string | null): Pick<tls.ConnectionOptions, 'rejectUnauthorized' | 'secureContext'> {
  if (ca === null) return { rejectUnauthorized: true };
  // Created once, because parsing more than a hundred certificates for each connection is slow.
  const secureContext = tls.createSecureContext({ ca: [...defaultAuthorities(), ca] });
  return { rejectUnauthorized: true, secureContext };
}

/** The authorities that Node.js trusts by default. Before Node.js 22.15: those that are built in. */
function defaultAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

/** Splits the credentials off the proxy's URL, so that no error of undici can contain them. */
function splitProxy(proxy: string): { readonly uri: string; readonly token?: string } {
  const uri = new URL(proxy);
  uri.username = '';
  uri.password = '';
  const credentials = proxyCredentials(proxy);
  if (credentials === null || credentials === undefined) return { uri: uri.href };
  const { username, password } = credentials;
  return {
    uri: uri.href,
    token: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  };
}

interface ProxyPoolOptions {
  readonly connect: buildConnector.connector;
}

/** Connections to the proxy. Failures are reported as ProxyError. */
class ProxyPool extends Pool {
  constructor(origin: URL, { connect }: ProxyPoolOptions) {
    super(origin, {
      headersTimeout: MAX_PROXY_ANSWER_MS,
      connect: ({ servername, ...options }, callback) => {
        // TLS allows only host names as server name, not IP addresses. `servername` may also be null.
        const isName = typeof servername === 'string' && isIP(servername.replace(/^\[(.*)\]$/, '$1')) === 0;
        connect({ ...options, ...(isName ? { servername } : {}) }, (error, socket) => {
          if (error === null) callback(null, socket);
          else callback(ProxyError.unreachable(error), null);
        });
      },
    });
  }

  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void;
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback?: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): Promise<Dispatcher.ConnectData> | undefined {
    if (callback === undefined) return this.#tunnel(options);
    super.connect(options, callback);
    return undefined;
  }

  async #tunnel(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    const answer = await super.connect(options).catch((error: unknown) => {
      throw error instanceof ProxyError ? error : ProxyError.unreachable(error);
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on('error', () => undefined).destroy();
    throw ProxyError.refused(answer.statusCode);
  }
}
