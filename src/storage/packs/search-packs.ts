import { setMaxListeners } from 'node:events';
import { sleep, type Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Engine } from '../engine.js';
import { Semaphore } from '../semaphore.js';
import type { DestinationKey, SearchMemory } from '../types.js';
import { FIRST_ROWS, isSameVersion, nextLimit, readPackRows, type PackVersion } from './pack-rows.js';
import { PackThread } from './pack-thread.js';
import type { PackMatches, PackSearch } from './protocol.js';

/** Packs that were searched since stay: two customers who search in turn would drop each other's packs each time. */
const IDLE_MS = 60_000;

/** So many times as long as making a pack took, it is not made again, however often its destination changes. */
const REST = 10;

/** A thread that ends so often has a cause that another start does not cure. */
const MAX_ENDS = 3;

/** A thread that has lived so long had nothing of that cause. */
const LASTING_MS = 600_000;

const ENDED = 'the search thread has ended unexpectedly: searches take longer for a while';
const GIVEN_UP = `the search thread has ended ${MAX_ENDS} times: the database is searched until the next start; see cache.maxSearchMemory`;

/** What a search says of a destination in which it looks. */
export interface Searched extends DestinationKey, PackVersion {
  readonly pk: number;
}

/** A pack that is complete. */
interface HeldPack extends PackVersion {
  readonly number: number;
  readonly pk: number;
  readonly bytes: number;
  /** Whether a search has used it. */
  isUsed: boolean;
  /** When it was used last, or made. */
  usedAt: number;
}

/** What is known of the last time that a pack was made, or was not because there was no room. */
interface Making extends PackVersion {
  /** Size that it has reached. */
  readonly bytes: number;
  /** When it may be made again. */
  readonly againAt: number;
}

interface SearchPacksOptions {
  readonly engine: Engine;
  /** Maximum size of all packs, in bytes. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Waits until some rows may be read from the database. @returns ends the reading's turn */
  readonly turn: (signal: AbortSignal) => Promise<() => void>;
  /** Default: starts the search thread. */
  readonly startThread?: () => PackThread;
}

/**
 * The folded texts of destinations in memory, in a thread of their own: the search packs. A pack is made behind the first search
 * that would have needed it, and is used as long as its destination is stored as it was then. See
 * docs/decisions/0048-search-packs.md.
 */
export class SearchPacks {
  readonly #options: SearchPacksOptions;
  /** The least recently used ones first. */
  readonly #packs = new Map<string, HeldPack>();
  readonly #makings = new Map<string, Making>();
  /** What makes the packs that are missing. */
  readonly #wishes = new Map<string, Promise<void>>();
  /** One pack is made at once. */
  readonly #makers = new Semaphore(1);
  readonly #closed = new AbortController();
  /** Size of all packs, in bytes. */
  #bytes = 0;
  #lastNumber = 0;
  #thread: PackThread | undefined;
  #startedAt = 0;
  /** How often the thread has ended soon. */
  #ends = 0;

