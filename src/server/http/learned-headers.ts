import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';

/**
 * Response headers that the fast path repeats. Their values depend on the configuration and on the request headers in
 * `kindOf`, on nothing else.
 */
const REPEATED_HEADERS: ReadonlySet<string> = new Set([
  // @fastify/helmet, with the settings of setHeaders
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  // @fastify/cors
  'access-control-allow-origin',
  'access-control-expose-headers',
  // The same, and compressAnswers: it does not depend on whether the response was compressed.
  'vary',
  // setHeaders
  'cache-control',
  // Apollo Server
  'content-type',
]);

/** Response headers of a single response. The fast path sets its own, Node.js sets the last four. */
const PER_RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  'x-request-id',
  'content-encoding',
  'content-length',
  'connection',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** Maximum number of kinds of requests whose response headers are kept; the least recently used go first. */
const MAX_KINDS = 200;

/** Names and values of headers, alternately, as `writeHead` takes them. */
export type FlatHeaders = readonly string[];

/** Response headers by lower-case name. */
export type ResponseHeaders = Readonly<Record<string, string | number | string[] | undefined>>;

/** Headers of successful GraphQL responses of the full path, for the fast path to repeat. */
export class LearnedHeaders {
  readonly #byKind = new LRUCache<string, FlatHeaders>({ max: MAX_KINDS });

  /** The headers for the response to a request; `undefined` where none were learned for requests of its kind. */
  of(request: IncomingMessage): FlatHeaders | undefined {
    return this.#byKind.get(kindOf(request));
  }

  /**
   * Learns from a response that was sent. A response with a header that is not known here teaches nothing, so that the
   * fast path never omits a header.
   *
   * @param headersOf called only where nothing was learned before for requests of this kind
   */
  learn(request: IncomingMessage, headersOf: () => ResponseHeaders): void {
    const kind = kindOf(request);
    if (this.#byKind.has(kind)) return;
    const flat: string[] = [];
    for (const [name, value] of Object.entries(headersOf())) {
      if (PER_RESPONSE_HEADERS.has(name)) continue;
      if (!REPEATED_HEADERS.has(name) || typeof value !== 'string') return;
      flat.push(name, value);
    }
    this.#byKind.set(kind, flat);
  }
}

/** The request headers on which the headers of the response depend. */
function kindOf({ headers }: IncomingMessage): string {
  return `${headers.accept ?? ''}\n${headers.origin ?? ''}`;
}
