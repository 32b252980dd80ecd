import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';
import type { ChangeListener, DestinationKey } from './types.js';

/** Where a destination has got to. */
export interface Reached extends DestinationKey {
  readonly generation: number;
}

/** Which changes were seen, so that each is told once, and those of this process never. */
export class Changes {
  readonly #seen = new Map<string, number>();
  readonly #own = new Map<string, number>();
  readonly #listeners = new Set<ChangeListener>();

  listen(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  /** What is there to begin with is no change. */
  startFrom(reached: Iterable<Reached>): void {
    for (const { generation, ...key } of reached) this.#see(key, generation);
  }

  /**
   * This process is about to commit a generation, holding the lock that keeps others from doing so. Whoever
   * writes one has read the one before.
   */
  announceOwn(key: DestinationKey, generation: number): void {
    this.#see(key, generation - 1);
    this.#own.set(idOf(key), generation);
  }

  /** It was not committed, so somebody else may; or it is not known whether it was. */
  withdrawOwn(key: DestinationKey, generation: number): void {
    if (this.#own.get(idOf(key)) === generation) this.#own.delete(idOf(key));
  }

  /** A destination has been found to be at a generation. */
  reached({ customerId, destinationId, generation }: Reached): void {
    const key = { customerId, destinationId };
    const isNew = this.#see(key, generation);
    if (!isNew || this.#own.get(idOf(key)) === generation) return;
    for (const listener of this.#listeners) listener(key);
  }

  #see(key: DestinationKey, generation: number): boolean {
    const id = idOf(key);
    if (generation <= (this.#seen.get(id) ?? 0)) return false;
    this.#seen.set(id, generation);
    return true;
  }
}

/** Where every destination has got to. */
export async function readGenerations(db: Kysely<Tables>): Promise<Reached[]> {
  const rows = await db
    .selectFrom('destination')
    .select(['customer_id', 'destination_id', 'generation'])
    .execute();
  return rows.map((row) => ({
    customerId: row.customer_id,
    destinationId: row.destination_id,
    generation: row.generation,
  }));
}

function idOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
