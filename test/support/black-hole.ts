import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy that can become a black hole: connections stand, and new ones are accepted, but nothing is passed on. */
export class BlackHole {
  #swallows = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#onConnection(client));
  readonly #target: number;

  private constructor(target: number) {
    this.#target = target;
  }

  /** @param target port on this machine */
  static async start(target: number): Promise<BlackHole> {
    const proxy = new BlackHole(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on, nothing gets through, in either direction. */
  open(): void {
    this.#swallows = true;
  }

  /** From now on, new connections get through. Those from before stay cut off, as behind a firewall that forgot them. */
  close(): void {
    this.#swallows = false;
  }

  async dispose(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #onConnection(client: Socket): void {
    let isCut = this.#swallows;
    this.#keep(client);
    if (isCut) {
      client.resume();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    this.#keep(server);
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (data) => {
        isCut ||= this.#swallows;
        if (!isCut) to.write(data);
      });
      from.on('close', () => {
        isCut ||= this.#swallows;
        if (!isCut) to.destroy();
      });
    };
    pass(client, server);
    pass(server, client);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
