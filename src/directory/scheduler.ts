import type { Clock } from '../base/clock.js';
import type { Destination } from './destination.js';

export interface SchedulerOptions {
  readonly clock: Clock;
  /** Scheduled refreshes under way at once. */
  readonly concurrency: number;
  readonly destinations: () => Iterable<Destination>;
}

/** A timer cannot be set for longer than 2^31 − 1 ms; waking up for nothing once a day costs nothing. */
const MAX_SLEEP_MS = 24 * 60 * 60_000;

/** Refreshes every destination when its time has come, some at once, with one timer for all. */
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

  /** Starts no further refreshes. */
  stop(): void {
    this.#started = false;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** Looks again at when the next destination is due. */
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
      // Failures are in the destination's sync state, which also says when it is tried again.
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(destination);
        this.reschedule();
      });
  }

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
