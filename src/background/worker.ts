/** The thread of `Background`: fetches, reads, compares and orders listings. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
// Not by the rooms' doors, behind which there is much more than what it needs.
import { AudienceManagerError } from '../audience-manager/errors.js';
import { joinPages, parseMappingsPage } from '../audience-manager/listing.js';
import { openSender } from '../audience-manager/sender.js';
import { diffListing } from '../directory/snapshot/diff-listing.js';
import { Snapshot } from '../directory/snapshot/snapshot.js';
import { detachBuffers } from '../base/detach-buffers.js';
import { PackedSegments, buffersOf } from '../segments/index.js';
import { lowerThreadPriority } from '../base/thread-session.js';
import type { BackgroundAnswer, BackgroundData, BackgroundRequest, BackgroundResponse } from './messages.js';
import { setNetworkDefaults } from './network-defaults.js';
import { ownBuffers, shared } from './shared-memory.js';

type SendRequest = Extract<BackgroundRequest, { type: 'send' }>;
type WorkRequest = Exclude<BackgroundRequest, { type: 'send' | 'abort' }>;

interface Outcome {
  readonly answer: BackgroundAnswer;
  /** Buffers that the other thread gets for good. */
  readonly transfer: readonly ArrayBuffer[];
}

function outcomeOf(request: WorkRequest): Outcome {
  switch (request.type) {
    case 'parse': {
      const { mappings, ...page } = parseMappingsPage(request.body);
      const parts = mappings.toParts();
      return { answer: { page: { ...page, mappings: parts } }, transfer: buffersOf(parts) };
    }
    case 'join': {
      const joined = joinPages(request.pages.map((page) => PackedSegments.from(page)))?.toParts() ?? null;
      return { answer: { joined }, transfer: joined === null ? [] : buffersOf(joined) };
    }
    case 'diff': {
      const { mappings, skipped, asOf } = request;
      const previous = request.previous === null ? undefined : Snapshot.from(request.previous);
      const update = diffListing({ mappings: PackedSegments.from(mappings), skipped }, previous, asOf);
      if (update.snapshot.segments === previous?.segments) {
        return { answer: { update: null }, transfer: [] };
      }
      const parts = update.snapshot.toParts();
      const snapshot = request.isShared ? shared(parts) : parts;
      const changes = update.changes.toParts();
      return {
        answer: { update: { snapshot, changes } },
        transfer: [...ownBuffers(snapshot), changes.rows.buffer, changes.kinds.buffer],
      };
    }
  }
}

async function send({ key, request, maxBytes }: SendRequest): Promise<Outcome> {
  const controller = new AbortController();
  underWay.set(key, controller);
  try {
    const sent = await sender.send(request, { maxBytes, signal: controller.signal });
    return { answer: { sent }, transfer: sent.kind === 'response' ? [sent.response.body.buffer] : [] };
  } finally {
    underWay.delete(key);
  }
}

/** Buffers that came with a request, for good: what is in them is of no use any more when it has been answered. */
function takenOver(request: WorkRequest): ArrayBuffer[] {
  switch (request.type) {
    case 'parse':
      return [request.body.buffer];
    case 'join':
      return request.pages.flatMap(buffersOf);
    case 'diff': {
      const { mappings, previous } = request;
      return [...buffersOf(mappings), ...(previous === null ? [] : ownBuffers(previous))];
    }
  }
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof AudienceManagerError ? error.code : '', message };
}

/** Takes requests, and does the work one piece a turn of the event loop: what comes in meanwhile is read between. */
class Desk {
  readonly #port: MessagePort;
  readonly #work: WorkRequest[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
  }

  take(request: BackgroundRequest): void {
    switch (request.type) {
      case 'send':
        void this.#respond(request.id, () => send(request));
        return;
      case 'abort':
        underWay.get(request.key)?.abort();
        void this.#respond(request.id, () => ({ answer: {}, transfer: [] }));
        return;
      case 'parse':
      case 'join':
      case 'diff':
        this.#work.push(request);
        if (this.#work.length === 1) setImmediate(() => this.#next());
        return;
    }
  }

  #next(): void {
    const [request] = this.#work;
    if (request === undefined) return;
    void this.#respond(request.id, () => outcomeOf(request));
    detachBuffers(takenOver(request));
    this.#work.shift();
    if (this.#work.length > 0) setImmediate(() => this.#next());
  }

  async #respond(id: number, work: () => Outcome | Promise<Outcome>): Promise<void> {
    let response: BackgroundResponse;
    let transfer: readonly ArrayBuffer[] = [];
    try {
      const outcome = work();
      // Without a promise where none is needed: the answer is on its way before the next work begins.
      const done = outcome instanceof Promise ? await outcome : outcome;
      response = { id, answer: done.answer };
      ({ transfer } = done);
    } catch (error) {
      response = { id, error: failureOf(error) };
    }
    this.#port.postMessage(response, [...transfer]);
  }
}

const data = workerData as BackgroundData;
setNetworkDefaults(data.network);
const sender = openSender(data.sender);
/** Calls that can be ended, by key. */
const underWay = new Map<number, AbortController>();

if (parentPort !== null) {
  const desk = new Desk(parentPort);
  lowerThreadPriority();
  parentPort.on('message', (request: BackgroundRequest) => desk.take(request));
  parentPort.postMessage({ id: 0, answer: {} } satisfies BackgroundResponse);
}
