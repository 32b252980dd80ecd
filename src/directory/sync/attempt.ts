import type { DestinationState } from '../../storage/index.js';
import type { SyncError } from './sync-state.js';
import { isLater } from '../../base/dates.js';

/** An attempt to list a destination that has begun. */
export interface Attempt {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  /** When the last attempt began of which the outcome was known at that time. */
  readonly lastAttemptAt: number | null;
  /** The latest listing that was known at that time, by the time at which it began. */
  readonly lastSuccessAt: number | null;
  /** By how much the clock had been set back in all by then, in milliseconds. */
  readonly setBackMs: number;
}

/** Whether a listing is stored that began later, and of which nothing was known when the attempt began. */
export function isOvertaken(
  asOf: number,
  { lastSuccessAt }: Attempt,
  storedAsOf: number | null,
  now: number,
): boolean {
  return isLater(storedAsOf, asOf, now) && isLater(storedAsOf, lastSuccessAt, now);
}

/** The current series of failures. */
export interface Failure {
  /** The last failure of the series. */
  readonly error: SyncError;
  /** Number of failures in a row. */
  readonly count: number;
  /** No attempt is made before this time, in milliseconds since the epoch; `null` if the next one may start at once. */
  readonly retryAt: number | null;
}

/** How the last finished attempt went, and when the next one is due. */
export interface Outcome {
  /** When the attempt began, in milliseconds since the epoch; `null` before the first one. */
  readonly attemptAt: number | null;
  /** `null` if the attempt succeeded. */
  readonly failure: Failure | null;
  /** Time of the next scheduled refresh, in milliseconds since the epoch; `null` if none is scheduled. */
  readonly nextAttemptAt: number | null;
  /** By how much the clock had been set back in all when these dates were taken, in milliseconds. */
  readonly setBackMs: number;
}

/** A date as it is after the clock was set back: what is due stays due after the same wait. */
export function movedBack(time: number | null, ms: number): number | null {
  return time === null ? null : time - ms;
}

/** An outcome with its dates as they are after the clock was set back in all by `setBackMs`. */
export function outcomeAt(outcome: Outcome, setBackMs: number): Outcome {
  const ms = setBackMs - outcome.setBackMs;
  if (ms === 0) return outcome;
  const { attemptAt, failure, nextAttemptAt } = outcome;
  return {
    attemptAt: movedBack(attemptAt, ms),
    failure: failure && {
      ...failure,
      error: { ...failure.error, at: failure.error.at - ms },
      retryAt: movedBack(failure.retryAt, ms),
    },
    nextAttemptAt: movedBack(nextAttemptAt, ms),
    setBackMs,
  };
}

/** The fields of a destination's stored state that an outcome fills. */
export type OutcomeFields = Pick<
  DestinationState,
  'lastAttemptAt' | 'nextAttemptAt' | 'retryAt' | 'failures' | 'lastError'
>;

/** The fields to store of an outcome. */
export function fieldsOf({ attemptAt, failure, nextAttemptAt }: Outcome): OutcomeFields {
  return {
    lastAttemptAt: attemptAt,
    nextAttemptAt,
    retryAt: failure?.retryAt ?? null,
    failures: failure?.count ?? 0,
    lastError: failure?.error ?? null,
  };
}
