import type { RefreshPriority } from '../../audience-manager/index.js';
import { withTimeout, type Clock } from '../../base/clock.js';
import type { DestinationKey } from '../../storage/index.js';
import type { UnstoredMemory } from './unstored-memory.js';

interface WriteBehindOptions {
  /** What all listings that are not stored take. */
  readonly memory: Pick<UnstoredMemory, 'isFull' | 'isTight'>;
  readonly clock: Clock;
}

/** A first listing that waits to be stored. */
export interface DeferredWrite {
  readonly key: DestinationKey;
  /** Must not reject. @returns whether it is stored */
  readonly write: () => Promise<boolean>;
}

interface Entry extends DeferredWrite {
  /** When the entry was added, by `elapsed()`. */
  readonly since: number;
}

/** What became of the first listings that were not stored yet when the gateway was stopped. */
export interface Drained {
  /** Number of listings that were stored. */
  readonly stored: number;
  /** Destinations whose listings were not; they are read again after the start. */
  readonly lost: readonly DestinationKey[];
}

/** Maximum time that an entry waits for fetches to end before writing begins. */
const MAX_WAIT_MS = 30_000;

/** Maximum time that `add` waits for the write. Some thousands of segments are stored in this time. */
const MAX_STORING_MS = 1_000;

/**
 * Deferred persistence of first listings. A caller waits for the names of a destination that is listed for the first
 * time, so they are served from memory and stored later, which may take much longer than the listing itself. Entries
 * are stored one at a time, in the order in which they were added, while no lookup waits for another first listing. If
 * they take much memory, they are stored at once.
 */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #queue: Entry[] = [];
  /** The priorities of the first listings that are being fetched. */
  readonly #fetches = new Set<RefreshPriority>();
  #isDraining = false;
  #writing: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  /** Of the current run of `drain`. */
  #stored = 0;
  readonly #lost: DestinationKey[] = [];

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  /** Whether another entry may be added. */
  get hasRoom(): boolean {
    return !this.#isDraining && !this.#options.memory.isFull;
  }

  /**
   * Queues a write. Resolves when the names may be served: at once if other work comes first, else when the write is
   * done, but after 1 s at the latest. So small listings are stored before anybody sees them and cannot be lost.
   */
  async add({ key, write }: DeferredWrite): Promise<void> {
    const { clock } = this.#options;
    const isNext = !this.#isAwaited && this.#queue.length === 0 && this.#writing === null;
    const written = new Promise<void>((resolve) => {
      const entry = async (): Promise<boolean> => await write().finally(resolve);
      this.#queue.push({ key, since: clock.elapsed(), write: entry });
    });
    this.#startWriting();
    if (isNext) await withTimeout(clock, written, MAX_STORING_MS, () => undefined);
  }

  /** Runs a fetch of a first listing. Writing pauses while a lookup waits for it. */
  async whileFetching<T>(priority: RefreshPriority, fetch: () => Promise<T>): Promise<T> {
    this.#fetches.add(priority);
    try {
      return await fetch();
    } finally {
      this.#fetches.delete(priority);
      this.#startWriting();
    }
  }

  /**
   * Writes the whole queue without pausing, and discards what is left of it after so many milliseconds. A write that has
   * begun is completed, but not waited for. No entries are accepted any more.
   */
  async drain(limitMs: number): Promise<Drained> {
    this.#isDraining = true;
    this.#startWriting();
    await withTimeout(this.#options.clock, this.#written(), limitMs, () => undefined);
    this.#lost.push(...this.#queue.map(({ key }) => key));
    this.#queue.length = 0;
    this.#cancelTimer?.();
    return { stored: this.#stored, lost: this.#lost };
  }

  async #written(): Promise<void> {
    // A run that is about to end may leave entries to the next run.
    while (this.#writing !== null) await this.#writing;
  }

  /** Whether a lookup waits for a first listing. */
  get #isAwaited(): boolean {
    for (const { priority } of this.#fetches) if (priority === 'lookup') return true;
    return false;
  }

  /** Starts writing now, or sets a timer for the time at which writing has to begin. */
  #startWriting(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#writing !== null || this.#queue.length === 0) return;
    const waitMs = this.#waitMs();
    if (waitMs > 0) {
      this.#cancelTimer = this.#options.clock.schedule(() => this.#startWriting(), waitMs);
      return;
    }
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
      this.#startWriting();
    });
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0 && this.#waitMs() <= 0) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      const isStored = await entry.write();
      if (!this.#isDraining) continue;
      if (isStored) this.#stored += 1;
      else this.#lost.push(entry.key);
    }
  }

  /** How long the first entry still waits for fetches that lookups wait for; 0 or less if it may be written now. */
  #waitMs(): number {
    const [first] = this.#queue;
    const { memory, clock } = this.#options;
    if (first === undefined || this.#isDraining || memory.isTight || !this.#isAwaited) return 0;
    return first.since + MAX_WAIT_MS - clock.elapsed();
  }
}
