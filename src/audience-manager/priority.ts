/**
 * For whom something is read from Audience Manager: `lookup`: a caller waits for this destination; `search`: a caller
 * searches many; `scheduled`: nobody waits.
 */
export type Priority = 'lookup' | 'search' | 'scheduled';

/** Most urgent first. */
export const PRIORITIES: readonly Priority[] = ['lookup', 'search', 'scheduled'];

/** How urgent a piece of work is. It only grows: somebody may begin to wait for what nobody has waited for so far. */
export class RefreshPriority {
  #priority: Priority;
  readonly #listeners = new Set<() => void>();

  constructor(priority: Priority) {
    this.#priority = priority;
  }

  static of(priority: Priority | RefreshPriority): RefreshPriority {
    return typeof priority === 'string' ? new RefreshPriority(priority) : priority;
  }

  get priority(): Priority {
    return this.#priority;
  }

  /** Does nothing if the work is as urgent already. */
  raise(to: Priority): void {
    if (PRIORITIES.indexOf(to) >= PRIORITIES.indexOf(this.#priority)) return;
    this.#priority = to;
    for (const listener of [...this.#listeners]) listener();
  }

  /** @returns a function that ends the calls of `listener` */
  onRaise(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Is at least as urgent as other work that needs this one, also when that one is raised later.
   *
   * @returns a function that ends this
   */
  follow(other: RefreshPriority): () => void {
    if (other === this) return () => undefined;
    this.raise(other.priority);
    return other.onRaise(() => this.raise(other.priority));
  }
}
