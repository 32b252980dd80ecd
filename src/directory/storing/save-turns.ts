import type { RefreshPriority } from '../../audience-manager/index.js';

/** Number of listings that are stored at once for nobody, while lookups wait for theirs: one, so that these go on, too. */
const BESIDE_LOOKUPS = 1;

/**
 * Who may store a listing. While lookups wait for first listings, which are answered when they are stored, only one other
 * is stored at the same time: many would take the connections, and most of what the database can do.
 */
export class SaveTurns {
  /** The priorities of those who read a first listing, or store any. */
  readonly #underWay = new Set<RefreshPriority>();
  readonly #waiting = new Set<() => void>();
  #saving = 0;

  /** Does work for which a lookup may wait: reading a first listing. */
  async whileReading<T>(priority: RefreshPriority, read: () => Promise<T>): Promise<T> {
    this.#underWay.add(priority);
    try {
      return await read();
    } finally {
      this.#underWay.delete(priority);
      this.#serve();
    }
  }

  /** Stores a listing when it is its turn. One that a lookup begins to wait for has it at once. */
  async save<T>(priority: RefreshPriority, store: () => Promise<T>): Promise<T> {
    // Nothing else may run between the last look and the count.
    while (!this.#mayBegin(priority)) await this.#change(priority);
    const isForLookup = priority.priority === 'lookup';
    if (isForLookup) this.#underWay.add(priority);
    else this.#saving += 1;
    try {
      return await store();
    } finally {
      if (isForLookup) this.#underWay.delete(priority);
      else this.#saving -= 1;
      this.#serve();
    }
  }

  #mayBegin(priority: RefreshPriority): boolean {
    if (priority.priority === 'lookup' || this.#saving < BESIDE_LOOKUPS) return true;
    for (const each of this.#underWay) if (each.priority === 'lookup') return false;
    return true;
  }

  /** Waits until it may be this one's turn. */
  async #change(priority: RefreshPriority): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        stop();
        this.#waiting.delete(wake);
        resolve();
      };
      const stop = priority.onRaise(wake);
      this.#waiting.add(wake);
    });
  }

  /** Lets those look again who wait. */
  #serve(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
