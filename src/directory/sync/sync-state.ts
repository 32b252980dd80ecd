import type { DirectoryErrorCode } from '../errors.js';

/**
 * How current a destination is.
 *
 * - NEVER: it has not been listed yet.
 * - FRESH: the last listing is not older than the ttl.
 * - STALE: the last listing is older than the ttl.
 * - FAILING: the last attempt to list it failed.
 * - MANUAL: there is no API access for the customer.
 */
export type SyncStatus = 'NEVER' | 'FRESH' | 'STALE' | 'FAILING' | 'MANUAL';

/** A destination's sync status for clients. Times are in milliseconds since the epoch. */
export interface SyncState {
  readonly status: SyncStatus;
  readonly segmentCount: number;
  readonly lastSuccessAt: number | null;
  readonly lastAttemptAt: number | null;
  /** Time of the next scheduled refresh; `null` if none is scheduled. */
  readonly nextAttemptAt: number | null;
  /** The failure of the last attempt; `null` if it succeeded. */
  readonly lastError: SyncError | null;
}

/** Why an attempt to list a destination failed. */
export interface SyncError {
  readonly code: DirectoryErrorCode;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
