import { withTimeout, type Clock } from '../../base/clock.js';

export interface WriteBehindOptions {
  /** Of what waits to be written, in bytes of memory. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

interface Entry {
  readonly bytes: number;
  readonly since: number;
  readonly write: () => Promise<void>;
}

/** However much is read meanwhile, this is when writing begins at the latest. */
const MAX_WAIT_MS = 30_000;

/** In which some thousands of segments are stored. */
const MAX_STORING_MS = 1_000;

/**
 * Writes behind the answers what was read for the first time: somebody waits for its names, nobody for its rows
 * in the storage, which can take much longer. One at a time, when nobody waits for a first reading, in the order in
 * which they came.
 */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #entries: Entry[] = [];
  #bytes = 0;
  #readings = 0;
  #isDraining = false;
  #writing: Promise<void> | null = null;
  #cancelWait: (() => void) | null = null;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  /** Whether so much more may wait. */
  hasRoomFor(bytes: number): boolean {
    return !this.#isDraining && this.#bytes + bytes <= this.#options.maxBytes;
  }

  /**
   * Writes in its turn. What is written in a moment is written before it answers, so that nothing that was ever
   * told can be lost.
   *
   * @param write never rejects
   * @returns a promise that resolves when the answer need not wait any more
   */
  async add(bytes: number, write: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const isNext = this.#readings === 0 && this.#entries.length === 0 && this.#writing === null;
    const written = new Promise<void>((resolve) => {
      this.#entries.push({ bytes, since: clock.now(), write: () => write().then(resolve) });
    });
    this.#bytes += bytes;
    this.#go();
    if (isNext) await withTimeout(clock, written, MAX_STORING_MS, () => undefined);
  }

  /** Does what somebody waits for; writing waits, too. */
  async reading<T>(work: () => Promise<T>): Promise<T> {
    this.#readings += 1;
    try {
      return await work();
    } finally {
      this.#readings -= 1;
      this.#go();
    }
  }

  /** Writes all that waits, whoever reads; takes in no more. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#go();
    // One that is about to end may have left some for the next.
    while (this.#writing !== null) await this.#writing;
  }

  /** What still waits is not written. */
  stop(): void {
    this.#isDraining = true;
    this.#entries.length = 0;
    this.#cancelWait?.();
  }

  #go(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
    if (this.#writing !== null || this.#entries.length === 0) return;
    const waitMs = this.#waitMs();
    if (waitMs > 0) {
      this.#cancelWait = this.#options.clock.schedule(() => this.#go(), waitMs);
      return;
    }
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
      this.#go();
    });
  }

  async #write(): Promise<void> {
    while (this.#entries.length > 0 && this.#waitMs() <= 0) {
      const entry = this.#entries.shift();
      if (entry === undefined) return;
      await entry.write();
      this.#bytes -= entry.bytes;
    }
  }

  #waitMs(): number {
    const [first] = this.#entries;
    if (first === undefined || this.#isDraining || this.#readings === 0) return 0;
    return first.since + MAX_WAIT_MS - this.#options.clock.now();
  }
}
