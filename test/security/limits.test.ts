import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { RawConnection } from '../support/raw-connection.js';
import {
  attack,
  codesOf,
  expectNames,
  guardedGateway,
  HOSTILE,
  many,
  NORMAL,
  operation,
  type Received,
  type Sent,
} from './support.js';

const PLACE = 'customerId: "acme", destinationId: "314"';
const QUESTION = '{ customers { totalCount } }';

/** A gateway for one test. */
async function withLimits(limits: Record<string, unknown>): Promise<TestGateway> {
  const gateway = await guardedGateway(limits);
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

function expectPassed({ status, body }: Received): void {
  expect(body?.errors).toBeUndefined();
  expect(status).toBe(200);
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(1_001 + index));
}

describe('the limit', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await guardedGateway({
      body: '4KiB',
      tokens: 300,
      depth: 5,
      aliases: 4,
      rootFields: 5,
      directives: 3,
      ids: 10,
      first: 60,
      cost: 83,
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each<[string, Sent, Sent, object]>([
    [
      'of tokens',
      operation(
        `{ destination(${PLACE}) { segments(first: 0, status: [${'ACTIVE '.repeat(274)}]) { totalCount } } }`,
      ),
      operation(
        `{ destination(${PLACE}) { segments(first: 0, status: [${'ACTIVE '.repeat(275)}]) { totalCount } } }`,
      ),
      { limited: 'tokens', limit: 300, estimate: 301 },
    ],
    [
      'of depth',
      operation('{ customers { nodes { destinations { customer { id } } } } }'),
      operation('{ customers { nodes { destinations { customer { destinations { id } } } } } }'),
      { limited: 'depth', limit: 5, estimate: 6 },
    ],
    [
      'of depth through fragments',
      operation(
        '{ ...A } fragment A on Query { customers { nodes { ...B } } } fragment B on Customer { ... { destinations { ...C } } } fragment C on Destination { customer { id } }',
      ),
      operation(
        '{ ...A } fragment A on Query { customers { nodes { ...B } } } fragment B on Customer { ... { destinations { ...C } } } fragment C on Destination { customer { destinations { id } } }',
      ),
      { limited: 'depth', limit: 5, estimate: 6 },
    ],
    [
      'of aliases',
      operation(`{ customers { ${many(4, (i) => `a${i}: totalCount`)} } }`),
      operation(`{ customers { ${many(5, (i) => `a${i}: totalCount`)} } }`),
      { limited: 'aliases', limit: 4, estimate: 5 },
    ],
    [
      'of fields at the top',
      operation(`{ ${'__typename '.repeat(5)} }`),
      operation(`{ ${'__typename '.repeat(6)} }`),
      { limited: 'rootFields', limit: 5, estimate: 6 },
    ],
    [
      'of fields at the top through fragments',
      operation('{ ...A ...A __typename } fragment A on Query { __typename ... { __typename } }'),
      operation('{ ...A ...A ...A } fragment A on Query { __typename ... { __typename } }'),
      { limited: 'rootFields', limit: 5, estimate: 6 },
    ],
    [
      'of directives',
      operation(`{ customers { ${'totalCount @include(if: true) '.repeat(3)} } }`),
      operation(`{ customers { ${'totalCount @include(if: true) '.repeat(4)} } }`),
      { limited: 'directives', limit: 3, estimate: 4 },
    ],
    [
      'of IDs in the text',
      operation(`{ segments(${PLACE}, segmentIds: [${ids(10).join(' ')}]) { id } }`),
      operation(`{ segments(${PLACE}, segmentIds: [${ids(11).join(' ')}]) { id } }`),
      { limited: 'ids', limit: 10, estimate: 11 },
    ],
    [
      'of IDs as a variable',
      operation(`query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { id } }`, { ids: ids(10) }),
      operation(`query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { id } }`, { ids: ids(11) }),
      { limited: 'ids', limit: 10, estimate: 11 },
    ],
    [
      'of IDs as the default of a variable',
      operation(
        `query ($ids: [ID!]! = [${ids(10).join(' ')}]) { segments(${PLACE}, segmentIds: $ids) { id } }`,
      ),
      operation(
        `query ($ids: [ID!]! = [${ids(11).join(' ')}]) { segments(${PLACE}, segmentIds: $ids) { id } }`,
      ),
      { limited: 'ids', limit: 10, estimate: 11 },
    ],
    [
      'of IDs as keys',
      operation('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }', { keys: keys(10) }),
      operation('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }', { keys: keys(11) }),
      { limited: 'ids', limit: 10, estimate: 11 },
    ],
    [
      'of IDs over all fields',
      operation(
        `{ a: segments(${PLACE}, segmentIds: [${ids(5).join(' ')}]) { id } b: segments(${PLACE}, segmentIds: [${ids(4).join(' ')}]) { id } segment(${PLACE}, segmentId: "1001") { id } }`,
      ),
      operation(
        `{ a: segments(${PLACE}, segmentIds: [${ids(5).join(' ')}]) { id } b: segments(${PLACE}, segmentIds: [${ids(5).join(' ')}]) { id } segment(${PLACE}, segmentId: "1001") { id } }`,
      ),
      { limited: 'ids', limit: 10, estimate: 11 },
    ],
    [
      'of IDs inside lists',
      operation(
        `{ customer(id: "acme") { destinations { segmentsById(segmentIds: [${ids(5).join(' ')}]) { id } } } }`,
      ),
      operation(
        `{ customer(id: "acme") { destinations { segmentsById(segmentIds: [${ids(6).join(' ')}]) { id } } } }`,
      ),
      { limited: 'ids', limit: 10, estimate: 12 },
    ],
    [
      'of cost',
      operation(
        '{ destination(customerId: "acme", destinationId: "314") { id segments(first: 20) { nodes { id sid label } } } }',
      ),
      operation(
        '{ destination(customerId: "acme", destinationId: "314") { id segmentIdType segments(first: 20) { nodes { id sid label } } } }',
      ),
      { limited: 'cost', limit: 83, estimate: 84 },
    ],
  ])('%s lets pass what is just within it, and refuses one more', async (_, within, beyond, limited) => {
    expectPassed(await attack(gateway, within));
    const refused = await attack(gateway, beyond);
    expect(refused.body?.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'QUERY_TOO_COMPLEX', ...limited },
    ]);
    expect(refused.status).toBe(400);
  });

  it('of a body lets pass what is just within it, and refuses one byte more', async () => {
    const body = JSON.stringify({ query: QUESTION });
    expectPassed(await attack(gateway, { body: body.padEnd(4_096) }));
    const refused = await attack(gateway, { body: body.padEnd(4_097) });
    expect(codesOf(refused)).toEqual(['BAD_USER_INPUT']);
    expect(refused.status).toBe(413);
    expect(refused.body?.errors?.[0]?.message).toContain('exceeds 4 KiB');
  });

  it('of a page lets pass what is just within it, and refuses one more', async () => {
    expectPassed(await attack(gateway, operation('{ customers(first: 60) { totalCount } }')));
    const refused = await attack(gateway, operation('{ customers(first: 61) { totalCount } }'));
    expect(codesOf(refused)).toEqual(['BAD_USER_INPUT']);
    expect(refused.body?.errors?.[0]?.message).toBe(
      'first is 61; it must be 0 to 60. Use after to get further pages.',
    );
  });
});

