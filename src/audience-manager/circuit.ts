import type { Clock } from '../base/clock.js';

interface CircuitOptions {
  readonly clock: Clock;
  /** Called when calls to the host are paused. */
  readonly onOpen: () => void;
  /** Called when the host answers again. */
  readonly onClose: () => void;
}

/** What a call said about its host; `nothing`: it was given up before there was an answer. */
export type HostAnswer = 'success' | 'failure' | 'nothing';

/**
 * A call with the default 3 retries makes 4 attempts, so 10 consecutive failed attempts are about two and a half
 * failed calls. A success resets the count.
 */
const FAILURES_TO_OPEN = 10;

/** No jitter, because it could make the first pauses almost zero. Only one call tries the host afterwards. */
const FIRST_OPEN_MS = 1_000;
const MAX_OPEN_MS = 30_000;

/**
 * Keeps calls from a host that does not answer. After ten failures in a row the circuit is open: no calls are made. Then
 * one call tries the host; if that fails, too, the next pause is twice as long.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  /** When the next call may try the host, by `elapsed()`; `null` while the circuit is closed. */
  #openUntil: number | null = null;
  #openMs = FIRST_OPEN_MS;
  #isTrying = false;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  /** Whether calls fail at once. */
  get isOpen(): boolean {
    return !this.#isTrying && this.#openUntil !== null && this.#options.clock.elapsed() < this.#openUntil;
  }

  /** Whether one call is trying the host, so that others wait for its outcome. */
  get isTrying(): boolean {
    return this.#isTrying;
  }

  /** Begins a call. @returns whether it is the one that tries the host; pass this to `end` */
  begin(): boolean {
    this.#isTrying = this.#openUntil !== null;
    return this.#isTrying;
  }

  end(isTrial: boolean, answer: HostAnswer): void {
    if (isTrial) {
      this.#isTrying = false;
      if (answer === 'success') this.#close();
      else if (answer === 'failure') this.#open(Math.min(MAX_OPEN_MS, this.#openMs * 2));
      // A call that was given up has told nothing of the host: the next one tries it.
      return;
    }
    // Calls that began before the circuit opened say nothing new.
    if (this.#openUntil !== null || answer === 'nothing') return;
    this.#failures = answer === 'success' ? 0 : this.#failures + 1;
    if (this.#failures < FAILURES_TO_OPEN) return;
    this.#options.onOpen();
    this.#open(FIRST_OPEN_MS);
  }

  #open(ms: number): void {
    this.#openMs = ms;
    this.#openUntil = this.#options.clock.elapsed() + ms;
  }

  #close(): void {
    this.#failures = 0;
    this.#openUntil = null;
    this.#options.onClose();
  }
}
