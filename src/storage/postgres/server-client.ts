import pg, { type ClientConfig } from 'pg';
import { isRejectedLogIn } from './errors.js';
import type { Server, Servers } from './servers.js';

/** A connection to the server that is the current one when it is made. */
export class ServerClient extends pg.Client {
  readonly server: Server;
  readonly #servers: Servers;

  /** @param options beside those that lead to the server */
  constructor(servers: Servers, options: ClientConfig = {}) {
    super({ ...servers.clientConfig(), ...options });
    this.server = servers.current;
    this.#servers = servers;
    // An error that nothing listens to would end the process.
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
    if (callback === undefined) {
      return super.connect().catch((error: unknown) => {
        this.#onFailure(error);
        throw error;
      });
    }
    super.connect((error: Error) => {
      this.#onFailure(error);
      callback(error);
    });
    return undefined;
  }

  #onFailure(error: unknown): void {
    if (isRejectedLogIn(error)) this.#servers.onRejected(this.server);
  }
}
