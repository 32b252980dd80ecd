import {
  AudienceManagerError,
  directParser,
  type Listing,
  type ListingParser,
  type MappingsPage,
} from '../audience-manager/index.js';
import {
  Snapshot,
  SnapshotChanges,
  directMaker,
  type SnapshotMaker,
  type Successor,
} from '../directory/index.js';
import { PackedSegments } from '../segments/index.js';
import type { Logger } from '../telemetry/logs.js';
import { ThreadSession, type ThreadFailure } from '../thread-session.js';
import type { BackgroundAnswer, BackgroundRequest } from './messages.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Session = ThreadSession<WithoutId<BackgroundRequest>, BackgroundAnswer>;

/** A thread's JavaScript is what has been built, even where the sources themselves are run, as the tests do. */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/background/worker.js' : './worker.js';
  return new URL(built, import.meta.url);
}

/**
 * The work on whole listings in a thread of its own, so that no lookup ever waits for it. It starts with the first
 * listing, and again after it has died; where no thread can be had, the work is done here.
 */
export class Background implements ListingParser, SnapshotMaker {
  readonly #logger: Logger;
  #session: Session | undefined;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async parse(body: Uint8Array<ArrayBuffer>): Promise<MappingsPage> {
    const session = await this.#start();
    if (session === null) return await directParser.parse(body);
    const { page } = await session.request({ type: 'parse', body }, [body.buffer]);
    if (page === undefined) throw new Error('the thread has answered another question');
    return { ...page, mappings: PackedSegments.from(page.mappings) };
  }

  async join(pages: readonly PackedSegments[]): Promise<PackedSegments | null> {
    const session = await this.#start();
    if (session === null) return await directParser.join(pages);
    const parts = pages.map((page) => page.toParts());
    const buffers = parts.flatMap(({ bytes, starts }) => [bytes, starts.buffer]);
    const { joined } = await session.request({ type: 'join', pages: parts }, buffers);
    if (joined === undefined) throw new Error('the thread has answered another question');
    return joined === null ? null : PackedSegments.from(joined);
  }

  async successorOf(listing: Listing, previous: Snapshot | undefined, asOf: number): Promise<Successor> {
    const session = await this.#start();
    if (session === null) return await directMaker.successorOf(listing, previous, asOf);
    const { successor } = await session.request({
      type: 'succeed',
      mappings: listing.mappings.toParts(),
      skipped: listing.skipped,
      previous: previous?.toParts() ?? null,
      asOf,
    });
    if (successor === undefined) throw new Error('the thread has answered another question');
    if (successor !== null) {
      const snapshot = Snapshot.from(successor.snapshot);
      return { snapshot, changes: new SnapshotChanges(snapshot, successor.changes) };
    }
    // Only what was there before can be what it was before.
    const same = (previous ?? Snapshot.of([], null)).stamped(asOf, previous?.generation ?? 0);
    return { snapshot: same, changes: SnapshotChanges.none(same) };
  }

  /** Ends the thread; what it does for somebody fails. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#session?.terminate();
  }

  async #start(): Promise<Session | null> {
    if (this.#session?.alive !== true && !this.#closed) {
      this.#session = new ThreadSession({ url: workerUrl(), name: 'background', toError });
    }
    const session = this.#session;
    try {
      await session?.started;
    } catch (error) {
      this.#logger.warn({ err: error }, 'no thread for listings can be had: lookups may wait for them');
      return null;
    }
    return session ?? null;
  }
}

function toError({ code, message }: ThreadFailure): Error {
  return code === 'AAM_BAD_RESPONSE' ? new AudienceManagerError(code, message) : new Error(message);
}
