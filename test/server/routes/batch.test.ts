import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];
const CUSTOMER = 'query Customer($id: ID!) { customer(id: $id) { id } }';
const customer = (id: string): object => ({ query: CUSTOMER, variables: { id } });

async function send(gateway: TestGateway, operations: unknown, key = 'acme-key') {
  const { status, body } = await gateway.post(operations, withKey(key));
  return { status, answers: body as readonly Answer<Record<string, unknown>>[] };
}

const config = (limits: Record<string, unknown>): Record<string, Record<string, unknown>> => ({
  access: {
    apiKeys: [
      entryOf('acme-key', 'acme-ui', ['acme']),
      entryOf('metrics-key', 'prometheus', [], ['metrics']),
    ],
  },
  limits,
});

describe('a list of operations', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED, config: config({ batch: 4, rootFields: 2 }) });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it('is answered with the list of their answers, each as if it were alone', async () => {
    const operations = [customer('acme'), { query: '{ nothing }' }, {}, customer('globex')];
    const { status, answers } = await send(gateway, operations);
    expect(status).toBe(200);
    expect(answers.map((answer) => answer.errors?.[0]?.extensions.code ?? answer.data)).toEqual([
      { customer: { id: 'acme' } },
      'GRAPHQL_VALIDATION_FAILED',
      'BAD_USER_INPUT',
      { customer: null },
    ]);
    const alone = await Promise.all(operations.map(async (each) => (await send(gateway, each)).answers));
    expect(answers).toEqual(alone);
  });

  it('teaches the fast path nothing about the headers of a single answer', async () => {
    const headers = { ...withKey('acme-key'), accept: 'application/graphql-response+json' };
    const post = async (path: string, body: unknown): Promise<string | null> => {
      const response = await gateway.fetch(path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      return response.headers.get('content-type');
    };
    await post('/graphql', [customer('acme'), customer('acme')]);
    const expected = await post('/graphql?full', customer('acme'));
    expect(expected).toContain('application/graphql-response+json');
    for (let turn = 0; turn < 4; turn += 1) expect(await post('/graphql', customer('acme'))).toBe(expected);
  });

  it('is one line of the log, and one denied request of the audit log', async () => {
    const before = gateway.logLines.length;
    await send(gateway, [customer('acme'), customer('globex'), { query: '{ nothing }' }]);
    const lines = gateway.logLines.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ msg }) => msg === 'request')).toEqual([
      expect.objectContaining({ operations: 3, outcome: 'partial', codes: ['GRAPHQL_VALIDATION_FAILED'] }),
    ]);
    expect(lines.filter(({ audit }) => audit === 'denied')).toEqual([
      expect.objectContaining({ customers: ['globex'] }),
    ]);
  });

  it('is counted as so many operations', async () => {
    const count = async (): Promise<number> => {
      const text = await (await gateway.fetch('/metrics', { headers: withKey('metrics-key') })).text();
      return Number(
        /aam_gateway_graphql_requests_total\{operation="Customer",outcome="ok"\} (\d+)/.exec(text)?.[1] ?? 0,
      );
    };
    const before = await count();
    await send(gateway, [customer('acme'), customer('acme'), customer('acme')]);
    expect((await count()) - before).toBe(3);
  });

  it.each([
    ['an empty list', [], 'The list of operations is empty.'],
    [
      'a list of other things',
      [customer('acme'), []],
      'Each item of a list of operations has to be an object.',
    ],
    [
      'a longer list',
      Array(5).fill(customer('acme')),
      'A request may have 4 operations; this one has 5. See limits.batch.',
    ],
  ])('%s is refused', async (_, operations, message) => {
    const { status, answers } = await send(gateway, operations);
    expect(status).toBe(400);
    expect(answers).toEqual({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('each operation has the limits to itself', async () => {
    const two = { query: '{ a: __typename b: __typename }' };
    const three = { query: '{ a: __typename b: __typename c: __typename }' };
    const { answers } = await send(gateway, [two, two, three]);
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual([
      undefined,
      undefined,
      'QUERY_TOO_COMPLEX',
    ]);
  });
});

describe('the operations of a list', () => {
  it('count for the rate limit one by one, and those beyond it are refused', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: config({ requestsPerMinute: 3 }),
    });
    const { status, answers } = await send(gateway, Array(5).fill(customer('acme')));
    expect(status).toBe(200);
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code);
    expect(codes).toEqual([undefined, undefined, undefined, 'RATE_LIMITED', 'RATE_LIMITED']);
    expect((await send(gateway, [customer('acme')])).status).toBe(429);
  });

  it('are refused if limits.batch is 0', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED, config: config({ batch: 0 }) });
    const { status, answers } = await send(gateway, [customer('acme')]);
    expect(status).toBe(400);
    expect(JSON.stringify(answers)).toContain('limits.batch');
  });
});
