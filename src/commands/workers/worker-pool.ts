import cluster, { type Worker } from 'node:cluster';
import { withTimeout, type Clock } from '../../base/clock.js';
import { configInForce, type Config } from '../../config/index.js';
import {
  afterReload,
  firstConfiguration,
  type ConfigurationState,
  type ReloadOutcome,
} from '../../telemetry/configuration-state.js';
import type { ExpositionFormat } from '../../telemetry/exposition.js';
import type { Logger } from '../../telemetry/logs.js';
import { CommandError } from '../command-error.js';
import type { SharedState } from './shared-state.js';
import { WorkerProcess, type Ending } from './worker-process.js';
import type { WorkerStart } from './protocol.js';
import { closeUntakenConnections } from './untaken-connections.js';

/** What a `WorkerPool` is made with. */
export interface WorkerPoolOptions {
  /** At the start. */
  readonly config: Config;
  readonly workers: number;
  readonly begin: Pick<WorkerStart, 'version' | 'logLevel' | 'file' | 'isTerminal'>;
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Starts a process. */
  readonly fork: () => Worker;
}

/** A worker that has answered for so long has not failed at its start, in milliseconds. */
const STEADY_MS = 60_000;

/** A worker that ends again and again is replaced later each time, at most after this many milliseconds. */
const MAX_PAUSE_MS = 30_000;

/** So many starts in a row may fail while no worker answers. Then the gateway ends. */
const MAX_FAILED_STARTS = 5;

/** How long a scrape waits for a worker that is busy, in milliseconds. Then what it said last counts. */
const METRICS_TIMEOUT_MS = 2_000;

/** What a worker needs beyond `shutdown.limit` to end, in milliseconds. */
const LAST_GRACE_MS = 1_000;

/** The first worker has ended before it answered. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly exitCode: number;
  /** What it was killed with; `null`: it has printed why it ended. */
  readonly signal: string | null;

  constructor(ending: Ending) {
    super(messageOf(ending));
    this.exitCode = ending.code || 1;
    this.signal = ending.signal;
  }
}

function messageOf({ signal, killedFor }: Ending): string {
  if (killedFor !== null) return `the gateway ends: its first worker ${killedFor} and was killed`;
  return signal === null
    ? 'the first worker could not be started'
    : 'the first worker was killed before it answered; does it have enough memory?';
}

