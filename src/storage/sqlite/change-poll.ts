import { sql, type Kysely } from 'kysely';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import type { ChangeTracker } from '../change-tracker.js';
import { readVersions } from '../states.js';
import type { Tables } from '../tables.js';

interface ChangePollOptions {
  /** The connection that writes: its `data_version` only changes when another connection commits. */
  readonly db: Kysely<Tables>;
  readonly tracker: ChangeTracker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the error of a poll that failed. */
  readonly onError: (error: unknown) => void;
}

const POLL_INTERVAL_MS = 1_000;

/**
 * Detects commits of other processes to the same file, such as an import beside a running gateway. SQLite has
 * no notifications, but `pragma data_version` tells at little cost whether another process has committed
 * anything.
 */
export class ChangePoll {
  readonly #options: ChangePollOptions;
  #dataVersion: number | undefined;
  #polling: Promise<void> | undefined;
  #cancelPoll: (() => void) | undefined;
  #closed = false;

  private constructor(options: ChangePollOptions) {
    this.#options = options;
  }

  /** Starts to report commits made from now on. */
  static async start(options: ChangePollOptions): Promise<ChangePoll> {
    const poll = new ChangePoll(options);
    poll.#dataVersion = await poll.#readDataVersion();
    options.tracker.initialize(await readVersions(options.db));
    poll.#schedulePoll();
    return poll;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPoll?.();
    await this.#polling;
  }

  #schedulePoll(): void {
    if (this.#closed) return;
    this.#cancelPoll = this.#options.clock.schedule(() => {
      this.#polling = this.#poll().finally(() => this.#schedulePoll());
    }, POLL_INTERVAL_MS);
  }

  async #poll(): Promise<void> {
    const { db, tracker, logger, onError } = this.#options;
    try {
      const dataVersion = await this.#readDataVersion();
      if (dataVersion === this.#dataVersion) return;
      for (const version of await readVersions(db)) tracker.observe(version);
      this.#dataVersion = dataVersion;
    } catch (error) {
      if (this.#closed) return;
      onError(error);
      logger.debug({ err: error }, 'could not poll SQLite for changes; polling again in 1 s');
    }
  }

  async #readDataVersion(): Promise<number | undefined> {
    const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(this.#options.db);
    return rows[0]?.data_version;
  }
}
