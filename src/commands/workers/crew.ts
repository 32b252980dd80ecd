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
import type { Commons } from './commons.js';
import { Hand, type Ending } from './hand.js';
import type { WorkerStart } from './protocol.js';
import { closeUntakenConnections } from './untaken-connections.js';

/** What a `Crew` is made with. */
export interface CrewOptions {
  /** At the start. */
  readonly config: Config;
  readonly workers: number;
  readonly begin: Pick<WorkerStart, 'version' | 'logLevel' | 'file' | 'isTerminal'>;
  readonly commons: Commons;
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

  constructor({ code, signal }: Ending) {
    super('the first worker could not be started');
    this.exitCode = code || 1;
    this.signal = signal;
  }
}

/** The workers of a gateway: starts, replaces and stops them, and tells them what they have to know of each other. */
export class Crew {
  /** Rejects when no worker answers, and none can be started any more. */
  readonly failed: Promise<never>;
  readonly #options: CrewOptions;
  readonly #hands = new Set<Hand>();
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

  constructor(options: CrewOptions) {
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
    const ready = [...this.#hands].filter(({ isReady }) => isReady);
    await Promise.allSettled(ready.map(({ channel }) => channel.call('reload', file)));
  }

  /** Has all workers count a configuration that is not applied. */
  notReloaded(outcome: ReloadOutcome): void {
    this.#count(outcome);
    for (const { channel } of this.#hands) channel.tell('notReloaded', outcome);
  }

  #count(outcome: ReloadOutcome): void {
    this.#configuration = afterReload(this.#configuration, outcome, this.#options.clock.now());
  }

  /** Replaces the workers, one after the other; each ends only when its successor answers. */
  async replaceAll(): Promise<void> {
    const { workers, logger } = this.#options;
    logger.info({ workers }, 'the workers are being replaced');
    for (let number = 1; number <= workers && !this.#isStopping; number++) {
      const before = this.#handOf(number);
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
    await Promise.all([...this.#hands].map((hand) => hand.stop('signal', this.#stopLimitMs)));
  }

  get #stopLimitMs(): number {
    return this.#options.config.shutdown.limitMs + LAST_GRACE_MS;
  }

  /** The worker of this number that is not about to end. */
  #handOf(number: number): Hand | undefined {
    return [...this.#hands].find((hand) => hand.number === number && !hand.isLeaving);
  }

  #launch(number: number): Hand {
    const { begin, clock, commons, fork, logger, workers } = this.#options;
    const config = this.#inForce;
    const configuration = this.#configuration;
    const hand: Hand = new Hand({
      number,
      process: fork(),
      clock,
      logger,
      config,
      commons,
      begin: () => {
        const othersAnswer = [...this.#hands].some(({ isReady }) => isReady);
        return { ...begin, worker: number, workers, config, othersAnswer, configuration };
      },
      onCommitted: (version) => {
        for (const other of this.#othersThan(hand)) other.channel.tell('committed', version);
      },
      onWanted: (wanted) => {
        for (const other of this.#othersThan(hand)) other.channel.tell('wanted', wanted);
      },
      writeMetrics: (format) => this.#writeMetrics(format),
    });
    this.#hands.add(hand);
    void this.#follow(hand);
    return hand;
  }

  async #follow(hand: Hand): Promise<void> {
    const { clock, commons, logger } = this.#options;
    const isReady = await hand.ready;
    const readyAt = clock.elapsed();
    if (isReady) {
      this.#failedStarts = 0;
      logger.info({ worker: hand.number, pid: hand.pid }, 'a worker answers requests');
      // Reloaded while it started.
      if (hand.config !== this.#inForce && this.#reloaded !== null)
        hand.channel.tell('reload', this.#reloaded);
    }
    const ending = await hand.ended;
    this.#hands.delete(hand);
    commons.metrics.keep(hand.last);
    if (this.#isStopping || hand.isLeaving) return;
    if (isReady && clock.elapsed() - readyAt >= STEADY_MS) this.#ends.delete(hand.number);
    if (!isReady) this.#failedStarts += 1;
    this.#replace(hand, ending);
  }

  #replace({ number, pid }: Hand, { code, signal }: Ending): void {
    const { clock, logger } = this.#options;
    // `start` says so.
    if (!this.#hasStarted) return;
    if (this.#handOf(number) !== undefined) {
      logger.error(
        { worker: number, pid, code, signal },
        'a worker has ended while it was replaced; the other one stays',
      );
      return;
    }
    if (this.#failedStarts >= MAX_FAILED_STARTS && ![...this.#hands].some(({ isReady }) => isReady)) {
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
      if (!this.#isStopping && this.#handOf(number) === undefined) this.#launch(number);
    }, pauseMs);
  }

  #othersThan(hand: Hand): Hand[] {
    return [...this.#hands].filter((each) => each !== hand);
  }

  async #writeMetrics(format: ExpositionFormat): Promise<string> {
    const { clock, commons } = this.#options;
    const hands = [...this.#hands].filter(({ isReady }) => isReady).sort((a, b) => a.number - b.number);
    const read = async (hand: Hand): Promise<void> => {
      const asked = hand.channel.call('metrics', null).catch(() => hand.last);
      hand.last = await withTimeout(clock, asked, METRICS_TIMEOUT_MS, () => hand.last);
    };
    await Promise.all(hands.map(read));
    // What was counted by those that have ended meanwhile is kept already.
    const live = hands.filter((hand) => this.#hands.has(hand));
    return await commons.metrics.write(
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
