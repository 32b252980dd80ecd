import {
  AudienceManagerError,
  RefreshPriority,
  accountKey,
  type Account,
  type AudienceManagerClient,
  type Priority,
  type ReadListing,
} from '../../audience-manager/index.js';
import type { Clock } from '../../base/clock.js';
import { StorageError, type DestinationKey, type DestinationState } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { DirectoryError, errorAbout, storageMessage, type DirectoryErrorCode } from '../errors.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { DestinationRepository } from '../storing/destination-repository.js';
import type { SaveTurns } from '../storing/save-turns.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import type { UnstoredMemory } from '../storing/unstored-memory.js';
import type { WriteBehind } from '../storing/write-behind.js';
import type { Attempt } from '../sync/attempt.js';
import type { Freshness } from '../sync/freshness.js';
import { isAhead, isWithin } from '../../base/dates.js';
import type { Leases } from './leases.js';
import { UnreadStorage } from './unread-storage.js';

/** Why a listing was started. A label of metrics and logs. */
type RefreshReason = 'cold' | 'stale' | 'new_id' | 'schedule' | 'request';

/** Minimum time from the start of a listing that a caller has asked for to that of the next one. */
const MIN_REQUEST_INTERVAL_MS = 5_000;

interface DestinationReaderOptions {
  readonly key: DestinationKey;
  readonly repository: DestinationRepository;
  /** The customer's API access; `null` if there is none. */
  readonly account: Account | null;
  /** Aborted when the destination is removed from the configuration, or the gateway stops. */
  readonly signal: AbortSignal;
  /** Reads what is needed to save a listing. Never rejects. */
  readonly beforeSave: (priority: RefreshPriority) => Promise<void>;
}

/** A listing in flight. */
interface Reading {
  readonly outcome: Promise<Snapshot>;
  /** That of the most urgent of those who wait for it. */
  readonly priority: RefreshPriority;
}

/** What readers need from the directory. */
export interface ReaderServices {
  readonly client: AudienceManagerClient;
  readonly store: SnapshotStore;
  readonly writeBehind: WriteBehind;
  readonly saveTurns: SaveTurns;
  readonly unstored: UnstoredMemory;
  readonly leases: Leases;
  readonly freshness: Freshness;
  /** No listing that nobody waits for begins before, by `elapsed()`. */
  readonly unaskedFromMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Lists one destination from Audience Manager when that is due and allowed. At most one listing is in flight, shared by
 * all callers; of several processes that share a storage only one lists at a time.
 */
export class DestinationReader {
  readonly #options: DestinationReaderOptions;
  readonly #repository: DestinationRepository;
  readonly #services: ReaderServices;
  readonly #unreadStorage: UnreadStorage;
  #account: Account | null;
  #inFlight: Reading | null = null;
  /** The listing that waits for the one in flight, because it was asked for after that one had begun. */
  #next: Promise<Snapshot> | null = null;
  /** The last listing that was asked for, and when it was started, by `elapsed()`. */
  #requested: { readonly at: number; readonly outcome: Promise<Snapshot> } | null = null;
  /** Whether a timer looks once more whether the snapshot is stale. */
  #isRefreshedLater = false;

  /** When each wait for the storage began, by `elapsed()`. A listing that is being stored and a load may overlap. */
  readonly #storageWaits = new Set<{ readonly since: number }>();

  constructor(options: DestinationReaderOptions, services: ReaderServices) {
    this.#options = options;
    this.#repository = options.repository;
    this.#unreadStorage = new UnreadStorage(options, services);
    this.#account = options.account;
    this.#services = services;
    this.#repository.sync.reset(this.isAutomatic);
  }

  /** Whether there is API access; without it all names are manual. */
  get isAutomatic(): boolean {
    return this.#account !== null;
  }

