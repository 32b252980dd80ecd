import { sql, type Kysely } from 'kysely';
import type { Client } from 'pg';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import type { ChangeTracker } from '../change-tracker.js';
import { readVersions } from '../states.js';
import type { Tables } from '../tables.js';
import type { Commit } from '../version.js';
import { ServerClient } from './server-client.js';
import type { Servers } from './servers.js';
import type { Pooling } from './session.js';

const CHANNEL = 'aam_segment_gateway_change';

/**
 * Time between two polls of the versions: without a listening connection or after a poll that failed, and
 * otherwise, in case a message got lost.
 */
const POLL_DISCONNECTED_MS = 1_000;
const POLL_CONNECTED_MS = 10_000;

/** Pause before the first attempt to reconnect. It doubles with each failure. */
const FIRST_RECONNECT_MS = 1_000;
const MAX_RECONNECT_MS = 30_000;

const LISTEN_TIMEOUT_MS = 5_000;

/** A connection listens for 27 to 33 minutes, then another one takes over. */
const LIFETIME_MS = 27 * 60_000;
const LIFETIME_JITTER_MS = 6 * 60_000;

/** The JSON payload of a notification: the version that a destination has reached. */
const PAYLOAD = z.object({
  customerId: z.string(),
  destinationId: z.string(),
  generation: z.int(),
  asOf: z.int().nullable(),
});

/** A query that notifies all processes of a commit, when the transaction in which it runs commits. */
export function notifyQuery({ key, after }: Commit) {
  const { customerId, destinationId } = key;
  const { generation, asOf } = after;
  const payload: z.infer<typeof PAYLOAD> = { customerId, destinationId, generation, asOf };
  return sql`select pg_notify(${CHANNEL}, ${JSON.stringify(payload)})`;
}

interface ChangeNotificationsOptions {
  readonly servers: Servers;
  /** With 'transaction', no connection can listen: the versions are polled instead. */
  readonly pooling: Pooling;
  /** For polling the versions. */
  readonly db: Kysely<Tables>;
  readonly tracker: ChangeTracker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns numbers from 0 to below 1, for the lifetime of the connection. Default: `Math.random`. */
  readonly random?: () => number;
}

/**
 * Listens for commits of other processes on a connection of its own. The versions are polled as well, so that
 * a lost connection or notification delays a change but never hides it.
 */
export class ChangeNotifications {
  readonly #options: ChangeNotificationsOptions;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #polling: Promise<void> | undefined;
  /** Whether commits may have been missed that no poll has found yet. */
  #mustPoll = false;
  #reconnectMs = FIRST_RECONNECT_MS;
  #cancelReconnect: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  /** When the listening connection is replaced, by `clock.elapsed()`. */
  #renewsAt = 0;
  #closed = false;

  private constructor(options: ChangeNotificationsOptions) {
    this.#options = options;
  }

  /** Starts to report commits made from now on. */
  static async start(options: ChangeNotificationsOptions): Promise<ChangeNotifications> {
    const notifications = new ChangeNotifications(options);
    await notifications.#connect();
    try {
      options.tracker.initialize(await readVersions(options.db));
    } catch (error) {
      await notifications.close();
      throw error;
    }
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

  /** Replaces the listening connection by a new one, without a moment in which none listens. */
  renew(): void {
    if (this.#client === undefined || this.#closed) return;
    const before = this.#connecting ?? Promise.resolve();
    this.#connecting = before.then(() => this.#renew());
  }

  async #renew(): Promise<void> {
    const old = this.#client;
    if (old === undefined || this.#closed) return;
    this.#client = undefined;
    await this.#connect();
    // Nothing waits for its end: a server that is gone may never answer.
    old.end().catch(() => undefined);
    // It may have been lost before the new one listened.
    await this.#pollMissed();
  }

  async #connect(): Promise<void> {
    const { servers, pooling } = this.#options;
    if (pooling === 'transaction') return;
    try {
      this.#client = await servers.find(() => this.#listen());
    } catch (error) {
      this.#onDisconnect(undefined, error);
      return;
    }
    this.#reconnectMs = FIRST_RECONNECT_MS;
    const { clock, random = Math.random } = this.#options;
    this.#renewsAt = clock.elapsed() + LIFETIME_MS + random() * LIFETIME_JITTER_MS;
  }

  /** @returns a new connection that listens */
  async #listen(): Promise<Client> {
    const client = new ServerClient(this.#options.servers, { query_timeout: LISTEN_TIMEOUT_MS });
    client.on('notification', ({ payload }) => this.#onNotification(payload ?? ''));
    // Before it listens, the rejection says so.
    client.on('error', (error) => this.#onDisconnect(client, error));
    client.on('end', () => this.#onDisconnect(client, new Error('the connection was closed')));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      return client;
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
  }

  /** A connection may report its end in several ways; only the first report counts. */
  #onDisconnect(client: Client | undefined, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    client?.end().catch(() => undefined);
    const { clock, logger } = this.#options;
    logger.warn(
      { err: error, retryInMs: this.#reconnectMs },
      'lost the connection for PostgreSQL notifications: polling for changes every second until it is back',
    );
    this.#cancelReconnect?.();
    this.#cancelReconnect = clock.schedule(() => {
      this.#connecting = this.#reconnect();
    }, this.#reconnectMs);
    this.#reconnectMs = Math.min(2 * this.#reconnectMs, MAX_RECONNECT_MS);
    this.#schedulePoll();
  }

  async #reconnect(): Promise<void> {
    await this.#connect();
    await this.#pollMissed();
  }

  /** Finds what was committed while no connection listened. */
  async #pollMissed(): Promise<void> {
    // A poll in flight may have read before that.
    await this.#polling;
    if (this.#client === undefined || this.#closed) return;
    this.#mustPoll = true;
    this.#poll();
  }

  #onNotification(payload: string): void {
    const parsed = PAYLOAD.safeParse(parseJson(payload));
    if (parsed.success) this.#options.tracker.observe(parsed.data);
  }

  #schedulePoll(): void {
    this.#cancelPoll?.();
    if (this.#closed) return;
    const isSafe = this.#client !== undefined && !this.#mustPoll;
    const ms = isSafe ? POLL_CONNECTED_MS : POLL_DISCONNECTED_MS;
    this.#cancelPoll = this.#options.clock.schedule(() => this.#poll(), ms);
  }

  /** Polls, unless a poll is in flight. The next poll is scheduled when this one has ended. */
  #poll(): void {
    this.#cancelPoll?.();
    if (this.#options.clock.elapsed() >= this.#renewsAt) this.renew();
    this.#polling ??= this.#observeVersions().finally(() => {
      this.#polling = undefined;
      this.#schedulePoll();
    });
  }

  async #observeVersions(): Promise<void> {
    const { db, tracker, logger } = this.#options;
    try {
      for (const version of await readVersions(db)) tracker.observe(version);
      this.#mustPoll = false;
    } catch (error) {
      this.#mustPoll = true;
      if (!this.#closed)
        logger.debug({ err: error }, 'could not poll PostgreSQL for changes; polling again later');
    }
  }
}

/** @returns `undefined` for malformed JSON: any client of the database may notify on the channel */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
