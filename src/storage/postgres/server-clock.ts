import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Clock, SteadyClock } from '../../base/clock.js';
import { Dates } from '../../base/dates.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Tables } from '../tables.js';

/** The server's time at the moment in which it is evaluated, in milliseconds since the epoch. */
export const SERVER_NOW: RawBuilder<number> = sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Reads the server's time, in milliseconds since the epoch. */
export async function readServerTime(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${SERVER_NOW} as now`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not say what time it is');
  return row.now;
}

interface ServerClockOptions {
  /** Reads the server's time, in milliseconds since the epoch. */
  readonly read: () => Promise<number>;
  /** The clock of this machine. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Measurements at the start; the best of them counts. */
const FIRST_MEASUREMENTS = 3;

const INTERVAL_MS = 10_000;

/** Interval after a measurement that failed. */
const RETRY_MS = 1_000;

/** A step of this machine's time that is larger has the server's measured at once: the machine may have been suspended. */
const MAX_STEP_MS = 1_000;

/** Differences between this machine and the server that are larger are logged, and larger changes of the difference. */
const MAX_OFFSET_MS = 5_000;

/**
 * The time of a database server, as all gateways see it that share the server. It is measured every 10 s and carried on by
 * `elapsed()` in between, also while the server is away.
 *
 * An answer tells what time it was while the server was asked: at the arrival of the answer it is that time or later. So
 * the estimate is never ahead of the server, and behind it by the time that the quickest answer has taken at most.
 */
export class ServerClock {
  readonly #options: ServerClockOptions;
  readonly #dates: Dates;
  /** What has to be added to `elapsed()` to get the server's time, in milliseconds. */
  #base: number;
  /** The offset that was last logged, in milliseconds. */
  #loggedMs = 0;
  /** The difference between both times of this machine, which only changes if one is set or the machine is suspended. */
  #local: number;
  #isMeasuring = false;
  #cancel: (() => void) | undefined;
  #closed = false;

  private constructor(options: ServerClockOptions, base: number) {
    this.#options = options;
    this.#base = base;
    this.#local = localDifference(options.clock);
    this.#dates = new Dates(options.clock, () => this.#estimate());
  }

  /** Measures the server's time, and goes on doing so. @throws what `read` does */
  static async start(options: ServerClockOptions): Promise<ServerClock> {
    let base = Number.NEGATIVE_INFINITY;
    for (let n = 0; n < FIRST_MEASUREMENTS; n++) {
      base = Math.max(base, (await options.read()) - options.clock.elapsed());
    }
    const clock = new ServerClock(options, base);
    clock.#logDifference();
    clock.#scheduleNext(INTERVAL_MS);
    return clock;
  }

  /** The server's time. */
  get dates(): SteadyClock {
    return this.#dates;
  }

  /** By how much the server's time is ahead of this machine's, in milliseconds; negative if it is behind. */
  get offsetMs(): number {
    const { clock } = this.#options;
    return clock.elapsed() + this.#base - clock.now();
  }

  /** Measures no more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #estimate(): number {
    const { clock } = this.#options;
    if (Math.abs(localDifference(clock) - this.#local) > MAX_STEP_MS) {
      this.#local = localDifference(clock);
      this.#measure();
    }
    return Math.floor(clock.elapsed() + this.#base);
  }

  #scheduleNext(ms: number): void {
    if (!this.#closed) this.#cancel = this.#options.clock.schedule(() => this.#measure(), ms);
  }

  /** Measures, unless a measurement is in flight. The next one is scheduled when it has ended. */
  #measure(): void {
    if (this.#closed || this.#isMeasuring) return;
    this.#isMeasuring = true;
    this.#cancel?.();
    void this.#measureOnce().then((hasSucceeded) => {
      this.#isMeasuring = false;
      this.#scheduleNext(hasSucceeded ? INTERVAL_MS : RETRY_MS);
    });
  }

  /** @returns whether the server has answered */
  async #measureOnce(): Promise<boolean> {
    const { read, clock, logger } = this.#options;
    const sentAt = clock.elapsed();
    try {
      const time = await read();
      const [least, most] = [time - clock.elapsed(), time - sentAt];
      // Between both it may be right, and is probably better than the least: it comes from a quicker answer.
      if (this.#base < least || this.#base > most) this.#base = least;
      this.#logDifference();
      return true;
    } catch (error) {
      if (!this.#closed) logger.debug({ err: error }, "PostgreSQL's time could not be read; trying again");
      return false;
    }
  }

  /** Logs a difference that is large, once, and again when it changes or is gone. */
  #logDifference(): void {
    const ms = this.offsetMs;
    if (Math.abs(ms - this.#loggedMs) <= MAX_OFFSET_MS) return;
    const { logger } = this.#options;
    const offsetSeconds = Math.round(ms / 1_000);
    if (Math.abs(ms) > MAX_OFFSET_MS) {
      this.#loggedMs = ms;
      logger.warn(
        { offsetSeconds },
        "the clock of this machine differs from that of the PostgreSQL server; the gateway's dates are by the server's: check that both follow a time server",
      );
    } else {
      this.#loggedMs = 0;
      logger.info({ offsetSeconds }, 'the clocks of this machine and of the PostgreSQL server agree again');
    }
  }
}

function localDifference(clock: Clock): number {
  return clock.now() - clock.elapsed();
}
