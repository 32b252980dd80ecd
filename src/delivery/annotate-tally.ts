import type { Named } from './name-source.js';

/** How many different IDs are counted. An account of Audience Manager has 20,000 segments; addresses may be many more. */
const MAX_COUNTED_IDS = 100_000;

/** An ID, and on how many places it stands. */
export interface CountedId {
  readonly named: Named;
  readonly count: number;
}

/** What the IDs of some files were. */
export interface IdCounts {
  /** How many different IDs there were; at least, if `isMore`. */
  readonly distinct: number;
  readonly isMore: boolean;
  /** How many of them have a name. */
  readonly withName: number;
  /** All places where an ID stood. */
  readonly segments: number;
  /** IDs without a name, the most frequent first. */
  readonly unnamed: readonly CountedId[];
  /** There are more IDs without a name, which were not kept. */
  readonly isMoreUnnamed: boolean;
}

/** Counts the IDs of the files of one destination. */
export class IdTally {
  readonly #ids = new Map<string, { readonly named: Named; count: number }>();
  #segments = 0;
  #isMore = false;
  #isMoreUnnamed = false;

  add(named: Named, count: number): void {
    this.#segments += count;
    const known = this.#ids.get(named.id);
    if (known !== undefined) known.count += count;
    else if (this.#ids.size < MAX_COUNTED_IDS) this.#ids.set(named.id, { named, count });
    else {
      this.#isMore = true;
      this.#isMoreUnnamed ||= !hasName(named);
    }
  }

  /** What an ID was found to be in a file before; `undefined` if it was not looked up, or could not be checked. */
  known(id: string): Named | undefined {
    const named = this.#ids.get(id)?.named;
    return named?.outcome === 'UNCHECKED' ? undefined : named;
  }

  counts(): IdCounts {
    const all = [...this.#ids.values()];
    const unnamed = all.filter(({ named }) => !hasName(named)).sort((a, b) => b.count - a.count);
    return {
      distinct: all.length,
      isMore: this.#isMore,
      withName: all.length - unnamed.length,
      segments: this.#segments,
      unnamed,
      isMoreUnnamed: this.#isMoreUnnamed,
    };
  }
}

/** Whether an ID has a name that can be shown. */
export function hasName(named: Named): boolean {
  return named.outcome === 'FOUND' && named.name !== null;
}
