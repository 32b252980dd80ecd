import {
  AudienceManagerError,
  inlineJoiner,
  openSender,
  type HttpRequest,
  type Listing,
  type PageBody,
  type PageJoiner,
  type SendLimits,
  type SendResult,
  type Sender,
  type SenderOptions,
} from '../audience-manager/index.js';
import { threadFile } from '../base/program-files.js';
import { ThreadSession, type ThreadFailure } from '../base/thread-session.js';
import {
  Snapshot,
  SnapshotChanges,
  inlineDiffer,
  type IdKinds,
  type ListingDiffer,
  type SnapshotUpdate,
} from '../directory/index.js';
import { PackedSegments, buffersOf } from '../segments/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { BackgroundAnswer, BackgroundData, BackgroundRequest, PageBodyParts } from './messages.js';
import { networkDefaults } from './network-defaults.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Session = ThreadSession<WithoutId<BackgroundRequest>, BackgroundAnswer>;

export interface BackgroundOptions extends SenderOptions {
  readonly logger: Logger;
  /** Compiled JavaScript of the worker. Default: `worker.js` in dist/. */
  readonly url?: URL;
}

/**
 * The background worker, as seen from the answering thread: it calls Audience Manager, parses pages and compares
 * listings in a thread of its own, so that no lookup waits for this work.
 *
 * The thread starts with the first request. If it dies, requests in flight fail and the next request starts a new
 * thread. If no thread can be started, the work is done in the calling thread.
 */
export class Background implements Sender, PageJoiner, ListingDiffer {
  readonly #options: BackgroundOptions;
  #session: Session | undefined;
  /** Used when no thread can be started. */
  #inlineSender: Sender | undefined;
  #closed = false;
  #lastKey = 0;

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  /** Whether the thread runs, or has not been needed yet; `false` once it has ended unexpectedly. */
  get isUp(): boolean {
    return this.#session?.alive ?? true;
  }

  async send(request: HttpRequest, limits: SendLimits): Promise<SendResult> {
    return await this.#call(
      limits,
      (sender) => sender.send(request, limits),
      async (session, key) => {
        const { sent } = await session.request({ type: 'send', key, request, maxBytes: limits.maxBytes });
        return sent;
      },
    );
  }

  async fetchPage(request: HttpRequest, limits: SendLimits): Promise<SendResult<PageBody>> {
    return await this.#call(
      limits,
      (sender) => sender.fetchPage(request, limits),
      async (session, key) => {
        const { maxBytes } = limits;
        const budget = limits.budget?.toParts() ?? null;
        const { fetched } = await session.request({ type: 'fetchPage', key, request, maxBytes, budget });
        return fetched?.kind === 'response'
          ? { ...fetched, response: { ...fetched.response, body: pageBodyFrom(fetched.response.body) } }
          : fetched;
      },
    );
  }

  async join(pages: readonly PackedSegments[]): Promise<PackedSegments | null> {
    const session = await this.#start();
    if (session === null) return await inlineJoiner.join(pages);
    const parts = pages.map((page) => page.transfer());
    const { joined } = await session.request({ type: 'join', pages: parts }, parts.flatMap(buffersOf));
    if (joined === undefined) throw unexpectedResponse();
    return joined === null ? null : PackedSegments.from(joined);
  }

  async diff(
    listing: Listing,
    previous: Snapshot | undefined,
    asOf: number,
    kinds: IdKinds | null,
  ): Promise<SnapshotUpdate> {
    const session = await this.#start();
    if (session === null) return await inlineDiffer.diff(listing, previous, asOf, kinds);
    // Both are copied, not transferred: they are used again if storing the update fails or conflicts.
    const { update } = await session.request({
      type: 'diff',
      mappings: listing.mappings.toParts(),
      skipped: listing.skipped,
      previous: previous?.toParts() ?? null,
      asOf,
      kinds,
    });
    if (update === undefined) throw unexpectedResponse();
    if (update !== null) {
      const snapshot = Snapshot.from(update.snapshot);
      return { snapshot, changes: new SnapshotChanges(snapshot, update.changes) };
    }
    const unchanged = (previous ?? Snapshot.of([], null)).stamped(asOf, previous?.generation ?? 0);
    return { snapshot: unchanged, changes: SnapshotChanges.none(unchanged) };
  }

  /** Stops the thread. Requests in flight fail; later `join` and `diff` calls are done in the calling thread. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#inlineSender?.close();
    await this.#session?.terminate();
  }

  /** Makes one HTTP call in the worker; an abort of `signal` is passed on to it. */
  async #call<TBody>(
    { signal }: SendLimits,
    inline: (sender: Sender) => Promise<SendResult<TBody>>,
    inWorker: (session: Session, key: number) => Promise<SendResult<TBody> | undefined>,
  ): Promise<SendResult<TBody>> {
    if (this.#closed) return { kind: 'network', reason: 'the gateway is being stopped', lasting: true };
    const session = await this.#start();
    if (session === null) {
      this.#inlineSender ??= openSender(this.#options);
      return await inline(this.#inlineSender);
    }
    const key = ++this.#lastKey;
    const abort = (): void => {
      // If the thread has died, the call has ended with it.
      session.request({ type: 'abort', key }).catch(() => undefined);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const result = inWorker(session, key);
      if (signal.aborted) abort();
      return (await result) ?? { kind: 'network', reason: unexpectedResponse().message, lasting: false };
    } catch (error) {
      return { kind: 'network', reason: (error as Error).message, lasting: false };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #start(): Promise<Session | null> {
    if (this.#closed) return null;
    if (this.#session?.alive !== true) {
      const { outbound, connections, logger, url = threadFile('background/worker') } = this.#options;
      if (this.#session !== undefined) logger.warn('the background thread has ended and is started again');
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
        'the background thread cannot be started: listings are processed in the answering thread and may delay lookups',
      );
      return null;
    }
  }
}

function pageBodyFrom(parts: PageBodyParts): PageBody {
  if (parts === null || !('page' in parts)) return parts;
  const { page } = parts;
  return { page: { ...page, mappings: PackedSegments.from(page.mappings) } };
}

function unexpectedResponse(): Error {
  return new Error('unexpected response type from the background worker: a bug in the gateway');
}

function toError({ code, message }: ThreadFailure): Error {
  return code === 'AAM_BAD_RESPONSE' ? new AudienceManagerError(code, message) : new Error(message);
}
