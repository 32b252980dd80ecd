import type { SteadyClock } from '../../base/clock.js';
import type { DestinationState } from '../../storage/index.js';
import type { DirectoryErrorCode } from '../errors.js';
import { fieldsOf, movedBack, outcomeAt, type Attempt, type Outcome, type OutcomeFields } from './attempt.js';
import type { Freshness } from './freshness.js';
import { firstRefreshDelay, nextRefreshDelay, retryDelay, scheduledRetryDelay } from './backoff.js';
import type { SyncError, SyncState, SyncStatus } from './sync-state.js';
import { isAhead, isLater } from '../../base/dates.js';

export interface SyncTrackerOptions {
  readonly freshness: Freshness;
  /** The storage's. */
  readonly clock: SteadyClock;
  /** Returns numbers from 0 to below 1, for jitter. */
  readonly random: () => number;
  /** Called when the time of the next scheduled refresh changes. */
  readonly onScheduled: () => void;
}

/** The segments that are served. */
interface Served {
  /** When the listing began that they were last confirmed by, in milliseconds since the epoch; `null`: never. */
  readonly asOf: number | null;
  readonly segmentCount: number;
  /** 0 if they are not stored. */
  readonly generation: number;
}

/**
 * How current one destination is, as one state that only moves forward: which listing is served, how the last attempt
 * went, and when to try again. What an attempt will change is computed first (`succeeded`, `failed`), then stored, and
 * only then seen (`settle`, `serve`), so that nobody is told of a success that a crash could take back. States of other
 * processes are merged, whenever they arrive: of each part the later one counts.
 */
export class SyncTracker {
  readonly #options: SyncTrackerOptions;
  /** Whether there is API access to the destination. */
  #automatic = false;
  #served: Served = { asOf: null, segmentCount: 0, generation: 0 };
  #outcome: Outcome;
  /** When the last attempt of this process began. */
  #startedAt: number | null = null;
  /** The latest listing of which is known that it is stored, even if it is not served yet. */
  #storedAsOf: number | null = null;
  #resetAt = 0;
  /** By how much the clock was set back in all when the dates here were last moved along. */
  #setBackMs: number;

  constructor(options: SyncTrackerOptions) {
    this.#options = options;
    this.#setBackMs = options.clock.setBackMs;
    this.#outcome = { attemptAt: null, failure: null, nextAttemptAt: null, setBackMs: this.#setBackMs };
  }

  /** Time of the listing that is served, in milliseconds since the epoch; `null` before the first one. */
  get lastSuccessAt(): number | null {
    this.#now();
    return this.#served.asOf;
  }

  /** Number of segments that are served. */
  get segmentCount(): number {
    return this.#served.segmentCount;
  }

  /** The stored generation that is served; 0 if it is not stored. */
  get generation(): number {
    return this.#served.generation;
  }

