import type { Name } from './types.js';

interface Entry {
  readonly name: Name;
  /** When it has to be asked for again, by the clock of the client. */
  readonly until: number;
}

/** Remembers the most recently used names. What has expired stays as long as there is room: it beats an error. */
export class NameCache {
  readonly #size: number;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(size: number) {
    this.#size = size;
  }

  /** A name that need not be asked for again yet. */
  fresh(key: string, now: number): Name | null {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until <= now) return null;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.name;
  }

  /** A name, however old it is. */
  any(key: string): Name | null {
    return this.#entries.get(key)?.name ?? null;
  }

  set(key: string, name: Name, until: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { name, until });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#size) break;
      this.#entries.delete(oldest);
    }
  }
}
