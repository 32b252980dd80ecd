/** Query options of a listing that Adobe's documentation does not promise, so that a server may refuse them. */
export type DoubtfulOption = 'sortBy' | 'includeDeletedEntities';

/** How a server wants to be asked for the mappings of one destination. */
export interface ListingHabits {
  /** Options that it refuses. */
  readonly without: readonly DoubtfulOption[];
  /** Whether the path ends with a slash. */
  readonly hasSlash: boolean;
}

const DOCUMENTED: ListingHabits = { without: [], hasSlash: false };

/** Far more than there are destinations; the least recently used ones go first. */
const MAX_DESTINATIONS = 10_000;

/** Remembers habits by destination, until the process ends. */
export class HabitMemory {
  readonly #habits = new Map<string, ListingHabits>();

  get(destination: string): ListingHabits {
    const habits = this.#habits.get(destination);
    if (habits === undefined) return DOCUMENTED;
    // The order of a Map is that of insertion.
    this.#habits.delete(destination);
    this.#habits.set(destination, habits);
    return habits;
  }

  set(destination: string, habits: ListingHabits): void {
    this.#habits.delete(destination);
    this.#habits.set(destination, habits);
    for (const oldest of this.#habits.keys()) {
      if (this.#habits.size <= MAX_DESTINATIONS) break;
      this.#habits.delete(oldest);
    }
  }
}

/**
 * What to leave out after a request with these options was refused, one attempt after the other: each option by itself,
 * the one that the reason names first, then all.
 */
export function omissions(used: readonly DoubtfulOption[], reason: string): (readonly DoubtfulOption[])[] {
  const each = [...used].sort((a, b) => Number(reason.includes(b)) - Number(reason.includes(a)));
  return [...each.map((option) => [option]), ...(used.length > 1 ? [used] : [])];
}