/** The workers of a gateway: starts, replaces and stops them, and tells them what they have to know of each other. */
export class WorkerPool {
  /** Rejects when no worker answers, and none can be started any more. */
  readonly failed: Promise<never>;
  readonly #options: WorkerPoolOptions;
  readonly #processes = new Set<WorkerProcess>();
  /** How often the worker of a number has ended in a row. */
  readonly #ends = new Map<number, number>();
  #inForce: Config;
  /** For workers that start later. */
  #configuration: ConfigurationState;
  /** What was reloaded last; `null`: nothing. */
  #reloaded: Config | null = null;
  #failedStarts = 0;
  #hasStarted = false;
  #isStopping = false;
  #fail: (error: Error) => void = () => undefined;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#inForce = options.config;
    this.#configuration = firstConfiguration(options.clock.now());
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  /**
   * Starts the first worker, and the others when that one answers: what keeps a gateway from starting is found, and said,
   * once.
   *
   * @throws StartFailed
   */
  async start(): Promise<void> {
    const first = this.#launch(1);
    if (!(await first.ready)) throw new StartFailed(await first.ended);
    this.#hasStarted = true;
    for (let number = 2; number <= this.#options.workers && !this.#isStopping; number++) this.#launch(number);
  }

  /** Has all workers apply a changed configuration. */
  async reload(file: Config): Promise<void> {
    this.#reloaded = file;
    this.#inForce = configInForce(this.#inForce, file);
    this.#count('applied');
    const ready = [...this.#processes].filter(({ isReady }) => isReady);
    await Promise.allSettled(ready.map(({ channel }) => channel.call('reload', file)));
  }

  /** Has all workers count a configuration that is not applied. */
  notReloaded(outcome: ReloadOutcome): void {
    this.#count(outcome);
    for (const { channel } of this.#processes) channel.tell('notReloaded', outcome);
  }

  #count(outcome: ReloadOutcome): void {
    this.#configuration = afterReload(this.#configuration, outcome, this.#options.clock.now());
  }

  /** Replaces the workers, one after the other; each ends only when its successor answers. */
  async replaceAll(): Promise<void> {
    const { workers, logger } = this.#options;
    logger.info({ workers }, 'the workers are being replaced');
    for (let number = 1; number <= workers && !this.#isStopping; number++) {
      const before = this.#processOf(number);
      if (!(await this.#launch(number).ready)) {
        if (!(this.#isStopping as boolean))
          logger.error({ worker: number }, 'a new worker could not be started; the others stay');
        return;
      }
      await before?.stop('replaced', this.#stopLimitMs);
    }
    if (!this.#isStopping) logger.info({ workers }, 'the workers have been replaced');
  }

  /** Stops all workers, and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#processes].map((worker) => worker.stop('signal', this.#stopLimitMs)));
  }

  get #stopLimitMs(): number {
    return this.#options.config.shutdown.limitMs + LAST_GRACE_MS;
  }

  /** The worker of this number that is not about to end. */
  #processOf(number: number): WorkerProcess | undefined {
    return [...this.#processes].find((worker) => worker.number === number && !worker.isLeaving);
  }

  #launch(number: number): WorkerProcess {
    const { begin, clock, shared, fork, logger, workers } = this.#options;
    const config = this.#inForce;
    const configuration = this.#configuration;
    const worker: WorkerProcess = new WorkerProcess({
      number,
      process: fork(),
      clock,
      logger,
      config,
      shared,
      begin: () => {
        const othersAnswer = [...this.#processes].some(({ isReady }) => isReady);
        return { ...begin, worker: number, workers, config, othersAnswer, configuration };
      },
      onCommitted: (version) => {
        for (const other of this.#othersThan(worker)) other.channel.tell('committed', version);
      },
      onWanted: (wanted) => {
        for (const other of this.#othersThan(worker)) other.channel.tell('wanted', wanted);
      },
      writeMetrics: (format) => this.#writeMetrics(format),
    });
    this.#processes.add(worker);
    void this.#follow(worker);
    return worker;
  }

  async #follow(worker: WorkerProcess): Promise<void> {
    const { clock, shared, logger } = this.#options;
    const isReady = await worker.ready;
    const readyAt = clock.elapsed();
    if (isReady) {
      this.#failedStarts = 0;
      logger.info({ worker: worker.number, pid: worker.pid }, 'a worker answers requests');
      // Reloaded while it started.
      if (worker.config !== this.#inForce && this.#reloaded !== null)
        worker.channel.tell('reload', this.#reloaded);
    }
    const ending = await worker.ended;
    this.#processes.delete(worker);
    shared.metrics.keep(worker.last);
    if (this.#isStopping || worker.isLeaving) return;
    if (isReady && clock.elapsed() - readyAt >= STEADY_MS) this.#ends.delete(worker.number);
    if (!isReady) this.#failedStarts += 1;
    this.#replace(worker, ending);
  }

  #replace({ number, pid }: WorkerProcess, { code, signal }: Ending): void {
    const { clock, logger } = this.#options;
    // `start` says so.
    if (!this.#hasStarted) return;
    if (this.#processOf(number) !== undefined) {
      logger.error(
        { worker: number, pid, code, signal },
        'a worker has ended while it was replaced; the other one stays',
      );
      return;
    }
    if (this.#failedStarts >= MAX_FAILED_STARTS && ![...this.#processes].some(({ isReady }) => isReady)) {
      this.#fail(
        new CommandError(
          `The gateway ends: its workers could not be started ${MAX_FAILED_STARTS} times in a row.`,
        ),
      );
      return;
    }
    const ends = (this.#ends.get(number) ?? 0) + 1;
    this.#ends.set(number, ends);
    const pauseMs = ends === 1 ? 0 : Math.min(MAX_PAUSE_MS, 1_000 * 2 ** (ends - 2));
    logger.error(
      { worker: number, pid, code, signal, pauseMs },
      'a worker has ended unexpectedly and is replaced',
    );
    clock.schedule(() => {
      if (!this.#isStopping && this.#processOf(number) === undefined) this.#launch(number);
    }, pauseMs);
  }

  #othersThan(worker: WorkerProcess): WorkerProcess[] {
    return [...this.#processes].filter((each) => each !== worker);
  }

  async #writeMetrics(format: ExpositionFormat): Promise<string> {
    const { clock, shared } = this.#options;
    const processes = [...this.#processes]
      .filter(({ isReady }) => isReady)
      .sort((a, b) => a.number - b.number);
    const read = async (worker: WorkerProcess): Promise<void> => {
      const asked = worker.channel.call('metrics', null).catch(() => worker.last);
      worker.last = await withTimeout(clock, asked, METRICS_TIMEOUT_MS, () => worker.last);
    };
    await Promise.all(processes.map(read));
    // What was counted by those that have ended meanwhile is kept already.
    const live = processes.filter((worker) => this.#processes.has(worker));
    return await shared.metrics.write(
      live.map(({ last }) => last),
      format,
    );
  }
}

/** Has processes of the program started that are workers. @returns the function that starts one */
export function forkWorkers(): () => Worker {
  // In the other mode, which is that of Windows and which the environment can choose, the system shares connections out.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    args: ['serve', '--worker'],
    // The other form cannot carry all of a configuration.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return () => {
    const worker = cluster.fork();
    closeUntakenConnections(worker.process);
    return worker;
  };
}
