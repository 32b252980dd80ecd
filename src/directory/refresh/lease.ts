import { sleep, type Clock } from '../../base/clock.js';
import type { DestinationKey, DestinationState } from '../../storage/index.js';
import type { SnapshotStore } from '../storing/store.js';

export interface LeaseOptions {
  readonly store: SnapshotStore;
  readonly clock: Clock;
  /** This process. */
  readonly owner: string;
}

/** A dead process holds a destination for this long at most; a living one prolongs it three times as often. */
const LEASE_MS = 15_000;
const LOOK_AGAIN_MS = 200;
/** Longer than any listing goes on; then something is wrong, and reading twice is the lesser evil. */
const MAX_LOOKS = 1_500;

/** The right to read a destination from its source, where several processes share a storage. */
export class Leases {
  readonly #options: LeaseOptions;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /**
   * Waits for the right to read a destination, or for somebody else to have read it: `isDone` looks at
   * every state that it gets into.
   *
   * @returns the release of the right, or `null` when the work has been done
   * @throws the signal's reason
   */
  async acquire(
    key: DestinationKey,
    isDone: (state: DestinationState) => boolean,
    signal: AbortSignal,
  ): Promise<(() => Promise<void>) | null> {
    const { store, clock } = this.#options;
    if (!store.available) return () => Promise.resolve();
    let release: (() => Promise<void>) | null = null;
    try {
      for (let look = 0; look < MAX_LOOKS; look++) {
        if (await this.#claim(key)) release = this.#hold(key);
        const state = await store.use((storage) => storage.state(key));
        if (state !== null && isDone(state)) {
          await release?.();
          return null;
        }
        if (release !== null) return release;
        await sleep(clock, LOOK_AGAIN_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) {
        await release?.();
        throw error;
      }
      // Without its storage each process is on its own.
    }
    return release ?? (() => Promise.resolve());
  }

  /** Takes or prolongs the right. */
  async #claim(key: DestinationKey): Promise<boolean> {
    const { store, clock, owner } = this.#options;
    const claim = (now: number): Promise<boolean> =>
      store.use((storage) => storage.claim(key, owner, now, LEASE_MS), 'write');
    const askedAt = clock.now();
    const isTaken = await claim(askedAt);
    // Where the storage stood still it has run out by now: it is not ours before it is taken anew.
    return isTaken && clock.now() >= askedAt + LEASE_MS ? await claim(clock.now()) : isTaken;
  }

  /** Prolongs the right until it is given back. */
  #hold(key: DestinationKey): () => Promise<void> {
    const { store, clock, owner } = this.#options;
    let cancel: (() => void) | null = null;
    let released = false;
    let prolonging: Promise<void> = Promise.resolve();
    const prolong = async (): Promise<void> => {
      // One that fails is followed by two more before the lease runs out.
      await this.#claim(key).catch(() => false);
      if (!released) prolongLater();
    };
    const prolongLater = (): void => {
      cancel = clock.schedule(() => {
        prolonging = prolong();
      }, LEASE_MS / 3);
    };
    prolongLater();
    return async () => {
      released = true;
      cancel?.();
      // A prolongation that arrives after the release would take the right again, for nobody.
      await prolonging;
      await store.use((storage) => storage.release(key, owner), 'write').catch(() => undefined);
    };
  }
}
