import { threadFile } from '../../base/program-files.js';
import { ThreadSession } from '../../base/thread-session.js';
import type { PackAnswer, PackMatches, PackRequest, PackSearch, PackState } from './protocol.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** The running search thread. When it ends, its packs are gone. */
export class PackThread {
  readonly #thread = new ThreadSession<WithoutId<PackRequest>, PackAnswer>({
    url: threadFile('storage/packs/worker'),
    name: 'search',
    // Packs are outside of its heap.
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
    toError: ({ message }) => new Error(message),
  });

  constructor() {
    // Requests fail as well if it does not start.
    this.#thread.started.catch(() => undefined);
  }

  /** Why the thread has ended; `null` while it is alive. */
  get endedBy(): string | null {
    return this.#thread.endedBy;
  }

  async add(pack: number, rows: string): Promise<PackState> {
    return (await this.#thread.request({ type: 'add', pack, rows })) as PackState;
  }

  /** @throws the signal's reason when it is aborted */
  async search(search: PackSearch, signal: AbortSignal | undefined): Promise<PackMatches> {
    signal?.throwIfAborted();
    const { id, answer } = this.#thread.begin({ type: 'search', search });
    const abort = (): void => void this.#thread.request({ type: 'abort', search: id }).catch(() => undefined);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return (await answer) as PackMatches;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  drop(pack: number): void {
    this.#thread.request({ type: 'drop', pack }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
