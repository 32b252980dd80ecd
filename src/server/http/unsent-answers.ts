import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { HeldBodies } from './held-bodies.js';

/** What the supervision of answers needs. */
export interface UnsentAnswersOptions {
  /** Minimum speed at which a client must read its answer; 0: no minimum. */
  readonly bytesPerSecond: number;
  /** Maximum size of all answers that are being sent, in bytes. Default: 64 MiB. */
  readonly maxBytes?: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** An answer that has not been sent completely. */
interface Unsent {
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** Number of bytes that the operating system had taken over from the connection at the last check. */
  sent: number;
  /** How long nothing has been sent, in milliseconds, although something is there to be sent. */
  stalledMs: number;
  /** How far the client lags behind the minimum speed, in milliseconds. */
  lagMs: number;
}

/** Interval between checks, in milliseconds. */
const CHECK_INTERVAL_MS = 250;

/**
 * How far a client may lag behind the minimum speed, in milliseconds. An operating system reports that a client has
 * read only after it has read a good part of the send buffer, which can be a megabyte: a client that reads steadily
 * seems to pause for many seconds.
 */
const MAX_LAG_MS = 30_000;

/** Size of one write, in bytes: until it has been read completely, a client seems to have read nothing. */
const WRITE_BYTES = 64 * 1024;

/** When memory is short, clients that have read nothing for this time are disconnected, in milliseconds. */
const STALLED_MS = 1_000;

/** The share of the bound from which on there is probably no room for a further long body. */
const FULL = 0.8;

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Bounds the memory of answers that clients do not read. A client that reads more slowly than the minimum is
 * disconnected. If all answers together exceed their bound, those clients are disconnected first that have read nothing
 * for the longest time.
 */
export class UnsentAnswers {
  readonly #options: UnsentAnswersOptions;
  readonly #maxBytes: number;
  readonly #maxLagMs: number;
  readonly #unsent = new Map<ServerResponse, Unsent>();
  readonly #bodies = new HeldBodies();
  #cancel: (() => void) | null = null;
  /** By `elapsed()`. */
  #checkedAt = 0;

  constructor(options: UnsentAnswersOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    const { bytesPerSecond } = options;
    this.#maxLagMs = MAX_LAG_MS + (bytesPerSecond === 0 ? 0 : (WRITE_BYTES / bytesPerSecond) * 1_000);
  }

  /** Watches an answer until it has been sent or its connection is closed. */
  watch(response: ServerResponse): void {
    const { socket } = response.req;
    if (this.#unsent.has(response) || socket.destroyed) return;
    this.#unsent.set(response, { response, socket, sent: sentBy(socket), stalledMs: 0, lagMs: 0 });
    response.once('close', () => this.#forget(response));
    if (this.#cancel === null) {
      this.#checkedAt = this.#options.clock.elapsed();
      this.#cancel = this.#options.clock.schedule(() => this.#check(), CHECK_INTERVAL_MS);
    }
  }

  /**
   * Makes room for a long body, and holds it until its answer has been sent.
   *
   * @param body equal objects are held once. A text is never equal to another one
   * @returns whether there is room. If there is none, the answer must not be sent
   */
  hold(response: ServerResponse, body: string | Buffer, bytes: number): boolean {
    const added = this.#bodies.has(body) ? 0 : bytes;
    if (this.#size() + added > this.#maxBytes) this.#makeRoom(added);
    // A body that is longer than the bound is sent alone.
    if (this.#bodies.size > 0 && this.#size() + added > this.#maxBytes) return false;
    this.watch(response);
    if (this.#unsent.has(response)) this.#bodies.add(response, body, bytes);
    return true;
  }

  /** Lets go of a body that is not going to be sent. */
  release(response: ServerResponse): void {
    this.#bodies.release(response);
  }

  /** Whether a long body would probably find no room. */
  get isFull(): boolean {
    if (this.#size() < FULL * this.#maxBytes) return false;
    this.#makeRoom(this.#maxBytes * (1 - FULL));
    return this.#size() >= FULL * this.#maxBytes;
  }

  /** The connections on which answers are being sent. */
  get sockets(): readonly Socket[] {
    return Array.from(this.#unsent.values(), ({ socket }) => socket);
  }

  /** Stops all checks. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Size of everything that waits to be sent, in bytes. */
  #size(): number {
    let size = this.#bodies.size;
    for (const { response } of this.#unsent.values()) size += response.writableLength;
    return size;
  }

  #check(): void {
    const { bytesPerSecond, clock } = this.#options;
    const now = clock.elapsed();
    // No more than between two checks: if the gateway itself stood still, clients are not to blame.
    const elapsed = Math.min(now - this.#checkedAt, 2 * CHECK_INTERVAL_MS);
    this.#checkedAt = now;
    for (const unsent of [...this.#unsent.values()]) {
      // An answer whose turn has not come does not notice that its connection is closed.
      if (unsent.socket.destroyed) this.#forget(unsent.response);
      else this.#measure(unsent, elapsed);
      if (bytesPerSecond > 0 && unsent.lagMs > this.#maxLagMs) this.#close(unsent);
    }
    if (this.#size() > this.#maxBytes) this.#makeRoom(0);
    this.#cancel = this.#unsent.size === 0 ? null : clock.schedule(() => this.#check(), CHECK_INTERVAL_MS);
  }

  #measure(unsent: Unsent, elapsed: number): void {
    const { response, socket } = unsent;
    const sent = sentBy(socket);
    const progress = sent - unsent.sent;
    unsent.sent = sent;
    if (response.writableLength === 0) {
      // Everything was taken over. What is missing of the answer has not been computed yet.
      unsent.stalledMs = 0;
      unsent.lagMs = 0;
      return;
    }
    const { bytesPerSecond } = this.#options;
    unsent.stalledMs = progress > 0 ? 0 : unsent.stalledMs + elapsed;
    const gained = bytesPerSecond === 0 ? elapsed : (progress / bytesPerSecond) * 1_000;
    unsent.lagMs = Math.max(0, unsent.lagMs + elapsed - gained);
  }

  /** Disconnects clients that read nothing, the longest pauses and the largest answers first, until there is room. */
  #makeRoom(added: number): void {
    const stalled = [...this.#unsent.values()]
      .filter(({ stalledMs }) => stalledMs >= STALLED_MS)
      .sort((a, b) => b.stalledMs - a.stalledMs || this.#sizeOf(b) - this.#sizeOf(a));
    let excess = this.#size() + added - this.#maxBytes;
    for (const unsent of stalled) {
      if (excess <= 0) return;
      const before = this.#bodies.size;
      excess -= unsent.response.writableLength;
      this.#close(unsent);
      excess -= before - this.#bodies.size;
    }
  }

  #sizeOf({ response }: Unsent): number {
    return response.writableLength + this.#bodies.sizeOf(response);
  }

  #close(unsent: Unsent): void {
    const { metrics, logger } = this.#options;
    metrics.rejections.inc({ reason: 'too_slow' });
    logger.info(
      {
        address: unsent.socket.remoteAddress,
        unsentBytes: this.#sizeOf(unsent),
        stalledMs: Math.round(unsent.stalledMs),
      },
      'connection closed: the client does not read its answer quickly enough (limits.slowestBody)',
    );
    this.#forget(unsent.response);
    unsent.socket.destroy();
  }

  #forget(response: ServerResponse): void {
    this.#unsent.delete(response);
    this.#bodies.release(response);
  }
}

/** Number of bytes that the operating system has taken over from a connection. */
function sentBy(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
