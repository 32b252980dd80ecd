import type { GatewayProcess } from './gateway-process.js';

/** A response to a GraphQL request. */
export interface GraphqlAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string };
  }[];
}

/** What came of a request. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: GraphqlAnswer }
  /** Something else than a GraphQL response. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** The connection ended, or there was no answer in time. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The client has left. */
  | { readonly kind: 'left' };

/** Gateways answer within `limits.requestTimeout`; this leaves room for a slow machine. */
const ANSWERED_WITHIN_MS = 25_000;

/** Sends a request. @param leaveAfterMs when the client disconnects; `null`: it waits for the answer */
export async function send(
  { url }: GatewayProcess,
  key: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  leaveAfterMs: number | null,
): Promise<Outcome> {
  const leaving = leaveAfterMs === null ? null : AbortSignal.timeout(leaveAfterMs);
  const overdue = AbortSignal.timeout(ANSWERED_WITHIN_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ query, variables }),
      signal: leaving === null ? overdue : AbortSignal.any([leaving, overdue]),
    });
    const body = await response.text();
    if (response.status !== 200) return { kind: 'refused', status: response.status, body };
    return { kind: 'answer', answer: JSON.parse(body) as GraphqlAnswer };
  } catch (error) {
    if (leaving?.aborted === true) return { kind: 'left' };
    if (overdue.aborted) return { kind: 'lost', reason: `no answer within ${ANSWERED_WITHIN_MS} ms` };
    return { kind: 'lost', reason: String((error as Error).cause ?? error) };
  }
}
