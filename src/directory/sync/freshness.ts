/** How fresh is fresh and how long lookups wait; all in milliseconds, `refreshEveryMs` 0 for never. */
export interface Freshness {
  readonly ttlMs: number;
  readonly refreshEveryMs: number;
  readonly newIdIntervalMs: number;
  readonly lookupTimeoutMs: number;
  readonly coldTimeoutMs: number;
}