  constructor(options: SearchPacksOptions) {
    this.#options = options;
    // Each wish that waits listens to it.
    setMaxListeners(0, this.#closed.signal);
  }

  get memory(): SearchMemory {
    const threadIsUp = this.#thread === undefined ? this.#ends < MAX_ENDS : this.#thread.endedBy === null;
    return { destinations: this.#packs.size, bytes: this.#bytes, threadIsUp };
  }

  /**
   * To be called by each search, with all destinations in which it looks.
   *
   * @returns the packs that it can use, by primary key of their destination. The other ones are made behind it
   */
  packsFor(destinations: readonly Searched[]): ReadonlyMap<number, number> {
    const usable = new Map<number, number>();
    if (!this.#mayRun()) return usable;
    const now = this.#options.clock.elapsed();
    const missing: [id: string, destination: Searched][] = [];
    for (const destination of destinations) {
      const id = idOf(destination);
      const held = this.#packs.get(id);
      if (held?.pk === destination.pk && isSameVersion(held, destination)) {
        held.isUsed = true;
        held.usedAt = now;
        this.#packs.delete(id);
        this.#packs.set(id, held);
        usable.set(destination.pk, held.number);
      } else {
        missing.push([id, destination]);
      }
    }
    if (missing.length === 0) return usable;
    const room = this.#room(now);
    for (const [id, destination] of missing) {
      const last = this.#makings.get(id);
      const isTooLarge = last !== undefined && isSameVersion(last, destination) && last.bytes > room;
      if (!isTooLarge) this.#want(id, destination.pk);
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

  /** To be called when a destination was written. If it has changed, its pack is made again if a search has used it. */
  changed(key: DestinationKey, generation: number): void {
    const id = idOf(key);
    const held = this.#packs.get(id);
    if (held === undefined || held.generation >= generation) return;
    this.#drop(id, held);
    if (held.isUsed) this.#want(id, held.pk);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#wishes.values());
    await this.#thread?.close();
  }

  #want(id: string, pk: number): void {
    if (this.#closed.signal.aborted || this.#wishes.has(id)) return;
    this.#wishes.set(
      id,
      this.#fulfil(id, pk).finally(() => this.#wishes.delete(id)),
    );
  }

  /** Makes a pack in its turn. Never rejects. */
  async #fulfil(id: string, pk: number): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#closed;
    try {
      const waitMs = (this.#makings.get(id)?.againAt ?? 0) - clock.elapsed();
      if (waitMs > 0) await sleep(clock, waitMs, signal);
      const end = await this.#makers.acquire(signal);
      try {
        await this.#make(id, pk);
      } finally {
        end();
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.debug({ err: error }, 'the texts of a destination could not be read for searches');
    }
  }

  /** Makes the pack of a destination, unless there is no room for it, or the destination changes meanwhile. */
  async #make(id: string, pk: number): Promise<void> {
    const { clock } = this.#options;
    const thread = this.#runningThread();
    const number = ++this.#lastNumber;
    const beginning = clock.elapsed();
    let version: PackVersion | undefined;
    let bytes = 0;
    let isComplete = false;
    try {
      for (let [after, limit] = [null as number | null, FIRST_ROWS]; !isComplete;) {
        const rows = await this.#read(pk, after, limit);
        const before = this.#packs.get(id);
        if (before !== undefined) {
          // Whoever asked for it saw the destination earlier than this pack does.
          if (rows !== null && before.pk === pk && isSameVersion(before, rows)) return;
          this.#drop(id, before);
        }
        // What is laid over it is moved to its place soon, and then the next search makes the pack.
        if (rows === null) return;
        const { generation, lastCommit, json } = rows;
        version ??= { generation, lastCommit };
        if (!isSameVersion(version, rows)) return;
        const state = await thread.add(number, json);
        bytes = state.bytes;
        if (!this.#makeRoom(bytes, beginning)) return;
        isComplete = state.added < limit;
        if (isComplete) this.#hold(id, { ...version, number, pk, bytes });
        [after, limit] = [state.last, nextLimit(limit, json.length)];
      }
    } finally {
      if (!isComplete) thread.drop(number);
      const now = clock.elapsed();
      if (version !== undefined) {
        this.#makings.set(id, { ...version, bytes, againAt: now + REST * (now - beginning) });
      }
    }
  }

  /** Others may search between two readings, and no transaction lasts as long as the making. */
  async #read(pk: number, after: number | null, limit: number): ReturnType<typeof readPackRows> {
    const { engine, turn } = this.#options;
    const { signal } = this.#closed;
    const end = await turn(signal);
    try {
      return await readPackRows(engine, pk, after, limit, signal);
    } finally {
      end();
    }
  }

  #hold(id: string, pack: Omit<HeldPack, 'isUsed' | 'usedAt'>): void {
    this.#packs.set(id, { ...pack, isUsed: false, usedAt: this.#options.clock.elapsed() });
    this.#bytes += pack.bytes;
  }

  #drop(id: string, { number, bytes }: HeldPack): void {
    this.#packs.delete(id);
    this.#bytes -= bytes;
    this.#thread?.drop(number);
  }

  /** Drops idle packs as far as it has to. @returns whether there is room for a pack of that size */
  #makeRoom(bytes: number, now: number): boolean {
    const { maxBytes } = this.#options;
    for (const [id, held] of this.#idle(now)) {
      if (this.#bytes + bytes <= maxBytes) break;
      this.#drop(id, held);
    }
    return this.#bytes + bytes <= maxBytes;
  }

  /** The largest pack for which there is room. */
  #room(now: number): number {
    let room = this.#options.maxBytes - this.#bytes;
    for (const [, { bytes }] of this.#idle(now)) room += bytes;
    return room;
  }

  /** The packs that may be dropped, the least recently used ones first. */
  *#idle(now: number): Generator<[id: string, held: HeldPack]> {
    for (const entry of this.#packs) {
      if (entry[1].usedAt > now - IDLE_MS) return;
      yield entry;
    }
  }

  /** Whether the thread runs, or may be started. Forgets the packs of one that has ended. */
  #mayRun(): boolean {
    const endedBy = this.#thread?.endedBy ?? null;
    if (endedBy !== null && !this.#closed.signal.aborted) {
      const { clock, logger } = this.#options;
      this.#ends = clock.elapsed() - this.#startedAt < LASTING_MS ? this.#ends + 1 : 1;
      this.#thread = undefined;
      this.#packs.clear();
      this.#makings.clear();
      this.#bytes = 0;
      logger.warn({ error: endedBy }, this.#ends < MAX_ENDS ? ENDED : GIVEN_UP);
    }
    return this.#ends < MAX_ENDS;
  }

  /** @throws Error if the thread has ended too often */
  #runningThread(): PackThread {
    if (!this.#mayRun()) throw new Error(GIVEN_UP);
    if (this.#thread === undefined) {
      this.#thread = this.#options.startThread?.() ?? new PackThread();
      this.#startedAt = this.#options.clock.elapsed();
    }
    return this.#thread;
  }
}

function idOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
