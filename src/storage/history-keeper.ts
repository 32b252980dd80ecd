import { randomUUID } from 'node:crypto';
import { momentOf, sleep, type Clock, type Moment } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import { StorageError } from './errors.js';
import type { DestinationKey, Storage } from './types.js';

interface HistoryKeeperOptions {
  readonly storage: Pick<
    Storage,
    'claim' | 'release' | 'destinationsWithHistoryBefore' | 'removeHistoryBefore'
  >;
  /** How far the history reaches back, in milliseconds. */
  readonly keepMs: number;
  readonly clock: Clock;
  /** Returns numbers from 0 to below 1, so that gateways do not all begin at once. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called with the number of revisions that a step has removed. */
  readonly onRemoved: (count: number) => void;
}

/** The first run is this long after the start, and up to twice as long. */
const FIRST_RUN_MS = 60_000;

/** Time from the end of a run to the next one. */
const RUN_INTERVAL_MS = 60 * 60 * 1_000;

/** Number of revisions that are looked through in one transaction: it takes some milliseconds. */
const STEP = 500;

/** Pause after each step, so that a long history delays neither refreshes nor changes by hand. */
const PAUSE_MS = 100;

/** How long a gateway that has died keeps the others from removing history. Renewed with each step. */
const LEASE_MS = 60_000;

/** A key that no configured destination has. */
const ALL_HISTORIES: DestinationKey = { customerId: '', destinationId: 'history' };

/**
 * Removes what is older than the history that is to be kept: in the background, in small steps, and in one gateway at a time
 * if several share the database. Every step is complete in itself, so it may be stopped or killed at any time.
 */
export class HistoryKeeper {
  readonly #options: HistoryKeeperOptions;
  readonly #owner = randomUUID();
  readonly #stopped = new AbortController();
  #cancelRun: (() => void) | null = null;
  #running: Promise<void> = Promise.resolve();
  readonly #started: Moment;

  constructor(options: HistoryKeeperOptions) {
    this.#options = options;
    this.#started = momentOf(options.clock);
  }

  start(): void {
    this.#schedule(FIRST_RUN_MS * (1 + this.#options.random()));
  }

  /** Ends after the step that is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the gateway stops'));
    this.#cancelRun?.();
    await this.#running;
  }

  #schedule(ms: number): void {
    if (this.#stopped.signal.aborted) return;
    this.#cancelRun = this.#options.clock.schedule(() => {
      this.#running = this.#run().finally(() => this.#schedule(RUN_INTERVAL_MS));
    }, ms);
  }

  async #run(): Promise<void> {
    const { storage, keepMs, logger } = this.#options;
    const before = this.#now() - keepMs;
    const removed = { changes: 0, destinations: 0 };
    try {
      if (!(await this.#claim())) return;
    } catch (error) {
      this.#report(error);
      return;
    }
    try {
      for (const key of await storage.destinationsWithHistoryBefore(before)) {
        const count = await this.#removeBefore(key, before, (changes) => (removed.changes += changes));
        if (count > 0) removed.destinations++;
      }
    } catch (error) {
      this.#report(error);
    }
    // Without it, the lease ends by itself.
    await storage.release(ALL_HISTORIES, this.#owner).catch(() => undefined);
    if (removed.changes === 0) return;
    const completeSince = new Date(before).toISOString();
    logger.info(
      { audit: 'removeHistory', outcome: 'ok', caller: 'storage.keepHistory', completeSince, ...removed },
      'audit',
    );
  }

  /** The date. A clock that was set forward by mistake must not make history old, so time since the start counts as well. */
  #now(): number {
    const { clock } = this.#options;
    const { date, elapsed } = this.#started;
    return Math.min(clock.now(), date + clock.elapsed() - elapsed);
  }

  #report(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const level = error instanceof StorageError ? 'warn' : 'error';
    this.#options.logger[level]({ err: error }, 'could not remove old history; it is tried again in an hour');
  }

  /** Removes what is old of one destination. @returns how much that was */
  async #removeBefore(
    key: DestinationKey,
    before: number,
    onRemoved: (count: number) => void,
  ): Promise<number> {
    const { storage, clock } = this.#options;
    let total = 0;
    for (let isDone = false; !isDone;) {
      this.#stopped.signal.throwIfAborted();
      const step = await storage.removeHistoryBefore(key, before, STEP);
      total += step.removed;
      onRemoved(step.removed);
      this.#options.onRemoved(step.removed);
      isDone = step.isDone;
      await sleep(clock, PAUSE_MS, this.#stopped.signal);
      if (!(await this.#claim())) throw new StorageError('BUSY', 'another gateway removes old history');
    }
    return total;
  }

  /** @returns whether this gateway may go on */
  async #claim(): Promise<boolean> {
    const { storage } = this.#options;
    return await storage.claim(ALL_HISTORIES, this.#owner, LEASE_MS);
  }
}
