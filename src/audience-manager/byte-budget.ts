import { AudienceManagerError } from './errors.js';

/** A budget as it is sent between threads. */
export interface BudgetParts {
  readonly limit: number;
  readonly counter: SharedArrayBuffer;
}

/**
 * The bytes that one listing may take: the decompressed pages and what is made of them. The count is in shared memory,
 * because several pages arrive at the same time and another thread receives them. It is one number, and no data.
 */
export class ByteBudget {
  readonly #parts: BudgetParts;
  readonly #used: BigInt64Array;

  /** @param limit in bytes */
  constructor(limit: number, counter = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.#parts = { limit, counter };
    this.#used = new BigInt64Array(counter);
  }

  /** The same budget in another thread. */
  static from({ limit, counter }: BudgetParts): ByteBudget {
    return new ByteBudget(limit, counter);
  }

  /** In bytes. */
  get limit(): number {
    return this.#parts.limit;
  }

  toParts(): BudgetParts {
    return this.#parts;
  }

  /** Takes bytes, also if they are more than what is left. @returns whether the limit is kept */
  take(bytes: number): boolean {
    const before = Atomics.add(this.#used, 0, BigInt(bytes));
    return Number(before) + bytes <= this.#parts.limit;
  }

  /** Gives back bytes that are not in memory any more. */
  giveBack(bytes: number): void {
    Atomics.sub(this.#used, 0, BigInt(bytes));
  }
}

/** The error for a listing that takes more bytes than it may. */
export function listingTooLarge(limit: number): AudienceManagerError {
  const mebibytes = Math.round((limit / 2 ** 20) * 10) / 10;
  return new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager's list of mappings takes more than audienceManager.listingLimit allows (${mebibytes} MiB, decompressed and in memory). If the destination really has so many segments, raise it and give the process the memory.`,
  );
}
