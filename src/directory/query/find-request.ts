import { withTimeout, type Clock } from '../../base/clock.js';
import type { Destination } from '../destination.js';
import type { IdKinds } from '../snapshot/id-kinds.js';

/** Some time is left for whoever waits for the answer: this part of it. */
const TIME_RESERVED = 0.1;

/** There was not enough time for something. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/** The time in which IDs have to be found. */
export class FindTime {
  readonly #clock: Clock;
  /** By `elapsed()`. */
  readonly #end: number;

  private constructor(clock: Clock, end: number) {
    this.#clock = clock;
    this.#end = end;
  }

  /** @param ms how long the caller waits for the answer */
  static of(clock: Clock, ms: number): FindTime {
    return new FindTime(clock, clock.elapsed() + ms * (1 - TIME_RESERVED));
  }

  /** What is left, in milliseconds. */
  get leftMs(): number {
    return Math.max(0, this.#end - this.#clock.elapsed());
  }

  isOver(): boolean {
    return this.leftMs === 0;
  }

  /** A time that ends when half of what is left now is over. */
  half(): FindTime {
    return new FindTime(this.#clock, this.#clock.elapsed() + this.leftMs / 2);
  }

  /** Waits for work until this time is over. The signal of the work is aborted then. @throws OutOfTimeError */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const error = new OutOfTimeError('It takes too long.');
    if (this.isOver()) throw error;
    const ending = new AbortController();
    return await withTimeout(this.#clock, work(ending.signal), this.leftMs, () => {
      ending.abort(error);
      throw error;
    });
  }
}

/** Which IDs are looked for, and where. */
export interface FindRequest {
  readonly destinations: readonly Destination[];
  /** Each once. */
  readonly ids: readonly string[];
  /** How IDs are understood, by destination. */
  readonly kinds: ReadonlyMap<Destination, IdKinds>;
  readonly time: FindTime;
  readonly signal: AbortSignal | undefined;
}

/** How IDs of one of the destinations of a request are understood. */
export function kindsIn({ kinds }: Pick<FindRequest, 'kinds'>, destination: Destination): IdKinds {
  return kinds.get(destination) ?? destination.presentKinds(destination.settings.segmentIdType);
}
