import type { Account, AudienceManagerClient } from '../audience-manager/index.js';
import { AudienceManagerError, accountKey } from '../audience-manager/index.js';
import { withTimeout, type Clock } from '../clock.js';
import type { DestinationConfig, SegmentIdType } from '../config/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Customer } from './customer.js';
import { DestinationDetailsCache } from './destination-details.js';
import { DirectoryError } from './errors.js';
import { pauseAfterFailure, pauseAfterSuccess, scheduledRetry } from './schedule.js';
import type { Segment } from './segment.js';
import { Snapshot, snapshotOf } from './snapshot.js';
import type { SnapshotCache } from './snapshot-cache.js';
import type { SyncError, SyncState, SyncStatus } from './sync-state.js';

/** How fresh is fresh and how long lookups wait; all in milliseconds, `refreshEveryMs` 0 for never. */
export interface Freshness {
  readonly ttlMs: number;
  readonly refreshEveryMs: number;
  readonly newIdIntervalMs: number;
  readonly lookupTimeoutMs: number;
  readonly coldTimeoutMs: number;
}

/** What every destination of a directory works with. */
export interface DestinationServices {
  readonly client: AudienceManagerClient;
  readonly cache: SnapshotCache;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called when a destination's next scheduled refresh has moved. */
  readonly onScheduled: () => void;
}

/** What made a listing start; a label of metrics and logs. */
export type RefreshReason = 'cold' | 'stale' | 'new_id' | 'schedule' | 'request';

/** The segments found for a list of IDs, in its order, and the snapshot they are in. */
export interface Found {
  readonly snapshot: Snapshot;
  readonly segments: readonly (Segment | undefined)[];
}

/**
 * AAM's object for one integration of one customer, and the one place that decides what of it is fresh,
 * stale, unknown or failing. One listing at most is under way, shared by everyone who asks.
 */
export class Destination {
  readonly id: string;
  readonly customerId: string;
  /** Unique over all customers. */
  readonly key: string;
  readonly details: DestinationDetailsCache;
  #customer: Customer;
  #settings: DestinationConfig;
  #account: Account | null;
  readonly #services: DestinationServices;
  readonly #removed = new AbortController();
  #underWay: Promise<Snapshot> | null = null;
  #segmentCount = 0;
  #lastSuccessAt: number | null = null;
  #lastAttemptAt: number | null = null;
  #nextAttemptAt: number | null = null;
  #lastError: SyncError | null = null;
  #failures = 0;
  /** When the pause after the last failure is over. */
  #retryAt = 0;

