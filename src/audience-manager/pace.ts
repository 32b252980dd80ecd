import type { Clock } from '../base/clock.js';

export interface PaceOptions {
  /** Maximum number of calls that begin within any second; 0: any number. */
  readonly callsPerSecond: number;
  readonly clock: Clock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive), for jitter. */
  readonly random: () => number;
}

/** A call that has begun. */
export interface PacedCall {
  /** Number of the pause before it. What it is answered says nothing new once a later pause has begun. */
  readonly pause: number;
  /** Whether it is the first one after a pause, for whose answer all others wait. */
  readonly isTrial: boolean;
}

const SECOND_MS = 1_000;

/** The pause after a 429 without Retry-After: half of it is random. It doubles while the host accepts nothing. */
const FIRST_PAUSE_MS = 1_000;

/** No answer pauses a host for longer. */
export const MAX_PAUSE_MS = 30_000;

/** The pace grows by a tenth, by 1 at least, when so much time has passed without a 429. */
const RECOVER_MS = 5_000;

/** A pace that has recovered to so many calls a second is none, if none was configured. */
const UNLIMITED = 1_000;

/**
 * The pace of the calls to one host: a token bucket, in which a token is back one second after it was taken. So no second
 * sees more calls than the pace, and a few calls after a pause need not wait.
 *
 * A 429 pauses the whole host, for as long as Retry-After says or for a growing time. Then one call tries it, and the
 * pace is half of what it was. It recovers slowly, up to `callsPerSecond`.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #max: number;
  #callsPerSecond: number;
  /** When calls began within the last second, oldest first, by `elapsed()`. */
  readonly #begun: number[] = [];
  #pause = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Pauses in a row without an accepted call. */
  #refusals = 0;
  #refusedSince: number | null = null;
  #trial: 'none' | 'due' | 'under way' = 'none';
  #recoverAt = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#max = options.callsPerSecond === 0 ? Number.POSITIVE_INFINITY : options.callsPerSecond;
    this.#callsPerSecond = this.#max;
  }

  /** Maximum number of calls a second at the moment. */
  get callsPerSecond(): number {
    return this.#callsPerSecond;
  }

  /** For how long the host has accepted none of the calls that it got, in milliseconds; 0 if it accepts calls. */
  get refusedForMs(): number {
    return this.#refusedSince === null ? 0 : this.#options.clock.elapsed() - this.#refusedSince;
  }

  /** Milliseconds until the next call may begin; infinite while the outcome of another call decides that. */
  get waitMs(): number {
    const now = this.#options.clock.elapsed();
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    if (this.#trial === 'under way') return Number.POSITIVE_INFINITY;
    this.#forgetOld(now);
    if (this.#begun.length < this.#callsPerSecond) return 0;
    const next = this.#begun[this.#begun.length - this.#callsPerSecond] ?? now;
    return next + SECOND_MS - now;
  }

  /** Begins a call, for which `waitMs` is 0. */
  begin(): PacedCall {
    const now = this.#options.clock.elapsed();
    this.#begun.push(now);
    const isTrial = this.#trial === 'due';
    if (isTrial) {
      this.#trial = 'under way';
      // The host was not asked for longer than any pause: that is no time in which it refused calls.
      if (now - this.#pausedUntil > MAX_PAUSE_MS) this.#refusedSince = null;
    }
    return { pause: this.#pause, isTrial };
  }

  /** The host has answered the call, and not with 429. */
  accepted({ pause, isTrial }: PacedCall): void {
    if (isTrial) this.#trial = 'none';
    if (pause !== this.#pause) return;
    this.#refusals = 0;
    this.#refusedSince = null;
    this.#recover();
  }

  /** The call ended without an answer of the host. */
  unanswered({ isTrial }: PacedCall): void {
    if (isTrial) this.#trial = 'due';
  }

  /**
   * The host has answered the call with 429.
   *
   * @param retryAfterMs the pause that the host asks for
   * @returns whether a new pause begins
   */
  refused({ pause, isTrial }: PacedCall, retryAfterMs: number | undefined): boolean {
    const now = this.#options.clock.elapsed();
    const isNew = pause === this.#pause;
    if (isNew) {
      this.#forgetOld(now);
      // A call that was alone after a pause says nothing about the pace.
      if (!isTrial) this.#slowDown();
      this.#pause += 1;
      this.#refusals += 1;
      this.#refusedSince ??= now;
      this.#trial = 'due';
    }
    // A zero asks for no pause of its own.
    const asked = (retryAfterMs ?? 0) > 0 ? retryAfterMs : undefined;
    const ms = isNew ? (asked ?? this.#backoff()) : (asked ?? 0);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(MAX_PAUSE_MS, ms));
    this.#recoverAt = this.#pausedUntil + RECOVER_MS;
    return isNew;
  }

  #backoff(): number {
    const ms = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(30, this.#refusals - 1));
    return ms * (0.5 + this.#options.random() / 2);
  }

  #slowDown(): void {
    // Without a pace, what was called within the last second is the one that was too fast.
    const tooFast = Number.isFinite(this.#callsPerSecond) ? this.#callsPerSecond : this.#begun.length;
    this.#callsPerSecond = Math.max(1, Math.floor(tooFast / 2));
  }

  #recover(): void {
    const now = this.#options.clock.elapsed();
    if (this.#callsPerSecond >= this.#max || now < this.#recoverAt) return;
    const faster = this.#callsPerSecond + Math.max(1, Math.floor(this.#callsPerSecond / 10));
    this.#callsPerSecond = Math.min(this.#max, faster >= UNLIMITED ? Number.POSITIVE_INFINITY : faster);
    this.#recoverAt = now + RECOVER_MS;
  }

  #forgetOld(now: number): void {
    let old = 0;
    while (old < this.#begun.length && now - (this.#begun[old] ?? 0) >= SECOND_MS) old++;
    if (old > 0) this.#begun.splice(0, old);
  }
}
