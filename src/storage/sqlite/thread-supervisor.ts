import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { identityOf, prepareDatabaseFile } from './database-file.js';
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
  /** Which file the first thread has opened. */
  #identity: string | null;
  /** When the starts of the last period were, by `elapsed()`. */
  #starts: readonly number[] = [];

  /** @param identity which file others have opened; `null`: this is the first process to open it */
  constructor(file: string, clock: Clock, logger: Logger, identity: string | null = null) {
    this.#identity = identity;
    this.#file = file;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Which file is open: see `identityOf`. `null` before the first start. */
  get identity(): string | null {
    return this.#identity;
  }

  /** The running thread; starts one if none is running. @throws SqliteError if that fails */
  async current(): Promise<SqliteThread> {
    if (this.#thread?.alive === true) return this.#thread;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Whether the thread runs. */
  get isUp(): boolean {
    return this.#thread?.alive === true;
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  async #start(): Promise<SqliteThread> {
    const now = this.#clock.elapsed();
    this.#starts = this.#starts.filter((start) => start > now - STARTS_PERIOD_MS);
    if (this.#starts.length >= MAX_STARTS) {
      throw new SqliteError(
        '',
        `the SQLite thread has ended ${MAX_STARTS} times within a minute; see the log for the reason, and restart the gateway`,
      );
    }
    this.#starts = [...this.#starts, now];
    if (this.#thread !== undefined) this.#logger.warn('the SQLite thread has ended: restarting it');
    await this.#prepareFile();
    this.#thread = await SqliteThread.start(this.#file);
    this.#identity ??= await identityOf(this.#file);
    return this.#thread;
  }

  /** Only the first thread may create the file, or take what it finds. @throws SqliteError */
  async #prepareFile(): Promise<void> {
    if (this.#identity !== null && this.#identity !== (await identityOf(this.#file))) {
      throw new SqliteError('', 'the file is not the one that was opened at the start');
    }
    prepareDatabaseFile(this.#file);
  }
}
