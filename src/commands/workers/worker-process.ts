import type { Worker } from 'node:cluster';
import { withTimeout, sleep, type Clock } from '../../base/clock.js';
import type { MetricsSnapshot } from '../../telemetry/merged-metrics.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Config } from '../../config/index.js';
import { Channel } from './channel.js';
import type { WorkerChannel, WorkerRequests } from './protocol.js';
import { WorkerSession, type WorkerSessionOptions } from './worker-session.js';

/** How a process has ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why this gateway killed it, such as "does not answer"; `null`: it did not. */
  readonly killedFor: string | null;
}

/** What a process is started with, and whom it reports to. */
export interface WorkerProcessOptions extends Omit<
  WorkerSessionOptions,
  'onReady' | 'onEnding' | 'onPaused'
> {
  /** The number of the worker, from 1. Its successor has the same. */
  readonly number: number;
  readonly process: Worker;
  /** What it begins with. */
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A process that has not asked what to do after so long is broken, and is killed, in milliseconds. */
const BEGIN_LIMIT_MS = 30_000;

/** How often a worker is asked whether it hangs, in milliseconds. */
const PING_INTERVAL_MS = 10_000;

/**
 * After so many intervals without an answer it hangs. Intervals are counted, not the time: when the machine, or the whole
 * gateway, was suspended for longer, nobody hangs.
 */
const MAX_INTERVALS = 6;

/** One worker process, as the primary sees it. */
export class WorkerProcess {
  readonly number: number;
  readonly config: Config;
  /** Resolves to whether it answers requests; `false`: it has ended before. */
  readonly ready: Promise<boolean>;
  /** Resolves when it has ended, and all that it has written was read. */
  readonly ended: Promise<Ending>;
  readonly channel: WorkerChannel;
  /** The last metrics that are known of it. */
  last: MetricsSnapshot = [];
  readonly #options: WorkerProcessOptions;
  #isReady = false;
  #hasEnded = false;
  #isLeaving = false;
  #killedFor: string | null = null;

  constructor(options: WorkerProcessOptions) {
    const { number, config, process, clock } = options;
    this.#options = options;
    this.number = number;
    this.config = config;
    let settleReady: (isReady: boolean) => void = () => undefined;
    this.ready = new Promise((resolve) => {
      settleReady = resolve;
    });
    const cancelKill = clock.schedule(() => this.#kill('has not begun'), BEGIN_LIMIT_MS);
    const session = new WorkerSession({
      ...options,
      begin: () => {
        cancelKill();
        void this.#watch();
        return options.begin();
      },
      onReady: () => {
        this.#isReady = true;
        settleReady(true);
      },
      onEnding: (last) => {
        this.last = last;
      },
      onPaused: (reason) => this.channel.tell('paused', reason),
    });
    this.channel = new Channel(process, session.handlers);
    this.ended = new Promise((resolve) => {
      process.process.once('close', (code: number | null, signal: string | null) => {
        this.#isReady = false;
        this.#hasEnded = true;
        cancelKill();
        session.release();
        this.channel.close();
        settleReady(false);
        resolve({ code, signal, killedFor: this.#killedFor });
      });
    });
  }

  /** Whether it answers requests. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether it was told to stop, so that its end is no surprise. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get pid(): number | undefined {
    return this.#options.process.process.pid;
  }

  /**
   * Has it stop, and waits for its end.
   *
   * @param limitMs what takes longer is killed, in milliseconds
   */
  async stop(why: Parameters<WorkerRequests['stop']>[0], limitMs: number): Promise<void> {
    this.#isLeaving = true;
    this.channel.tell('stop', why);
    const cancelKill = this.#options.clock.schedule(() => this.#kill('has not stopped in time'), limitMs);
    try {
      await this.ended;
    } finally {
      cancelKill();
    }
  }

  /**
   * Kills it when it hangs, also before it is ready: what it has, such as the turn to write, would never come back. A start may
   * take long, as when it updates the tables, but the worker answers meanwhile.
   */
  async #watch(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#hasEnded) {
      const isLive = (): boolean => true;
      // It fails if the worker has ended.
      const answered = this.channel.call('ping', null).then(isLive, isLive);
      let isAnswered = false;
      for (let intervals = 0; !isAnswered; intervals += 1) {
        if (intervals === MAX_INTERVALS) {
          this.#kill('does not answer');
          return;
        }
        isAnswered = await withTimeout(clock, answered, PING_INTERVAL_MS, () => false);
      }
      await sleep(clock, PING_INTERVAL_MS);
    }
  }

  #kill(why: string): void {
    const { number, logger } = this.#options;
    logger.error({ worker: number, pid: this.pid }, `a worker ${why} and is killed`);
    this.#killedFor = why;
    this.#options.process.process.kill('SIGKILL');
  }
}
