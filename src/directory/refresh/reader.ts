import type { Account, Listing } from '../../audience-manager/index.js';
import { AudienceManagerError, accountKey } from '../../audience-manager/index.js';
import type { DestinationKey, DestinationState } from '../../storage/index.js';
import type { DestinationRecord } from '../storing/record.js';
import type { DestinationServices } from '../destination-services.js';
import { DirectoryError, errorAbout, type DirectoryErrorCode } from '../errors.js';
import { Snapshot } from '../snapshot/snapshot.js';

/** What made a listing start; a label of metrics and logs. */
export type RefreshReason = 'cold' | 'stale' | 'new_id' | 'schedule' | 'request';

export interface DestinationReaderOptions {
  readonly place: DestinationKey;
  readonly record: DestinationRecord;
  /** How to ask; `null` where nobody can be. */
  readonly account: Account | null;
  /** Aborted when the destination is no longer configured, or the gateway stops. */
  readonly signal: AbortSignal;
}

/**
 * ReadSet one destination from its source: when there is reason to and it may be asked, as the only one of all
 * processes that share a storage. One listing at most is under way, shared by everyone who asks.
 */
export class DestinationReader {
  readonly #options: DestinationReaderOptions;
  readonly #record: DestinationRecord;
  readonly #services: DestinationServices;
  #account: Account | null;
  #underWay: Promise<Snapshot> | null = null;

  constructor(options: DestinationReaderOptions, services: DestinationServices) {
    this.#options = options;
    this.#record = options.record;
    this.#account = options.account;
    this.#services = services;
    this.#record.sync.begin(this.isAutomatic);
  }

  /** Whether Audience Manager can be asked about it; else its names come by hand alone. */
  get isAutomatic(): boolean {
    return this.#account !== null;
  }

