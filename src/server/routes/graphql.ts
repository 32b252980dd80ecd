import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Config } from '../../config/index.js';
import type { Directory } from '../../directory/index.js';
import {
  Deadline,
  DestinationLoader,
  codeOfError,
  refusal,
  unauthenticated,
  type Admission,
  type FastResponder,
  type GatewayContext,
  type OperationRequest,
} from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Tracing } from '../../telemetry/tracing.js';
import { audit } from '../access/audit.js';
import { takeTurn } from '../access/turn-taker.js';
import type { FastPath } from '../fast-path.js';
import { refuseForOverload, tooManyLargeAnswers, tooManyWaiting } from '../http/errors.js';
import { isLongRequest, type FairTurns } from '../http/fair-turns.js';
import { forbidCaching, allowClientCaching, pagePolicy } from '../http/headers.js';
import { noteOperation } from '../http/request-traces.js';
import type { UnsentAnswers } from '../http/unsent-answers.js';

/** The parts that the GraphQL route needs. */
export interface GraphqlRouteOptions {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  /** Must have been started. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly admission: Admission;
  readonly responder: FastResponder;
  readonly fastPath: FastPath;
  readonly answers: UnsentAnswers;
  readonly turns: FairTurns;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly clock: Clock;
}

/** Adds `/graphql`, where Apollo Server answers. */
export function addGraphqlRoute(server: FastifyInstance, options: GraphqlRouteOptions): void {
  const { config, fastPath } = options;
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    config: { needs: ['read', 'refresh', 'import'], page: config.listen.sandbox, compressed: true },
    handler: (request, reply) => execute(request, reply, options),
    onResponse: function learnHeaders(request, reply, done) {
      // The headers are read after the response was sent, because an onSend hook may have changed them.
      if (isSuccessfulPost(request, reply)) fastPath.learnHeaders(request.raw, () => reply.getHeaders());
      done();
    },
  });
}

/** Lets Apollo Server execute a request, and sends its response. */
async function execute(
  request: FastifyRequest,
  reply: FastifyReply,
  options: GraphqlRouteOptions,
): Promise<FastifyReply> {
  const { apollo, clock, config, metrics, responder, tracing } = options;
  const deadline = new Deadline(clock, config.limits.requestTimeoutMs);
  request.deadline = deadline;
  const bytes = bodyLengthOf(request, config);
  const hasTurn = await takeTurn(request, bytes, options.turns);
  // While the request waited, the client has disconnected, or the gateway has stopped.
  if (request.raw.socket.destroyed || reply.sent) return reply.hijack();
  if (!hasTurn) return refuseForOverload(reply, metrics, tooManyWaiting());
  if (isLongRequest(bytes) && options.answers.isFull) {
    return refuseForOverload(reply, metrics, tooManyLargeAnswers());
  }
  const { version } = responder;
  const http = httpRequestOf(request);
  const { status, headers, body } = await tracing.span('operation', {}, (span) =>
    apollo
      .executeHTTPGraphQLRequest({
        httpGraphQLRequest: http,
        context: () => Promise.resolve(contextOf(request, http, deadline, options)),
      })
      .finally(() => noteOperation(span, request.operation)),
  );
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status ?? 200);
  const { getMaxAgeMs } = config.listen;
  const isCacheable = request.operation.outcome === 'ok' && request.method === 'GET' && getMaxAgeMs > 0;
  if (isCacheable) allowClientCaching(reply, getMaxAgeMs);
  else forbidCaching(reply);
  if (body.kind !== 'complete') throw new Error('incremental delivery is not part of the schema');
  if (headers.get('content-type')?.startsWith('text/html') === true) {
    reply.header('content-security-policy', pagePolicy(body.string));
  }
  if (isSuccessfulPost(request, reply)) remember(request, body.string, version, options);
  return reply.send(body.string);
}

/** In bytes. A body in chunks can be as long as any. */
function bodyLengthOf({ headers, method }: FastifyRequest, { limits }: Pick<Config, 'limits'>): number {
  return Number(headers['content-length'] ?? (method === 'POST' ? limits.bodyBytes : 0));
}

/** Whether a request was a POST and had no errors. The fast path gives only such responses. */
function isSuccessfulPost(request: FastifyRequest, reply: FastifyReply): boolean {
  return request.method === 'POST' && request.operation.outcome === 'ok' && reply.statusCode === 200;
}

/** Offers a response to the response cache, if the fast path has read the request's body and can find it again. */
function remember(
  request: FastifyRequest,
  response: string,
  version: number,
  { fastPath, responder }: GraphqlRouteOptions,
): void {
  const { caller, loader, raw } = request;
  const requestBody = fastPath.bodyOf(raw);
  if (requestBody === undefined || caller === null || loader === null) return;
  const { operation } = request.operation;
  const bytes = Buffer.byteLength(response);
  responder.remember(requestBody, caller, { body: response, bytes, operation }, loader.readSet, version);
}

/** @throws GraphQLError where the operation is refused before it is executed */
function contextOf(
  request: FastifyRequest,
  http: HTTPGraphQLRequest,
  deadline: Deadline,
  options: GraphqlRouteOptions,
): GatewayContext {
  const { clock, config, directory, metrics } = options;
  const { caller } = request;
  try {
    // A browser without a key, which the guard let through to get the Sandbox page.
    if (caller === null) throw unauthenticated();
    const text = options.admission.admit(operationOf(http), caller);
    if (text !== null) useText(http, text);
    const loader = new DestinationLoader(directory, caller, metrics, deadline);
    request.loader = loader;
    return {
      caller,
      loader,
      limits: config.limits,
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
 * The parts of a request that name its operation, as far as they are well-formed. Apollo Server refuses the others.
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

/** Replaces the ID of a trusted document by its text. */
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
 * The hash of a persisted query. Source: Apollo's protocol for automatic persisted queries.
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
