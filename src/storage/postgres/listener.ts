import { sql, type Kysely } from 'kysely';
import pg, { type Client } from 'pg';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Tables } from '../tables.js';
import { readGenerations, type Changes, type Reached } from '../changes.js';
import { clientConfig } from './pool.js';

const CHANNEL = 'aam_segment_gateway_change';

/** How often generations are compared: while nothing is heard, and to be sure while it is. */
const POLL_DEAF_MS = 1_000;
const POLL_LISTENING_MS = 10_000;

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

const NOTIFICATION = z.object({ customerId: z.string(), destinationId: z.string(), generation: z.int() });

/** A query that tells all processes, if and when the transaction it runs in is committed. */
export function notification(reached: Reached) {
  const { customerId, destinationId, generation } = reached;
  return sql`select pg_notify(${CHANNEL}, ${JSON.stringify({ customerId, destinationId, generation })})`;
}

interface ListenerOptions {
  readonly url: string;
  /** For comparing generations. */
  readonly db: Kysely<Tables>;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Hears of changes over a connection of its own. While that is lost, and now and then in any case, it looks
 * for itself, so nothing is missed for long.
 */
export class ChangeNotifications {
  readonly #options: ListenerOptions;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #polling: Promise<void> | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #cancelReconnect: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #closed = false;

  private constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Hears of everything that is committed from now on. */
  static async start(options: ListenerOptions): Promise<ChangeNotifications> {
    const notifications = new ChangeNotifications(options);
    await notifications.#connect();
    options.changes.startFrom(await readGenerations(options.db));
    notifications.#schedulePoll();
    return notifications;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelReconnect?.();
    this.#cancelPoll?.();
    await this.#connecting;
    await this.#polling;
    await this.#client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(clientConfig(this.#options.url));
    client.on('notification', ({ payload }) => this.#onNotification(payload ?? ''));
    client.on('error', (error) => this.#onLost(client, error));
    client.on('end', () => this.#onLost(client, new Error('the connection has ended')));
    this.#client = client;
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      this.#onLost(client, error);
    }
  }

  /** Of the several ways in which one connection reports its end, the first counts. */
  #onLost(client: Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    const { clock, logger } = this.#options;
    logger.warn(
      { err: error, retryInMs: this.#pauseMs },
      'lost the connection that PostgreSQL notifies over',
    );
    this.#cancelReconnect = clock.schedule(() => {
      this.#connecting = this.#reconnect();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS);
    this.#schedulePoll();
  }

  async #reconnect(): Promise<void> {
    await this.#connect();
    // What was committed in between was told to nobody here.
    if (this.#client !== undefined && !this.#closed) this.#poll();
  }

  #onNotification(payload: string): void {
    const parsed = NOTIFICATION.safeParse(jsonOf(payload));
    if (parsed.success) this.#options.changes.reached(parsed.data);
  }

  #schedulePoll(): void {
    this.#cancelPoll?.();
    if (this.#closed) return;
    const ms = this.#client === undefined ? POLL_DEAF_MS : POLL_LISTENING_MS;
    this.#cancelPoll = this.#options.clock.schedule(() => this.#poll(), ms);
  }

  /** One at a time; the next is due when this one has ended. */
  #poll(): void {
    this.#cancelPoll?.();
    this.#polling ??= this.#compare().finally(() => {
      this.#polling = undefined;
      this.#schedulePoll();
    });
  }

  async #compare(): Promise<void> {
    const { db, changes, logger } = this.#options;
    try {
      for (const reached of await readGenerations(db)) changes.reached(reached);
    } catch (error) {
      if (!this.#closed) logger.debug({ err: error }, 'could not look for changes in PostgreSQL');
    }
  }
}

/** Anybody may notify on any channel. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
