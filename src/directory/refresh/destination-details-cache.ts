import { RefreshPriority, type DestinationDetails, type Priority } from '../../audience-manager/index.js';
import { dateOf, momentOf, withTimeout, type Clock } from '../../base/clock.js';
import type { DestinationState, StoredDiscoveredDestination } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import { isAhead, isLater } from '../../base/dates.js';

interface DestinationDetailsCacheOptions {
  /** Reads the details from Audience Manager; resolves to `null` if there is no API access. */
  readonly read: (priority: RefreshPriority) => Promise<DestinationDetails | null>;
  /** Called with the details after a read, and the time of the read. */
  readonly onRead: (details: DestinationDetails, readAt: number) => void;
  /** Aborted when the destination is removed. Failures after that are not logged. */
  readonly signal: AbortSignal;
  /** Age after which the details are stale: they are served and read again in the background. */
  readonly ttlMs: number;
  /** Minimum time between two reads that fail. */
  readonly retryMs: number;
  /** Maximum time that `get` waits for the first read. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a list of destinations says of one of them. */
type ListedDetails = Pick<StoredDiscoveredDestination, 'name' | 'description' | 'type' | 'active'>;

/**
 * Caches the name, description and type of a destination. They are read on first use, because the names of segments do
 * not depend on them. A failed read does not make a request fail. What a list of all destinations says needs no read.
 */
export class DestinationDetailsCache {
  readonly #options: DestinationDetailsCacheOptions;
  /** As they were read. */
  #read: DestinationDetails | null = null;
  /** As they were listed. */
  #listed: ListedDetails | null = null;
  /** Both together: what was listed, which is newer as a rule, and what only a read says. */
  #details: DestinationDetails | null = null;
  /** Time of the last read, successful or not. */
  #readAt: number | null = null;
  #inFlight: {
    readonly outcome: Promise<DestinationDetails | null>;
    readonly priority: RefreshPriority;
  } | null = null;
  /** When the read in flight began, or the last one, by `elapsed()`. */
  #startedAt = 0;

  constructor(options: DestinationDetailsCacheOptions) {
    this.#options = options;
  }

  /** The details, however old; `null` if they were never read or listed. Reads nothing. */
  get known(): DestinationDetails | null {
    return this.#details;
  }

  /** The name that a list of all destinations says; `null` if none says one. */
  get listedName(): string | null {
    return this.#listed?.name ?? null;
  }

  /** Whether `get` returns details without a promise. */
  get isKnown(): boolean {
    return this.#details !== null;
  }

  /** Whether they were read, so that they are complete. */
  get isComplete(): boolean {
    return this.#read !== null;
  }

  /**
   * The cached details. Waits for the first read; `null` if that read fails or takes too long.
   *
   * @param priority how urgent the first read is; later ones are never urgent
   */
  get(
    priority: Priority | RefreshPriority = 'lookup',
  ): DestinationDetails | null | Promise<DestinationDetails | null> {
    // What is listed is kept up to date by the next list.
    return this.#read === null && this.#details !== null ? this.#details : this.getComplete(priority);
  }

  /** The same, but details that were only listed are read as well. If that read fails, those are returned. */
  getComplete(
    priority: Priority | RefreshPriority = 'lookup',
  ): DestinationDetails | null | Promise<DestinationDetails | null> {
    const { clock, waitMs } = this.#options;
    this.#readIfDue(RefreshPriority.of(priority));
    if (this.#read !== null || this.#inFlight === null) return this.#details;
    // Counted from the start of the read: if it hangs, only the first ones wait for it.
    const restMs = waitMs - (clock.elapsed() - this.#startedAt);
    if (restMs <= 0) return this.#details;
    return withTimeout(clock, this.#inFlight.outcome, restMs, () => this.#details);
  }

  /** Reads the details if they were not read yet or are stale, and waits for as long as that takes. Never rejects. */
  async update(priority: Priority): Promise<void> {
    this.#readIfDue(RefreshPriority.of(priority));
    await this.#inFlight?.outcome;
  }

  #readIfDue(priority: RefreshPriority): void {
    const { clock, ttlMs, retryMs } = this.#options;
    const now = clock.now();
    const readAt = this.#readAt;
    // Of a read before the clock was set back nobody knows the age.
    const age = readAt === null || isAhead(readAt, now) ? Number.POSITIVE_INFINITY : now - readAt;
    if (age <= (this.#read === null ? retryMs : ttlMs)) return;
    if (this.#inFlight === null) {
      const own = new RefreshPriority('scheduled');
      this.#inFlight = { outcome: this.#fetch(own), priority: own };
    }
    if (this.#read !== null) return;
    const { outcome, priority: own } = this.#inFlight;
    const stopFollowing = own.follow(priority);
    void outcome.then(stopFollowing);
  }

  /** Restores details that another process has stored, or this one before a restart. Keeps newer ones. */
  restore(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): void {
    if (state.details === null) return;
    // Without details of its own, the time of the last read is that of a failed one and does not count.
    const now = this.#options.clock.now();
    if (this.#read !== null && !isLater(state.detailsReadAt, this.#readAt, now)) return;
    this.#set(state.details as DestinationDetails, this.#listed);
    this.#readAt = state.detailsReadAt;
  }

  /** Takes over what a list of all destinations says; `null` if the destination was not listed. */
  list(listed: ListedDetails | null): void {
    if (listed !== this.#listed) this.#set(this.#read, listed);
  }

  /** Lets the next `get` read again at once if no read has succeeded yet. */
  forgetFailure(): void {
    if (this.#read === null) this.#readAt = null;
  }

  #set(read: DestinationDetails | null, listed: ListedDetails | null): void {
    this.#read = read;
    this.#listed = listed;
    this.#details = listed === null ? read : combined(read, listed);
  }

  async #fetch(priority: RefreshPriority): Promise<DestinationDetails | null> {
    const { clock, read, onRead } = this.#options;
    const started = momentOf(clock);
    this.#startedAt = started.elapsed;
    let readAt: number | null = null;
    try {
      const details = await read(priority);
      if (details !== null) {
        this.#set(details, this.#listed);
        // What was read may be as old as the beginning of the read.
        readAt = dateOf(started, clock);
        onRead(details, readAt);
      }
    } catch (error) {
      if (!this.#options.signal.aborted) {
        this.#options.logger.warn(
          { error: error instanceof Error ? error.message : String(error) },
          'the name and type of a destination could not be read',
        );
      }
    }
    this.#readAt = readAt ?? clock.now();
    this.#inFlight = null;
    return this.#details;
  }
}

const NOT_LISTED: Omit<DestinationDetails, keyof ListedDetails> = {
  formatType: null,
  singleKey: null,
  keySeparator: null,
  valueSeparator: null,
  serializationSeparator: null,
  delimiter: null,
  urlFormatString: null,
  secureUrlFormatString: null,
  serializationEnabled: null,
  mappingAutoFiller: null,
};

function combined(read: DestinationDetails | null, listed: ListedDetails): DestinationDetails {
  const { name, description, type, active } = listed;
  return {
    ...(read ?? NOT_LISTED),
    name: name ?? read?.name ?? null,
    description: description ?? read?.description ?? null,
    type: type === 'UNKNOWN' ? (read?.type ?? 'UNKNOWN') : (type as DestinationDetails['type']),
    active: active ?? read?.active ?? null,
  };
}
