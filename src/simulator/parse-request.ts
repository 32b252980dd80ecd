import type { IncomingMessage } from 'node:http';
import type { RecordedCall } from './call-log.js';
import { headersOf } from './http.js';
import { bearerToken } from './rest-api.js';
import { type Route, routeOf } from './routes.js';
import type { TokenEndpoint } from './token-endpoint.js';
import type { TokenStore } from './token-store.js';

/** A parsed request. */
export interface ParsedRequest {
  readonly call: RecordedCall;
  /** Undefined if the path is unknown. */
  readonly route: Route | undefined;
  readonly query: URLSearchParams;
  /** The body of a token request; undefined if it is not a form. */
  readonly form: URLSearchParams | undefined;
}

const GRANT_TYPES = ['password', 'refresh_token', 'client_credentials'] as const;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Parses a request and finds the customer it belongs to.
 *
 * @param at when the request arrived, in milliseconds since the epoch
 */
export function parseRequest(
  request: IncomingMessage,
  body: string,
  at: number,
  tokens: TokenStore,
  tokenEndpoint: TokenEndpoint,
): ParsedRequest {
  const path = request.url ?? '/';
  const { pathname, searchParams: query } = new URL(`http://localhost${path}`);
  const route = routeOf(pathname);
  const headers = headersOf(request);
  const isForm = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM_TYPE;
  const form = route?.endpoint === 'token' && isForm ? new URLSearchParams(body) : undefined;
  const customer = form
    ? tokenEndpoint.customerOf(form)
    : tokens.accessTokenOwner(bearerToken(headers['authorization']) ?? '');
  const grantType = GRANT_TYPES.find((grant) => grant === form?.get('grant_type'));
  const page = route?.endpoint === 'token' ? undefined : pageOf(query);
  const call: RecordedCall = {
    at,
    method: request.method ?? 'GET',
    path,
    status: 0,
    headers,
    ...(route !== undefined && { endpoint: route.endpoint }),
    ...(customer !== undefined && { customer }),
    ...(route !== undefined && 'destinationId' in route && { destinationId: route.destinationId }),
    ...(grantType !== undefined && { grantType }),
    ...(page !== undefined && { page }),
    ...(body !== '' && { body }),
  };
  return { call, route, query, form };
}

function pageOf(query: URLSearchParams): number | undefined {
  const page = query.get('page') ?? (query.has('pageSize') ? '0' : undefined);
  return page === undefined ? undefined : Number(page);
}
