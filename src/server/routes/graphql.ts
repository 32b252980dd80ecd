import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { LimitsConfig } from '../../config/index.js';
import type { Directory } from '../../directory/index.js';
import {
  Deadline,
  DestinationLoader,
  codeOfError,
  refusal,
  unauthenticated,
  type Admission,
  type GatewayContext,
  type OperationRequest,
  type QuickAnswers,
} from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { audit } from '../access/audit.js';
import { keepNothing, letCache, pagePolicy } from '../http/headers.js';
import type { FastPath } from '../fast-path.js';

export interface GraphqlHandlerOptions {
  /** Started already. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly admission: Admission;
  readonly quick: QuickAnswers;
  readonly lane: FastPath;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly limits: LimitsConfig;
  readonly clock: Clock;
  /** How long a caller's own cache may keep the answer to a GET, in milliseconds. */
  readonly getMaxAgeMs: number;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Hands requests to Apollo Server, and its answers back. */
export function graphqlHandler(options: GraphqlHandlerOptions): Handler {
  const { apollo, getMaxAgeMs } = options;
  return async (request, reply) => {
    const deadline = new Deadline(options.clock, options.limits.requestTimeoutMs);
    request.deadline = deadline;
    const { version } = options.quick;
    const http = httpRequestOf(request);
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: http,
      context: () => Promise.resolve(contextOf(request, http, deadline, options)),
    });
    for (const [name, value] of headers) reply.header(name, value);
    reply.code(status ?? 200);
    const maxAgeMs = request.operation.outcome === 'ok' && request.method === 'GET' ? getMaxAgeMs : 0;
    if (maxAgeMs > 0) letCache(reply, maxAgeMs);
    else keepNothing(reply);
    if (body.kind !== 'complete') throw new Error('incremental delivery is not part of the schema');
    if (headers.get('content-type')?.startsWith('text/html') === true) {
      reply.header('content-security-policy', pagePolicy(body.string));
    }
    if (request.method === 'POST' && request.operation.outcome === 'ok' && reply.statusCode === 200) {
      keepForQuick(request, reply, body.string, version, options);
    }
    return reply.send(body.string);
  };
}

/** Of the answer to one request alone. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['x-request-id', 'content-length']);

function keepForQuick(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: string,
  version: number,
  { lane, quick }: GraphqlHandlerOptions,
): void {
  const { caller, loader, raw } = request;
  const headers = Object.entries(reply.getHeaders()).filter(([name]) => !OWN_HEADERS.has(name));
  lane.learn(
    raw,
    headers.map(([name, value]) => [name, String(value)]),
  );
  const question = lane.bodyOf(raw);
  if (question === undefined || caller === null || loader === null) return;
  const { operation } = request.operation;
  const bytes = Buffer.byteLength(answer);
  quick.remember(question.toString(), caller, { body: answer, bytes, operation }, loader.readSet, version);
}

/** @throws GraphQLError where the operation gets no further */
function contextOf(
  request: FastifyRequest,
  http: HTTPGraphQLRequest,
  deadline: Deadline,
  options: GraphqlHandlerOptions,
): GatewayContext {
  const { clock, directory, limits, metrics } = options;
  const { caller } = request;
  try {
    // A browser that was let through for the page alone.
    if (caller === null) throw unauthenticated();
    const text = options.admission.admit(operationOf(http), caller);
    if (text !== null) useText(http, text);
    const loader = new DestinationLoader(directory, caller, metrics, deadline);
    request.loader = loader;
    return {
      caller,
      loader,
      limits,
      deadline,
      record: request.operation,
      requestId: request.id,
      now: () => clock.now(),
      logger: request.log,
      audit: (entry) => audit(request, entry),
    };
  } catch (error) {
    const code = codeOfError(error);
    request.operation.codes = [code];
    request.operation.outcome = 'error';
    metrics.rejections.inc({ reason: code.toLowerCase() });
    throw error;
  }
}

function httpRequestOf(request: FastifyRequest): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const query = request.url.indexOf('?');
  return {
    method: request.method,
    headers,
    search: query === -1 ? '' : request.url.slice(query),
    body: request.body,
  };
}

/**
 * What a request says of its operation, as far as it is well-formed; Apollo Server finds the other faults.
 *
 * @throws GraphQLError BAD_USER_INPUT
 */
function operationOf({ method, search, body }: HTTPGraphQLRequest): OperationRequest {
  if (method === 'GET') {
    const params = new URLSearchParams(search);
    return {
      query: params.get('query') || null,
      documentId: params.get('documentId'),
      persistedHash: hashIn(parsed(params.get('extensions'))),
    };
  }
  if (!isRecord(body)) return { query: null, documentId: null, persistedHash: null };
  const { query, documentId, extensions } = body;
  return {
    query: typeof query === 'string' && query !== '' ? query : null,
    documentId: typeof documentId === 'string' ? documentId : null,
    persistedHash: hashIn(extensions),
  };
}

/** Puts an operation's text in the place of its ID. */
function useText(http: HTTPGraphQLRequest, text: string): void {
  if (http.method === 'GET') {
    const params = new URLSearchParams(http.search);
    params.delete('documentId');
    params.delete('extensions');
    params.set('query', text);
    http.search = `?${params.toString()}`;
    return;
  }
  const { documentId: _documentId, extensions: _extensions, ...body } = http.body as Record<string, unknown>;
  http.body = { ...body, query: text };
}

/**
 * Source: Apollo's protocol of automatic persisted queries.
 *
 * @throws GraphQLError BAD_USER_INPUT
 */
function hashIn(extensions: unknown): string | null {
  const persisted = isRecord(extensions) ? (extensions['persistedQuery'] ?? null) : null;
  if (persisted === null) return null;
  const hash = isRecord(persisted) ? persisted['sha256Hash'] : undefined;
  if (typeof hash === 'string') return hash;
  throw refusal('BAD_USER_INPUT', 'extensions.persistedQuery.sha256Hash must be a text.', 400);
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
