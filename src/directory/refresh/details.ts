import type { DestinationDetails } from '../../audience-manager/index.js';
import { withTimeout, type Clock } from '../../base/clock.js';
import type { DestinationState } from '../../storage/index.js';
import type { Logger } from '../../telemetry/logs.js';

export interface DestinationDetailsOptions {
  /** `null` where there is nobody to ask. */
  readonly read: () => Promise<DestinationDetails | null>;
  /** Called with what was read and when. */
  readonly onRead: (details: DestinationDetails, readAt: number) => void;
  /** Aborted when the destination is removed: what fails then is nobody's concern. */
  readonly signal: AbortSignal;
  /** Older than this: read again behind the answer, in milliseconds. */
  readonly ttlMs: number;
  /** The least time between two failing reads. */
  readonly retryMs: number;
  /** How long the first asker waits. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A destination's own name, description and type: read when first asked for (names of segments need none
 * of it), then kept. That it cannot be read is no reason to fail an answer.
 */
export class DestinationDetailsCache {
  readonly #options: DestinationDetailsOptions;
  #known: DestinationDetails | null = null;
  #readAt: number | null = null;
  #underWay: Promise<DestinationDetails | null> | null = null;

  constructor(options: DestinationDetailsOptions) {
    this.#options = options;
  }

  /** Whether `get` has an answer at once. */
  get isKnown(): boolean {
    return this.#known !== null;
  }

  /** What is known, waiting for the first reading; `null` when that fails or takes too long. */
  get(): DestinationDetails | null | Promise<DestinationDetails | null> {
    const { clock, ttlMs, retryMs, waitMs } = this.#options;
    const age = this.#readAt === null ? Number.POSITIVE_INFINITY : clock.now() - this.#readAt;
    if (age > (this.#known === null ? retryMs : ttlMs)) this.#underWay ??= this.#read();
    if (this.#known !== null || this.#underWay === null) return this.#known;
    return withTimeout(clock, this.#underWay, waitMs, () => null);
  }

  /** Takes over what was read by another process, or before a restart. */
  adopt(state: Pick<DestinationState, 'details' | 'detailsReadAt'>): void {
    if (state.details === null) return;
    // A failing read of its own is no news.
    if (this.#known !== null && (this.#readAt ?? 0) > (state.detailsReadAt ?? 0)) return;
    this.#known = state.details as DestinationDetails;
    this.#readAt = state.detailsReadAt;
  }

  /** Lets the next asker try again at once. */
  forgetFailure(): void {
    if (this.#known === null) this.#readAt = null;
  }

  async #read(): Promise<DestinationDetails | null> {
    try {
      const read = await this.#options.read();
      if (read !== null) {
        this.#known = read;
        this.#options.onRead(read, this.#options.clock.now());
      }
    } catch (error) {
      if (!this.#options.signal.aborted) {
        this.#options.logger.warn(
          { error: error instanceof Error ? error.message : String(error) },
          'the name and type of a destination could not be read',
        );
      }
    }
    this.#readAt = this.#options.clock.now();
    this.#underWay = null;
    return this.#known;
  }
}
