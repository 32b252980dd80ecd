import type { Clock } from '../../base/clock.js';
import type { DestinationState } from '../../storage/index.js';
import type { DirectoryErrorCode } from '../errors.js';
import type { Freshness } from './freshness.js';
import { firstRefreshDelay, nextRefreshDelay, retryDelay, scheduledRetryDelay } from './backoff.js';
import type { SyncError, SyncState, SyncStatus } from './sync-state.js';

export interface SyncTrackerOptions {
  readonly freshness: Freshness;
  readonly clock: Clock;
  /** Returns numbers from 0 to below 1, for jitter. */
  readonly random: () => number;
  /** Called when the time of the next scheduled refresh changes. */
  readonly onScheduled: () => void;
}

/** The fields of a destination's stored state that the tracker writes after a complete listing. */
type SyncFields = Pick<
  DestinationState,
  'asOf' | 'segmentCount' | 'lastAttemptAt' | 'nextAttemptAt' | 'retryAt' | 'failures' | 'lastError'
>;

/** The fields that the tracker writes after a failed attempt. */
type AttemptFields = Omit<SyncFields, 'asOf' | 'segmentCount'>;

/** The current series of failures. */
interface Failure {
  /** The last failure of the series. */
  readonly error: SyncError;
  /** Number of failures in a row. */
  readonly count: number;
  /** No attempt is made before this time, in milliseconds since the epoch; `null` if the next one may start at once. */
  readonly retryAt: number | null;
}

/** Tracks the attempts to list one destination: successes, failures, and when to try again. */
export class SyncTracker {
  readonly #options: SyncTrackerOptions;
  /** Whether there is API access to the destination. */
  #automatic = false;
  #segmentCount = 0;
  #lastSuccessAt: number | null = null;
  #lastAttemptAt: number | null = null;
  #nextAttemptAt: number | null = null;
  /** `null` if the last attempt succeeded. */
  #failure: Failure | null = null;
  #resetAt = 0;

  constructor(options: SyncTrackerOptions) {
    this.#options = options;
  }

  /** Time of the last complete listing, in milliseconds since the epoch; `null` before the first one. */
  get lastSuccessAt(): number | null {
    return this.#lastSuccessAt;
  }

  /** Time of the last attempt, in milliseconds since the epoch; `null` before the first one. */
  get lastAttemptAt(): number | null {
    return this.#lastAttemptAt;
  }

  /** Time of the next scheduled refresh, in milliseconds since the epoch; `null` if none is scheduled. */
  get nextAttemptAt(): number | null {
    return this.#nextAttemptAt;
  }

  /** The failure of the last attempt; `null` if it succeeded. */
  get lastError(): SyncError | null {
    return this.#failure?.error ?? null;
  }

  /** Whether there is API access and the delay after the last failure is over. */
  get mayAttempt(): boolean {
    return (
      this.#automatic && this.#options.clock.now() >= (this.#failure?.retryAt ?? Number.NEGATIVE_INFINITY)
    );
  }

  /**
   * Starts over after the credentials were set or changed: earlier failures do not apply to the new ones.
   *
   * @param automatic whether there is API access
   */
  reset(automatic: boolean): void {
    this.#automatic = automatic;
    this.#resetAt = this.#options.clock.now();
    this.#failure = null;
    this.#scheduleFirst();
  }

  recordAttempt(at: number): void {
    this.#lastAttemptAt = at;
  }

  recordSuccess(asOf: number, segmentCount: number): void {
    const { clock, freshness, random } = this.#options;
    this.#segmentCount = segmentCount;
    this.#lastSuccessAt = asOf;
    this.#failure = null;
    const { refreshEveryMs } = freshness;
    this.#schedule(refreshEveryMs === 0 ? null : clock.now() + nextRefreshDelay(refreshEveryMs, random));
  }

  /** @param retryAfterMs minimum delay that Audience Manager asked for; 0 if it asked for none */
  recordFailure(code: DirectoryErrorCode, message: string, retryAfterMs: number): void {
    const { clock, freshness, random } = this.#options;
    const now = clock.now();
    const count = (this.#failure?.count ?? 0) + 1;
    const retryAt = now + Math.max(retryDelay(count, random), retryAfterMs);
    this.#failure = { error: { code, message, at: now }, count, retryAt };
    const { refreshEveryMs } = freshness;
    this.#schedule(
      refreshEveryMs === 0 ? null : Math.max(retryAt, now + scheduledRetryDelay(refreshEveryMs, random)),
    );
  }

  setSegmentCount(segmentCount: number): void {
    this.#segmentCount = segmentCount;
  }

  /**
   * Restores a state that another process has stored, or this one before a restart. A failure from before the last
   * `reset` is still reported, but does not delay the next attempt. A scheduled refresh is moved forward if the refresh
   * interval has become shorter since.
   */
  restore(state: SyncFields): void {
    const { clock, freshness } = this.#options;
    this.#segmentCount = state.segmentCount;
    this.#lastSuccessAt = state.asOf;
    this.#lastAttemptAt = state.lastAttemptAt;
    const error = this.#automatic ? (state.lastError as SyncError | null) : null;
    this.#failure = error && { error, count: state.failures, retryAt: this.retryAtOf(state) };
    if (freshness.refreshEveryMs === 0) this.#schedule(null);
    else if (state.nextAttemptAt !== null) {
      this.#schedule(Math.min(state.nextAttemptAt, clock.now() + freshness.refreshEveryMs));
    }
  }

  /** The time before which a stored failure forbids a new attempt; `null` if it forbids none. */
  retryAtOf({ lastError, retryAt }: Pick<SyncFields, 'lastError' | 'retryAt'>): number | null {
    return lastError !== null && lastError.at >= this.#resetAt ? retryAt : null;
  }

  /** The fields to store after a complete listing. */
  fieldsAfterListing(): SyncFields {
    return { asOf: this.#lastSuccessAt, segmentCount: this.#segmentCount, ...this.fieldsAfterAttempt() };
  }

  /** The fields to store after a failed attempt. Without `asOf`: another process may have stored a newer listing. */
  fieldsAfterAttempt(): AttemptFields {
    return {
      lastAttemptAt: this.#lastAttemptAt,
      nextAttemptAt: this.#nextAttemptAt,
      retryAt: this.#failure?.retryAt ?? null,
      failures: this.#failure?.count ?? 0,
      lastError: this.lastError,
    };
  }

  /** The state for clients. */
  state(): SyncState {
    return {
      status: this.#status(),
      segmentCount: this.#segmentCount,
      lastSuccessAt: this.#lastSuccessAt,
      lastAttemptAt: this.#lastAttemptAt,
      nextAttemptAt: this.#nextAttemptAt,
      lastError: this.lastError,
    };
  }

  #status(): SyncStatus {
    if (!this.#automatic) return 'MANUAL';
    if (this.#failure !== null) return 'FAILING';
    if (this.#lastSuccessAt === null) return 'NEVER';
    const { clock, freshness } = this.#options;
    return clock.now() - this.#lastSuccessAt > freshness.ttlMs ? 'STALE' : 'FRESH';
  }

  #scheduleFirst(): void {
    const { clock, freshness, random } = this.#options;
    const scheduled = this.#automatic && freshness.refreshEveryMs > 0;
    this.#schedule(scheduled ? clock.now() + firstRefreshDelay(freshness.refreshEveryMs, random) : null);
  }

  #schedule(at: number | null): void {
    // The API access may have been removed while the destination was being listed.
    this.#nextAttemptAt = this.#automatic ? at : null;
    this.#options.onScheduled();
  }
}
