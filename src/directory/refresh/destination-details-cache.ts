import type { DestinationDetails } from '../../audience-manager/index.js';
import { withTimeout, type Clock } from '../../base/clock.js';
import type { DestinationState } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';
import { isAhead, isLater } from '../sync/times.js';

interface DestinationDetailsCacheOptions {
  /** Reads the details from Audience Manager; resolves to `null` if there is no API access. */
  readonly read: () => Promise<DestinationDetails | null>;
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

/**
 * Caches the name, description and type of a destination. They are read on first use, because the names of segments do
 * not depend on them. A failed read does not make a request fail.
 */
export class DestinationDetailsCache {
  readonly #options: DestinationDetailsCacheOptions;
  #details: DestinationDetails | null = null;
  /** Time of the last read, successful or not. */
  #readAt: number | null = null;
  #inFlight: Promise<DestinationDetails | null> | null = null;
  /** When the read in flight began, or the last one. */
  #startedAt = 0;

  constructor(options: DestinationDetailsCacheOptions) {
    this.#options = options;
  }

  /** The details, however old; `null` if they were never read. Reads nothing. */
  get known(): DestinationDetails | null {
    return this.#details;
  }

  /** Whether `get` returns details without a promise. */
  get isKnown(): boolean {
    return this.#details !== null;
  }

  /** The cached details. Waits for the first read; `null` if that read fails or takes too long. */
  get(): DestinationDetails | null | Promise<DestinationDetails | null> {
    const { clock, ttlMs, retryMs, waitMs } = this.#options;
    const now = clock.now();
    const readAt = this.#readAt;
    // Of a read before the clock was set back nobody knows the age.
    const age = readAt === null || isAhead(readAt, now) ? Number.POSITIVE_INFINITY : now - readAt;
    if (age > (this.#details === null ? retryMs : ttlMs)) this.#inFlight ??= this.#read();
    if (this.#details !== null || this.#inFlight === null) return this.#details;
    // Counted from the start of the read: if it hangs, only the first ones wait for it.
    const restMs = waitMs - Math.max(0, clock.now() - this.#startedAt);
    return restMs <= 0 ? null : withTimeout(clock, this.#inFlight, restMs, () => null);
  }

  /** Restores details that another process has stored, or this one before a restart. Keeps newer ones. */
  restore(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): void {
    if (state.details === null) return;
    // Without details of its own, the time of the last read is that of a failed one and does not count.
    const now = this.#options.clock.now();
    if (this.#details !== null && !isLater(state.detailsReadAt, this.#readAt, now)) return;
    this.#details = state.details as DestinationDetails;
    this.#readAt = state.detailsReadAt;
  }

  /** Lets the next `get` read again at once if no read has succeeded yet. */
  forgetFailure(): void {
    if (this.#details === null) this.#readAt = null;
  }

  async #read(): Promise<DestinationDetails | null> {
    const { clock, read, onRead } = this.#options;
    this.#startedAt = clock.now();
    let readAt: number | null = null;
    try {
      const details = await read();
      if (details !== null) {
        this.#details = details;
        // What was read may be as old as the beginning of the read.
        readAt = this.#startedAt;
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