describe('limits as they are unless the configuration says otherwise', () => {
  it('let tools ask for the whole schema', async () => {
    const gateway = await withLimits({});
    const options = {
      descriptions: true,
      specifiedByUrl: true,
      inputValueDeprecation: true,
      schemaDescription: true,
    };
    expectPassed(await attack(gateway, operation(getIntrospectionQuery(options))));
  });

  it('tell what a misspelt name could mean', async () => {
    const gateway = await withLimits({});
    const field = await attack(gateway, operation('{ customers { totalCoun } }'));
    expect(field.body?.errors?.[0]?.message).toContain('Did you mean "totalCount"?');
    const key = await attack(gateway, misspeltKey());
    expect(key.body?.errors?.[0]?.message).toContain('Did you mean "customerId"?');
  });
});

describe('without introspection', () => {
  it('nothing tells what the schema is made of', async () => {
    const gateway = await withLimits({ introspection: false });
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "Segment") { name } }',
      getIntrospectionQuery(),
    ]) {
      const received = await attack(gateway, operation(query));
      expect(codesOf(received)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
      expect(received.status).toBe(400);
      expect(received.text).toContain('Introspection is switched off on this gateway.');
      expect(received.text).not.toContain('Apollo');
    }
    for (const sent of [
      operation('{ customers { totalCoun } }'),
      operation('{ customer(i: "acme") { id } }'),
      operation('query ($x: Segmen) { customers { totalCount } }'),
      operation('{ searchSegments(text: "", status: [ACTIV]) { totalCount } }'),
      misspeltKey(),
    ]) {
      const { text } = await attack(gateway, sent);
      expect(text).toContain('"errors"');
      expect(text).not.toContain('Did you mean');
    }
    expectPassed(await attack(gateway, operation('{ __typename customers { __typename } }')));
  });
});