  /** Whether asking Audience Manager now may give more than what is at hand. */
  get isReadable(): boolean {
    return this.isAutomatic && (this.#underWay !== null || this.#record.sync.mayAsk);
  }

  /** How to ask; `null` where nobody can be. */
  get account(): Account | null {
    return this.#account;
  }

  /** @returns whether it is another one */
  useAccount(account: Account | null): boolean {
    if (sameAccount(this.#account, account)) return false;
    this.#account = account;
    this.#record.sync.begin(account !== null);
    // What failed with credentials that are no longer in use is nothing to remember.
    void this.#record.saveState({ lastError: null, retryAt: null, failures: 0 });
    return true;
  }

  /** Takes over how it stood when the process before this one ended, or as another process has left it. */
  adopt(state: DestinationState): void {
    // What has not been stored yet is newer.
    if (this.#underWay === null && !this.#record.isAhead) this.#record.sync.adopt(state);
  }

  /** Whether what was confirmed at `asOf` is older than the time to live. */
  isStale({ asOf }: Pick<Snapshot, 'asOf'>): boolean {
    const { clock, freshness } = this.#services;
    return this.isAutomatic && (asOf === null || clock.now() - asOf > freshness.ttlMs);
  }

  /** From the storage, else from Audience Manager. @throws DirectoryError */
  async load(): Promise<Snapshot> {
    const { sync } = this.#record;
    const stored = await this.#record.load();
    if (stored !== undefined && (stored.asOf !== null || !this.isAutomatic)) {
      this.refreshIfStale(stored);
      return stored;
    }
    if (!this.isAutomatic) return Snapshot.of([], null);
    try {
      if (this.#underWay === null && !sync.mayAsk && sync.lastError !== null) {
        throw this.#error(sync.lastError.code, sync.lastError.message);
      }
      return await this.refresh('cold');
    } catch (error) {
      // Names given by hand are names too.
      if (stored !== undefined) return stored;
      throw error;
    }
  }

  /** Starts a refresh for an ID that nobody knows; `null`: the last one is too recent. */
  refreshForNewId(): Promise<Snapshot> | null {
    if (this.#underWay !== null) return this.#underWay;
    const { clock, freshness } = this.#services;
    const { lastAttemptAt, mayAsk } = this.#record.sync;
    if (!mayAsk) return null;
    if (lastAttemptAt !== null && clock.now() - lastAttemptAt < freshness.newIdIntervalMs) return null;
    return this.refresh('new_id');
  }

  /** Starts a refresh behind the answer that a snapshot is, when it is older than the time to live. */
  refreshIfStale(snapshot: Snapshot): void {
    if (!this.isStale(snapshot) || !this.#record.sync.mayAsk) return;
    // Its failure is in the sync state and the log; nobody waits for it.
    this.refresh('stale').catch(() => undefined);
  }

  /** Lists the destination now, or joins the listing under way. @throws DirectoryError */
  refresh(reason: RefreshReason): Promise<Snapshot> {
    this.#underWay ??= this.#list(reason).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** Resolves when no listing is under way any more, however it ended. */
  async settled(): Promise<void> {
    await this.#underWay?.catch(() => undefined);
  }

  /** ReadSet it, unless another process that shares the storage does so already. */
  async #list(reason: RefreshReason): Promise<Snapshot> {
    const { clock, leases, store } = this.#services;
    const { place, signal } = this.#options;
    if (!store.isShared) return await this.#listAlone(reason);
    const startedAt = clock.now();
    const states: DestinationState[] = [];
    const isDone = (state: DestinationState): boolean => {
      states.push(state);
      return this.#isDone(reason, state, startedAt);
    };
    let release: (() => Promise<void>) | null;
    try {
      release = await leases.acquire(place, isDone, signal);
    } catch (error) {
      throw this.#failed(error);
    }
    const latest = states.at(-1);
    if (latest !== undefined && !this.#record.isAhead) this.#record.sync.adopt(latest);
    if (release === null) return await this.#readByAnother(reason);
    try {
      return await this.#listAlone(reason);
    } finally {
      await release();
    }
  }

  /** Whether another process has done what this one was about to do. */
  #isDone(reason: RefreshReason, state: DestinationState, startedAt: number): boolean {
    const { clock, freshness } = this.#services;
    const { asOf, lastAttemptAt, lastError, nextAttemptAt } = state;
    if (lastError !== null && lastError.at >= startedAt) return true;
    if (reason !== 'request' && clock.now() < (this.#record.sync.pauseOf(state) ?? 0)) return true;
    switch (reason) {
      case 'request':
        return asOf !== null && asOf > startedAt;
      case 'cold':
        return asOf !== null;
      case 'stale':
        return asOf !== null && clock.now() - asOf <= freshness.ttlMs;
      case 'new_id':
        return lastAttemptAt !== null && clock.now() - lastAttemptAt < freshness.newIdIntervalMs;
      case 'schedule':
        return nextAttemptAt !== null && nextAttemptAt > clock.now();
    }
  }

  /** What another process has made of it, for everybody. */
  async #readByAnother(reason: RefreshReason): Promise<Snapshot> {
    const stored = await this.#record.load();
    const { lastError } = this.#record.sync;
    const isEnough = reason === 'cold' && stored !== undefined && stored.asOf !== null;
    if (lastError !== null && !isEnough) throw this.#error(lastError.code, lastError.message);
    // Without an answer from the storage, which has gone in the very moment, each process is on its own.
    return stored ?? (await this.#listAlone(reason));
  }

  async #listAlone(reason: RefreshReason): Promise<Snapshot> {
    const { client, clock, logger, metrics, writeBehind } = this.#services;
    const { place, signal } = this.#options;
    const { sync } = this.#record;
    const context = { customer: place.customerId, destination: place.destinationId, reason };
    const account = this.#account;
    const startedAt = clock.now();
    try {
      if (account === null) {
        throw this.#error('NOT_FOUND', 'There is no Audience Manager access for this customer.');
      }
      sync.attempted(startedAt);
      const list = (): Promise<Listing> => client.listMappings(account, place.destinationId, signal);
      const isAwaited = reason === 'cold';
      const listing = isAwaited ? await writeBehind.reading(list) : await list();
      const snapshot = await this.#record.keep(listing, clock.now(), isAwaited);
      metrics.refreshes.inc({ reason, outcome: 'ok' });
      const ms = clock.now() - startedAt;
      logger.info({ ...context, segments: snapshot.segments.length, ms }, 'destination read');
      return snapshot;
    } catch (error) {
      if (this.#account !== account && !signal.aborted) {
        // What failed with credentials that have been replaced since says nothing of the present ones.
        return this.#account === null ? await this.load() : await this.#listAlone(reason);
      }
      const failure = this.#failed(error);
      if (!signal.aborted) {
        metrics.refreshes.inc({ reason, outcome: failure.code });
        logger.warn(
          { ...context, code: failure.code, error: failure.message },
          'destination could not be read',
        );
        await this.#record.saveState(sync.toStoredAttempt());
      }
      throw failure;
    }
  }

  #failed(error: unknown): DirectoryError {
    const known = error instanceof AudienceManagerError || error instanceof DirectoryError ? error : null;
    if (known === null && !this.#options.signal.aborted) {
      this.#services.logger.error({ err: error }, 'a defect in the gateway');
    }
    const code = known?.code ?? 'AAM_UNAVAILABLE';
    const message = known?.message ?? 'It could not be read.';
    const retryAfterMs = error instanceof AudienceManagerError ? (error.retryAfterMs ?? 0) : 0;
    this.#record.sync.failed(code, message, retryAfterMs);
    return error instanceof DirectoryError ? error : this.#error(code, message, error);
  }

  #error(code: DirectoryErrorCode, message: string, cause?: unknown): DirectoryError {
    return errorAbout(this.#options.place, code, message, cause);
  }
}

function sameAccount(a: Account | null, b: Account | null): boolean {
  return a === null || b === null ? a === b : accountKey(a) === accountKey(b);
}
