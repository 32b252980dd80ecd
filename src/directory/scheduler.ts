import type { Clock } from '../base/clock.js';
import type { Destination } from './destination.js';

interface SchedulerOptions {
  readonly clock: Clock;
  /** Maximum number of scheduled refreshes in flight. */
  readonly concurrency: number;
  readonly destinations: () => Iterable<Destination>;
}

/** Timers are limited to 2^31 - 1 ms. A timer that fires once a day without need costs nothing. */
const MAX_SLEEP_MS = 24 * 60 * 60_000;

/** Refreshes every destination at its scheduled time, with one timer for all of them. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #running = new Set<Destination>();
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
    if (this.#running.size >= this.#options.concurrency) return;
    const next = this.#next();
    if (next === null) return;
    const wait = Math.min(MAX_SLEEP_MS, Math.max(0, next.at - this.#options.clock.now()));
    this.#cancelTimer = this.#options.clock.schedule(() => {
      this.#runDue();
    }, wait);
  }

  #runDue(): void {
    this.#cancelTimer = null;
    while (this.#started && this.#running.size < this.#options.concurrency) {
      const next = this.#next();
      if (next === null || next.at > this.#options.clock.now()) break;
      this.#run(next.destination);
    }
    this.reschedule();
  }

  #run(destination: Destination): void {
    this.#running.add(destination);
    destination
      .refresh('schedule')
      // The destination's sync state has the failure and the time of the next attempt.
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(destination);
        this.reschedule();
      });
  }

  /** The destination that is due first, of those without a scheduled refresh in flight. */
  #next(): { at: number; destination: Destination } | null {
    let next: { at: number; destination: Destination } | null = null;
    for (const destination of this.#options.destinations()) {
      const at = destination.nextAttemptAt;
      if (at === null || this.#running.has(destination)) continue;
      if (next === null || at < next.at) next = { at, destination };
    }
    return next;
  }
}
