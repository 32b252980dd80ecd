/** The background worker: sends requests to Audience Manager, parses pages, joins them and compares listings. */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
// Imported by file and not by the rooms' index.ts, which would load much that this thread does not need.
import { ByteBudget } from '../audience-manager/byte-budget.js';
import { AudienceManagerError } from '../audience-manager/errors.js';
import { joinPages } from '../audience-manager/listing.js';
import { openSender, parsePageBody, type SendResult } from '../audience-manager/sender.js';
import { detachBuffers } from '../base/detach-buffers.js';
import { lowerThreadPriority } from '../base/thread-session.js';
import { diffListing } from '../directory/snapshot/diff-listing.js';
import { Snapshot, type SnapshotParts } from '../directory/snapshot/snapshot.js';
import { PackedSegments, buffersOf } from '../segments/index.js';
import type {
  BackgroundAnswer,
  BackgroundData,
  BackgroundRequest,
  BackgroundResponse,
  PageBodyParts,
} from './messages.js';
import { setNetworkDefaults } from './network-defaults.js';

type RequestOf<T extends BackgroundRequest['type']> = Extract<BackgroundRequest, { type: T }>;

interface Outcome {
  readonly answer: BackgroundAnswer;
  /** Buffers whose ownership passes to the other thread. */
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Handles the requests of the answering thread. Work that grows with the length of a listing runs one piece per turn
 * of the event loop, so that sockets are read in between.
 */
class RequestHandler {
  readonly #port: MessagePort;
  readonly #sender;
  /** Calls in flight, by the key that an `abort` message names. */
  readonly #calls = new Map<number, AbortController>();
  /** Resolves when the work that was queued last is done. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(port: MessagePort, { sender }: BackgroundData) {
    this.#port = port;
    this.#sender = openSender(sender);
  }

  handle(request: BackgroundRequest): void {
    void this.#respond(request.id, this.#outcome(request));
  }

  async #outcome(request: BackgroundRequest): Promise<Outcome> {
    switch (request.type) {
      case 'send': {
        const sent = await this.#send(request);
        return { answer: { sent }, transfer: sent.kind === 'response' ? [sent.response.body.buffer] : [] };
      }
      case 'fetchPage': {
        const budget = request.budget === null ? undefined : ByteBudget.from(request.budget);
        const sent = await this.#send(request, budget);
        return await this.#enqueue(() => pageOutcome(sent, budget));
      }
      case 'abort':
        this.#calls.get(request.key)?.abort();
        return { answer: {}, transfer: [] };
      case 'join':
        return await this.#enqueue(() => joinOutcome(request));
      case 'diff':
        return await this.#enqueue(() => diffOutcome(request));
    }
  }

  async #send(
    { key, request, maxBytes }: RequestOf<'send' | 'fetchPage'>,
    budget?: ByteBudget,
  ): Promise<SendResult> {
    const controller = new AbortController();
    this.#calls.set(key, controller);
    try {
      const { signal } = controller;
      return await this.#sender.send(request, { maxBytes, signal, ...(budget && { budget }) });
    } finally {
      this.#calls.delete(key);
    }
  }

  #enqueue(work: () => Outcome): Promise<Outcome> {
    const result = this.#queue.then(() => setImmediate()).then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #respond(id: number, outcome: Promise<Outcome>): Promise<void> {
    try {
      const { answer, transfer } = await outcome;
      this.#port.postMessage({ id, answer } satisfies BackgroundResponse, [...transfer]);
    } catch (error) {
      this.#port.postMessage({ id, error: failureOf(error) } satisfies BackgroundResponse);
    }
  }
}

function pageOutcome(result: SendResult, budget?: ByteBudget): Outcome {
  if (result.kind !== 'response') return { answer: { fetched: result }, transfer: [] };
  const { body: bytes, ...response } = result.response;
  const body = parsePageBody(result.response, budget);
  detachBuffers([bytes.buffer]);
  if (body === null || !('page' in body)) {
    return { answer: { fetched: { kind: 'response', response: { ...response, body } } }, transfer: [] };
  }
  const mappings = body.page.mappings.toParts();
  const parts: PageBodyParts = { page: { ...body.page, mappings } };
  const fetched = { kind: 'response', response: { ...response, body: parts } } as const;
  return { answer: { fetched }, transfer: buffersOf(mappings) };
}

function joinOutcome({ pages }: RequestOf<'join'>): Outcome {
  const joined = joinPages(pages.map((page) => PackedSegments.from(page)))?.toParts() ?? null;
  // A single page is returned as it is.
  detachBuffers(pages.filter((page) => page.bytes !== joined?.bytes).flatMap(buffersOf));
  return { answer: { joined }, transfer: joined === null ? [] : buffersOf(joined) };
}

function diffOutcome({ mappings, skipped, previous: parts, asOf, kinds }: RequestOf<'diff'>): Outcome {
  const previous = parts === null ? undefined : Snapshot.from(parts);
  const update = diffListing({ mappings: PackedSegments.from(mappings), skipped }, previous, asOf, kinds);
  const isUnchanged = update.snapshot.segments === previous?.segments;
  const snapshot = update.snapshot.toParts();
  // The copies that this thread received are not needed any more, unless the snapshot uses their memory.
  const received = [...buffersOf(mappings), ...(parts === null ? [] : buffersOfSnapshot(parts))];
  const used = new Set(isUnchanged ? [] : buffersOfSnapshot(snapshot));
  detachBuffers(received.filter((buffer) => !used.has(buffer)));
  if (isUnchanged) return { answer: { update: null }, transfer: [] };
  const changes = update.changes.toParts();
  return {
    answer: { update: { snapshot, changes } },
    transfer: [...buffersOfSnapshot(snapshot), changes.indices.buffer, changes.kinds.buffer],
  };
}

function buffersOfSnapshot({ segments, byId }: SnapshotParts): ArrayBuffer[] {
  return [...buffersOf(segments), byId.slots.buffer];
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof AudienceManagerError ? error.code : '', message };
}

if (parentPort !== null) {
  const data = workerData as BackgroundData;
  setNetworkDefaults(data.network);
  lowerThreadPriority();
  const handler = new RequestHandler(parentPort, data);
  parentPort.on('message', (request: BackgroundRequest) => handler.handle(request));
  parentPort.postMessage({ id: 0, answer: {} } satisfies BackgroundResponse);
}
