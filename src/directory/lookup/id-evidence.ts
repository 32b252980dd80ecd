import type { IdentifierType, SegmentIdType } from '../../segments/index.js';

/** How often IDs turned out to be identifiers of one kind. */
export interface IdCount {
  readonly idType: IdentifierType;
  readonly count: number;
}

/** What IDs of unstated kind turned out to be. */
export interface IdEvidence {
  /** Most frequent kind first. */
  readonly counts: readonly IdCount[];
  /** IDs that stand for several segments. */
  readonly ambiguous: number;
  /** IDs of which no segment is known. */
  readonly unknown: number;
  /** The kind to configure; `null` while the evidence is not clear. */
  readonly suggestion: IdentifierType | null;
}

/** Number of IDs that have to be found before a kind is suggested. */
const MIN_FOUND = 10;

/** The share of the found IDs that must be of one kind. The rest may be mistakes in somebody's data. */
const CLEAR_SHARE = 0.99;

/** Counts what IDs turn out to be. */
export class IdEvidenceCounter {
  readonly #found = new Map<IdentifierType, number>();
  #ambiguous = 0;
  #unknown = 0;

  /** @param idType AUTO: a manual entry for an ID of unstated kind, from which nothing follows */
  addFound(idType: SegmentIdType, count = 1): void {
    if (idType !== 'AUTO') this.#found.set(idType, (this.#found.get(idType) ?? 0) + count);
  }

  addAmbiguous(count = 1): void {
    this.#ambiguous += count;
  }

  addUnknown(count = 1): void {
    this.#unknown += count;
  }

  get evidence(): IdEvidence {
    const counts = Array.from(this.#found, ([idType, count]) => ({ idType, count }));
    counts.sort((a, b) => b.count - a.count);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const [first] = counts;
    const isClear = first !== undefined && total >= MIN_FOUND && first.count >= total * CLEAR_SHARE;
    return {
      counts,
      ambiguous: this.#ambiguous,
      unknown: this.#unknown,
      suggestion: isClear ? first.idType : null,
    };
  }
}
