import { withTimeout, type Clock } from '../../base/clock.js';

interface WriteBehindOptions {
  /** Maximum size of the queue: the memory of all snapshots that wait to be stored, in bytes. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

interface Entry {
  readonly bytes: number;
  /** When the entry was added, in milliseconds since the epoch. */
  readonly since: number;
  readonly write: () => Promise<void>;
}

/** Maximum time that an entry waits for fetches to end before writing begins. */
const MAX_WAIT_MS = 30_000;

/** Maximum time that `add` waits for the write. Some thousands of segments are stored in this time. */
const MAX_STORING_MS = 1_000;

/**
 * Deferred persistence of first listings. A caller waits for the names of a destination that is listed for the first
 * time, so they are served from memory and stored later, which may take much longer than the listing itself. Entries
 * are stored one at a time, in the order in which they were added, while no other first listing is being fetched.
 */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #queue: Entry[] = [];
  /** Size of the queue and of the entry that is being written. */
  #bytes = 0;
  #fetchesInFlight = 0;
  #isDraining = false;
  #writing: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  /** Whether an entry of this size may be added. */
  hasRoomFor(bytes: number): boolean {
    return !this.#isDraining && this.#bytes + bytes <= this.#options.maxBytes;
  }

  /**
   * Queues a write. Resolves when the names may be served: at once if other work comes first, else when the write is
   * done, but after 1 s at the latest. So small listings are stored before anybody sees them and cannot be lost.
   *
   * @param write must not reject
   */
  async add(bytes: number, write: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const isNext = this.#fetchesInFlight === 0 && this.#queue.length === 0 && this.#writing === null;
    const written = new Promise<void>((resolve) => {
      this.#queue.push({ bytes, since: clock.now(), write: () => write().then(resolve) });
    });
    this.#bytes += bytes;
    this.#startWriting();
    if (isNext) await withTimeout(clock, written, MAX_STORING_MS, () => undefined);
  }

  /** Runs a fetch that a caller waits for. Writing pauses meanwhile. */
  async whileFetching<T>(fetch: () => Promise<T>): Promise<T> {
    this.#fetchesInFlight += 1;
    try {
      return await fetch();
    } finally {
      this.#fetchesInFlight -= 1;
      this.#startWriting();
    }
  }

  /** Writes the whole queue without pausing. No entries are accepted any more. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#startWriting();
    // A run that is about to end may leave entries to the next run.
    while (this.#writing !== null) await this.#writing;
  }

  /** Discards the queue. No entries are accepted any more. */
  stop(): void {
    this.#isDraining = true;
    this.#queue.length = 0;
    this.#cancelTimer?.();
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
      await entry.write();
      this.#bytes -= entry.bytes;
    }
  }

  /** How long the first entry still waits for fetches in flight; 0 or less if it may be written now. */
  #waitMs(): number {
    const [first] = this.#queue;
    if (first === undefined || this.#isDraining || this.#fetchesInFlight === 0) return 0;
    return first.since + MAX_WAIT_MS - this.#options.clock.now();
  }
}
