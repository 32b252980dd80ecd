import {
  RefreshPriority,
  accountKey,
  type Account,
  type AudienceManagerClient,
  type Priority,
} from '../../audience-manager/index.js';
import { withTimeout, type Clock } from '../../base/clock.js';
import type { DestinationConfig, DiscoveryConfig } from '../../config/index.js';
import type { DiscoveryState, StoredDiscoveredDestination } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { DirectoryError, type DirectoryErrorCode } from '../errors.js';
import type { UnknownIds } from '../lookup/unknown-ids.js';
import type { Leases } from '../refresh/leases.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import { MAX_SCHEDULED_RETRY_MS } from '../sync/backoff.js';
import type { Freshness } from '../sync/freshness.js';
import { isAhead, isWithin } from '../../base/dates.js';
import { DiscoveryRecord } from './discovery-record.js';
import { reportFailure, reportList } from './discovery-report.js';
import { afterFailure, afterList } from './discovery-state.js';
import { isSelected } from './selection.js';

/** What the discoveries of all customers share. */
export interface DiscoveryServices {
  readonly client: AudienceManagerClient;
  readonly store: SnapshotStore;
  readonly leases: Leases;
  readonly unknownIds: UnknownIds;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface CustomerDiscoveryOptions {
  readonly customerId: string;
  readonly account: Account;
  readonly config: DiscoveryConfig;
  /** Whether something is known of the destination with this ID, so that it stays when it is listed no more. */
  readonly isKept: (id: string) => boolean;
  /** Called when other destinations are to be served, or other details of them are known. */
  readonly onChange: () => void;
}

/** Why the destinations are listed. */
type DiscoveryReason = 'start' | 'schedule' | 'new_id';

/** Timers are limited to 2^31 - 1 ms. */
const MAX_SLEEP_MS = 24 * 60 * 60_000;

/**
 * Follows which destinations Audience Manager lists for one customer. At most one list is read at a time, shared by all
 * who wait for it; of several processes that share a storage only one reads it.
 */
export class CustomerDiscovery {
  readonly #options: CustomerDiscoveryOptions;
  readonly #services: DiscoveryServices;
  readonly #record: DiscoveryRecord;
  readonly #ended = new AbortController();
  #account: Account;
  #config: DiscoveryConfig;
  #isStarted = false;
  #inFlight: Promise<void> | null = null;
  /** How urgent the list in flight is. */
  #priority = new RefreshPriority('scheduled');
  #cancelTimer: (() => void) | null = null;
  /** The settings of the discovered destinations, so that equal settings are one object. */
  #settings = new Map<string, DestinationConfig>();

