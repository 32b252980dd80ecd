import { withTimeout, type Clock } from '../base/clock.js';
import type { Storage } from './types.js';

/** Time between two probes, in milliseconds. */
const PROBE_INTERVAL_MS = 15_000;

/** How long an answer may take before the storage counts as down, in milliseconds. */
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Asks a storage again and again whether it answers, so that an outage shows even while nobody needs the storage, and so
 * that nobody has to wait for the answer.
 */
export class StorageProbe {
  readonly #storage: Pick<Storage, 'ping'>;
  readonly #clock: Clock;
  /** It was just opened. */
  #isUp = true;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(storage: Pick<Storage, 'ping'>, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Whether the storage answered in time when it was last asked. */
  get isUp(): boolean {
    return this.#isUp;
  }

  start(): void {
    this.#cancel = this.#clock.schedule(() => void this.#probe(), PROBE_INTERVAL_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #probe(): Promise<void> {
    const answer = this.#storage.ping();
    this.#isUp = await withTimeout(this.#clock, answer, PROBE_TIMEOUT_MS, () => false);
    // A call that hangs must not be joined by others.
    this.#isUp = await answer;
    if (!this.#stopped) this.start();
  }
}
