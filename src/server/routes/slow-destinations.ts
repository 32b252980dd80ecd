import type { Destination, DirectoryErrorCode } from '../../directory/index.js';

/**
 * Destinations of which a message has waited in vain. While the same work is in flight, further messages do not wait for it:
 * each would lose the time in which it has to be answered.
 */
export class SlowDestinations {
  readonly #failures = new WeakMap<Destination, DirectoryErrorCode>();

  /** Why the message got no answer; `null`: nothing is known to take long. */
  failureOf(destination: Destination): DirectoryErrorCode | null {
    return this.#failures.get(destination) ?? null;
  }

  /** Notes that a message has waited in vain. That is forgotten as soon as nothing is in flight for the destination. */
  add(destination: Destination, failure: DirectoryErrorCode): void {
    if (this.#failures.has(destination)) return;
    this.#failures.set(destination, failure);
    void destination.settled().then(() => this.#failures.delete(destination));
  }
}