  constructor(options: CustomerDiscoveryOptions, services: DiscoveryServices) {
    this.#options = options;
    this.#services = services;
    this.#account = options.account;
    this.#config = options.config;
    this.#record = new DiscoveryRecord(options.customerId, services.store, (before) => {
      if (this.state.destinations !== before.destinations) options.onChange();
      this.#reschedule();
    });
  }

  /** What is known, with all that is left out or missing. */
  get state(): DiscoveryState {
    return this.#record.state;
  }

  /** Whether the destinations are being listed. */
  get isBusy(): boolean {
    return this.#inFlight !== null;
  }

  /** The destinations to serve, with their settings. */
  selected(): DestinationConfig[] {
    return this.state.destinations
      .filter((each) => isSelected(this.#config, each))
      .map(({ id }) => {
        const known = this.#settings.get(id);
        if (known !== undefined) return known;
        const { segmentIdType, format } = this.#config;
        const settings = { id, name: null, type: null, segmentIdType, format };
        this.#settings.set(id, settings);
        return settings;
      });
  }

  /** What Audience Manager's list says of a destination; `undefined` if it was never listed. */
  listed(id: string): StoredDiscoveredDestination | undefined {
    return this.#record.get(id);
  }

  /** Applies a changed configuration. The caller asks for the selection again. */
  configure(account: Account, config: DiscoveryConfig): void {
    const { segmentIdType, format } = this.#config;
    if (config.segmentIdType !== segmentIdType || config.format !== format) this.#settings.clear();
    this.#config = config;
    if (accountKey(account) === accountKey(this.#account)) return;
    this.#account = account;
    // Failures with the old credentials must not delay the new ones.
    this.#record.forgetFailures();
    if (this.#isStarted) this.#discoverBehind('start');
  }

  /** Takes over what is stored. @throws StorageError if that is not possible now */
  async restore(): Promise<void> {
    await this.#record.restore();
  }

  /** Stores what could not be stored, if the storage responds. */
  async save(): Promise<void> {
    await this.#record.save();
  }

  /** Lists the destinations now, and from then on when it is due. */
  start(): void {
    this.#isStarted = true;
    if (this.#isRecent(this.state.lastAttemptAt)) this.#reschedule();
    else this.#discoverBehind('start');
  }

  /** Ends everything. Resolves when nothing uses the storage any more. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#ended.abort();
    this.#cancelTimer?.();
    await this.#inFlight?.catch(() => undefined);
  }

  /**
   * Looks for a destination that is not known: lists the destinations, if that was not done within `newIdInterval`. Waits
   * for `coldTimeout` at most, and never rejects.
   *
   * @returns `null` if there is nothing to wait for
   */
  lookFor(id: string): Promise<void> | null {
    if (this.listed(id) !== undefined) return null;
    const { clock, freshness, unknownIds } = this.#services;
    const key = JSON.stringify([this.#options.customerId, id]);
    const isNext = this.#inFlight === null;
    if (isNext) {
      if (!this.#mayAttempt || this.#isRecent(this.state.lastAttemptAt) || !unknownIds.isDue(key))
        return null;
    }
    const looking = this.#discover('new_id').then(
      () => {
        // A list that was in flight already says nothing of what was added since it began.
        if (isNext && this.listed(id) === undefined) unknownIds.recordMiss(key);
      },
      // `failure` says why.
      () => undefined,
    );
    this.#priority.raise('lookup');
    return withTimeout(clock, looking, freshness.coldTimeoutMs, () => undefined);
  }

  /**
   * Waits for the first list, for `coldTimeout` at most. Never rejects.
   *
   * @returns `null` if there is nothing to wait for
   */
  firstList(): Promise<void> | null {
    if (this.state.listedAt !== null || this.#inFlight === null) return null;
    const { clock, freshness } = this.#services;
    this.#priority.raise('lookup');
    const listing = this.#inFlight.catch(() => undefined);
    return withTimeout(clock, listing, freshness.coldTimeoutMs, () => undefined);
  }

  /** Has the list in flight, if there is one, become as urgent as somebody who waits for it in another process. */
  raise(priority: Priority): void {
    if (this.#inFlight !== null) this.#priority.raise(priority);
  }

  /** Why nobody can say whether there is a destination with this ID; `null` if the last list says it. */
  failure(id: string): DirectoryError | null {
    if (this.listed(id) !== undefined) return null;
    const { lastError, listedAt } = this.state;
    const about = `The destinations of customer ${this.#options.customerId} cannot be listed`;
    if (lastError !== null) {
      return new DirectoryError(lastError.code as DirectoryErrorCode, `${about}: ${lastError.message}`);
    }
    if (listedAt !== null || !this.#isStarted) return null;
    return new DirectoryError('AAM_UNAVAILABLE', `${about} yet: that is under way; try again later.`);
  }

  #discoverBehind(reason: DiscoveryReason): void {
    // The state and the log have the failure.
    this.#discover(reason).catch(() => undefined);
  }

  /** Lists the destinations, or joins the list in flight. @throws DirectoryError */
  #discover(reason: DiscoveryReason): Promise<void> {
    if (this.#inFlight !== null) return this.#inFlight;
    this.#priority = new RefreshPriority('scheduled');
    this.#inFlight = this.#run(reason).finally(() => {
      this.#inFlight = null;
      this.#reschedule();
    });
    return this.#inFlight;
  }

  async #run(reason: DiscoveryReason): Promise<void> {
    const { store, leases } = this.#services;
    const { signal } = this.#ended;
    if (!store.isShared) {
      await this.#list();
      return;
    }
    // No destination has an empty ID.
    const key = { customerId: this.#options.customerId, destinationId: '' };
    const release = await leases.acquireUnless({ key, priority: this.#priority, signal }, () =>
      this.#isDoneByOther(reason),
    );
    if (release === null) return;
    try {
      await this.#list();
    } finally {
      await release();
    }
  }

  /** Whether another process has done, according to the stored state, what this attempt was started for. */
  async #isDoneByOther(reason: DiscoveryReason): Promise<boolean> {
    await this.restore();
    const { lastAttemptAt, nextAttemptAt } = this.state;
    if (this.#isRecent(lastAttemptAt) || !this.#mayAttempt) return true;
    return reason === 'schedule' && lastAttemptAt !== null && nextAttemptAt !== null && !this.#isDue;
  }

  async #list(): Promise<void> {
    const { client, clock } = this.#services;
    const { signal } = this.#ended;
    const account = this.#account;
    const startedAt = clock.now();
    try {
      const list = await client.listDestinations(account, { signal, priority: this.#priority });
      // Another account sees other destinations.
      if (this.#account === account) await this.#settleList(list.destinations, startedAt);
    } catch (error) {
      if (signal.aborted) return;
      // What the old credentials were refused says nothing of the new ones.
      if (this.#account === account) await this.#settleFailure(error, startedAt);
      if (this.#account === account) throw error;
    }
    if (this.#account !== account && !signal.aborted) await this.#list();
  }

  async #settleList(
    destinations: Parameters<typeof afterList>[1]['destinations'],
    startedAt: number,
  ): Promise<void> {
    const { store } = this.#services;
    const isKept = (id: string): boolean => !store.available || this.#options.isKept(id);
    const outcome = await this.#record.settle((state) =>
      afterList(state, { destinations }, isKept, this.#times(startedAt)),
    );
    reportList(this.#services, this.#options.customerId, outcome, this.selected().length);
  }

  async #settleFailure(error: unknown, startedAt: number): Promise<void> {
    const failure = reportFailure(this.#services, this.#options.customerId, error);
    await this.#record.settle((state) => ({ state: afterFailure(state, failure, this.#times(startedAt)) }));
  }

  #reschedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const { nextAttemptAt } = this.state;
    const { clock } = this.#services;
    if (!this.#isStarted || this.#inFlight !== null || nextAttemptAt === null) return;
    const wait = Math.min(this.#longestWaitMs, MAX_SLEEP_MS, Math.max(0, nextAttemptAt - clock.now()));
    this.#cancelTimer = clock.schedule(() => {
      this.#cancelTimer = null;
      if (this.#isDue) this.#discoverBehind('schedule');
      else this.#reschedule();
    }, wait);
  }

  /**
   * Whether the next scheduled attempt is due. A time that is too far ahead was stored before the clock was set back, or
   * the interval has become shorter.
   */
  get #isDue(): boolean {
    const { nextAttemptAt } = this.state;
    if (nextAttemptAt === null) return true;
    const wait = nextAttemptAt - this.#services.clock.now();
    return wait <= 0 || wait > this.#longestWaitMs;
  }

  /** The longest time that a scheduled attempt is set ahead, in milliseconds. */
  get #longestWaitMs(): number {
    const { refreshEveryMs } = this.#services.freshness;
    const { retryAt, lastError } = this.state;
    const interval = refreshEveryMs === 0 ? MAX_SLEEP_MS : refreshEveryMs;
    // Audience Manager may ask for a longer wait than the interval, and many failures make it longer.
    const retryMs = retryAt === null || lastError === null ? 0 : retryAt - lastError.at;
    return Math.max(interval, MAX_SCHEDULED_RETRY_MS, retryMs);
  }

  #times(startedAt: number): Parameters<typeof afterFailure>[2] {
    const { clock, freshness, random } = this.#services;
    return { startedAt, now: clock.now(), refreshEveryMs: freshness.refreshEveryMs, random };
  }

  /** Whether the delay after the last failure is over. */
  get #mayAttempt(): boolean {
    const { lastError, retryAt } = this.state;
    const now = this.#services.clock.now();
    return lastError === null || retryAt === null || now >= retryAt || isAhead(lastError.at, now);
  }

  /** Whether an attempt was made within `newIdInterval`. */
  #isRecent(attemptAt: number | null): boolean {
    const { clock, freshness } = this.#services;
    return isWithin(attemptAt, clock.now(), freshness.newIdIntervalMs);
  }
}
