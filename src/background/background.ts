import {
  AudienceManagerError,
  inlineParser,
  openSender,
  type HttpRequest,
  type Listing,
  type ListingParser,
  type MappingsPage,
  type SendLimits,
  type SendResult,
  type Sender,
  type SenderOptions,
} from '../audience-manager/index.js';
import {
  Snapshot,
  SnapshotChanges,
  inlineDiffer,
  type ListingDiffer,
  type SnapshotUpdate,
} from '../directory/index.js';
import { detachBuffers } from '../base/detach-buffers.js';
import { PackedSegments, buffersOf } from '../segments/index.js';
import type { Logger } from '../telemetry/logs.js';
import { ThreadSession, type ThreadFailure } from '../base/thread-session.js';
import type { BackgroundAnswer, BackgroundData, BackgroundRequest } from './messages.js';
import { networkDefaults } from './network-defaults.js';
import { SharedMemory } from './shared-memory.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Session = ThreadSession<WithoutId<BackgroundRequest>, BackgroundAnswer>;

/** A thread's JavaScript is what has been built, even where the sources themselves are run, as the tests do. */
function workerUrl(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/background/worker.js' : './worker.js';
  return new URL(built, import.meta.url);
}

export interface BackgroundOptions extends SenderOptions {
  readonly logger: Logger;
  /** Of the thread's compiled JavaScript. Default: what has been built. */
  readonly url?: URL;
}

/**
 * The work on whole listings in a thread of its own, so that no lookup ever waits for it: to fetch them, to read them
 * and to compare them. It starts with the first call, and with the next one after it has died, by which what was
 * under way fails; where no thread can be had, the work is done here.
 */
export class Background implements Sender, ListingParser, ListingDiffer {
  readonly #options: BackgroundOptions;
  #session: Session | undefined;
  /** Where no thread can be had. */
  #direct: Sender | undefined;
  readonly #sharedMemory = new SharedMemory();
  /** Listings whose snapshots were made here, and may be of the same memory. */
  readonly #madeHere = new WeakSet<Listing>();
  #closed = false;
  #lastKey = 0;

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest, limits: SendLimits): Promise<SendResult> {
    if (this.#closed) return { kind: 'network', reason: 'the gateway is being stopped', lasting: true };
    const session = await this.#start();
    if (session === null) {
      this.#direct ??= openSender(this.#options);
      return await this.#direct.send(request, limits);
    }
    const { maxBytes, signal } = limits;
    const key = ++this.#lastKey;
    const abort = (): void => {
      // A thread that is there no more has ended it already.
      session.request({ type: 'abort', key }).catch(() => undefined);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const answer = session.request({ type: 'send', key, request, maxBytes });
      if (signal.aborted) abort();
      const { sent } = await answer;
      return sent ?? { kind: 'network', reason: 'the thread has answered another question', lasting: false };
    } catch (error) {
      return { kind: 'network', reason: (error as Error).message, lasting: false };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async parse(body: Uint8Array<ArrayBuffer>): Promise<MappingsPage> {
    const session = await this.#start();
    if (session === null) return await inlineParser.parse(body);
    const { page } = await session.request({ type: 'parse', body }, [body.buffer]);
    if (page === undefined) throw new Error('the thread has answered another question');
    return { ...page, mappings: PackedSegments.from(page.mappings) };
  }

  async join(pages: readonly PackedSegments[]): Promise<PackedSegments | null> {
    const session = await this.#start();
    if (session === null) return await inlineParser.join(pages);
    const parts = pages.map((page) => page.toParts());
    const buffers = parts.flatMap(buffersOf);
    const { joined } = await session.request({ type: 'join', pages: parts }, buffers);
    if (joined === undefined) throw new Error('the thread has answered another question');
    return joined === null ? null : PackedSegments.from(joined);
  }

  async diff(listing: Listing, previous: Snapshot | undefined, asOf: number): Promise<SnapshotUpdate> {
    const session = await this.#start();
    if (session === null) {
      this.#madeHere.add(listing);
      return await inlineDiffer.diff(listing, previous, asOf);
    }
    const before = previous?.toParts() ?? null;
    const { update } = await session.request({
      type: 'diff',
      mappings: listing.mappings.toParts(),
      skipped: listing.skipped,
      previous: before,
      asOf,
      isShared: before !== null && this.#sharedMemory.hasRoom,
    });
    if (update === undefined) throw new Error('the thread has answered another question');
    if (update !== null) {
      if (before !== null) this.#sharedMemory.replaced(before);
      const snapshot = Snapshot.from(update.snapshot);
      return { snapshot, changes: new SnapshotChanges(snapshot, update.changes) };
    }
    // Only what was there before can be what it was before.
    const same = (previous ?? Snapshot.of([], null)).stamped(asOf, previous?.generation ?? 0);
    return { snapshot: same, changes: SnapshotChanges.none(same) };
  }

  release(listing: Listing): void {
    if (!this.#madeHere.has(listing)) detachBuffers(buffersOf(listing.mappings.toParts()));
  }

  /** Ends the thread; what it does for somebody fails. What is asked for later is done here. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#direct?.close();
    await this.#session?.terminate();
  }

  async #start(): Promise<Session | null> {
    if (this.#closed) return null;
    if (this.#session?.alive !== true) {
      const { outbound, connections, logger, url = workerUrl() } = this.#options;
      if (this.#session !== undefined) logger.warn('starting the background thread again after it ended');
      const workerData: BackgroundData = { sender: { outbound, connections }, network: networkDefaults() };
      this.#session = new ThreadSession({ url, name: 'background', workerData, toError });
    }
    const session = this.#session;
    try {
      await session.started;
      return session;
    } catch (error) {
      this.#options.logger.warn(
        { err: error },
        'no thread for listings can be had: lookups may wait for them',
      );
      return null;
    }
  }
}

function toError({ code, message }: ThreadFailure): Error {
  return code === 'AAM_BAD_RESPONSE' ? new AudienceManagerError(code, message) : new Error(message);
}