describe('the time that a request may take', () => {
  it('ends what waits for Audience Manager, and leaves the rest of the answer', async () => {
    const gateway = await withLimits({ requestTimeout: '3s' });
    await expectNames(gateway);
    const fault = gateway.simulator.fault({
      endpoint: 'mappings',
      destinationId: 315,
      action: { kind: 'hang' },
    });
    const asked = gateway.post(
      {
        query: `{ known: segment(${PLACE}, segmentId: "1001") { name } unknown: segment(customerId: "acme", destinationId: "315", segmentId: "1001") { name } }`,
      },
      NORMAL,
    );
    await gateway.clock.timer((ms) => ms === 3_000);
    gateway.clock.advance(3_000);
    const { status, body } = await asked;
    expect(body).toMatchObject({
      data: { known: { name: 'Segment 1' }, unknown: null },
      errors: [
        {
          message: 'The request exceeded its time limit of 3000 ms; try again.',
          path: ['unknown'],
          extensions: { code: 'AAM_UNAVAILABLE' },
        },
      ],
    });
    expect(status).toBe(200);
    fault.remove();
  });
});

describe('the rate of requests', () => {
  it('of one caller is limited, and of no other', async () => {
    const gateway = await withLimits({ requestsPerMinute: 3 });
    for (let request = 0; request < 3; request++) {
      expectPassed(await attack(gateway, operation(QUESTION)));
    }
    for (let request = 0; request < 3; request++) {
      const refused = await attack(gateway, operation(QUESTION));
      expect(codesOf(refused)).toEqual(['RATE_LIMITED']);
      expect(refused.status).toBe(429);
      const retryAfter = Number(refused.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(60);
    }
    await expectNames(gateway);
  });

  it('of those without a key is that of their address', async () => {
    const gateway = await withLimits({ requestsPerMinute: 3 });
    const stranger = { ...operation(QUESTION), headers: { 'x-api-key': 'of nobody' } };
    for (let request = 0; request < 3; request++) {
      expect((await attack(gateway, stranger)).status).toBe(401);
    }
    expect((await attack(gateway, stranger)).status).toBe(429);
    await expectNames(gateway);
  });
});

describe('a process that is behind', () => {
  it('turns requests away, says so, and takes them again when it has caught up', async () => {
    const gateway = await withLimits({ eventLoopDelay: '100ms' });
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(`${gateway.gateway.url}${path}`)).status;
    expect(await statusOf('/readyz')).toBe(200);
    const whileBehind = async <T>(ask: () => Promise<T>, isRefused: (answer: T) => boolean): Promise<T> => {
      for (let rounds = 1; ; rounds++) {
        const until = performance.now() + 300;
        while (performance.now() < until);
        const answer = await ask();
        if (isRefused(answer) || rounds === 50) return answer;
      }
    };
    const ready = await whileBehind(
      () => fetch(`${gateway.gateway.url}/readyz`),
      ({ status }) => status === 503,
    );
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'overloaded', storage: 'available' });
    const refused = await whileBehind(
      () => attack(gateway, operation(QUESTION)),
      ({ status }) => status === 503,
    );
    expect(refused.status).toBe(503);
    expect(codesOf(refused)).toEqual(['RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).toBe('2');
    const isRefused = (status: number): boolean => status === 503;
    expect(await whileBehind(() => statusOf('/search'), isRefused)).toBe(503);
    const health = await whileBehind(
      () => Promise.all([statusOf('/readyz'), statusOf('/healthz')]),
      ([readiness]) => isRefused(readiness),
    );
    expect(health).toEqual([503, 200]);
    while ((await statusOf('/readyz')) !== 200);
    expectPassed(await attack(gateway, operation(QUESTION)));
  });
});

describe('without access control', () => {
  it('a page that has pointed its own name at this machine is refused', async () => {
    const gateway = await TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 3))] });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    const body = JSON.stringify({ query: QUESTION });
    using connection = await RawConnection.open(gateway.gateway.url);
    const askAs = async (host: string): Promise<number | undefined> => {
      const head = `Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
      connection.send(`POST /graphql HTTP/1.1\r\n${head}\r\n${body}`);
      const answer = await connection.answer();
      if (answer?.status === 403) expect(answer.body).toContain('"code":"FORBIDDEN"');
      return answer?.status;
    };
    for (let round = 0; round < 3; round++) {
      expect(await askAs('evil.example')).toBe(403);
      expect(await askAs('evil.example:4000')).toBe(403);
      expect(await askAs('localhost')).toBe(200);
      expect(await askAs('127.0.0.1:4000')).toBe(200);
    }
  });

  it('any name will do with access control', async () => {
    const gateway = await withLimits({});
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(
      `GET /graphql?query={__typename} HTTP/1.1\r\nHost: names.example\r\nApollo-Require-Preflight: 1\r\nX-Api-Key: ${HOSTILE['x-api-key']}\r\n\r\n`,
    );
    expect(await connection.answer()).toMatchObject({ status: 200 });
  });
});

function keys(count: number): object[] {
  return ids(count).map((segmentId) => ({ customerId: 'acme', destinationId: '314', segmentId }));
}

function misspeltKey(): Sent {
  return operation('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }', {
    keys: [{ customerI: 'acme', customerId: 'acme', destinationId: '314', segmentId: '1001' }],
  });
}
