/** How long data counts as fresh and how long lookups wait. All values are in milliseconds. */
export interface Freshness {
  /** Age after which a listing or a destination's details are stale. */
  readonly ttlMs: number;
  /** Interval of the scheduled refreshes; 0 turns them off. */
  readonly refreshEveryMs: number;
  /** Minimum time between two refreshes that unknown IDs cause. */
  readonly newIdIntervalMs: number;
  /** Maximum time that a lookup waits for a refresh caused by an unknown ID. */
  readonly lookupTimeoutMs: number;
  /** Maximum time that a lookup waits for the first listing of a destination. */
  readonly coldTimeoutMs: number;
}
