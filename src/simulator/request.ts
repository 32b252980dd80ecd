import type { IncomingMessage } from 'node:http';
import { bearerToken } from './api.js';
import type { RecordedCall } from './calls.js';
import { plainHeaders } from './http.js';
import { type Route, routeOf } from './routes.js';
import type { TokenEndpoint } from './token-endpoint.js';
import type { Tokens } from './tokens.js';

/** A request, taken apart. */
export interface ParsedRequest {
  readonly call: RecordedCall;
  /** Undefined where nothing lives at the path. */
  readonly route: Route | undefined;
  readonly query: URLSearchParams;
  /** The body of a token request; undefined where it is not a form. */
  readonly form: URLSearchParams | undefined;
}

const GRANT_TYPES = ['password', 'refresh_token', 'client_credentials'] as const;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Takes a request apart and finds whose it is; `at` is in milliseconds since the epoch. */
export function parseRequest(
  request: IncomingMessage,
  body: string,
  at: number,
  tokens: Tokens,
  tokenEndpoint: TokenEndpoint,
): ParsedRequest {
  const path = request.url ?? '/';
  const { pathname, searchParams: query } = new URL(`http://localhost${path}`);
  const route = routeOf(pathname);
  const headers = plainHeaders(request);
  const isForm = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM_TYPE;
  const form = route?.endpoint === 'token' && isForm ? new URLSearchParams(body) : undefined;
  const customer = form
    ? tokenEndpoint.customerOf(form)
    : tokens.owner(bearerToken(headers['authorization']) ?? '');
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
