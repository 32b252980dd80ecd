import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { Certificate } from './certificates.js';

/** Terminates TLS on loopback in front of a server that speaks plain HTTP. */
export class TlsFront implements AsyncDisposable {
  readonly port: number;
  /** Number of TCP connections, including those whose TLS handshake failed. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket.on('error', () => undefined));
    });
  }

  /** `target` is any URL of the plain HTTP server. */
  static async start(target: string, { cert, key }: Certificate): Promise<TlsFront> {
    const { hostname, port } = new URL(target);
    const server = createServer({ cert, key }, (near) => {
      const far = connect(Number(port), hostname);
      far.on('error', () => near.destroy());
      near.on('error', () => far.destroy());
      near.pipe(far).pipe(near);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new TlsFront(server);
  }

  /** The https URL that reaches `target` through this server. */
  url(target: string, host = 'localhost'): string {
    const { pathname } = new URL(target);
    return `https://${host}:${this.port}${pathname}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}
