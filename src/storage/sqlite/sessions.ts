import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { SqliteError } from './errors.js';
import { prepareFile } from './files.js';
import { WorkerSession } from './session.js';

/** A thread that keeps dying has a cause that another one does not cure. */
const MAX_STARTS = 5;
const STARTS_PERIOD_MS = 60_000;

/** The current life of the worker thread, and a new one when it is asked for after a death. */
export class WorkerSessions {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #session: WorkerSession | undefined;
  #starting: Promise<WorkerSession> | undefined;
  #starts: readonly number[] = [];

  constructor(file: string, clock: Clock, logger: Logger) {
    this.#file = file;
    this.#clock = clock;
    this.#logger = logger;
  }

  async current(): Promise<WorkerSession> {
    if (this.#session?.alive === true) return this.#session;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #start(): Promise<WorkerSession> {
    const now = this.#clock.now();
    this.#starts = this.#starts.filter((start) => start > now - STARTS_PERIOD_MS);
    if (this.#starts.length >= MAX_STARTS) {
      throw new SqliteError('', `the thread has ended ${MAX_STARTS} times within a minute`);
    }
    this.#starts = [...this.#starts, now];
    if (this.#session !== undefined) this.#logger.warn('starting the SQLite thread again after it ended');
    await prepareFile(this.#file);
    this.#session = await WorkerSession.start(this.#file);
    return this.#session;
  }
}
