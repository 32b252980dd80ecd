import type { Account } from '../audience-manager/index.js';
import { withTimeout } from '../base/clock.js';
import type { DestinationConfig, SegmentIdType } from '../config/index.js';
import type { DestinationKey, DestinationState, RevisionPage, RevisionRequest } from '../storage/index.js';
import type { Customer } from './customer.js';
import { DestinationDetailsCache } from './refresh/details.js';
import { DestinationReader } from './refresh/reader.js';
import { DestinationRecord } from './storing/record.js';
import type { DestinationServices } from './destination-services.js';
import { errorAbout } from './errors.js';
import type { Segment } from './snapshot/segment.js';
import type { Snapshot } from './snapshot/snapshot.js';
import type { Step } from './storing/store.js';
import type { SyncState } from './sync/state.js';

/** The segments found for a list of IDs, in its order, and the snapshot they are in. */
export interface Found {
  readonly snapshot: Snapshot;
  readonly segments: readonly (Segment | undefined)[];
}

/**
 * AAM's object for one integration of one customer, as lookups see it: which snapshot answers, how long to
 * wait for a better one, and what of it is fresh, stale or unknown.
 */
export class Destination {
  readonly id: string;
  readonly customerId: string;
  /** Unique over all customers. */
  readonly key: string;
  readonly details: DestinationDetailsCache;
  #customer: Customer;
  #settings: DestinationConfig;
  readonly #services: DestinationServices;
  readonly #place: DestinationKey;
  readonly #record: DestinationRecord;
  readonly #reader: DestinationReader;
  readonly #removed = new AbortController();
  #loading: Promise<Snapshot> | null = null;

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
    this.#services = services;
    const { client, clock, freshness, logger } = services;
    const { signal } = this.#removed;
    const place = { customerId: this.customerId, destinationId: this.id };
    const onState = (state: DestinationState): void => this.adopt(state);
    this.#place = place;
    this.#record = new DestinationRecord({ place, key: this.key, signal, onState }, services);
    this.#reader = new DestinationReader({ place, record: this.#record, account, signal }, services);
    this.details = new DestinationDetailsCache({
      read: async () => {
        const { account: present } = this.#reader;
        return present === null ? null : await client.readDestination(present, this.id, signal);
      },
      onRead: (details, detailsReadAt) => void this.#record.saveDetails({ details, detailsReadAt }),
      signal,
      ttlMs: freshness.ttlMs,
      retryMs: freshness.newIdIntervalMs,
      waitMs: freshness.lookupTimeoutMs,
      clock,
      logger: logger.child({ customer: customer.id, destination: this.id }),
    });
  }

  get customer(): Customer {
    return this.#customer;
  }

  get settings(): DestinationConfig {
    return this.#settings;
  }

  /** Whether Audience Manager can be asked about it; else its names come by hand alone. */
  get isAutomatic(): boolean {
    return this.#reader.isAutomatic;
  }

  /** When the scheduler is to refresh it next, in milliseconds since the epoch; `null`: not by itself. */
  get nextAttemptAt(): number | null {
    return this.#record.sync.nextAttemptAt;
  }

  /** When it was last read completely, in milliseconds since the epoch. */
  get asOf(): number | null {
    return this.#record.sync.lastSuccessAt;
  }

  /** Takes over a changed configuration; what is known stays known. */
  configure(customer: Customer, settings: DestinationConfig, account: Account | null): void {
    this.#customer = customer;
    this.#settings = settings;
    if (this.#reader.useAccount(account)) this.details.forgetFailure();
  }

  /** Takes over how it stood when the process before this one ended, or as another process has left it. */
  adopt(state: DestinationState): void {
    this.details.adopt(state);
    this.#reader.adopt(state);
  }

  /** Another process has changed what is stored. */
  async changedElsewhere(): Promise<void> {
    await this.#record.changedElsewhere();
  }

  /** Whether the storage has all that is known of its segments. */
  get isSaved(): boolean {
    return this.#record.isSaved;
  }

  /** Stores what is not stored yet: what was read, and what failed. */
  async save(): Promise<void> {
    await this.#record.save();
  }

  /** Ends what is under way for a destination that is no longer configured, and lets go of its snapshot. */
  remove(): void {
    this.#removed.abort();
    this.#record.forget();
  }

  /** Resolves when nothing is under way any more, however it ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#loading, this.#reader.settled(), this.#record.settled()]);
  }

  /** The snapshot in memory, without counting as a use. */
  held(): Snapshot | undefined {
    return this.#record.held;
  }

  sync(): SyncState {
    return this.#record.sync.state();
  }

  /** Whether what was confirmed at `asOf` is older than the time to live. */
  isStale(confirmed: Pick<Snapshot, 'asOf'>): boolean {
    return this.#reader.isStale(confirmed);
  }

  /** The snapshot that answers without waiting; `null` where there is none, or where a better one is to be had. */
  present(): Snapshot | null {
    const held = this.#services.cache.get(this.key);
    if (held === undefined || (held.asOf === null && this.#reader.isReadable)) return null;
    this.#reader.refreshIfStale(held);
    return held;
  }

  /**
   * The snapshot: from memory, however old (then a refresh starts behind the answer), else from the storage,
   * else from Audience Manager, waiting `coldTimeout` at most.
   *
   * @throws DirectoryError with the code of what went wrong when nothing was ever read
   */
  async snapshot(): Promise<Snapshot> {
    const { clock, freshness } = this.#services;
    const present = this.present();
    if (present !== null) return present;
    const { held } = this.#record;
    this.#loading ??= this.#reader.load().finally(() => {
      this.#loading = null;
    });
    return await withTimeout(clock, this.#loading, freshness.coldTimeoutMs, () => {
      if (held !== undefined) return held;
      throw errorAbout(
        this.#place,
        'AAM_UNAVAILABLE',
        `No answer within ${freshness.coldTimeoutMs} ms; it goes on being read.`,
      );
    });
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
    const newest = this.#record.held;
    if (newest !== undefined && (newest.asOf ?? 0) > (snapshot.asOf ?? 0)) {
      return this.#count(findAll(newest, ids, type));
    }
    const refreshed = this.#reader.refreshForNewId();
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
    if (this.isAutomatic) return await this.#reader.refresh(reason);
    throw errorAbout(
      this.#place,
      'BAD_USER_INPUT',
      'There is no Audience Manager access for this customer: its names are given by hand.',
    );
  }

  /**
   * Changes it by hand: `step` makes the next snapshot of the present one.
   *
   * @throws DirectoryError when it cannot be stored; then nothing has changed
   */
  async edit(step: (previous: Snapshot) => Step): Promise<Snapshot> {
    return await this.#record.edit(step);
  }

  /**
   * What changed, newest first.
   *
   * @throws DirectoryError when the storage does not answer
   */
  async revisions(request: RevisionRequest): Promise<RevisionPage> {
    return await this.#record.fromStorage((storage, place) => storage.revisions(place, request));
  }

  /**
   * The segments with these mapping IDs as they stood at a moment in the past (milliseconds since the epoch);
   * `undefined` where a segment was not known then.
   *
   * @throws DirectoryError as `snapshot`, or when the storage does not answer
   */
  async segmentsAt(ids: readonly string[], at: number): Promise<Found> {
    const snapshot = await this.snapshot();
    const confirmedAt = Math.min(at, this.#services.clock.now());
    const { segments } = findAll(snapshot, ids, 'MAPPING_ID');
    const known = [...new Set(segments.flatMap((segment) => (segment === undefined ? [] : [segment.id])))];
    const then = await this.#record.fromStorage((storage, place) => storage.revisionsAt(place, known, at));
    return {
      snapshot,
      segments: segments.map((segment) => {
        const revision = segment === undefined ? undefined : then.get(segment.id);
        if (segment === undefined || revision === undefined) return undefined;
        const { name, description, status, source } = revision;
        return { ...segment, name, description, status, source, confirmedAt };
      }),
    };
  }

  /** Counts lookups that found what they asked for. */
  countKnown(confirmed: Pick<Snapshot, 'asOf'>, known: number): void {
    if (known > 0) {
      this.#services.metrics.lookups.inc({ outcome: this.isStale(confirmed) ? 'stale' : 'fresh' }, known);
    }
  }

  #count(found: Found): Found {
    const known = found.segments.filter((segment) => segment !== undefined).length;
    this.countKnown(found.snapshot, known);
    const unknown = found.segments.length - known;
    if (unknown > 0) this.#services.metrics.lookups.inc({ outcome: 'unknown' }, unknown);
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
