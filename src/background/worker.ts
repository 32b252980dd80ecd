/** The thread of `Background`: fetches, reads, compares and orders listings. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
// Not by the rooms' doors, behind which there is much more than what it needs.
import { AudienceManagerError } from '../audience-manager/errors.js';
import { joinPages, parseMappingsPage } from '../audience-manager/listing.js';
import { openSender } from '../audience-manager/sender.js';
import { snapshotOf } from '../directory/listed.js';
import { Snapshot } from '../directory/snapshot.js';
import { PackedSegments, type PackedParts } from '../segments/index.js';
import { yieldToOthers } from '../thread-session.js';
import type { BackgroundAnswer, BackgroundData, BackgroundRequest, BackgroundResponse } from './messages.js';
import { setNetworkDefaults } from './network-defaults.js';

type SendRequest = Extract<BackgroundRequest, { type: 'send' }>;

interface Outcome {
  readonly answer: BackgroundAnswer;
  /** Buffers that the other thread gets for good. */
  readonly transfer: readonly ArrayBuffer[];
}

/** Does at once what can be done at once. */
function outcomeOf(request: BackgroundRequest): Outcome | Promise<Outcome> {
  switch (request.type) {
    case 'send':
      return send(request);
    case 'abort':
      underWay.get(request.key)?.abort();
      return { answer: {}, transfer: [] };
    case 'parse': {
      const { mappings, ...page } = parseMappingsPage(request.body);
      const parts = mappings.toParts();
      return { answer: { page: { ...page, mappings: parts } }, transfer: buffersOf(parts) };
    }
    case 'join': {
      const joined = joinPages(request.pages.map((page) => PackedSegments.from(page)))?.toParts() ?? null;
      return { answer: { joined }, transfer: joined === null ? [] : buffersOf(joined) };
    }
    case 'succeed': {
      const { mappings, skipped, asOf } = request;
      const previous = request.previous === null ? undefined : Snapshot.from(request.previous);
      const successor = snapshotOf({ mappings: PackedSegments.from(mappings), skipped }, previous, asOf);
      if (successor.snapshot.segments === previous?.segments) {
        return { answer: { successor: null }, transfer: [] };
      }
      const snapshot = successor.snapshot.toParts();
      const changes = successor.changes.toParts();
      const buffers = [snapshot.byId.slots.buffer, changes.rows.buffer, changes.kinds.buffer];
      return {
        answer: { successor: { snapshot, changes } },
        transfer: [...buffersOf(snapshot.segments), ...buffers],
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

function buffersOf({ bytes, starts }: PackedParts): ArrayBuffer[] {
  return [bytes, starts.buffer];
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof AudienceManagerError ? error.code : '', message };
}

async function respond(port: MessagePort, request: BackgroundRequest): Promise<void> {
  const { id } = request;
  let response: BackgroundResponse;
  let transfer: readonly ArrayBuffer[] = [];
  try {
    const outcome = outcomeOf(request);
    const { answer, transfer: buffers } = outcome instanceof Promise ? await outcome : outcome;
    response = { id, answer };
    transfer = buffers;
  } catch (error) {
    response = { id, error: failureOf(error) };
  }
  port.postMessage(response, [...transfer]);
}

const data = workerData as BackgroundData;
setNetworkDefaults(data.network);
const sender = openSender(data.sender);
/** Calls that can be ended, by key. */
const underWay = new Map<number, AbortController>();

const port = parentPort;
if (port !== null) {
  yieldToOthers();
  port.on('message', (request: BackgroundRequest) => void respond(port, request));
  port.postMessage({ id: 0, answer: {} } satisfies BackgroundResponse);
}
