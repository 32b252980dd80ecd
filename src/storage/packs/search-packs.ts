import type { Kysely } from 'kysely';
import type { Logger } from '../../telemetry/logs.js';
import { atOneMoment } from '../at-one-moment.js';
import type { Engine } from '../engine.js';
import type { Tables } from '../tables.js';
import type { DestinationKey, SearchMemory } from '../types.js';
import { readPackRows, ROWS_PER_QUERY } from './pack-rows.js';
import { PackThread } from './pack-thread.js';
import type { PackMatches, PackSearch } from './protocol.js';

/** A thread that ends more often has a cause that another start does not cure. */
const MAX_STARTS = 3;

/** What a search says of a destination in which it looks. */
export interface Searched extends DestinationKey {
  readonly pk: number;
  readonly generation: number;
}

/** A pack that is complete. */
interface HeldPack {
  readonly number: number;
  readonly pk: number;
  readonly generation: number;
  readonly bytes: number;
  /** The search that it was made for. */
  readonly madeFor: number;
  /** The last search that it was there for. */
  lastSearch: number;
}

/** A pack that is to be made. */
interface Wish extends DestinationKey {
  readonly pk: number;
  readonly search: number;
}

interface SearchPacksOptions {
  readonly engine: Engine;
  /** Maximum size of all packs, in bytes. */
  readonly maxBytes: number;
  readonly logger: Logger;
  /** Waits until a pack may be read from the database. @returns ends the reading's turn */
  readonly turn: (signal: AbortSignal) => Promise<() => void>;
}

/**
 * The folded texts of destinations in memory, in a thread of their own: the search packs. A pack is made behind the first search
 * that would have needed it, and is used as long as its destination is stored as it was then. See
 * docs/decisions/0048-search-packs.md.
 */
export class SearchPacks {
  readonly #options: SearchPacksOptions;
  readonly #packs = new Map<string, HeldPack>();
  /** Destinations whose packs have not fitted, with the generation that they had then. */
  readonly #tooLarge = new Map<string, number>();
  readonly #wishes = new Map<string, Wish>();
  readonly #closed = new AbortController();
  #thread: PackThread | undefined;
  #making: Promise<void> | undefined;
  #starts = 0;
  #lastNumber = 0;
  #lastSearch = 0;

  constructor(options: SearchPacksOptions) {
    this.#options = options;
  }

