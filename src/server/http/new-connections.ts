import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.js';
import type { Metrics } from '../../telemetry/metrics.js';

/** What the supervision of new connections needs. */
export interface NewConnectionsOptions {
  /** How long a connection may be silent before its first request, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Maximum number of connections. Default: 10,000. */
  readonly maxConnections?: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** A connection without a request so far. */
interface NewConnection {
  readonly socket: Socket;
  /** When it was opened, by `elapsed()`. */
  readonly openedAt: number;
  /** Number of bytes that it had received by then. */
  readonly bytesBefore: number;
  /** Whether its TLS handshake is not complete. */
  readonly isHandshaking: boolean;
  /** When the first bytes of the handshake were noticed, by `elapsed()`. */
  handshakeSince: number | null;
}

/** Maximum duration of a TLS handshake, from its first byte, in milliseconds. */
const MAX_HANDSHAKE_MS = 5_000;

/** Interval between checks, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** The same while the server stops, in milliseconds. */
const CLOSING_INTERVAL_MS = 100;

/** Below the number of files that most systems let a process open. Each connection needs some kilobytes. */
const DEFAULT_MAX_CONNECTIONS = 10_000;

/**
 * Supervises connections before their first request. Load balancers and browsers open connections ahead and use them
 * later, so a silent one may last as long as an idle one between two requests. Then it is closed without an answer.
 * Node.js has no such limit: it takes a silent connection for a request whose headers do not arrive.
 */
export class NewConnections {
  readonly #options: NewConnectionsOptions;
  readonly #maxConnections: number;
  /** By address and port of the client, because Node.js has two sockets for a connection with TLS. */
  readonly #new = new Map<string, NewConnection>();
  #idleTimeoutMs: number;
  #intervalMs = CHECK_INTERVAL_MS;
  #open = 0;
  #cancel: (() => void) | null = null;

  constructor(options: NewConnectionsOptions) {
    this.#options = options;
    this.#idleTimeoutMs = options.idleTimeoutMs;
    this.#maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  }

  /** Supervises the connections of a server. */
  superviseAll(server: HttpServer): void {
    const isTls = server instanceof HttpsServer;
    server.on('connection', (socket: Socket) => this.#opened(socket, isTls));
    if (isTls) server.on('secureConnection', (socket: TLSSocket) => this.#add(socket, false));
  }

  /** A request has arrived on the connection: from now on Node.js supervises it. */
  used(socket: Socket): void {
    this.#new.delete(keyOf(socket));
  }

  /** Whether nothing at all has arrived on a connection. */
  isSilent(socket: Socket): boolean {
    const connection = this.#new.get(keyOf(socket));
    return connection?.socket === socket && socket.bytesRead === connection.bytesBefore;
  }

  /**
   * Closes connections without a request, because the server stops.
   *
   * @param graceMs how long after it was opened a connection may still bring its first request, in milliseconds
   */
  close(graceMs: number): void {
    this.#idleTimeoutMs = Math.min(this.#idleTimeoutMs, graceMs);
    this.#intervalMs = CLOSING_INTERVAL_MS;
    this.#cancel?.();
    this.#check();
  }

  #opened(socket: Socket, isTls: boolean): void {
    const key = keyOf(socket);
    this.#open += 1;
    socket.once('close', () => {
      this.#open -= 1;
      this.#new.delete(key);
    });
    this.#add(socket, isTls);
    if (this.#open > this.#maxConnections) this.#closeOldest();
  }

  #add(socket: Socket, isHandshaking: boolean): void {
    const { clock } = this.#options;
    const key = keyOf(socket);
    // Those that were opened first come first.
    this.#new.delete(key);
    this.#new.set(key, {
      socket,
      openedAt: clock.elapsed(),
      bytesBefore: socket.bytesRead,
      isHandshaking,
      handshakeSince: null,
    });
    this.#cancel ??= clock.schedule(() => this.#check(), this.#intervalMs);
  }

  /** Closes the connection that has been without a request for the longest time; perhaps the one just opened. */
  #closeOldest(): void {
    this.#options.metrics.rejections.inc({ reason: 'too_many_connections' });
    for (const [key, { socket }] of this.#new) {
      this.#new.delete(key);
      socket.destroy();
      return;
    }
  }

  #check(): void {
    const { clock } = this.#options;
    const now = clock.elapsed();
    for (const [key, connection] of this.#new) {
      const { socket, openedAt, isHandshaking, bytesBefore } = connection;
      if (isHandshaking && socket.bytesRead > bytesBefore) connection.handshakeSince ??= now;
      const { handshakeSince } = connection;
      const isOver =
        now - openedAt >= this.#idleTimeoutMs ||
        (handshakeSince !== null && now - handshakeSince >= MAX_HANDSHAKE_MS);
      if (!isOver) continue;
      this.#new.delete(key);
      socket.destroy();
    }
    this.#cancel = this.#new.size === 0 ? null : clock.schedule(() => this.#check(), this.#intervalMs);
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
