import { withTimeout, type Clock } from '../../base/clock.js';
import type { Destination } from '../destination.js';
import type { ReadBehind } from '../refresh/read-behind.js';
import type { Freshness } from '../sync/freshness.js';
import type { LocatedSnapshot } from './search.js';

interface FirstReadingsOptions {
  readonly readBehind: ReadBehind;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

/** So many destinations are waited for at most by who looks into many. The others are read behind the answer. */
export const MAX_AWAITED_READINGS = 20;

/** Reads destinations for those who look into many at once, so gently that Audience Manager is not flooded. */
export class FirstReadings {
  readonly #options: FirstReadingsOptions;

  constructor(options: FirstReadingsOptions) {
    this.#options = options;
  }

  /** Waits for the first listing of some of the destinations that were never listed, and has the others listed behind. */
  async ofNew(destinations: readonly Destination[]): Promise<void> {
    const unread = destinations.filter(({ isAutomatic, asOf }) => isAutomatic && asOf === null);
    // In this order, so that those that are waited for are read first.
    const awaited = this.#snapshots(unread.slice(0, MAX_AWAITED_READINGS));
    for (const destination of unread.slice(MAX_AWAITED_READINGS)) {
      const { key, host } = destination;
      this.#options.readBehind.add({ key, host, read: () => readFirst(destination) });
    }
    await awaited;
  }

  /**
   * The snapshots of those destinations that are in memory, and of a few further ones, without those that cannot be had
   * within `coldTimeout`.
   */
  async snapshots(destinations: readonly Destination[]): Promise<LocatedSnapshot[]> {
    const inMemory = destinations.filter((destination) => destination.cached() !== undefined);
    const others = destinations.filter((destination) => destination.cached() === undefined);
    return await this.#snapshots([...inMemory, ...others.slice(0, MAX_AWAITED_READINGS)]);
  }

  /**
   * As `snapshots`, but what is in memory is taken as it is: nothing is refreshed because it is stale.
   *
   * @param limitMs how long others are waited for at most, in milliseconds
   */
  async presentSnapshots(destinations: readonly Destination[], limitMs: number): Promise<LocatedSnapshot[]> {
    const present: LocatedSnapshot[] = [];
    const others: Destination[] = [];
    for (const destination of destinations) {
      const snapshot = destination.cached();
      if (snapshot === undefined) others.push(destination);
      else present.push({ destination, snapshot });
    }
    return [...present, ...(await this.#snapshots(others.slice(0, MAX_AWAITED_READINGS), limitMs))];
  }

  async #snapshots(
    destinations: readonly Destination[],
    limitMs = Number.POSITIVE_INFINITY,
  ): Promise<LocatedSnapshot[]> {
    const { clock, freshness } = this.#options;
    const waitMs = Math.min(freshness.coldTimeoutMs, limitMs);
    const found = await Promise.all(
      destinations.map(async (destination): Promise<LocatedSnapshot | null> => {
        try {
          const reading = destination.snapshot('search');
          const snapshot = await withTimeout(clock, reading, waitMs, () => null);
          return snapshot === null ? null : { destination, snapshot };
        } catch {
          // The sync state has the failure. The other destinations are looked into nevertheless.
          return null;
        }
      }),
    );
    return found.filter((located) => located !== null);
  }
}

/** Reads a destination, unless it was read for somebody else meanwhile. */
async function readFirst(destination: Destination): Promise<void> {
  if (destination.isAutomatic && destination.asOf === null) await destination.load('search');
}
