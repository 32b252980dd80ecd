import { LRUCache } from 'lru-cache';

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
  readonly #habits = new LRUCache<string, ListingHabits>({ max: MAX_DESTINATIONS });

  get(destination: string): ListingHabits {
    return this.#habits.get(destination) ?? DOCUMENTED;
  }

  set(destination: string, habits: ListingHabits): void {
    this.#habits.set(destination, habits);
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
