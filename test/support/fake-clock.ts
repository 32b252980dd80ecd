import { AsyncResource } from 'node:async_hooks';
import type { SteadyClock } from '../../src/base/clock.js';

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that a test moves; it never moves by itself. */
export class FakeClock implements SteadyClock {
  #now: number;
  /** How far the time was set back in all. */
  #setBack = 0;
  /** How far it was set forward in all. */
  #setForward = 0;
  readonly #timers = new Set<Timer>();
  readonly #waiters = new Set<() => void>();

  constructor(now = Date.UTC(2026, 0, 15, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now + this.#setBack - this.#setForward;
  }

  get setBackMs(): number {
    return this.#setBack;
  }

  schedule(callback: () => void, ms: number): () => void {
    // As the timers of Node.js, it is called in the asynchronous context in which it was set.
    const timer: Timer = { at: this.#now + Math.max(0, ms), callback: AsyncResource.bind(callback) };
    this.#timers.add(timer);
    for (const wake of [...this.#waiters]) wake();
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time forward and calls the timers that fall due, earliest first. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers) {
        if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
      }
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** Sets the time back, as an operator or a time server does. Timers fall due after the same wait as before. */
  setBack(ms: number): void {
    this.#now -= ms;
    this.#setBack += ms;
    for (const timer of this.#timers) timer.at -= ms;
  }

  /** Sets the time forward: as an operator does, or as the machine finds it after it was suspended. */
  setForward(ms: number): void {
    this.#now += ms;
    this.#setForward += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  /** Milliseconds until each pending timer falls due, soonest first. */
  pending(): number[] {
    return [...this.#timers].map((timer) => timer.at - this.#now).sort((a, b) => a - b);
  }

  /** Waits for a pending timer that `matches` and returns its delay in milliseconds. */
  async timer(matches: (ms: number) => boolean = () => true): Promise<number> {
    for (;;) {
      const found = this.pending().find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiters.delete(wake);
          resolve();
        };
        this.#waiters.add(wake);
      });
    }
  }
}
