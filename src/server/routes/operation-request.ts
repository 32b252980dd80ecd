import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';
import { refusal, type OperationRequest } from '../../graphql/index.js';

/** What clients call the ID of a trusted document: the GraphQL over HTTP drafts, Relay, and others. */
const DOCUMENT_ID_NAMES = ['documentId', 'doc_id', 'id'] as const;

/**
 * A request as Apollo Server wants it.
 *
 * @param body the operation; default: the body of the request
 */
export function httpRequestOf(request: FastifyRequest, body: unknown = request.body): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  if (sendsCredentials(request)) headers.set('apollo-require-preflight', 'true');
  const query = request.url.indexOf('?');
  return {
    method: request.method,
    headers,
    search: query === -1 ? '' : request.url.slice(query),
    body,
  };
}

/**
 * Whether a request has a header that a page of another origin can only send after a preflight request, so that Apollo Server's
 * check against forged requests has nothing to add. `authorization` is one, but for the passwords that a browser adds by itself.
 */
function sendsCredentials({ headers }: FastifyRequest): boolean {
  return headers['x-api-key'] !== undefined || /^bearer /i.test(headers.authorization ?? '');
}

/**
 * The parts of a request that name its operation, as far as they are well-formed. Apollo Server refuses the others.
 *
 * @throws GraphQLError BAD_USER_INPUT
 */
export function operationOf({ method, search, body }: HTTPGraphQLRequest): OperationRequest {
  if (method === 'GET') {
    const params = new URLSearchParams(search);
    return {
      query: params.get('query') || null,
      documentId: DOCUMENT_ID_NAMES.map((name) => params.get(name)).find((id) => id !== null) ?? null,
      persistedHash: hashIn(parsed(params.get('extensions'))),
    };
  }
  if (!isRecord(body)) return { query: null, documentId: null, persistedHash: null };
  const { query, extensions } = body;
  const documentId = DOCUMENT_ID_NAMES.map((name) => body[name]).find((id) => typeof id === 'string');
  return {
    query: typeof query === 'string' && query !== '' ? query : null,
    documentId: documentId ?? null,
    persistedHash: hashIn(extensions),
  };
}

/** Replaces the ID of a trusted document by its text. */
export function useText(http: HTTPGraphQLRequest, text: string): void {
  if (http.method === 'GET') {
    const params = new URLSearchParams(http.search);
    for (const name of [...DOCUMENT_ID_NAMES, 'extensions']) params.delete(name);
    params.set('query', text);
    http.search = `?${params.toString()}`;
    return;
  }
  const named = new Set<string>([...DOCUMENT_ID_NAMES, 'extensions']);
  const others = Object.entries(http.body as object).filter(([name]) => !named.has(name));
  http.body = { ...Object.fromEntries(others), query: text };
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

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
