import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import {
  attack,
  attackOneGateway,
  codesOf,
  guardedGateway,
  HOSTILE,
  many,
  NORMAL,
  operation,
  type Received,
} from './support.js';

const PLACE = 'customerId: "acme", destinationId: "314"';
const IDS = `query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { name } }`;

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(1_001 + index));
}

describe('one operation', () => {
  let gateway: TestGateway;

  attackOneGateway((started) => {
    gateway = started;
  });

  const SINCE = 'since: "2026-01-01T00:00:00Z", first: 0';
  const at = (second: number): string => `segmentId: 1001, at: "2026-01-01T00:00:${10 + second}Z"`;

  // The customer has two destinations.
  it.each([
    [
      'searches',
      20,
      `{ destination(${PLACE}) { ${many(20, (i) => `s${i}: segments(first: 0, search: "${i}") { totalCount }`)}`,
      'segments(first: 0, status: ACTIVE) { totalCount }',
      ' } }',
    ],
    [
      'searches',
      20,
      `{ ${many(18, (i) => `s${i}: searchSegments(first: 0, text: "${i}") { totalCount }`)} customer(id: "acme") { destinations { segments(first: 0, status: ACTIVE) { totalCount }`,
      'more: segments(first: 0, status: ACTIVE) { totalCount }',
      ' } } }',
    ],
    [
      'histories',
      100,
      `{ customer(id: "acme") { destinations { ${many(50, (i) => `c${i}: changes(${SINCE}) { totalCount }`)}`,
      `changes(${SINCE}) { totalCount }`,
      ' } } }',
    ],
    [
      'moments',
      100,
      `{ customer(id: "acme") { destinations { ${many(50, (i) => `s${i}: segment(${at(i)}) { name }`)}`,
      `segment(${at(0)}) { name }`,
      ' } } }',
    ],
  ])('is bounded in its %s', async (limited, limit, query, more, end) => {
    const within = await attack(gateway, operation(query + end));
    expect(within.body?.errors).toBeUndefined();
    const beyond = await attack(gateway, operation(query + more + end));
    expect(beyond.body?.errors?.[0]?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limited, limit });
    expect(beyond.body?.errors?.[0]?.message).toMatch(/split/i);
    expect(beyond.status).toBe(400);
  });

  it('may read the histories of a report', async () => {
    const query = `query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { history(first: 3) { nodes { name } } } }`;
    const { body } = await attack(gateway, operation(query, { ids: ids(100) }));
    expect(body?.errors).toBeUndefined();
  });

  it('may ask for what makes a report of 10,000 segments', async () => {
    const query = `query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { name sid status description } }`;
    const { body } = await attack(gateway, operation(query, { ids: Array<string>(10_000).fill('1001') }));
    expect(body?.errors).toBeUndefined();
    expect(body?.data?.['segments']).toHaveLength(10_000);
  });
});

