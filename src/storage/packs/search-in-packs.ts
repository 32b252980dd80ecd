import type { Steps } from '../../base/turns.js';
import { compareNameKeys, nameKey, STATUS_BITS, type NameKey, type Pack } from './pack.js';
import type { PackMatches, PackSearch } from './protocol.js';
import type { Scanner, Wanted } from './scanner.js';

const ANY_STATUS = Object.values(STATUS_BITS).reduce((all, bit) => all | bit);

/** Looks through packs, block by block. */
export function* searchInPacks(
  packs: ReadonlyMap<number, Pack>,
  search: PackSearch,
  scanner: Scanner,
): Steps<PackMatches> {
  const { terms, status, withTotal, withPrevious } = search;
  const wanted: Wanted = {
    // The first one is looked for in every text: the longest is probably the rarest.
    terms: terms.map((term) => Buffer.from(term)).sort((a, b) => b.length - a.length),
    statusBits: status === null ? ANY_STATUS : status.reduce((bits, one) => bits | STATUS_BITS[one], 0),
  };
  const page = new FirstByName(search.limit);
  let total = 0;
  let hasPrevious = false;
  for (const { pack: number, from } of search.packs) {
    const pack = packs.get(number);
    if (pack === undefined) throw new Error(`there is no pack ${number}`);
    const start = from === 'FIRST' ? 0 : from === null ? Infinity : pack.rowOf(from);
    let taken = 0;
    let before = 0;
    for (const block of pack.blocks) {
      const first = before;
      before += block.rows;
      const mayHavePrevious = withPrevious && !hasPrevious && first < start;
      const mayBeOnPage = before > start && taken < search.limit && page.takes(nameKey(block, 0));
      if (!withTotal && !mayHavePrevious && !mayBeOnPage) continue;
      const found = scanner.find(block, wanted);
      total += found.length;
      hasPrevious ||= first + (found[0] ?? Infinity) < start;
      for (let index = 0; mayBeOnPage && index < found.length && taken < search.limit; index++) {
        const row = found[index] ?? 0;
        if (first + row < start) continue;
        const key = nameKey(block, row);
        if (!page.takes(key)) break;
        page.add(key, block.pks[row] ?? 0);
        taken += 1;
      }
      yield;
    }
  }
  return {
    pks: page.pks(),
    total: withTotal ? total : null,
    hasPrevious,
  };
}

/** The first segments by their folded names, and all others with the name of the last of these. */
class FirstByName {
  readonly #limit: number;
  #found: { readonly key: NameKey; readonly pk: number }[] = [];
  /** What is behind this name is none of the first; `undefined`: everything may be. */
  #last: NameKey | undefined;
  #sortAt: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#sortAt = 2 * limit;
  }

  takes(key: NameKey): boolean {
    return this.#limit > 0 && (this.#last === undefined || compareNameKeys(key, this.#last) <= 0);
  }

  add(key: NameKey, pk: number): void {
    this.#found.push({ key, pk });
    if (this.#found.length >= this.#sortAt) this.#sort();
  }

  pks(): number[] {
    this.#sort();
    return this.#found.map(({ pk }) => pk);
  }

  #sort(): void {
    if (this.#found.length < this.#limit || this.#limit === 0) return;
    this.#found.sort((a, b) => compareNameKeys(a.key, b.key));
    const last = this.#found[this.#limit - 1]?.key ?? null;
    this.#last = last;
    const end = this.#found.findIndex(({ key }) => compareNameKeys(key, last) > 0);
    if (end >= 0) this.#found.length = end;
    this.#sortAt = Math.max(2 * this.#limit, 2 * this.#found.length);
  }
}
