import type { Priority, RefreshPriority } from '../../audience-manager/index.js';
import { sleep, type Clock } from '../../base/clock.js';
import type { DestinationKey, DestinationState } from '../../storage/index.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';

/** What the processes of a gateway tell each other of the destinations that somebody waits for. */
export interface SharedDemand {
  /** Has what another process reads of the destination become as urgent. */
  want(key: DestinationKey, priority: Priority): void;
  /** Calls `listener` when another process wants a destination. */
  onWanted(listener: (key: DestinationKey, priority: Priority) => void): void;
}

interface LeaseOptions {
  readonly store: SnapshotStore;
  readonly clock: Clock;
  /** Unique ID of this process. */
  readonly owner: string;
  /** Default: nobody is told who waits. */
  readonly demand?: SharedDemand | undefined;
}

/** Who waits for a lease. */
export interface LeaseRequest {
  readonly key: DestinationKey;
  /** Of the most urgent of those who wait. */
  readonly priority: RefreshPriority;
  readonly signal: AbortSignal;
}

/** Is told of work that only the storage does. @returns its outcome */
type AtStorage = <T>(work: Promise<T>) => Promise<T>;

/** Duration of a lease. It is renewed after a third of this; the lease of a dead process ends after this time. */
const LEASE_MS = 15_000;
const POLL_INTERVAL_MS = 200;
/** Limits the wait to 5 minutes, longer than any listing takes. After that, listing twice is the lesser evil. */
const MAX_POLLS = 1_500;

/** Leases on destinations: of several processes that share a storage, only the one with the lease lists a destination. */
export class Leases {
  readonly #options: LeaseOptions;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /**
   * Waits for the lease on a destination, or until another process has done the work. Without a responding storage the
   * lease is granted at once.
   *
   * @param isDone whether the work is done, according to the stored state
   * @param atStorage is told of each wait for the storage, not of that for another process
   * @returns a function that releases the lease, or `null` if the work is done
   * @throws the signal's reason
   */
  async acquire(
    request: LeaseRequest,
    isDone: (state: DestinationState) => boolean,
    atStorage?: AtStorage,
  ): Promise<(() => Promise<void>) | null> {
    const { store } = this.#options;
    const isDoneNow = async (): Promise<boolean> => {
      const state = await store.use((storage) => storage.state(request.key));
      return state !== null && isDone(state);
    };
    return await this.acquireUnless(request, isDoneNow, atStorage);
  }

  /**
   * As `acquire`, for work whose state is not that of a destination.
   *
   * @param isDone reads from the storage whether the work is done
   */
  async acquireUnless(
    { key, priority, signal }: LeaseRequest,
    isDone: () => Promise<boolean>,
    atStorage: AtStorage = (work) => work,
  ): Promise<(() => Promise<void>) | null> {
    const { store, clock, demand } = this.#options;
    if (!store.available) return () => Promise.resolve();
    let release: (() => Promise<void>) | null = null;
    try {
      for (let polls = 0; polls < MAX_POLLS; polls++) {
        if (await atStorage(this.#claim(key))) release = this.#keepRenewing(key);
        if (await atStorage(isDone())) {
          await release?.();
          return null;
        }
        if (release !== null) return release;
        // Again each time: the priority may have been raised, and another process may have the lease by now.
        if (priority.priority !== 'scheduled') demand?.want(key, priority.priority);
        await sleep(clock, POLL_INTERVAL_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) {
        await release?.();
        throw error;
      }
      // The storage failed: each process lists on its own.
    }
    return release ?? (() => Promise.resolve());
  }

  /** Takes or renews the lease. @returns whether this process has it now */
  async #claim(key: DestinationKey): Promise<boolean> {
    const { store, clock, owner } = this.#options;
    const claim = (): Promise<boolean> =>
      store.use((storage) => storage.claim(key, owner, LEASE_MS), 'write');
    const requestedAt = clock.elapsed();
    const isGranted = await claim();
    // If the storage took so long that the lease may have expired by now, it has to be taken again.
    return isGranted && clock.elapsed() >= requestedAt + LEASE_MS ? await claim() : isGranted;
  }

  /** Renews the lease periodically. @returns a function that stops this and releases the lease */
  #keepRenewing(key: DestinationKey): () => Promise<void> {
    const { store, clock, owner } = this.#options;
    let cancel: (() => void) | null = null;
    let released = false;
    let renewing: Promise<void> = Promise.resolve();
    const renew = async (): Promise<void> => {
      // After a failure there is time for another attempt before the lease expires.
      await this.#claim(key).catch(() => false);
      if (!released) scheduleRenewal();
    };
    const scheduleRenewal = (): void => {
      cancel = clock.schedule(() => {
        renewing = renew();
      }, LEASE_MS / 3);
    };
    scheduleRenewal();
    return async () => {
      released = true;
      cancel?.();
      // A renewal that reached the storage after the release would take the lease again.
      await renewing;
      await store.use((storage) => storage.release(key, owner), 'write').catch(() => undefined);
    };
  }
}
