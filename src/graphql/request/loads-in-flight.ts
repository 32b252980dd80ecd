import { setImmediate } from 'node:timers/promises';
import type { Destination } from '../../directory/index.js';
import type { LongLists } from './long-lists.js';

/** What one request is reading of destinations at the moment. */
export class LoadsInFlight {
  readonly #byDestination = new Map<Destination, Set<Promise<unknown>>>();

  /** Notes that something is being read of a destination, until it is settled. */
  track<T>(destination: Destination, work: Promise<T>): Promise<T> {
    const loads = this.#byDestination.get(destination) ?? new Set();
    this.#byDestination.set(destination, loads);
    const tracked = work.finally(() => loads.delete(tracked));
    loads.add(tracked);
    return tracked;
  }

  /**
   * Resolves when everything that the request reads of a destination has been read.
   *
   * @param lists the lists of the response, whose fields read as well
   */
  async settled(destination: Destination, lists: LongLists): Promise<void> {
    do {
      await lists.finished();
      // Sibling fields start their loads within a few microtasks. After one macrotask all of them have started.
      await setImmediate();
      const loads = this.#byDestination.get(destination);
      while (loads !== undefined && loads.size > 0) await Promise.allSettled(loads);
    } while (lists.hasItems);
  }
}
