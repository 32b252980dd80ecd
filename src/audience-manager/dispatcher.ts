import { isIP } from 'node:net';
import tls from 'node:tls';
import { Agent, EnvHttpProxyAgent, Pool, type Dispatcher, type buildConnector } from 'undici';
import type { OutboundConfig } from '../config/index.js';
// Not by the room's door, behind which there is much more than what a thread that sends requests needs.
import { proxyCredentials } from '../config/proxy.js';
import { ProxyError } from './network-failure.js';

export interface DispatcherOptions {
  /** To one host at once. */
  readonly connections: number;
}

/** No proxy could reach these for us. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** As long as undici gives to connecting itself. */
const MAX_PROXY_ANSWER_MS = 10_000;

/**
 * A keep-alive pool that connects the way `outbound` says, and no environment variable otherwise: through
 * its proxy, by CONNECT also where the target speaks plain HTTP, and trusting its authorities beside
 * Node.js's own. Certificates are always verified. It sets no time-out on answers; the caller does.
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
    // All three, as each that is left out would be read from the environment.
    httpProxy: uri,
    httpsProxy: uri,
    noProxy: [...LOOPBACK, ...outbound.noProxy].join(','),
    clientFactory: (origin, options) => new ProxyPool(origin, options as ProxyPoolOptions),
  });
}

/** Said explicitly, verification cannot be turned off by NODE_TLS_REJECT_UNAUTHORIZED. */
function trustOf(ca: string | null): Pick<tls.ConnectionOptions, 'rejectUnauthorized' | 'secureContext'> {
  if (ca === null) return { rejectUnauthorized: true };
  // Made once: reading more than a hundred certificates at each connection takes its time.
  const secureContext = tls.createSecureContext({ ca: [...defaultAuthorities(), ca] });
  return { rejectUnauthorized: true, secureContext };
}

/** Where Node.js is too old to say what it trusts by default (before 22.15), those that it comes with. */
function defaultAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

/** Without credentials in its URL, no error of the library's can tell them. */
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

/** Connections to the proxy, on which tunnels are asked for; says what went wrong as a ProxyError. */
class ProxyPool extends Pool {
  constructor(origin: URL, { connect }: ProxyPoolOptions) {
    super(origin, {
      headersTimeout: MAX_PROXY_ANSWER_MS,
      connect: ({ servername, ...options }, callback) => {
        // An address is no name that TLS could ask for; there may also be null.
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
