import type { DirectoryErrorCode } from '../errors.js';

/**
 * How a destination stands with its source. NEVER: not read yet. FRESH, STALE: the last reading is younger,
 * older than the time to live. FAILING: the last attempt failed. MANUAL: there is no API access.
 */
export type SyncStatus = 'NEVER' | 'FRESH' | 'STALE' | 'FAILING' | 'MANUAL';

/** Moments are in milliseconds since the epoch. */
export interface SyncState {
  readonly status: SyncStatus;
  readonly segmentCount: number;
  readonly lastSuccessAt: number | null;
  readonly lastAttemptAt: number | null;
  readonly nextAttemptAt: number | null;
  readonly lastError: SyncError | null;
}

export interface SyncError {
  readonly code: DirectoryErrorCode;
  readonly message: string;
  readonly at: number;
}