  /** Time of the last attempt, in milliseconds since the epoch; `null` before the first one. */
  get lastAttemptAt(): number | null {
    const { attemptAt } = this.#outcome;
    return isLater(this.#startedAt, attemptAt, this.#now()) ? this.#startedAt : attemptAt;
  }

  /** Time of the next scheduled refresh, in milliseconds since the epoch; `null` if none is scheduled. */
  get nextAttemptAt(): number | null {
    this.#now();
    return this.#outcome.nextAttemptAt;
  }

  /** The failure of the last attempt; `null` if it succeeded. */
  get lastError(): SyncError | null {
    return this.#outcome.failure?.error ?? null;
  }

  /** Whether there is API access and the delay after the last failure is over. */
  get mayAttempt(): boolean {
    const now = this.#now();
    return this.#automatic && now >= (this.#outcome.failure?.retryAt ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * Starts over after the credentials were set or changed: earlier failures do not apply to the new ones.
   *
   * @param automatic whether there is API access
   */
  reset(automatic: boolean): void {
    const { freshness, random } = this.#options;
    const now = this.#now();
    this.#automatic = automatic;
    this.#resetAt = now;
    const { attemptAt } = this.#outcome;
    const isScheduled = freshness.refreshEveryMs > 0;
    const nextAttemptAt = isScheduled ? now + firstRefreshDelay(freshness.refreshEveryMs, random) : null;
    this.#setOutcome({ attemptAt, failure: null, nextAttemptAt, setBackMs: this.#setBackMs });
  }

  /** Begins an attempt now. */
  begin(): Attempt {
    const at = this.#now();
    this.#startedAt = at;
    const lastSuccessAt = isLater(this.#storedAsOf, this.#served.asOf, at)
      ? this.#storedAsOf
      : this.#served.asOf;
    return { at, lastAttemptAt: this.#outcome.attemptAt, lastSuccessAt, setBackMs: this.#setBackMs };
  }

  /** What becomes of the state when the listing of an attempt, as of this time, is stored. Changes nothing yet. */
  succeeded(attempt: Attempt, asOf: number): Outcome {
    const { at } = this.#atPresent(attempt);
    const { refreshEveryMs } = this.#options.freshness;
    const delay = nextRefreshDelay(refreshEveryMs, this.#options.random);
    // From its time, because that is what the ttl counts from. A long listing is not followed by the next at once.
    const nextAttemptAt = Math.max(asOf + delay, this.#now() + delay / 2);
    return {
      attemptAt: at,
      failure: null,
      nextAttemptAt: refreshEveryMs === 0 ? null : Math.round(nextAttemptAt),
      setBackMs: this.#setBackMs,
    };
  }

  /**
   * What becomes of the state after a failed attempt. Changes nothing yet.
   *
   * @param retryAfterMs minimum delay that Audience Manager asked for; 0 if it asked for none
   */
  failed(attempt: Attempt, code: DirectoryErrorCode, message: string, retryAfterMs: number): Outcome {
    const { at } = this.#atPresent(attempt);
    const { freshness, random } = this.#options;
    const now = this.#now();
    const count = (this.#outcome.failure?.count ?? 0) + 1;
    const retryAt = now + Math.max(retryDelay(count, random), retryAfterMs);
    const { refreshEveryMs } = freshness;
    return {
      attemptAt: at,
      failure: { error: { code, message, at: now }, count, retryAt },
      nextAttemptAt:
        refreshEveryMs === 0 ? null : Math.max(retryAt, now + scheduledRetryDelay(refreshEveryMs, random)),
      setBackMs: this.#setBackMs,
    };
  }

  /**
   * Moves to the outcome of an attempt, unless a later attempt has finished meanwhile.
   *
   * @returns whether it is the latest one
   */
  settle(outcome: Outcome, attempt: Attempt): boolean {
    if (this.#isOvertaken(outcome, attempt)) return false;
    this.#setOutcome(outcome);
    return true;
  }

  /** Whether an attempt has finished that began later, and of which nothing was known when this one began. */
  #isOvertaken(outcome: Outcome, attempt: Attempt | null): boolean {
    const lastAttemptAt = attempt && this.#atPresent(attempt).lastAttemptAt;
    const { attemptAt } = this.#outcomeAtPresent(outcome);
    const latest = this.#outcome.attemptAt;
    return latest !== lastAttemptAt && isLater(latest, attemptAt, this.#now());
  }

  /** Moves to the segments that are served from now on. */
  serve(served: Served): void {
    this.#served = served;
  }

  /**
   * Merges how the last attempt of another process went, or of this one before a restart. A failure from before the last
   * `reset` is still reported, but does not delay the next attempt. A scheduled refresh is moved forward if the refresh
   * interval has become shorter since.
   *
   * @param keepsEqual whether the state of the same attempt is kept, because it is not stored yet
   */
  mergeOutcome(state: OutcomeFields & Pick<DestinationState, 'asOf'>, keepsEqual: boolean): void {
    const now = this.#now();
    if (isLater(state.asOf, this.#storedAsOf, now)) this.#storedAsOf = state.asOf;
    const { attemptAt } = this.#outcome;
    if (isLater(attemptAt, state.lastAttemptAt, now)) return;
    if (keepsEqual && !isLater(state.lastAttemptAt, attemptAt, now)) return;
    const { refreshEveryMs } = this.#options.freshness;
    const error = this.#automatic ? (state.lastError as SyncError | null) : null;
    const next = state.nextAttemptAt ?? this.#outcome.nextAttemptAt;
    this.#setOutcome({
      attemptAt: state.lastAttemptAt,
      failure: error && { error, count: state.failures, retryAt: this.retryAtOf(state) },
      nextAttemptAt: refreshEveryMs === 0 || next === null ? null : Math.min(next, now + refreshEveryMs),
      setBackMs: this.#setBackMs,
    });
  }

  /** The time before which a stored failure forbids a new attempt; `null` if it forbids none. */
  retryAtOf({ lastError, retryAt }: Pick<OutcomeFields, 'lastError' | 'retryAt'>): number | null {
    if (lastError === null || lastError.at < this.#resetAt || isAhead(lastError.at, this.#now())) return null;
    return retryAt;
  }

  /** The fields to store of the last outcome, or of this one if it is later. */
  latestFields(outcome: Outcome | null = null, attempt: Attempt | null = null): OutcomeFields {
    const isLast = outcome !== null && !this.#isOvertaken(outcome, attempt);
    return fieldsOf(isLast ? this.#outcomeAtPresent(outcome) : this.#outcome);
  }

  /** The state for clients. */
  state(): SyncState {
    this.#now();
    return {
      status: this.status,
      segmentCount: this.#served.segmentCount,
      lastSuccessAt: this.lastSuccessAt,
      lastAttemptAt: this.lastAttemptAt,
      nextAttemptAt: this.nextAttemptAt,
      lastError: this.lastError,
    };
  }

  /** Whether data confirmed at this time is older than the ttl. Without API access nothing is stale. */
  isStale(asOf: number | null): boolean {
    if (!this.#automatic) return false;
    const now = this.#now();
    return asOf === null || isAhead(asOf, now) || now - asOf > this.#options.freshness.ttlMs;
  }

  /** How current the destination is. */
  get status(): SyncStatus {
    if (!this.#automatic) return 'MANUAL';
    if (this.#outcome.failure !== null) return 'FAILING';
    const asOf = this.lastSuccessAt;
    if (asOf === null) return 'NEVER';
    return this.isStale(asOf) ? 'STALE' : 'FRESH';
  }

  #setOutcome(outcome: Outcome): void {
    const present = this.#outcomeAtPresent(outcome);
    // The API access may have been removed while the destination was being listed.
    this.#outcome = this.#automatic ? present : { ...present, nextAttemptAt: null };
    this.#options.onScheduled();
  }

  /** The current time. If the clock was set back, all dates are moved along. */
  #now(): number {
    const { clock } = this.#options;
    const now = clock.now();
    const back = clock.setBackMs - this.#setBackMs;
    if (back > 0) {
      this.#setBackMs = clock.setBackMs;
      this.#moveBack(back);
    }
    return now;
  }

  /** An attempt with its dates as they are by now. */
  #atPresent(attempt: Attempt): Attempt {
    this.#now();
    const back = this.#setBackMs - attempt.setBackMs;
    if (back === 0) return attempt;
    const { at, lastAttemptAt } = attempt;
    return { ...attempt, at: at - back, lastAttemptAt: lastAttemptAt === null ? null : lastAttemptAt - back };
  }

  /** An outcome with its dates as they are by now: the clock may have been set back while it was being stored. */
  #outcomeAtPresent(outcome: Outcome): Outcome {
    this.#now();
    return outcomeAt(outcome, this.#setBackMs);
  }

  /** What is due stays due after the same wait, and what is known stays as old as it is. */
  #moveBack(ms: number): void {
    this.#outcome = outcomeAt(this.#outcome, this.#setBackMs);
    this.#startedAt = movedBack(this.#startedAt, ms);
    this.#resetAt -= ms;
    const { asOf } = this.#served;
    this.#served = { ...this.#served, asOf: movedBack(asOf, ms) };
    // It is still stored with the earlier date.
    if (asOf !== null) this.#storedAsOf = Math.max(asOf, this.#storedAsOf ?? asOf);
  }
}
