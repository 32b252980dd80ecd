/** What an operation asks for, at most. Estimated before it is executed. */
export interface Weight {
  /** Values in the response, and what it takes to find them, in values. */
  readonly cost: number;
  /** IDs that are looked up. */
  readonly ids: number;
  /** Searches: those of one destination and those over destinations. */
  readonly searches: number;
  /** Reads of the history from the storage. */
  readonly histories: number;
  /** Reads of the past from the storage: destinations times moments. */
  readonly moments: number;
  /** Segments that searches look at in memory, one after the other. */
  readonly scanned: number;
}

const PARTS = ['cost', 'ids', 'searches', 'histories', 'moments', 'scanned'] as const;

type Part = (typeof PARTS)[number];

/** A weight that is added up. */
export class WeightSum implements Weight {
  cost = 0;
  ids = 0;
  searches = 0;
  histories = 0;
  moments = 0;
  scanned = 0;

  /** The highest value of each part. */
  static highest(weights: readonly Weight[]): Weight {
    const highest = new WeightSum();
    for (const weight of weights) {
      for (const part of PARTS) highest[part] = Math.max(highest[part], weight[part]);
    }
    return highest;
  }

  add(weight: Partial<Readonly<Record<Part, number>>>): void {
    for (const part of PARTS) {
      // A number that JSON can write, however much the lists multiply.
      this[part] = Math.min(this[part] + (weight[part] ?? 0), Number.MAX_SAFE_INTEGER);
    }
  }
}
