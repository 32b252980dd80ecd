import type { Clock } from '../../base/clock.js';
import type { Peers } from '../../gateway-peers.js';
import { Semaphore } from '../../storage/semaphore.js';
import type { SharedFile } from '../../storage/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Handlers } from './channel.js';
import type { PrimaryChannel, WorkerRequests, WorkerStart } from './protocol.js';
import { WorkerAllowances } from './worker-allowances.js';
import { WorkerCalls } from './worker-calls.js';

/** The first worker does what one of them has to do. If it ends, the one that takes its place goes on. */
const HOUSEKEEPER = 1;

type Listener = Parameters<SharedFile['onAnnounced']>[0];
type WantedListener = Parameters<Peers['demand']['onWanted']>[0];

/** What the workers share, as one of them sees it: requests to the primary. */
export class WorkerPeers implements Peers {
  readonly worker: number;
  readonly keepsHouse: boolean;
  readonly othersAnswer: boolean;
  readonly file: SharedFile | null;
  readonly calls: WorkerCalls;
  readonly tokens: Peers['tokens'];
  readonly writeTurns: Peers['writeTurns'];
  readonly demand: Peers['demand'];
  readonly allowances: WorkerAllowances;
  readonly scrape: Peers['scrape'];
  readonly configuration: Peers['configuration'];
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  readonly #wantedListeners = new Set<WantedListener>();
  #lastTurn = 0;
  #metrics: Metrics | null = null;

  constructor(channel: PrimaryChannel, start: WorkerStart, clock: Clock) {
    const { worker, workers, config, othersAnswer, file, configuration } = start;
    this.#clock = clock;
    this.configuration = configuration;
    this.worker = worker;
    this.keepsHouse = worker === HOUSEKEEPER;
    this.othersAnswer = othersAnswer;
    this.file = file === null ? null : this.#fileBy(channel, file);
    this.calls = new WorkerCalls(channel);
    this.tokens = {
      load: (account) => channel.call('loadToken', account),
      save: (account, token) => channel.call('saveToken', { account, token }),
    };
    this.writeTurns = {
      free: (key) => channel.call('freeDestination', key),
      take: async (key) => {
        const id = ++this.#lastTurn;
        await channel.call('takeDestination', { id, key });
        return () => channel.tell('leaveDestination', id);
      },
    };
    this.demand = {
      want: (key, priority) => channel.tell('wanted', { key, priority }),
      onWanted: (listener) => this.#wantedListeners.add(listener),
    };
    this.allowances = new WorkerAllowances(channel, clock, config.limits.requestsPerMinute, workers);
    this.scrape = { write: (format) => channel.call('writeMetrics', format) };
  }

  attach(metrics: Metrics): void {
    this.#metrics = metrics;
  }

  /** The answers to the primary that the parts of the gateway give. */
  get handlers(): Pick<
    Handlers<WorkerRequests>,
    'committed' | 'wanted' | 'paused' | 'metrics' | 'notReloaded'
  > {
    return {
      committed: (version) => {
        for (const listener of this.#listeners) listener(version);
      },
      wanted: ({ key, priority }) => {
        for (const listener of this.#wantedListeners) listener(key, priority);
      },
      paused: (reason) => this.#metrics?.upstreamPauses.inc({ reason }),
      metrics: async () => (await this.#metrics?.snapshot()) ?? [],
      notReloaded: (outcome) => this.#metrics?.reloaded(outcome, this.#clock.now()),
    };
  }

  #fileBy(channel: PrimaryChannel, file: NonNullable<WorkerStart['file']>): SharedFile {
    // The primary knows a worker's turn by the worker, so each asks for one at a time.
    const own = new Semaphore(1);
    return {
      ...file,
      keepsHouse: this.keepsHouse,
      writers: {
        acquire: async (signal) => {
          const endOwn = await own.acquire(signal);
          const end = (): void => {
            channel.tell('endWriting', null);
            endOwn();
          };
          try {
            await channel.call('beginWriting', null);
          } catch (error) {
            endOwn();
            throw error;
          }
          if (signal?.aborted === true) {
            end();
            throw signal.reason as Error;
          }
          return end;
        },
      },
      announce: (version) => channel.tell('committed', version),
      onAnnounced: (listener) => this.#listeners.add(listener),
    };
  }
}