  /**
   * For how long the storage has been waited for by now, in milliseconds: for the segments, for the lease, or to store a
   * listing. 0 if it is not waited for.
   */
  get storageWaitMs(): number {
    const now = this.#services.clock.elapsed();
    return Math.max(0, ...[...this.#storageWaits].map(({ since }) => now - since));
  }

  /** Whether a listing is in flight or may be started now. */
  get canList(): boolean {
    return this.isAutomatic && (this.#inFlight !== null || this.#repository.sync.mayAttempt);
  }

  /** The customer's API access; `null` if there is none. */
  get account(): Account | null {
    return this.#account;
  }

  /** @returns whether the account has changed */
  setAccount(account: Account | null): boolean {
    if (sameAccount(this.#account, account)) return false;
    this.#account = account;
    this.#requested = null;
    this.#repository.sync.reset(account !== null);
    // Failures with the old credentials must not delay the new ones, not even after a restart.
    void this.#repository.saveOutcome();
    return true;
  }

  /** Whether data confirmed at `asOf` is older than the ttl. Without API access nothing is stale. */
  isStale({ asOf }: Pick<Snapshot, 'asOf'>): boolean {
    return this.#repository.sync.isStale(asOf);
  }

  /**
   * Loads the snapshot from the storage, else from Audience Manager. If the storage does not respond: from whichever of both
   * answers first.
   *
   * @param priority of those who wait for it
   * @throws DirectoryError
   */
  async load(priority: RefreshPriority): Promise<Snapshot> {
    const { snapshot: stored, isRead } = await this.#atStorage(this.#repository.load());
    if (stored !== undefined && (stored.asOf !== null || !this.isAutomatic)) {
      this.refreshIfStale(stored);
      return stored;
    }
    if (isRead) return await this.#listFirst(stored, priority);
    const listing = this.isAutomatic ? this.#listFirst(stored, priority) : null;
    return await this.#unreadStorage.listOrRead(listing);
  }

  /** Lists a destination of which no listing is stored. */
  async #listFirst(stored: Snapshot | undefined, priority: RefreshPriority): Promise<Snapshot> {
    if (!this.isAutomatic) return stored ?? Snapshot.of([], null);
    const { sync } = this.#repository;
    try {
      if (this.#inFlight === null && !sync.mayAttempt && sync.lastError !== null) {
        throw this.#error(sync.lastError.code, sync.lastError.message);
      }
      return await this.refresh('cold', priority);
    } catch (error) {
      // A stored snapshot that was never listed contains manual entries, which are served without Audience Manager. There may
      // be others by now.
      const entered = this.#repository.cached ?? stored;
      if (entered !== undefined) return entered;
      throw error;
    }
  }

  /** Starts a refresh because of an unknown ID, or joins the one in flight; `null` if the last one is too recent. */
  refreshForNewId(): Promise<Snapshot> | null {
    const priority = new RefreshPriority('lookup');
    if (this.#inFlight !== null) return join(this.#inFlight, priority);
    const { lastAttemptAt, mayAttempt } = this.#repository.sync;
    if (!mayAttempt || this.#isWithinNewIdInterval(lastAttemptAt)) return null;
    return this.refresh('new_id', priority);
  }

  #isWithinNewIdInterval(lastAttemptAt: number | null): boolean {
    const { clock, freshness } = this.#services;
    return isWithin(lastAttemptAt, clock.now(), freshness.newIdIntervalMs);
  }

  /** Starts a refresh in the background if the snapshot is stale: now, or as soon as those may begin that nobody waits for. */
  refreshIfStale(snapshot: Snapshot): void {
    if (!this.isStale(snapshot) || !this.#repository.sync.mayAttempt) return;
    const { clock, unaskedFromMs } = this.#services;
    const quietMs = unaskedFromMs - clock.elapsed();
    if (quietMs > 0) this.#refreshLater(quietMs);
    // A failure is reported by the sync state and the log.
    else this.refresh('stale', new RefreshPriority('scheduled')).catch(() => undefined);
  }

  #refreshLater(ms: number): void {
    if (this.#isRefreshedLater) return;
    this.#isRefreshedLater = true;
    this.#services.clock.schedule(() => {
      this.#isRefreshedLater = false;
      const { cached } = this.#repository;
      if (cached !== undefined && !this.#options.signal.aborted) this.refreshIfStale(cached);
    }, ms);
  }

  /**
   * Lists the destination now, or joins the listing in flight, which becomes as urgent as this.
   *
   * @throws DirectoryError
   */
  refresh(reason: Exclude<RefreshReason, 'request'>, priority: RefreshPriority): Promise<Snapshot> {
    return this.#inFlight === null ? this.#start(reason, priority) : join(this.#inFlight, priority);
  }

  /**
   * Lists the destination for a caller who asks for it. The listing begins after it was asked for, so that it has all that
   * the caller has changed before: if one is in flight, it is the next one, which all share who ask meanwhile. Within 5 s
   * after its start, a further call gets the outcome of the same listing.
   *
   * @throws DirectoryError
   */
  request(): Promise<Snapshot> {
    const requested = this.#requested;
    const now = this.#services.clock.elapsed();
    if (requested !== null && now - requested.at < MIN_REQUEST_INTERVAL_MS) return requested.outcome;
    // A caller who asks for it may know that the account works again.
    if (this.#account !== null) this.#services.client.allowLogIn(this.#account);
    if (this.#inFlight === null) return this.#startRequested();
    this.#inFlight.priority.raise('lookup');
    this.#next ??= this.#startNext();
    return this.#next;
  }

  /** Has the listing in flight, if there is one, become as urgent as somebody who waits for it in another process. */
  raise(priority: Priority): void {
    this.#inFlight?.priority.raise(priority);
  }

  async #startNext(): Promise<Snapshot> {
    while (this.#inFlight !== null) await this.#inFlight.outcome.catch(() => undefined);
    // Who asks from now on asks after this listing has begun, and may not share it.
    this.#next = null;
    return await this.#startRequested();
  }

  #startRequested(): Promise<Snapshot> {
    const outcome = this.#start('request', new RefreshPriority('lookup'));
    this.#requested = { at: this.#services.clock.elapsed(), outcome };
    return outcome;
  }

  #start(reason: RefreshReason, priority: RefreshPriority): Promise<Snapshot> {
    const outcome = this.#list(reason, priority).finally(() => {
      this.#inFlight = null;
    });
    this.#inFlight = { outcome, priority };
    return outcome;
  }

  /** Resolves when no listing is in flight. */
  async settled(): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#inFlight?.outcome.catch(() => undefined);
  }

  /** Lists the destination, or takes over the listing of another process that shares the storage. */
  async #list(reason: RefreshReason, priority: RefreshPriority): Promise<Snapshot> {
    const { clock, leases, store } = this.#services;
    const { key, signal } = this.#options;
    if (!store.isShared) return await this.#fetch(reason, priority);
    const startedAt = clock.now();
    const isDone = (state: DestinationState): boolean => {
      this.#repository.restoreOutcome(state);
      return this.#isDoneByOther(reason, state, startedAt);
    };
    let release: (() => Promise<void>) | null;
    try {
      release = await leases.acquire({ key, priority, signal }, isDone, (work) => this.#atStorage(work));
    } catch (error) {
      throw this.#recordFailure(error, this.#repository.sync.begin());
    }
    if (release === null) return await this.#loadFromOther(reason, priority);
    try {
      return await this.#fetch(reason, priority);
    } finally {
      await this.#atStorage(release());
    }
  }

  /** Whether another process has done, according to the stored state, what this refresh was started for. */
  #isDoneByOther(reason: RefreshReason, state: DestinationState, startedAt: number): boolean {
    const { clock, freshness } = this.#services;
    const { lastError, nextAttemptAt } = state;
    // A time that is ahead was taken before a clock was set back. It says nothing of what was done since.
    const known = (time: number | null): number | null =>
      time === null || isAhead(time, clock.now()) ? null : time;
    const [asOf, lastAttemptAt] = [known(state.asOf), known(state.lastAttemptAt)];
    if (reason === 'request') {
      // Only a listing that began later has what the caller has changed before.
      const failedAt = lastError === null ? null : lastAttemptAt;
      return (asOf !== null && asOf > startedAt) || (failedAt !== null && failedAt > startedAt);
    }
    if ((known(lastError?.at ?? null) ?? 0) >= startedAt) return true;
    if (clock.now() < (this.#repository.sync.retryAtOf(state) ?? 0)) return true;
    switch (reason) {
      case 'cold':
        return asOf !== null;
      case 'stale':
        return asOf !== null && clock.now() - asOf <= freshness.ttlMs;
      case 'new_id':
        return this.#isWithinNewIdInterval(lastAttemptAt);
      case 'schedule':
        return lastAttemptAt !== null && nextAttemptAt !== null && nextAttemptAt > clock.now();
    }
  }

  /** Loads what another process has stored. @throws DirectoryError if the other process failed */
  async #loadFromOther(reason: RefreshReason, priority: RefreshPriority): Promise<Snapshot> {
    let stored: Snapshot | undefined;
    try {
      stored = await this.#atStorage(this.#repository.reload());
    } catch {
      // If the storage has failed in this moment, each process lists on its own.
      return await this.#fetch(reason, priority);
    }
    const { lastError } = this.#repository.sync;
    const isEnough = reason === 'cold' && stored !== undefined && stored.asOf !== null;
    if (lastError !== null && !isEnough) throw this.#error(lastError.code, lastError.message);
    return stored ?? (await this.#fetch(reason, priority));
  }

  /** Fetches the listing from Audience Manager and saves it. */
  async #fetch(reason: RefreshReason, priority: RefreshPriority): Promise<Snapshot> {
    const { clock, logger, metrics } = this.#services;
    const { key, signal } = this.#options;
    const context = { customer: key.customerId, destination: key.destinationId, reason };
    const account = this.#account;
    const attempt = this.#repository.sync.begin();
    const startedAt = clock.elapsed();
    try {
      if (account === null) {
        throw this.#error('NOT_FOUND', 'There is no Audience Manager access for this customer.');
      }
      const snapshot = await this.#listAndSave(account, attempt, { reason, priority });
      metrics.refreshes.inc({ customer: key.customerId, reason, outcome: 'ok' });
      const ms = Math.round(clock.elapsed() - startedAt);
      logger.info({ ...context, segments: snapshot.segments.length, ms }, 'destination read');
      return snapshot;
    } catch (error) {
      if (this.#account !== account && !signal.aborted) {
        // The credentials were replaced meanwhile, so the failure does not apply to the new ones.
        return this.#account === null ? await this.load(priority) : await this.#fetch(reason, priority);
      }
      const failure = this.#recordFailure(error, attempt);
      if (!signal.aborted) {
        metrics.refreshes.inc({ customer: key.customerId, reason, outcome: failure.code });
        logger.warn(
          { ...context, code: failure.code, error: failure.message },
          'destination could not be read',
        );
        await this.#atStorage(this.#repository.saveOutcome());
      }
      throw failure;
    }
  }

  async #atStorage<T>(work: Promise<T>): Promise<T> {
    const wait = { since: this.#services.clock.elapsed() };
    this.#storageWaits.add(wait);
    try {
      return await work;
    } finally {
      this.#storageWaits.delete(wait);
    }
  }

  async #listAndSave(
    account: Account,
    attempt: Attempt,
    { reason, priority }: { readonly reason: RefreshReason; readonly priority: RefreshPriority },
  ): Promise<Snapshot> {
    const { client, saveTurns, store, unstored, writeBehind } = this.#services;
    const { key, signal, beforeSave } = this.#options;
    const isFirst = reason === 'cold';
    const memory = unstored.share(this.#repository.expectedBytes);
    const list = (): Promise<ReadListing> =>
      client.listMappings(account, key.destinationId, { signal, priority, memory });
    let listing: ReadListing;
    try {
      listing = isFirst
        ? await saveTurns.whileReading(priority, () => writeBehind.whileFetching(priority, list))
        : await list();
      await beforeSave(priority);
    } catch (error) {
      memory.release();
      throw error;
    }
    const save = (): Promise<Snapshot> => this.#repository.saveListing(listing, attempt, isFirst, memory);
    // SQLite has one writer, and first listings are served before it stores them: see `WriteBehind`.
    return await this.#atStorage(store.isShared ? saveTurns.save(priority, save) : save());
  }

  #recordFailure(error: unknown, attempt: Attempt): DirectoryError {
    const known = knownFailure(this.#options.key, error);
    if (known === null && !this.#options.signal.aborted) {
      this.#services.logger.error(
        { err: error },
        'internal error: a bug in the gateway; please report it with this log entry',
      );
    }
    const code = known?.code ?? 'AAM_UNAVAILABLE';
    const message =
      known?.message ?? 'It could not be read because of an internal error; see the log of the gateway.';
    const retryAfterMs = error instanceof AudienceManagerError ? (error.retryAfterMs ?? 0) : 0;
    const { sync } = this.#repository;
    sync.settle(sync.failed(attempt, code, message, retryAfterMs), attempt);
    return known instanceof DirectoryError ? known : this.#error(code, message, error);
  }

  #error(code: DirectoryErrorCode, message: string, cause?: unknown): DirectoryError {
    return errorAbout(this.#options.key, code, message, cause);
  }
}

/** `null` for a failure that nobody expects. */
function knownFailure(key: DestinationKey, error: unknown): AudienceManagerError | DirectoryError | null {
  if (error instanceof StorageError)
    return errorAbout(key, 'STORAGE_UNAVAILABLE', storageMessage(error), error);
  return error instanceof AudienceManagerError || error instanceof DirectoryError ? error : null;
}

/** Waits for a listing in flight, which becomes as urgent as this. */
function join(reading: Reading, priority: RefreshPriority): Promise<Snapshot> {
  const stopFollowing = reading.priority.follow(priority);
  reading.outcome.then(stopFollowing, stopFollowing);
  return reading.outcome;
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  return a === null || b === null ? a === b : accountKey(a) === accountKey(b);
}
