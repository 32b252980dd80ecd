import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { prepareDatabaseFile } from './database-file.js';
import { SqliteError } from './errors.js';
import { SqliteThread } from './sqlite-thread.js';

/**
 * Maximum number of starts in one period. A thread that ends more often has a cause that a restart does not
 * cure.
 */
const MAX_STARTS = 5;
const STARTS_PERIOD_MS = 60_000;

/** Keeps one SQLite thread: starts it when it is first needed, and again after it has ended. */
export class ThreadSupervisor {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #thread: SqliteThread | undefined;
  #starting: Promise<SqliteThread> | undefined;
  /** Times of the starts in the last period, in milliseconds since the epoch. */
  #starts: readonly number[] = [];

  constructor(file: string, clock: Clock, logger: Logger) {
    this.#file = file;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The running thread; starts one if none is running. @throws SqliteError if that fails */
  async current(): Promise<SqliteThread> {
    if (this.#thread?.alive === true) return this.#thread;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  async #start(): Promise<SqliteThread> {
    const now = this.#clock.now();
    this.#starts = this.#starts.filter((start) => start > now - STARTS_PERIOD_MS);
    if (this.#starts.length >= MAX_STARTS) {
      throw new SqliteError(
        '',
        `the SQLite thread has ended ${MAX_STARTS} times within a minute; see the log for the reason, and restart the gateway`,
      );
    }
    this.#starts = [...this.#starts, now];
    if (this.#thread !== undefined) this.#logger.warn('the SQLite thread has ended: restarting it');
    await prepareDatabaseFile(this.#file);
    this.#thread = await SqliteThread.start(this.#file);
    return this.#thread;
  }
}
