import type { ClientBase } from 'pg';
import type { Clock } from '../../base/clock.js';
import { isSilence, NoAnswerError } from './errors.js';
import { ServerClient } from './server-client.js';
import type { Servers } from './servers.js';

/** How long a statement is executed before the server is asked whether it is still there. */
const PATIENCE_MS = 3_000;

/** How long it may take to answer that. */
const PROBE_TIMEOUT_MS = 5_000;

interface SilenceWatchOptions {
  readonly servers: Servers;
  readonly clock: Clock;
  /** Called when the server does not answer at all, with the error for the statements in flight. */
  readonly onSilence: (error: Error) => void;
}

/**
 * Tells a server that is slow from one that is gone without a word, such as behind a firewall that drops packets. While a
 * statement takes long, the server has to accept a new connection every few seconds.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #probing: Promise<void> | null = null;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  /** To be called when a statement is sent. @returns a function to call when it is answered */
  begin(): () => void {
    let cancel: (() => void) | null = null;
    let isOver = false;
    const wait = (): void => {
      cancel = this.#options.clock.schedule(() => {
        void this.#probe().then(() => {
          if (!isOver) wait();
        });
      }, PATIENCE_MS);
    };
    wait();
    return () => {
      isOver = true;
      cancel?.();
    };
  }

  /** One probe at a time. Never rejects. */
  #probe(): Promise<void> {
    this.#probing ??= this.#askServer().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  async #askServer(): Promise<void> {
    const { servers, onSilence } = this.#options;
    const client = new ServerClient(servers, { connectionTimeoutMillis: PROBE_TIMEOUT_MS });
    try {
      await client.connect();
    } catch (error) {
      if (!isSilence(error)) return;
      servers.moveOn(client.server);
      const message = `${client.server.name} does not answer`;
      // With several hosts, another one is worth another try.
      onSilence(servers.count > 1 ? new Error(message) : new NoAnswerError(message));
    } finally {
      client.end().catch(() => undefined);
    }
  }
}

/** Ends a connection at once, without waiting for the server. Its statement rejects with the error. */
export function destroyConnection(client: ClientBase, error: Error): void {
  const connection = Reflect.get(client, 'connection') as { stream: { destroy(error: Error): void } };
  connection.stream.destroy(error);
}
