/**
 * The search thread, started by `SearchPacks`: keeps the folded texts of destinations, and looks through them. Nothing else
 * waits for it, so it takes what is asked of it in turns only to hear of searches that ended.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { lowerThreadPriority } from '../../base/thread-session.js';
import { inTurns, Turns } from '../../base/turns.js';
import { Pack } from './pack.js';
import type { PackAnswer, PackRequest, PackResponse, PackRow, PackState } from './protocol.js';
import { Scanner } from './scanner.js';
import { searchInPacks } from './search-in-packs.js';

class PackKeeper {
  readonly #packs = new Map<number, Pack>();
  readonly #searches = new Map<number, AbortController>();
  readonly #scanner = new Scanner();

  handle(request: PackRequest): PackAnswer | Promise<PackAnswer> {
    switch (request.type) {
      case 'add':
        return this.#add(request.pack, JSON.parse(request.rows) as readonly PackRow[]);
      case 'search':
        return this.#search(request);
      case 'abort':
        this.#searches.get(request.search)?.abort();
        return null;
      case 'drop':
        this.#packs.delete(request.pack);
        return null;
    }
  }

  #add(number: number, rows: readonly PackRow[]): PackState {
    const pack = this.#packs.get(number) ?? new Pack();
    this.#packs.set(number, pack);
    pack.add(rows);
    return { bytes: pack.bytes, added: rows.length, last: rows.at(-1)?.[0] ?? null };
  }

  async #search({ id, search }: PackRequest & { type: 'search' }): Promise<PackAnswer> {
    const ending = new AbortController();
    this.#searches.set(id, ending);
    try {
      return await inTurns(searchInPacks(this.#packs, search, this.#scanner), new Turns(ending.signal));
    } finally {
      this.#searches.delete(id);
    }
  }
}

async function respond(port: MessagePort, keeper: PackKeeper, request: PackRequest): Promise<void> {
  const { id } = request;
  try {
    const answer = await keeper.handle(request);
    port.postMessage({ id, answer } satisfies PackResponse);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ id, error: { code: '', message } } satisfies PackResponse);
  }
}

function serve(port: MessagePort): void {
  lowerThreadPriority();
  const keeper = new PackKeeper();
  port.on('message', (request: PackRequest) => void respond(port, keeper, request));
  port.postMessage({ id: 0, answer: null } satisfies PackResponse);
}

if (parentPort !== null) serve(parentPort);
