import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type Answer } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

export const NORMAL = withKey('key-of-a-normal-caller-0123456789');
export const HOSTILE = withKey('key-of-a-hostile-caller-0123456789');

/** What the answer to any request may take of a processor, in milliseconds. */
const MAX_PROCESSOR_MS = 2_000;

/** Maximum time to it, in milliseconds. Other tests use the processors, too. */
const MAX_ANSWER_MS = 20_000;

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

/**
 * Hooks for the tests of a block: one guarded gateway for all, passed to `use`. After each test the normal caller must
 * still get names; after all of them nothing may have been logged as an error.
 */
export function attackOneGateway(use: (gateway: TestGateway) => void): void {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await guardedGateway();
    use(gateway);
    await expectNames(gateway);
  });

  afterEach(async () => {
    await expectNames(gateway);
  });

  afterAll(async () => {
    expectNoDefects(gateway);
    await gateway[Symbol.asyncDispose]();
  });
}

/** A request of the hostile caller. */
export interface Sent {
  readonly method?: string;
  /** Default: /graphql. */
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** Which limit is named, and what it was reckoned to come to; the least of it, where that is all that is known. */
export interface Limited {
  readonly limited: string;
  readonly limit: number;
  readonly estimate: number;
}

/** The response to it. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Answer<Record<string, unknown>> | null;
}

/** Sends a request with the hostile caller's key, by default as JSON. Fails if the response costs too much. */
export async function attack(gateway: TestGateway, sent: Sent): Promise<Received> {
  const { method = 'POST', path = '/graphql', headers, body } = sent;
  const before = process.cpuUsage();
  const start = performance.now();
  const response = await fetch(`${gateway.gateway.url}${path}`, {
    method,
    headers: { ...HOSTILE, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  expect(performance.now() - start).toBeLessThan(MAX_ANSWER_MS);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(MAX_PROCESSOR_MS);
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

/** Expects that the normal caller gets names. */
export async function expectNames(gateway: TestGateway): Promise<void> {
  const query =
    '{ segments(customerId: "acme", destinationId: "314", segmentIds: ["1001", "1200"]) { name } }';
  const { status, body } = await gateway.post({ query }, NORMAL);
  expect(body).toEqual({ data: { segments: [{ name: 'Segment 1' }, { name: 'Segment 200' }] } });
  expect(status).toBe(200);
}

/** Expects that nothing was logged as an error and no request ended with status 500. */
function expectNoDefects(gateway: TestGateway): void {
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
