/** The thread of `Background`: reads, compares and orders listings, one request at a time. */
import { parentPort } from 'node:worker_threads';
// Not by the rooms' doors, behind which there is much more than what it needs.
import { AudienceManagerError } from '../audience-manager/errors.js';
import { joinPages, parseMappingsPage } from '../audience-manager/listing.js';
import { snapshotOf } from '../directory/listed.js';
import { Snapshot } from '../directory/snapshot.js';
import { PackedSegments, type PackedParts } from '../segments/index.js';
import { yieldToOthers } from '../thread-session.js';
import type { BackgroundAnswer, BackgroundRequest, BackgroundResponse } from './messages.js';

interface Outcome {
  readonly answer: BackgroundAnswer;
  /** Buffers that the other thread gets for good. */
  readonly transfer: readonly ArrayBuffer[];
}

function outcomeOf(request: BackgroundRequest): Outcome {
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

function buffersOf({ bytes, starts }: PackedParts): ArrayBuffer[] {
  return [bytes, starts.buffer];
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof AudienceManagerError ? error.code : '', message };
}

const port = parentPort;
if (port !== null) {
  yieldToOthers();
  port.on('message', (request: BackgroundRequest) => {
    const { id } = request;
    let response: BackgroundResponse;
    let transfer: readonly ArrayBuffer[] = [];
    try {
      const outcome = outcomeOf(request);
      response = { id, answer: outcome.answer };
      ({ transfer } = outcome);
    } catch (error) {
      response = { id, error: failureOf(error) };
    }
    port.postMessage(response, [...transfer]);
  });
  port.postMessage({ id: 0, answer: {} } satisfies BackgroundResponse);
}
