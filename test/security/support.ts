import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type Answer } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

export const NORMAL = withKey('key-of-a-normal-caller-0123456789');
export const HOSTILE = withKey('key-of-a-hostile-caller-0123456789');

/** Within this time, in milliseconds, everything is answered, whatever it is. */
const MAX_ANSWER_MS = 2_000;

/** A gateway with a customer `acme`, its destination 314 of 200 segments, and two callers that may see it. */
export async function guardedGateway(limits: Record<string, unknown> = {}): Promise<TestGateway> {
  return await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 200), destination(315, 3))],
    config: {
      limits,
      access: {
        apiKeys: [
          entryOf(NORMAL['x-api-key']!, 'normal', 'all'),
          entryOf(HOSTILE['x-api-key']!, 'hostile', 'all', ['read', 'import']),
        ],
      },
    },
  });
}

/** What somebody sends. */
export interface Sent {
  readonly method?: string;
  /** Default: /graphql. */
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Answer<Record<string, unknown>> | null;
}

/** Sends it with the hostile caller's key, as JSON where nothing else is said, and looks at the clock. */
export async function attack(gateway: TestGateway, sent: Sent): Promise<Received> {
  const { method = 'POST', path = '/graphql', headers, body } = sent;
  const start = performance.now();
  const response = await fetch(`${gateway.gateway.url}${path}`, {
    method,
    headers: { ...HOSTILE, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  expect(performance.now() - start).toBeLessThan(MAX_ANSWER_MS);
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

/** An operation in a request's body. */
export function operation(query: string, variables?: unknown): Sent {
  return { body: JSON.stringify({ query, variables }) };
}

/** The codes of an answer's errors, each once. */
export function codesOf({ body }: Pick<Received, 'body'>): string[] {
  return [...new Set((body?.errors ?? []).map(({ extensions }) => extensions.code))];
}

/** What the normal caller wants. */
export async function expectNames(gateway: TestGateway): Promise<void> {
  const query = '{ segments(customerId: "acme", destinationId: "314", ids: ["1001", "1200"]) { name } }';
  const { status, body } = await gateway.post({ query }, NORMAL);
  expect(body).toEqual({ data: { segments: [{ name: 'Segment 1' }, { name: 'Segment 200' }] } });
  expect(status).toBe(200);
}

/** Nothing that was sent has found a hole. */
export function expectNoDefects(gateway: TestGateway): void {
  expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  expect(gateway.log.filter(({ status }) => status === 500)).toEqual([]);
}

export function many(count: number, each: (index: number) => string, between = ' '): string {
  return Array.from({ length: count }, (_, index) => each(index)).join(between);
}

export function nested(levels: number, open: string, close: string, inside = ''): string {
  return open.repeat(levels) + inside + close.repeat(levels);
}

function parsed(text: string): Answer<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Answer<Record<string, unknown>>;
  } catch {
    return null;
  }
}