describe('the errors of a response', () => {
  let gateway: TestGateway;

  attackOneGateway((started) => {
    gateway = started;
  });

  const ask = async (wrong: number): Promise<Received> =>
    await attack(gateway, operation(IDS, { ids: [...Array<string>(wrong).fill(''), '1001'] }));

  it.each([100, 101])('are all there if they are %d', async (wrong) => {
    const { body } = await ask(wrong);
    expect(body?.errors).toHaveLength(wrong);
    expect(body?.errors?.at(-1)?.path).toEqual(['segments', wrong - 1]);
  });

  it('are 100 and one that says how many more there are', async () => {
    const { body, status } = await ask(5_000);
    expect(status).toBe(200);
    expect(body?.data?.['segments']).toEqual([...Array<null>(5_000).fill(null), { name: 'Segment 1' }]);
    expect(body?.errors).toHaveLength(101);
    expect(body?.errors?.[99]).toMatchObject({ path: ['segments', 99] });
    expect(body?.errors?.[100]).toEqual({
      message: 'There are 4900 more errors. Correct these first, or ask for fewer items at once to see all.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('have all their codes in the log', async () => {
    const query = 'query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { name } }';
    const keys = [
      ...Array.from({ length: 150 }, () => ({ destinationId: '314', segmentId: '' })),
      ...Array.from({ length: 200 }, () => ({ destinationId: '999', segmentId: '1' })),
    ];
    const { body, headers } = await attack(gateway, operation(query, { keys }));
    // Most of all errors have this code.
    expect(body?.errors?.[100]?.extensions).toEqual({ code: 'NOT_FOUND' });
    const line = gateway.log.find(
      ({ requestId, msg }) => requestId === headers.get('x-request-id') && msg === 'request',
    );
    expect(line?.['codes']).toEqual(expect.arrayContaining(['BAD_USER_INPUT', 'NOT_FOUND']));
  });

  it('have no exact places in a long document', async () => {
    const comment = `#${'x'.repeat(900_000)}\n`;
    const { body } = await attack(gateway, operation(comment + IDS, { ids: Array<string>(3_000).fill('') }));
    expect(body?.errors).toHaveLength(101);
    expect(body?.errors?.[0]).toMatchObject({
      locations: [{ line: 1, column: comment.length + IDS.indexOf('segments') + 1 }],
    });
  });
});

describe('a search', () => {
  let gateway: TestGateway;

  attackOneGateway((started) => {
    gateway = started;
  });

  const FIELDS = [
    ['customers', 'search', 'query ($text: String!) { customers(search: $text) { totalCount } }'],
    ['searchSegments', 'text', 'query ($text: String!) { searchSegments(text: $text) { totalCount } }'],
    [
      'segments',
      'search',
      `query ($text: String!) { destination(${PLACE}) { segments(search: $text) { totalCount } } }`,
    ],
  ] as const;

  it.each(FIELDS)('of %s has ten different words at most', async (_, name, query) => {
    const words = many(10, (index) => `word${index}`);
    expect(
      (await attack(gateway, operation(query, { text: `${words} ${words} WORD1` }))).body?.errors,
    ).toBeUndefined();
    const { body } = await attack(gateway, operation(query, { text: `${words} another` }));
    expect(body?.errors).toMatchObject([
      {
        message: `${name} has 11 different words; the maximum is 10. Leave out the shortest ones.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });

  it.each(FIELDS)('of %s has words of 200 characters at most', async (_, name, query) => {
    const word = 'x'.repeat(197);
    const words = many(10, (index) => `${word}${100 + index}`);
    expect((await attack(gateway, operation(query, { text: words }))).body?.errors).toBeUndefined();
    const { body } = await attack(gateway, operation(query, { text: `${word}1234` }));
    expect(body?.errors).toMatchObject([
      {
        message: `${name} has a word of 201 characters; the maximum is 200. Shorten it.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

describe('a document', () => {
  it('may have twice as many comments as tokens', async () => {
    await using gateway = await guardedGateway({ tokens: 100 });
    const within = await attack(gateway, operation(`${'#\n'.repeat(200)}{ __typename }`));
    expect(within.body).toEqual({ data: { __typename: 'Query' } });
    const beyond = await attack(gateway, operation(`${'#\n'.repeat(201)}{ __typename }`));
    expect(beyond.body?.errors?.[0]?.extensions).toEqual({
      code: 'QUERY_TOO_COMPLEX',
      limited: 'comments',
      limit: 200,
      estimate: 201,
    });
    expect(beyond.status).toBe(400);
  });
});

describe('names of 1,000 characters of four bytes each', () => {
  it('are listed page by page', async () => {
    const name = (index: number): string => '🦊'.repeat(997) + String(index).padStart(3, '0');
    const mappings = Array.from({ length: 7 }, (_, index) => ({ mappingId: 7 - index, name: name(index) }));
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
    });
    const inDestination = `query ($after: String) { destination(${PLACE}) { segments(first: 1, after: $after) { nodes { name } pageInfo { endCursor } } } }`;
    const everywhere = `query ($after: String) { searchSegments(text: "", first: 1, after: $after) { nodes { name } pageInfo { endCursor } } }`;
    for (const query of [inDestination, everywhere]) {
      const seen: string[] = [];
      for (let after: string | null = null, page = 0; page < 7; page++) {
        const { data, errors } = await gateway.query(query, { after });
        expect(errors).toBeUndefined();
        const list = ((data?.['destination'] as { segments: unknown } | undefined)?.segments ??
          data?.['searchSegments']) as { nodes: { name: string }[]; pageInfo: { endCursor: string } };
        seen.push(...list.nodes.map((node) => node.name));
        after = list.pageInfo.endCursor;
        expect(after.length).toBeLessThanOrEqual(4_096);
      }
      expect(seen).toEqual(Array.from({ length: 7 }, (_, index) => name(index)));
    }
  });
});

describe('heavy operations', () => {
  it('of several callers are all answered, and light ones in between', async () => {
    await using gateway = await guardedGateway();
    const heavy = { query: IDS, variables: { ids: Array<string>(3_000).fill('1001').concat('none') } };
    const light = { query: '{ customers { totalCount } }' };
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => gateway.post(heavy, HOSTILE)),
      gateway.post(heavy, NORMAL),
      gateway.post(light, NORMAL),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  it('that do not get their turn in time are refused, and may be tried again', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: { limits: { requestTimeout: '3s' } },
    });
    const fault = gateway.simulator.fault({ endpoint: 'mappings', action: { kind: 'hang' } });
    const answers = Array.from({ length: 6 }, () =>
      gateway.post({ query: IDS, variables: { ids: Array<string>(3_000).fill('1001') } }),
    );
    const isDue = (ms: number): boolean => ms === 3_000;
    // All requests have begun or wait.
    await gateway.clock.timer((ms) => isDue(ms) && gateway.clock.pending().filter(isDue).length >= 6);
    gateway.clock.advance(3_000);
    const received = await Promise.all(answers);
    fault.remove();
    const refused = received.filter(({ status }) => status === 503);
    // Four at most wait for Audience Manager side by side.
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeLessThan(6);
    for (const { headers, body } of refused) {
      expect(headers.get('retry-after')).toBe('2');
      expect(body).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    }
  });
});

it('an argument that does not fit hides nothing of what an operation costs', async () => {
  await using gateway = await guardedGateway();
  const query = `query ($first: Int = 1) { bad: customers(first: $first) { totalCount } customers { nodes { destinations { segments(first: 1000) { nodes { history(first: 1000) { nodes { name } } } } } } } }`;
  const received = await attack(gateway, operation(query, { first: null }));
  expect(codesOf(received)).toEqual(['QUERY_TOO_COMPLEX']);
});
