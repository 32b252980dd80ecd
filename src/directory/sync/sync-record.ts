import type { Clock } from '../../base/clock.js';
import type { DestinationState } from '../../storage/index.js';
import type { DirectoryErrorCode } from '../errors.js';
import type { Freshness } from './freshness.js';
import { pauseAfterFailure, pauseAfterSuccess, pauseBeforeFirst, scheduledRetry } from './backoff.js';
import type { SyncError, SyncState, SyncStatus } from './state.js';

export interface SyncRecordOptions {
  readonly freshness: Freshness;
  readonly clock: Clock;
  /** From 0 to below 1, for jitter. */
  readonly random: () => number;
  /** Called when the next scheduled refresh has moved. */
  readonly onScheduled: () => void;
}

/** The part of a destination's stored state that is about reading it. */
export type SyncFields = Pick<
  DestinationState,
  'asOf' | 'segmentCount' | 'lastAttemptAt' | 'nextAttemptAt' | 'retryAt' | 'failures' | 'lastError'
>;

/** Of these, what is noted after an attempt that read nothing. */
export type AttemptFields = Omit<SyncFields, 'asOf' | 'segmentCount'>;

/** How a destination stands with its source: attempts, failures, and when to try again. */
export class SyncRecord {
  readonly #options: SyncRecordOptions;
  /** Whether there is a source to read at all. */
  #automatic = false;
  #segmentCount = 0;
  #lastSuccessAt: number | null = null;
  #lastAttemptAt: number | null = null;
  #nextAttemptAt: number | null = null;
  #lastError: SyncError | null = null;
  #failures = 0;
  #retryAt = 0;
  #begunAt = 0;

  constructor(options: SyncRecordOptions) {
    this.#options = options;
  }

  /** In milliseconds since the epoch; `null`: not yet. */
  get lastSuccessAt(): number | null {
    return this.#lastSuccessAt;
  }

  get lastAttemptAt(): number | null {
    return this.#lastAttemptAt;
  }

  /** When the scheduler is to refresh it next; `null`: not by itself. */
  get nextAttemptAt(): number | null {
    return this.#nextAttemptAt;
  }

  get lastError(): SyncError | null {
    return this.#lastError;
  }

  /** Whether the pause after the last failure is over. */
  get mayAsk(): boolean {
    return this.#automatic && (this.#lastError === null || this.#options.clock.now() >= this.#retryAt);
  }

  /** A source has been given or changed: what failed before says nothing of it. `false`: there is none. */
  begin(automatic: boolean): void {
    this.#automatic = automatic;
    this.#begunAt = this.#options.clock.now();
    this.#failures = 0;
    this.#retryAt = 0;
    this.#lastError = null;
    this.#scheduleFirst();
  }

  attempted(at: number): void {
    this.#lastAttemptAt = at;
  }

  succeeded(asOf: number, segmentCount: number): void {
    const { clock, freshness, random } = this.#options;
    this.#segmentCount = segmentCount;
    this.#lastSuccessAt = asOf;
    this.#lastError = null;
    this.#failures = 0;
    const { refreshEveryMs } = freshness;
    this.#schedule(refreshEveryMs === 0 ? null : clock.now() + pauseAfterSuccess(refreshEveryMs, random));
  }

  failed(code: DirectoryErrorCode, message: string, retryAfterMs: number): void {
    const { clock, freshness, random } = this.#options;
    const now = clock.now();
    this.#failures += 1;
    this.#lastError = { code, message, at: now };
    this.#retryAt = now + Math.max(pauseAfterFailure(this.#failures, random), retryAfterMs);
    const { refreshEveryMs } = freshness;
    this.#schedule(
      refreshEveryMs === 0 ? null : Math.max(this.#retryAt, now + scheduledRetry(refreshEveryMs, random)),
    );
  }

  counted(segmentCount: number): void {
    this.#segmentCount = segmentCount;
  }

  /**
   * Takes over what another process, or this one before its restart, has written. A failure of before is
   * remembered, but not waited for; nor is a schedule that has been shortened since.
   */
  adopt(state: SyncFields): void {
    const { clock, freshness } = this.#options;
    this.#segmentCount = state.segmentCount;
    this.#lastSuccessAt = state.asOf;
    this.#lastAttemptAt = state.lastAttemptAt;
    this.#lastError = this.#automatic ? (state.lastError as SyncError | null) : null;
    this.#failures = state.failures;
    this.#retryAt = this.pauseOf(state) ?? 0;
    if (freshness.refreshEveryMs === 0) this.#schedule(null);
    else if (state.nextAttemptAt !== null) {
      this.#schedule(Math.min(state.nextAttemptAt, clock.now() + freshness.refreshEveryMs));
    }
  }

  /** Until when a stored failure is to be waited for; `null`: not at all. */
  pauseOf({ lastError, retryAt }: Pick<SyncFields, 'lastError' | 'retryAt'>): number | null {
    return lastError !== null && lastError.at >= this.#begunAt ? retryAt : null;
  }

  /** After a complete listing. */
  toStored(): SyncFields {
    return { asOf: this.#lastSuccessAt, segmentCount: this.#segmentCount, ...this.toStoredAttempt() };
  }

  /** After any attempt. What was read last may be news from another process, so it is left alone. */
  toStoredAttempt(): AttemptFields {
    return {
      lastAttemptAt: this.#lastAttemptAt,
      nextAttemptAt: this.#nextAttemptAt,
      retryAt: this.#retryAt === 0 ? null : this.#retryAt,
      failures: this.#failures,
      lastError: this.#lastError,
    };
  }

  /** For clients. */
  state(): SyncState {
    return {
      status: this.#status(),
      segmentCount: this.#segmentCount,
      lastSuccessAt: this.#lastSuccessAt,
      lastAttemptAt: this.#lastAttemptAt,
      nextAttemptAt: this.#nextAttemptAt,
      lastError: this.#lastError,
    };
  }

  #status(): SyncStatus {
    if (!this.#automatic) return 'MANUAL';
    if (this.#lastError !== null) return 'FAILING';
    if (this.#lastSuccessAt === null) return 'NEVER';
    const { clock, freshness } = this.#options;
    return clock.now() - this.#lastSuccessAt > freshness.ttlMs ? 'STALE' : 'FRESH';
  }

  /** Never read yet: some time within the interval, so that a start does not read everything at once. */
  #scheduleFirst(): void {
    const { clock, freshness, random } = this.#options;
    const scheduled = this.#automatic && freshness.refreshEveryMs > 0;
    this.#schedule(scheduled ? clock.now() + pauseBeforeFirst(freshness.refreshEveryMs, random) : null);
  }

  #schedule(at: number | null): void {
    // The source may have gone while it was being read.
    this.#nextAttemptAt = this.#automatic ? at : null;
    this.#options.onScheduled();
  }
}