  get memory(): SearchMemory {
    const threadIsUp = this.#thread?.alive ?? this.#starts < MAX_STARTS;
    return { destinations: this.#packs.size, bytes: this.#bytes(), threadIsUp };
  }

  /**
   * To be called by each search, with all destinations in which it looks.
   *
   * @returns the packs that it can use, by primary key of their destination. The other ones are made behind it
   */
  packsFor(destinations: readonly Searched[]): ReadonlyMap<number, number> {
    const usable = new Map<number, number>();
    if (!this.#mayRun()) return usable;
    const search = ++this.#lastSearch;
    for (const destination of destinations) {
      const id = idOf(destination);
      const held = this.#packs.get(id);
      if (held?.pk === destination.pk && held.generation === destination.generation) {
        held.lastSearch = search;
        usable.set(destination.pk, held.number);
      } else if (this.#tooLarge.get(id) !== destination.generation) {
        this.#want({ ...destination, search });
      }
    }
    return usable;
  }

  /**
   * Searches packs that `packsFor` has returned.
   *
   * @returns `null` if one of them is gone since
   * @throws the signal's reason when it is aborted
   */
  async search(search: PackSearch, signal: AbortSignal | undefined): Promise<PackMatches | null> {
    try {
      return (await this.#thread?.search(search, signal)) ?? null;
    } catch (error) {
      signal?.throwIfAborted();
      this.#options.logger.debug({ err: error }, 'search packs are gone: the database is searched instead');
      return null;
    }
  }

  /** To be called when a destination has changed. Makes its pack again if it was searched since it was made. */
  changed(key: DestinationKey): void {
    const id = idOf(key);
    const held = this.#packs.get(id);
    if (held === undefined) return;
    if (held.lastSearch > held.madeFor) this.#want({ ...key, pk: held.pk, search: held.lastSearch });
    else this.#drop(id, held);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#making;
    await this.#thread?.close();
  }

  #want(wish: Wish): void {
    if (this.#closed.signal.aborted) return;
    this.#wishes.set(idOf(wish), wish);
    this.#making ??= this.#makeAll();
  }

  /** Makes one pack after the other. Never rejects. */
  async #makeAll(): Promise<void> {
    const { signal } = this.#closed;
    for (const [id, wish] of this.#wishes) {
      this.#wishes.delete(id);
      try {
        const end = await this.#options.turn(signal);
        try {
          await this.#make(id, wish);
        } finally {
          end();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#options.logger.debug(
          { err: error },
          'the texts of a destination could not be read for searches',
        );
      }
    }
    this.#making = undefined;
  }

  async #make(id: string, { pk, search }: Wish): Promise<void> {
    const { engine } = this.#options;
    await atOneMoment(engine.reader('packs', this.#closed.signal), async (db) => {
      const destination = await db
        .selectFrom('destination')
        .select(['generation', 'overlay_pk'])
        .where('pk', '=', pk)
        .executeTakeFirst();
      const before = this.#packs.get(id);
      if (destination !== undefined && before?.generation === destination.generation) return;
      if (before !== undefined) this.#drop(id, before);
      // What is laid over it is moved to its place soon, and then the next search makes the pack.
      if (destination === undefined || destination.overlay_pk !== null) return;
      const made = await this.#fill(db, pk, search);
      if (made === null) {
        this.#tooLarge.set(id, destination.generation);
      } else {
        const { generation } = destination;
        this.#packs.set(id, { ...made, pk, generation, madeFor: search, lastSearch: search });
        this.#tooLarge.delete(id);
      }
    });
  }

  /** Makes a pack of the rows of a destination. @returns `null` if there is no room for it */
  async #fill(
    db: Kysely<Tables>,
    pk: number,
    search: number,
  ): Promise<Pick<HeldPack, 'number' | 'bytes'> | null> {
    const thread = this.#runningThread();
    const number = ++this.#lastNumber;
    let isComplete = false;
    try {
      for (let after: number | null = null; ;) {
        const rows = await readPackRows(this.#options.engine, db, pk, after);
        const { bytes, added, last } = await thread.add(number, rows);
        if (!this.#makeRoom(bytes, search)) return null;
        isComplete = added < ROWS_PER_QUERY;
        if (isComplete) return { number, bytes };
        after = last;
      }
    } finally {
      if (!isComplete) thread.drop(number);
    }
  }

  /**
   * Drops the packs that were searched least recently, but none that was searched as recently as the new one.
   *
   * @param bytes size of the new pack
   * @param search the search that it is made for
   * @returns whether there is room
   */
  #makeRoom(bytes: number, search: number): boolean {
    const { maxBytes } = this.#options;
    while (bytes + this.#bytes() > maxBytes) {
      const [oldest] = [...this.#packs].sort(([, a], [, b]) => a.lastSearch - b.lastSearch);
      if (oldest === undefined || oldest[1].lastSearch >= search) return false;
      this.#drop(...oldest);
    }
    return true;
  }

  #drop(id: string, { number }: HeldPack): void {
    this.#packs.delete(id);
    this.#thread?.drop(number);
  }

  #bytes(): number {
    return [...this.#packs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether the thread runs, or may be started. Forgets the packs of one that has ended. */
  #mayRun(): boolean {
    if (this.#thread?.alive === false) {
      this.#thread = undefined;
      this.#packs.clear();
      this.#options.logger.warn('the search thread has ended unexpectedly: searches take longer for a while');
    }
    return this.#thread !== undefined || this.#starts < MAX_STARTS;
  }

  /** @throws Error if the thread has ended too often */
  #runningThread(): PackThread {
    if (!this.#mayRun()) throw new Error(`the search thread has ended ${MAX_STARTS} times`);
    if (this.#thread === undefined) {
      this.#thread = new PackThread();
      this.#starts += 1;
    }
    return this.#thread;
  }
}

function idOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
