/** A caller is there for so long after its last request, in milliseconds. */
const PRESENT_MS = 1_000;

/** Knows whether several callers are there. */
export class Presence {
  /** The last caller, and the last one before that was another one, with the time of their last requests. */
  readonly #last = { caller: '', at: -Infinity };
  readonly #other = { caller: '', at: -Infinity };

  /** @param now by `Clock.elapsed()` */
  see(caller: string, now: number): void {
    if (caller !== this.#last.caller) {
      Object.assign(this.#other, this.#last);
      this.#last.caller = caller;
    }
    this.#last.at = now;
  }

  /** Whether two callers have sent requests lately. */
  areSeveral(now: number): boolean {
    return now - this.#other.at < PRESENT_MS && now - this.#last.at < PRESENT_MS;
  }

  /** Whether another caller has sent a request lately. */
  hasOthers(caller: string, now: number): boolean {
    const other = caller === this.#last.caller ? this.#other : this.#last;
    return now - other.at < PRESENT_MS;
  }
}