  constructor(
    customer: Customer,
    settings: DestinationConfig,
    account: Account | null,
    services: DestinationServices,
  ) {
    this.id = settings.id;
    this.customerId = customer.id;
    this.key = destinationKey(customer.id, settings.id);
    this.#customer = customer;
    this.#settings = settings;
    this.#account = account;
    this.#services = services;
    const { client, clock, freshness, logger } = services;
    this.details = new DestinationDetailsCache({
      read: async () =>
        this.#account === null
          ? null
          : await client.readDestination(this.#account, this.id, this.#removed.signal),
      signal: this.#removed.signal,
      ttlMs: freshness.ttlMs,
      retryMs: freshness.newIdIntervalMs,
      waitMs: freshness.lookupTimeoutMs,
      clock,
      logger: logger.child({ customer: customer.id, destination: this.id }),
    });
    this.#scheduleFirst();
  }

  get customer(): Customer {
    return this.#customer;
  }

  get settings(): DestinationConfig {
    return this.#settings;
  }

  /** Takes over a changed configuration; what is known stays known. */
  configure(customer: Customer, settings: DestinationConfig, account: Account | null): void {
    this.#customer = customer;
    this.#settings = settings;
    if (sameAccount(this.#account, account)) return;
    this.#account = account;
    this.#failures = 0;
    this.#lastError = null;
    this.details.forgetFailure();
    this.#scheduleFirst();
  }

  /** Ends what is under way for a destination that is no longer configured, and forgets its snapshot. */
  remove(): void {
    this.#removed.abort();
    this.#services.cache.delete(this.key);
  }

  /**
   * The snapshot: from memory, however old (then a refresh starts behind the answer), else from Audience
   * Manager, waiting `coldTimeout` at most.
   *
   * @throws DirectoryError with the code of what went wrong when nothing was ever read
   */
  async snapshot(): Promise<Snapshot> {
    const { cache, clock, freshness } = this.#services;
    const held = cache.get(this.key);
    if (held !== undefined) {
      if (this.isStale(held) && this.#mayAsk()) this.#refreshBehind('stale');
      return held;
    }
    if (this.#account === null) return new Snapshot([], clock.now());
    if (this.#underWay === null && !this.#mayAsk() && this.#lastError !== null) {
      throw this.#error(this.#lastError.code, this.#lastError.message);
    }
    return await withTimeout(clock, this.#refresh('cold'), freshness.coldTimeoutMs, () => {
      throw this.#error(
        'AAM_UNAVAILABLE',
        `No answer within ${freshness.coldTimeoutMs} ms; it goes on being read.`,
      );
    });
  }

  /** Whether a snapshot is older than the time to live. */
  isStale(snapshot: Snapshot): boolean {
    return (
      this.#account !== null && this.#services.clock.now() - snapshot.asOf > this.#services.freshness.ttlMs
    );
  }

  /**
   * The segments of a snapshot with the given IDs. An ID that it lacks is perhaps new: if the last listing is
   * older than `newIdInterval` one refresh starts, and the lookup waits for it, `lookupTimeout` at most.
   * Synchronous when there is nothing to wait for.
   */
  find(snapshot: Snapshot, ids: readonly string[], idType?: SegmentIdType | null): Found | Promise<Found> {
    const type = idType ?? this.#settings.segmentIdType;
    const found = findAll(snapshot, ids, type);
    if (!found.segments.includes(undefined)) return this.#count(found);
    // Another lookup of the same request may have waited for a newer snapshot already.
    const newest = this.#services.cache.peek(this.key);
    if (newest !== undefined && newest.asOf > snapshot.asOf) return this.#count(findAll(newest, ids, type));
    const refreshed = this.#refreshForNewId();
    if (refreshed === null) return this.#count(found);
    const { clock, freshness } = this.#services;
    return withTimeout(clock, refreshed, freshness.lookupTimeoutMs, () => null).then(
      (newer) => this.#count(newer === null ? found : findAll(newer, ids, type)),
      () => this.#count(found),
    );
  }

  /**
   * Lists the destination now, or joins the listing under way.
   *
   * @throws DirectoryError
   */
  async refresh(reason: 'request' | 'schedule'): Promise<Snapshot> {
    if (this.#account === null) {
      throw this.#error(
        'BAD_USER_INPUT',
        'There is no Audience Manager access for this customer: its names are given by hand.',
      );
    }
    return await this.#refresh(reason);
  }

  /** When the scheduler is to refresh it next, in milliseconds since the epoch; `null`: not by itself. */
  get nextAttemptAt(): number | null {
    return this.#nextAttemptAt;
  }

  /** The snapshot in memory, without counting as a use. */
  held(): Snapshot | undefined {
    return this.#services.cache.peek(this.key);
  }

  sync(): SyncState {
    return {
      status: this.#status(),
      segmentCount: this.held()?.segments.length ?? this.#segmentCount,
      lastSuccessAt: this.#lastSuccessAt,
      lastAttemptAt: this.#lastAttemptAt,
      nextAttemptAt: this.#nextAttemptAt,
      lastError: this.#lastError,
    };
  }

  #status(): SyncStatus {
    if (this.#account === null) return 'MANUAL';
    if (this.#lastError !== null) return 'FAILING';
    if (this.#lastSuccessAt === null) return 'NEVER';
    const { clock, freshness } = this.#services;
    return clock.now() - this.#lastSuccessAt > freshness.ttlMs ? 'STALE' : 'FRESH';
  }

  /** Whether the pause after the last failure is over. */
  #mayAsk(): boolean {
    if (this.#account === null) return false;
    return this.#lastError === null || this.#services.clock.now() >= this.#retryAt;
  }

  #refreshForNewId(): Promise<Snapshot> | null {
    if (this.#underWay !== null) return this.#underWay;
    if (this.#account === null || !this.#mayAsk()) return null;
    const { clock, freshness } = this.#services;
    if (this.#lastAttemptAt !== null && clock.now() - this.#lastAttemptAt < freshness.newIdIntervalMs)
      return null;
    return this.#refresh('new_id');
  }

  #refreshBehind(reason: RefreshReason): void {
    // Its failure is in the sync state and the log; nobody waits for it.
    this.#refresh(reason).catch(() => undefined);
  }

  #refresh(reason: RefreshReason): Promise<Snapshot> {
    this.#underWay ??= this.#list(reason).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #list(reason: RefreshReason): Promise<Snapshot> {
    const { client, cache, clock, logger, metrics } = this.#services;
    const context = { customer: this.customerId, destination: this.id, reason };
    const account = this.#account;
    const startedAt = clock.now();
    this.#lastAttemptAt = startedAt;
    try {
      if (account === null)
        throw this.#error('NOT_FOUND', 'There is no Audience Manager access for this customer.');
      const listing = await client.listMappings(account, this.id, this.#removed.signal);
      const snapshot = snapshotOf(listing, cache.peek(this.key), clock.now());
      if (!this.#removed.signal.aborted) cache.set(this.key, snapshot);
      this.#succeeded(snapshot);
      metrics.refreshes.inc({ reason, outcome: 'ok' });
      logger.info(
        { ...context, segments: snapshot.segments.length, ms: clock.now() - startedAt },
        'destination read',
      );
      return snapshot;
    } catch (error) {
      if (this.#account !== account && !this.#removed.signal.aborted) {
        // What failed with credentials that have been replaced since says nothing of the present ones.
        return this.#account === null ? await this.snapshot() : await this.#list(reason);
      }
      const failure = this.#failed(error);
      if (!this.#removed.signal.aborted) {
        metrics.refreshes.inc({ reason, outcome: failure.code });
        logger.warn(
          { ...context, code: failure.code, error: failure.message },
          'destination could not be read',
        );
      }
      throw failure;
    }
  }

  #succeeded(snapshot: Snapshot): void {
    const { clock, freshness, random } = this.#services;
    this.#segmentCount = snapshot.segments.length;
    this.#lastSuccessAt = snapshot.asOf;
    this.#lastError = null;
    this.#failures = 0;
    this.#schedule(
      freshness.refreshEveryMs === 0
        ? null
        : clock.now() + pauseAfterSuccess(freshness.refreshEveryMs, random),
    );
  }

  #failed(error: unknown): DirectoryError {
    const { clock, freshness, random } = this.#services;
    const now = clock.now();
    const known = error instanceof AudienceManagerError || error instanceof DirectoryError ? error : null;
    if (known === null) this.#services.logger.error({ err: error }, 'a defect in the gateway');
    const failure = this.#error(
      known?.code ?? 'AAM_UNAVAILABLE',
      known?.message ?? 'It could not be read.',
      error,
    );
    this.#failures += 1;
    this.#lastError = { code: failure.code, message: known?.message ?? failure.message, at: now };
    const retryAfterMs = error instanceof AudienceManagerError ? (error.retryAfterMs ?? 0) : 0;
    this.#retryAt = now + Math.max(pauseAfterFailure(this.#failures, random), retryAfterMs);
    const { refreshEveryMs } = freshness;
    this.#schedule(
      refreshEveryMs === 0 ? null : Math.max(this.#retryAt, now + scheduledRetry(refreshEveryMs, random)),
    );
    return failure;
  }

  /** Never read yet: some time within the interval, so that a start does not read everything at once. */
  #scheduleFirst(): void {
    const { clock, freshness, random } = this.#services;
    const scheduled = this.#account !== null && freshness.refreshEveryMs > 0;
    this.#schedule(scheduled ? clock.now() + freshness.refreshEveryMs * random() : null);
  }

  #schedule(at: number | null): void {
    // The credentials may have gone while a listing was under way.
    this.#nextAttemptAt = this.#account === null ? null : at;
    this.#services.onScheduled();
  }

  #error(code: DirectoryError['code'], message: string, cause?: unknown): DirectoryError {
    return new DirectoryError(
      code,
      `Destination ${this.id} of customer ${this.customerId}: ${message}`,
      cause,
    );
  }

  #count(found: Found): Found {
    const known = found.segments.filter((segment) => segment !== undefined).length;
    const { lookups } = this.#services.metrics;
    if (known > 0) lookups.inc({ outcome: this.isStale(found.snapshot) ? 'stale' : 'fresh' }, known);
    if (known < found.segments.length) lookups.inc({ outcome: 'unknown' }, found.segments.length - known);
    return found;
  }
}

/** One string a destination: the key of loaders and caches. */
export function destinationKey(customerId: string, destinationId: string): string {
  return JSON.stringify([customerId, destinationId]);
}

function findAll(snapshot: Snapshot, ids: readonly string[], idType: SegmentIdType): Found {
  return { snapshot, segments: ids.map((id) => snapshot.find(id, idType)) };
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  return a === null || b === null ? a === b : accountKey(a) === accountKey(b);
}
