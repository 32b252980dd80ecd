import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Certificate } from './certificates.js';

export interface ProxyOptions {
  /** Expected credentials; default: none are required. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Loopback ports that host names are mapped to. The host of every target is replaced with loopback. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** Status of the response to every CONNECT, instead of a tunnel; `hang`: no response. */
  readonly refusal?: number | 'hang';
  /** If set, clients connect to the proxy over TLS. */
  readonly certificate?: Certificate;
}

/** An HTTP proxy on loopback that opens tunnels and records the requests for them. */
export class ConnectProxy implements AsyncDisposable {
  /** The target of each CONNECT, such as `aam.example.test:443`. */
  readonly targets: string[] = [];
  /** `Proxy-Authorization` header of each CONNECT. */
  readonly authorizations: (string | undefined)[] = [];
  /** Number of requests other than CONNECT. */
  others = 0;
  readonly port: number;
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, options: ProxyOptions) {
    this.#options = options;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => this.#sockets.add(socket.on('error', () => undefined)));
    server.on('request', (_request, response) => {
      this.others += 1;
      response.writeHead(501).end();
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => this.#connect(request, socket));
  }

  static async start(options: ProxyOptions = {}): Promise<ConnectProxy> {
    const { certificate } = options;
    const server: Server = certificate === undefined ? createServer() : createTlsServer(certificate);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new ConnectProxy(server, options);
  }

  /** URL of the proxy, with its credentials. */
  get url(): string {
    const { certificate, credentials } = this.#options;
    const scheme = certificate === undefined ? 'http' : 'https';
    const user =
      credentials === undefined
        ? ''
        : `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`;
    return `${scheme}://${user}127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #connect(request: IncomingMessage, near: Socket): void {
    const { credentials, hosts = {}, refusal } = this.#options;
    const target = request.url ?? '';
    const authorization = request.headers['proxy-authorization'];
    this.targets.push(target);
    this.authorizations.push(authorization);
    near.on('error', () => undefined);
    if (refusal === 'hang') return;
    const expected =
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    const status = refusal ?? (expected === undefined || authorization === expected ? 200 : 407);
    if (status !== 200) {
      near.end(`HTTP/1.1 ${status} No\r\nproxy-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const far = connect(hosts[hostname] ?? Number(port), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connected\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  }
}
