import { CallQueue } from '../../audience-manager/call-queue.js';
import { PATIENCE_MS, loggedHost, type Host, type PauseReason } from '../../audience-manager/host.js';
import type { SharedToken } from '../../audience-manager/index.js';
import type { Clock } from '../../base/clock.js';
import type { Config } from '../../config/index.js';
import { WriteTurns } from '../../directory/storing/write-turns.js';
import { TokenBuckets } from '../../server/access/token-buckets.js';
import { Semaphore } from '../../storage/semaphore.js';
import type { Logger } from '../../telemetry/logs.js';
import { MergedMetrics } from '../../telemetry/merged-metrics.js';

/** What a `SharedState` is made with. */
export interface SharedStateOptions {
  /** At the start of the gateway: these limits hold until its end. */
  readonly config: Pick<Config, 'audienceManager' | 'limits'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Access tokens in memory, by account. */
class TokenMemory {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, SharedToken>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  load(account: string): SharedToken | null {
    return this.#tokens.get(account) ?? null;
  }

  save(account: string, token: SharedToken): void {
    const now = this.#clock.now();
    // Those of accounts that are gone are nobody's to remove.
    for (const [each, { expiresAt }] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(each);
    this.#tokens.set(account, token);
  }
}

/** What the workers of a gateway have in common: the primary keeps it, and lends it by messages. */
export class SharedState {
  /** The calls to Audience Manager of all workers. */
  readonly calls: CallQueue;
  readonly tokens: TokenMemory;
  /** The requests of callers. */
  readonly buckets: TokenBuckets;
  /** The turns to write to the SQLite file. */
  readonly writers = new Semaphore(1);
  /** The turns to change a destination. */
  readonly writeTurns = new WriteTurns();
  readonly metrics = new MergedMetrics();
  /** Called when a call has paused a host; set while the end of a call is being handled. */
  #onPause: (reason: PauseReason) => void = () => undefined;

  constructor({ config, clock, random, logger }: SharedStateOptions) {
    const { concurrency, callsPerSecond } = config.audienceManager;
    const createHost = (host: string): Host =>
      loggedHost(host, {
        callsPerSecond,
        clock,
        random,
        patienceMs: PATIENCE_MS,
        logger,
        onPause: (reason) => this.#onPause(reason),
      });
    this.calls = new CallQueue({ concurrency, clock, createHost });
    this.tokens = new TokenMemory(clock);
    this.buckets = new TokenBuckets(config.limits.requestsPerMinute, clock);
  }

  /** Does something that may end a call, and reports a pause that comes of it. */
  reportingPauses<T>(onPause: (reason: PauseReason) => void, work: () => T): T {
    this.#onPause = onPause;
    try {
      return work();
    } finally {
      this.#onPause = () => undefined;
    }
  }
}
