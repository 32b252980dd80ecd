import type { Worker } from 'node:cluster';
import type { MetricsSnapshot } from '../../telemetry/merged-metrics.js';
import type { Config } from '../../config/index.js';
import { Channel } from './channel.js';
import type { WorkerChannel, WorkerRequests } from './protocol.js';
import { WorkerDesk, type DeskOptions } from './worker-desk.js';

/** How a process has ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What a process is started with, and whom it reports to. */
export interface HandOptions extends Omit<DeskOptions, 'onReady' | 'onEnding' | 'onPaused'> {
  /** The number of the worker, from 1. Its successor has the same. */
  readonly number: number;
  readonly process: Worker;
  /** What it begins with. */
  readonly config: Config;
}

/** A process that has not asked what to do after so long is broken, and is killed, in milliseconds. */
const BEGIN_LIMIT_MS = 30_000;

/** One worker process, as the primary sees it. */
export class Hand {
  readonly number: number;
  readonly config: Config;
  /** Resolves to whether it answers requests; `false`: it has ended before. */
  readonly ready: Promise<boolean>;
  /** Resolves when it has ended, and all that it has written was read. */
  readonly ended: Promise<Ending>;
  readonly channel: WorkerChannel;
  /** The last metrics that are known of it. */
  last: MetricsSnapshot = [];
  readonly #process: Worker;
  #isReady = false;
  #isLeaving = false;

  constructor(options: HandOptions) {
    const { number, config, process } = options;
    this.number = number;
    this.config = config;
    this.#process = process;
    let settleReady: (isReady: boolean) => void = () => undefined;
    this.ready = new Promise((resolve) => {
      settleReady = resolve;
    });
    const kill = (): boolean => process.process.kill('SIGKILL');
    const beginTimer = setTimeout(kill, BEGIN_LIMIT_MS);
    const desk = new WorkerDesk({
      ...options,
      begin: () => {
        clearTimeout(beginTimer);
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
    this.channel = new Channel(process, desk.handlers);
    this.ended = new Promise((resolve) => {
      process.process.once('close', (code: number | null, signal: string | null) => {
        this.#isReady = false;
        clearTimeout(beginTimer);
        desk.release();
        this.channel.close();
        settleReady(false);
        resolve({ code, signal });
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
    return this.#process.process.pid;
  }

  /**
   * Has it stop, and waits for its end.
   *
   * @param limitMs what takes longer is killed, in milliseconds
   */
  async stop(why: Parameters<WorkerRequests['stop']>[0], limitMs: number): Promise<void> {
    this.#isLeaving = true;
    this.channel.tell('stop', why);
    const timer = setTimeout(() => this.#process.process.kill('SIGKILL'), limitMs);
    try {
      await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }
}
