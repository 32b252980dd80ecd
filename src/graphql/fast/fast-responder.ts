import { isUtf8 } from 'node:buffer';
import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { LimitsConfig } from '../../config/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Admission } from '../limits/admission.js';
import type { Caller } from '../request/caller.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import type { ReadSet } from '../request/read-set.js';
import { leafFieldsOf, type LeafFields } from './leaf-fields.js';
import { compileLookupPlan, type LookupPlan } from './lookup-plan.js';
import { LookupRunner } from './lookup-runner.js';
import { parseRequest } from './parse-request.js';
import { textBytes } from './text-bytes.js';
import { ResponseCache, responseKey, type CachedResponse, type ResponseBody } from './response-cache.js';

/** A response computed from segment JSON. */
interface ComputedResponse extends ResponseBody {
  readonly kind: 'segments';
  readonly readSet: ReadSet;
}

/** A response that needs no execution. */
export type FastResponse = CachedResponse | ComputedResponse;

/** An operation that passed validation and all limits once. */
interface KnownOperation {
  /** `null`: the operation does not only look up segments by their IDs. */
  readonly plan: LookupPlan | null;
  readonly name: string | null;
}

function operationBytes(operations: ReadonlyMap<string | null, KnownOperation>, text: string): number {
  let bytes = 0;
  for (const { plan } of operations.values()) {
    bytes += OPERATION_BYTES + (plan === null ? 0 : text.length * PLAN_BYTES);
  }
  return bytes;
}

/** The parts that the fast responder needs. */
export interface FastResponderOptions {
  readonly schema: GraphQLSchema;
  readonly limits: LimitsConfig;
  readonly admission: Admission;
  readonly metrics: Metrics;
  /** Maximum size of the response cache, in bytes; 0: no response is cached. */
  readonly maxResponseBytes: number;
}

/** Maximum size of the plans that are kept, with the texts of their documents, in bytes. */
const MAX_PLAN_BYTES = 16 * 1024 * 1024;

/** Estimated memory of an operation besides its plan, in bytes. */
const OPERATION_BYTES = 300;

/** Estimated memory of a plan for each character of its document, in bytes. Measured on V8. */
const PLAN_BYTES = 16;

/**
 * Answers requests without executing GraphQL: from the response cache, or with a lookup plan and segment JSON. Every
 * operation has to pass Apollo Server once before it is known here. Whatever could end in an error or has to wait is
 * left to Apollo Server.
 */
export class FastResponder {
  readonly #admission: Admission;
  readonly #metrics: Metrics;
  readonly #leafFields: LeafFields;
  readonly #responses: ResponseCache;
  readonly #runner: LookupRunner;
  /** By the text of a document, then by the `operationName` of the request. */
  readonly #operations = new LRUCache<string, ReadonlyMap<string | null, KnownOperation>>({
    maxSize: MAX_PLAN_BYTES,
    // A document that nobody else needs to share the cache with would evict all others.
    maxEntrySize: MAX_PLAN_BYTES / 16,
    sizeCalculation: (operations, text) => textBytes(text) + operationBytes(operations, text),
  });
  #version = 0;

  constructor({ schema, limits, admission, metrics, maxResponseBytes }: FastResponderOptions) {
    this.#admission = admission;
    this.#metrics = metrics;
    this.#leafFields = leafFieldsOf(schema);
    this.#responses = new ResponseCache(maxResponseBytes);
    this.#runner = new LookupRunner(limits);
  }

  /** Changes with every `clear`. */
  get version(): number {
    return this.#version;
  }

  /** Evicts all cached responses: customers, callers or permissions have changed. */
  clear(): void {
    this.#version += 1;
    this.#responses.clear();
  }

  /**
   * Learns an operation that is valid, within all limits and allowed for its caller.
   *
   * @param text the document's text
   * @param requestedName the `operationName` of the request
   */
  learn(
    text: string,
    requestedName: string | null,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): void {
    const known = this.#operations.get(text);
    if (known?.has(requestedName) === true) return;
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const plan =
      operation.operation === OperationTypeNode.QUERY
        ? compileLookupPlan(operation, fragments, this.#leafFields)
        : null;
    const added: KnownOperation = { plan, name: operation.name?.value ?? null };
    this.#operations.set(text, new Map([...(known ?? []), [requestedName, added]]));
  }

  /**
   * Answers a request. The caller of this method calls `countServed` when it sends the response.
   *
   * @param body the request's body, as it was sent
   * @param createLoader called only where no response is cached
   * @returns `null` where the request has to be executed
   */
  respond(body: Buffer, caller: Caller, createLoader: () => DestinationLoader): FastResponse | null {
    const key = responseKey(caller.scope, body);
    const cached = this.#responses.get(key);
    if (cached !== null) return cached;
    const computed = this.#compute(body, caller, createLoader());
    if (computed?.readSet.isRepeatable === true) this.#responses.offer(key, computed, computed.readSet);
    return computed;
  }

  /** Counts a response of `respond`, and the lookups that it answers, in the metrics. */
  countServed({ kind, readSet }: FastResponse): void {
    readSet.countKnown();
    this.#metrics.fastPathResponses.inc({ kind });
  }

  /**
   * Caches a response without errors that Apollo Server gave, if it may be sent again.
   *
   * @param version `version` before the execution began: a response from before a `clear` is not cached
   */
  remember(body: Buffer, caller: Caller, response: ResponseBody, readSet: ReadSet, version: number): void {
    if (version !== this.#version || !readSet.isRepeatable) return;
    this.#responses.offer(responseKey(caller.scope, body), response, readSet);
  }

  /** Keeps the compressed body of a response of `respond`, if that is cached: most are asked for again. */
  keepCompressed(response: FastResponse, coding: string, body: Buffer): void {
    if (response.kind === 'repeated') this.#responses.keepCompressed(response, coding, body);
  }

  #compute(body: Buffer, caller: Caller, loader: DestinationLoader): ComputedResponse | null {
    // Decoding would replace invalid bytes. The full path refuses them.
    if (!isUtf8(body) || !caller.may('read')) return null;
    const request = parseRequest(body.toString());
    if (request === null) return null;
    const known = this.#operations.get(request.query)?.get(request.operationName);
    if (known === undefined || known.plan === null) return null;
    if (!this.#admission.isTrusted(request.query, caller)) return null;
    const data = this.#runner.run(known.plan, request.variables, loader);
    if (data === null) return null;
    const text = `{"data":${data}}\n`;
    return {
      body: text,
      bytes: Buffer.byteLength(text),
      operation: known.name,
      kind: 'segments',
      readSet: loader.readSet,
    };
  }
}
