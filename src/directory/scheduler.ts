import type { Clock } from '../base/clock.js';
import type { Destination } from './destination.js';

interface SchedulerOptions {
  readonly clock: Clock;
  /** Maximum number of scheduled refreshes in flight at each host. */
  readonly concurrency: number;
  readonly destinations: () => Iterable<Destination>;
  /** No refresh begins before, by `elapsed()`. */
  readonly unaskedFromMs: number;
}

/**
 * Due times are dates, and timers count what passes while the machine runs: after it slept, they are looked at again
 * within this time.
 */
const MAX_SLEEP_MS = 60_000;

/**
 * Refreshes every destination at its scheduled time, with one timer for all of them. Of many that are due at once, only a
 * few wait in the queue of calls; the others are no more than their due times. A host that is paused keeps none from
 * being read elsewhere.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #running = new Set<Destination>();
  /** Number of refreshes in flight by host. */
  readonly #atHost = new Map<string, number>();
  #cancelTimer: (() => void) | null = null;
  #started = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#started = true;
    this.reschedule();
  }

  /** Starts no more refreshes. Those in flight continue. */
  stop(): void {
    this.#started = false;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** Sets the timer to the time at which the next destination is due. */
  reschedule(): void {
    if (!this.#started) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const next = this.#next();
    if (next === null) return;
    const { clock, unaskedFromMs } = this.#options;
    const wait = Math.min(MAX_SLEEP_MS, Math.max(0, next.at - clock.now(), unaskedFromMs - clock.elapsed()));
    this.#cancelTimer = clock.schedule(() => {
      this.#runDue();
    }, wait);
  }

  #runDue(): void {
    this.#cancelTimer = null;
    while (this.#started) {
      const next = this.#next();
      if (next === null || next.at > this.#options.clock.now()) break;
      this.#run(next.destination);
    }
    this.reschedule();
  }

  #run(destination: Destination): void {
    // The host may change meanwhile with the configuration.
    const { host } = destination;
    this.#running.add(destination);
    this.#atHost.set(host, (this.#atHost.get(host) ?? 0) + 1);
    destination
      .refresh('schedule')
      // The destination's sync state has the failure and the time of the next attempt.
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(destination);
        this.#atHost.set(host, (this.#atHost.get(host) ?? 1) - 1);
        this.reschedule();
      });
  }

  /** The destination that is due first, of those that may be refreshed now. */
  #next(): { at: number; destination: Destination } | null {
    let next: { at: number; destination: Destination } | null = null;
    for (const destination of this.#options.destinations()) {
      const at = destination.nextAttemptAt;
      if (at === null || (next !== null && at >= next.at) || this.#running.has(destination)) continue;
      if ((this.#atHost.get(destination.host) ?? 0) >= this.#options.concurrency) continue;
      next = { at, destination };
    }
    return next;
  }
}
