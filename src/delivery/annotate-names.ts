import { IdTable } from './annotate-ids.js';
import type { IdTally } from './annotate-tally.js';
import { MAX_LOOKED_UP, type Named, type NameSource } from './name-source.js';

/** How many different IDs are kept. An account of Audience Manager has 20,000 segments; addresses may be many more. */
const MAX_KEPT_IDS = 200_000;

/** How many lookups are under way at once. */
const CONCURRENCY = 4;

/** Waits for IDs that could not be checked yet, in milliseconds: the destination is being read. */
const RETRY_DELAYS_MS = [1_000, 2_000, 4_000];

/**
 * The waits for a destination that is being read. All files of a destination share them: while Audience Manager is down,
 * hundreds of files would else wait in vain, one after the other.
 */
export class Patience {
  readonly #delays = [...RETRY_DELAYS_MS];
  readonly #sleep: (ms: number) => Promise<void>;

  /** @param sleep resolves after a time in milliseconds */
  constructor(sleep: (ms: number) => Promise<void>) {
    this.#sleep = sleep;
  }

  /** Waits a while. @returns whether it did; it does not when it has waited long enough */
  async wait(): Promise<boolean> {
    const delay = this.#delays.shift();
    if (delay === undefined) return false;
    await this.#sleep(delay);
    return true;
  }
}

/** Text of a segment in the output. */
export interface Rendering {
  /** @param change `null`: that is not written */
  render(named: Named, change: 'ENTERED' | 'LEFT' | null): string;
}

/** What a table of names needs. */
export interface NameServices {
  readonly source: NameSource;
  /** Counts the IDs, and knows those of the files before. */
  readonly tally: IdTally;
  /** What is left of the waits for its destination. */
  readonly patience: Patience;
}

/** The names of the IDs in a file, and their texts in the output as bytes, each made once. */
export class NameTable {
  readonly ids = new IdTable();
  readonly #source: NameSource;
  readonly #tally: IdTally;
  readonly #rendering: Rendering;
  readonly #patience: Patience;
  #named: Named[] = [];
  #entered: (Uint8Array | undefined)[] = [];
  #left: (Uint8Array | undefined)[] = [];
  #plain: (Uint8Array | undefined)[] = [];
  #counts = new Float64Array(1_024);

  constructor({ source, tally, patience }: NameServices, rendering: Rendering) {
    this.#source = source;
    this.#tally = tally;
    this.#patience = patience;
    this.#rendering = rendering;
  }

  /** Looks up the IDs that were added since the last time. */
  async lookUpNew(): Promise<void> {
    const first = this.#named.length;
    const count = this.ids.size - first;
    if (count === 0) return;
    const ids = Array.from({ length: count }, (_, index) => this.ids.text(first + index));
    const known = ids.map((id) => this.#tally.known(id));
    const found = await this.#lookUpAll(ids.filter((_, index) => known[index] === undefined));
    let next = 0;
    for (const named of known) {
      const one = named ?? found[next++];
      if (one !== undefined) this.#named.push(one);
    }
    if (this.ids.size > this.#counts.length) {
      const counts = new Float64Array(2 * this.ids.size);
      counts.set(this.#counts);
      this.#counts = counts;
    }
  }

  /** Forgets IDs if they are too many. Only between two batches of lines: their numbers are used again. */
  trim(): void {
    if (this.ids.size <= MAX_KEPT_IDS) return;
    this.count();
    this.ids.clear();
    this.#named = [];
    this.#entered = [];
    this.#left = [];
    this.#plain = [];
  }

  /** Counts what was written since the last time. IDs that only stand in broken lines do not count. */
  count(): void {
    for (const [id, named] of this.#named.entries()) {
      const count = this.#counts[id] ?? 0;
      if (count > 0) this.#tally.add(named, count);
    }
    this.#counts.fill(0);
  }

  /** The text of a segment that a user entered, or of one where the line does not say. */
  entered(id: number): Uint8Array {
    this.#count(id);
    return (this.#entered[id] ??= this.#render(id, 'ENTERED'));
  }

  /** The text of a segment that a user left. */
  left(id: number): Uint8Array {
    this.#count(id);
    return (this.#left[id] ??= this.#render(id, 'LEFT'));
  }

  /** The text of a segment without what happened to the user. */
  plain(id: number): Uint8Array {
    this.#count(id);
    return (this.#plain[id] ??= this.#render(id, null));
  }

  #count(id: number): void {
    this.#counts[id] = (this.#counts[id] ?? 0) + 1;
  }

  #render(id: number, change: 'ENTERED' | 'LEFT' | null): Uint8Array {
    const named = this.#named[id];
    if (named === undefined) throw new Error('an ID is written that was not looked up');
    return Buffer.from(this.#rendering.render(named, change));
  }

  async #lookUpAll(ids: readonly string[]): Promise<Named[]> {
    const results = await this.#lookUpInParts(ids);
    // The destination is read once for all of them. A job may wait for that longer than a report does.
    for (let unchecked = uncheckedOf(results); unchecked.length > 0; unchecked = uncheckedOf(results)) {
      if (!(await this.#patience.wait())) break;
      const again = await this.#lookUpInParts(unchecked.map((index) => ids[index] ?? ''));
      for (const [position, index] of unchecked.entries()) {
        const named = again[position];
        if (named !== undefined) results[index] = named;
      }
    }
    return results;
  }

  async #lookUpInParts(ids: readonly string[]): Promise<Named[]> {
    const parts: string[][] = [];
    for (let start = 0; start < ids.length; start += MAX_LOOKED_UP)
      parts.push(ids.slice(start, start + MAX_LOOKED_UP));
    const results: (readonly Named[])[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < parts.length) {
        const index = next++;
        results[index] = await this.#source.lookUp(parts[index] ?? []);
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, parts.length) }, work));
    const all = results.flat();
    if (all.length !== ids.length) throw new Error('names were looked up for other IDs');
    return all;
  }
}

function uncheckedOf(results: readonly Named[]): number[] {
  return results.flatMap(({ outcome }, index) => (outcome === 'UNCHECKED' ? [index] : []));
}
