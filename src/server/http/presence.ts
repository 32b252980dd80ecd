/** A caller is there for so long after its last request, in milliseconds. */
const PRESENT_MS = 1_000;

/** Knows whether several callers are there. */
export class Presence {
  #last = '';
  /** When the last caller has sent its last request, and when one was last sent by another one. */
  #lastAt = -Infinity;
  #otherAt = -Infinity;

  /** @param now by `Clock.elapsed()` */
  see(caller: string, now: number): void {
    if (caller !== this.#last) {
      this.#last = caller;
      this.#otherAt = this.#lastAt;
    }
    this.#lastAt = now;
  }

  /** Whether another caller has sent a request lately. */
  hasOthers(caller: string, now: number): boolean {
    return now - (caller === this.#last ? this.#otherAt : this.#lastAt) < PRESENT_MS;
  }
}
