import { sql, type Kysely } from 'kysely';
import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { readGenerations, type Changes } from '../changes.js';
import type { Tables } from '../tables.js';

export interface ChangePollOptions {
  /** The connection that writes: its `data_version` moves with commits of other connections alone. */
  readonly db: Kysely<Tables>;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly logger: Logger;
}

const POLL_MS = 1_000;

/**
 * Finds out what other processes have committed to the same file, such as an import beside a running gateway.
 * SQLite tells nobody, but says cheaply whether anything was committed at all.
 */
export class ChangePoll {
  readonly #options: ChangePollOptions;
  #version: number | undefined;
  #looking: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  private constructor(options: ChangePollOptions) {
    this.#options = options;
  }

  /** Tells of everything that others commit from now on. */
  static async start(options: ChangePollOptions): Promise<ChangePoll> {
    const poll = new ChangePoll(options);
    poll.#version = await poll.#dataVersion();
    options.changes.startFrom(await readGenerations(options.db));
    poll.#lookLater();
    return poll;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#looking;
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.schedule(() => {
      this.#looking = this.#look().finally(() => this.#lookLater());
    }, POLL_MS);
  }

  async #look(): Promise<void> {
    const { db, changes, logger } = this.#options;
    try {
      const version = await this.#dataVersion();
      if (version === this.#version) return;
      for (const reached of await readGenerations(db)) changes.reached(reached);
      this.#version = version;
    } catch (error) {
      if (!this.#closed) logger.debug({ err: error }, 'could not look for changes in SQLite');
    }
  }

  async #dataVersion(): Promise<number | undefined> {
    const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(this.#options.db);
    return rows[0]?.data_version;
  }
}
