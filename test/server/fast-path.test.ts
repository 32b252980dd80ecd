import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configTextFor, TestGateway } from '../support/gateway.js';
import { parseConfig } from '../../src/config/index.js';
import { destination, passwordCustomer } from '../support/customers.js';

const KEYS = { one: 'key-of-one', both: 'key-of-both', editor: 'key-of-editor' };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const ACCESS = {
  apiKeys: [
    { name: 'one', sha256: sha256(KEYS.one), customers: ['acme'] },
    { name: 'both', sha256: sha256(KEYS.both), customers: ['acme', 'globex'] },
    {
      name: 'editor',
      sha256: sha256(KEYS.editor),
      customers: 'all',
      permissions: ['read', 'refresh', 'import'],
    },
  ],
};

const simulated = (): ReturnType<typeof passwordCustomer>[] => [
  passwordCustomer(
    'acme',
    destination(314, 0, {
      mappings: Array.from({ length: 30 }, (_, index) => ({
        mappingId: 1001 + index,
        sid: 5001 + index,
        ...(index % 3 === 0 ? { alias: `alias-${index}` } : {}),
        name: index % 4 === 0 ? `Säule "${index}" 東京 \\ \u2028` : `Segment ${index}`,
        description: index % 5 === 0 ? '' : `About ${index}`,
        ...(index % 7 === 0 ? { startDate: '2026-01-01', endDate: '2026-12-31' } : {}),
      })),
    }),
    destination(315, 5),
    destination(316, 0, {
      mappings: [1, 2, 12].map((mappingId) => ({
        mappingId,
        alias: `alias\t${mappingId}`,
        name: `Segment ${mappingId}`,
      })),
    }),
  ),
  passwordCustomer('globex', destination(314, 30)),
];

async function start(config: Record<string, Record<string, unknown>> = {}): Promise<TestGateway> {
  return await TestGateway.start({
    simulated: simulated(),
    config: { access: ACCESS, freshness: { refreshEvery: '0' }, ...config },
  });
}

interface Raw {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

/** Sends a body; `long` takes the way through the web framework, by an address that the quick lane leaves to it. */
async function send(gateway: TestGateway, body: unknown, key = KEYS.both, long = false): Promise<Raw> {
  const response = await fetch(long ? `${gateway.url}?long` : gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

async function quickAnswers(gateway: TestGateway, kind: 'repeated' | 'segments'): Promise<number> {
  return await gateway.metric(`aam_gateway_quick_answers_total{kind="${kind}"}`);
}

const NAMES = {
  query:
    'query Names($ids: [ID!]!) { segments(customerId: "acme", destinationId: "314", ids: $ids) { id name stale asOf destination { name } customer { name } } }',
  variables: { ids: ['1001', '1002'] },
};

/** Asks until the answer is one that was kept. */
async function warm(gateway: TestGateway, body: unknown = NAMES, key = KEYS.both): Promise<Raw> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = await quickAnswers(gateway, 'repeated');
    const answer = await send(gateway, body, key);
    if ((await quickAnswers(gateway, 'repeated')) > before) return answer;
  }
  throw new Error('the answer is never kept');
}

describe('an answer without execution', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await start();
    const all = '{ customers { nodes { destinations { id name type segments { totalCount } } } } }';
    await send(gateway, { query: all });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const plainLeaf = fc.constantFrom(
    ...['id', 'sid', 'alias', 'name', 'label', 'description', 'status', 'startDate', 'endDate'],
    ...['createdAt', 'updatedAt', 'source', 'asOf', 'stale', '__typename', 'shown: label', 'n: name'],
    ...['destination { id name }', 'd: destination { type active segmentIdType description __typename }'],
    ...[
      'customer { id name }',
      'owner: customer { called: name }',
      '...F',
      '... on Segment { sid }',
      '... { status }',
    ],
  );
  const wildLeaf = fc.constantFrom(
    'history(first: 1) { totalCount }',
    'name @include(if: true)',
    'destination { sync { status } }',
  );
  const knownId = fc.constantFrom('1001', '1002', '1005', '1008', '1030', 1004);
  const wildId = fc.constantFrom('5003', '9999', 'alias-3', '', 1002, '1001');
  const question = fc.record({
    field: fc.constantFrom('segment', 'segments', 'segmentsByKey'),
    leaves: fc.array(fc.oneof({ weight: 40, arbitrary: plainLeaf }, { weight: 1, arbitrary: wildLeaf }), {
      minLength: 1,
      maxLength: 6,
    }),
    ids: fc.array(fc.oneof({ weight: 25, arbitrary: knownId }, { weight: 1, arbitrary: wildId }), {
      minLength: 1,
      maxLength: 5,
    }),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(undefined, null, 'MAPPING_ID') },
      { weight: 1, arbitrary: fc.constantFrom('SID', 'ALIAS', 'WRONG') },
    ),
    c: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('acme', 'globex') },
      { weight: 1, arbitrary: fc.constant('nobody') },
    ),
    d: fc.oneof(
      { weight: 6, arbitrary: fc.constant('314') },
      { weight: 1, arbitrary: fc.constantFrom('315', '999', 314) },
    ),
  });

  interface Question {
    readonly field: string;
    readonly leaves: readonly string[];
    readonly ids: readonly (string | number)[];
    readonly type: string | null | undefined;
    readonly c: string;
    readonly d: string | number;
  }

  function bodyOf({ field, leaves, ids, type, c, d }: Question): object {
    const selection = `{ ${leaves.join(' ')} }`;
    const fragment = leaves.includes('...F') ? 'fragment F on Segment { alias description }' : '';
    const place = '$c: ID!, $d: ID!, $type: SegmentIdType';
    const args = 'customerId: $c, destinationId: $d, idType: $type';
    const [id] = ids;
    switch (field) {
      case 'segment':
        return {
          query: `query One(${place}, $id: ID!) { segment(${args}, id: $id) ${selection} } ${fragment}`,
          variables: { c, d, id, type },
        };
      case 'segments':
        return {
          query: `query Many(${place}, $ids: [ID!]!) { found: segments(${args}, ids: $ids) ${selection}
            literal: segments(customerId: "acme", destinationId: 314, ids: ["1001", 1002]) { name } } ${fragment}`,
          variables: { c, d, ids, type },
        };
      default:
        return {
          query: `query Keys($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) ${selection} } ${fragment}`,
          operationName: 'Keys',
          variables: {
            keys: ids.map((each, index) => ({
              customerId: index % 2 === 0 ? c : 'acme',
              destinationId: d,
              id: String(each),
              ...(type === undefined ? {} : { idType: type }),
            })),
          },
        };
    }
  }

  it('is the same to the byte, with the same headers, as with it, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(question, fc.constantFrom(KEYS.both, KEYS.both, KEYS.one), async (asked, key) => {
        const body = bodyOf(asked);
        const long = await send(gateway, body, key, true);
        for (const turn of [1, 2, 3]) {
          expect({ turn, ...(await send(gateway, body, key)) }).toEqual({ turn, ...long });
        }
      }),
      { numRuns: 200 },
    );
    expect(await quickAnswers(gateway, 'segments')).toBeGreaterThan(50);
    expect(await quickAnswers(gateway, 'repeated')).toBeGreaterThan(50);
  }, 60_000);

  const few = 'customerId: "acme", destinationId: "316"';
  const dozen = '{"data":{"segments":[{"name":"Segment 12"}]}}\n';
  const ofMany = 'query Many($ids: [ID!]!)';

  it.each<[what: string, known: object, asked: object, status: number, expected: RegExp | string]>([
    ...['"12"', '12', '"""12"""'].map((id): [string, object, object, number, string] => {
      const body = { query: `{ segments(${few}, ids: ${id}) { name } }` };
      return [`ids: ${id}, which stands for a list of it`, body, body, 200, dozen];
    }),
    [
      'an operation under a name that is the beginning of its text',
      { query: `query Dozen\n{ segment(${few}, id: "12") { name } }` },
      { operationName: 'query Dozen', query: `{ segment(${few}, id: "12") { name } }` },
      400,
      /Unknown operation named/,
    ],
    [
      'what is no ID, even if it is the alias of a segment',
      {
        query: `query Alias($id: ID!) { segment(${few}, idType: ALIAS, id: $id) { name } }`,
        variables: { id: 'alias' },
      },
      {
        query: `query Alias($id: ID!) { segment(${few}, idType: ALIAS, id: $id) { name } }`,
        variables: { id: 'alias\t12' },
      },
      200,
      /id contains a control character/,
    ],
    [
      'more than may be asked for, by asking for the same again and again',
      {
        query: `${ofMany} { segments(${few}, ids: $ids) { ${'name '.repeat(50)} } }`,
        variables: { ids: ['1'] },
      },
      {
        query: `${ofMany} { segments(${few}, ids: $ids) { ${'name '.repeat(50)} } }`,
        variables: { ids: Array<string>(6_000).fill('1') },
      },
      400,
      /QUERY_TOO_COMPLEX/,
    ],
  ])('is none other than with it to %s', async (_what, known, asked, status, expected) => {
    for (let turn = 0; turn < 3; turn += 1) await send(gateway, known);
    const long = await send(gateway, asked, KEYS.both, true);
    expect(long).toMatchObject({
      status,
      text: typeof expected === 'string' ? expected : (expect.stringMatching(expected) as string),
    });
    for (const turn of [1, 2, 3])
      expect({ turn, ...(await send(gateway, asked)) }).toEqual({ turn, ...long });
  });

  it('is logged and counted like any other', async () => {
    await warm(gateway);
    const before = await gateway.metric('aam_gateway_graphql_requests_total{operation="Names",outcome="ok"}');
    const lookups = await gateway.metric('aam_gateway_lookups_total{outcome="fresh"}');
    await send(gateway, NAMES);
    expect(gateway.log.at(-1)).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      requestId: expect.any(String) as string,
      method: 'POST',
      path: '/graphql',
      operation: 'Names',
      caller: 'both',
      status: 200,
      outcome: 'ok',
      ms: expect.any(Number) as number,
      msg: 'request',
    });
    expect(await gateway.metric('aam_gateway_graphql_requests_total{operation="Names",outcome="ok"}')).toBe(
      before + 1,
    );
    expect(await gateway.metric('aam_gateway_lookups_total{outcome="fresh"}')).toBe(lookups + 2);
  });

  it('is given to nobody who may not see all of it', async () => {
    const body = {
      query: '{ segment(customerId: "globex", destinationId: "314", id: "1001") { name } }',
    };
    expect((await warm(gateway, body)).text).toContain('Segment 1');
    const { text } = await send(gateway, body, KEYS.one);
    expect(text).not.toContain('Segment 1');
    expect(JSON.parse(text)).toMatchObject({
      data: { segment: null },
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    });
    // Each time, it is noted who asked.
    const denials = gateway.log.filter(({ audit }) => audit === 'denied').length;
    await send(gateway, body, KEYS.one);
    expect(gateway.log.filter(({ audit }) => audit === 'denied')).toHaveLength(denials + 1);
  });

  it('waits for a body that comes in pieces, and leaves one that never ends to the rest', async () => {
    await warm(gateway);
    const body = JSON.stringify(NAMES);
    const { hostname, port } = new URL(gateway.url);
    const head = `POST /graphql HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: ${KEYS.both}\r\ncontent-type: application/json\r\nconnection: close\r\naccept: */*\r\ncontent-length: ${body.length}\r\n\r\n`;
    const whole = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => {
        socket.write(head + body.slice(0, 20), () => {
          setImmediate(() => socket.write(body.slice(20)));
        });
      });
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('end', () => resolve(answer)).on('error', reject);
    });
    expect(whole).toContain('"segments":[{"id":"1001"');
    const cut = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.end(head + body.slice(0, 20));
      });
      socket.resume().on('close', () => resolve('closed'));
    });
    expect(cut).toBe('closed');
    expect((await send(gateway, NAMES)).status).toBe(200);
  });

  it('comes whole and in its turn where requests do not wait for answers', async () => {
    const place = 'customerId: "acme", destinationId: "314"';
    const long = { query: `{ segments(${place}, ids: [${'"1001",'.repeat(2_000)}]) { name description } }` };
    const texts = [];
    for (const body of [long, NAMES, long, NAMES]) texts.push((await warm(gateway, body)).text);
    const { hostname, port } = new URL(gateway.url);
    const requests = [long, NAMES, long, NAMES].map((asked, index) => {
      const body = JSON.stringify(asked);
      const connection = index === 3 ? 'close' : 'keep-alive';
      return `POST /graphql HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: ${KEYS.both}\r\ncontent-type: application/json\r\nconnection: ${connection}\r\naccept: */*\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    });
    const answers = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(requests.join('')));
      socket.setEncoding('utf8').on('data', (data) => (answer += data.toString()));
      socket.on('end', () => resolve(answer)).on('error', reject);
    });
    expect(answers.split(/HTTP\/1.1 200 OK\r\n[^{]*/).slice(1)).toEqual(texts);
  });
});

describe('a kept answer', () => {
  it.each<[what: string, change: (gateway: TestGateway) => Promise<void> | void, expected: RegExp]>([
    [
      'a refresh that brings a new name',
      async (gateway) => {
        gateway.simulator.destination('acme', 314).mappings[1] = { mappingId: 1002, name: 'Renamed' };
        await send(
          gateway,
          { query: 'mutation { refreshDestination(customerId: "acme", id: "314") { id } }' },
          KEYS.editor,
        );
      },
      /"name":"Renamed"/,
    ],
    [
      'a change by hand',
      async (gateway) => {
        const key = '{ customerId: "acme", destinationId: "314", id: "1002" }';
        await send(
          gateway,
          { query: `mutation { setSegment(key: ${key}, name: "By hand") { id } }` },
          KEYS.editor,
        );
      },
      /"name":"By hand"/,
    ],
    [
      'its names growing old',
      (gateway) => {
        gateway.simulator.fault({ action: { kind: 'status', status: 500 } });
        gateway.clock.advance(3_600_001);
      },
      /"stale":true/,
    ],
    [
      'another name of the customer',
      (gateway) => {
        reload(gateway, ACCESS, 'Acme & Sons');
      },
      /"customer":{"name":"Acme & Sons"}/,
    ],
    [
      'the loss of the right to see it',
      (gateway) => {
        reload(gateway, { apiKeys: [{ name: 'both', sha256: sha256(KEYS.both), customers: ['globex'] }] });
      },
      /NOT_FOUND/,
    ],
    [
      'the loss of the key',
      (gateway) => {
        reload(gateway, { apiKeys: [{ name: 'one', sha256: sha256(KEYS.one), customers: 'all' }] });
      },
      /UNAUTHENTICATED/,
    ],
    [
      'the loss of the destination',
      (gateway) => {
        reload(gateway, ACCESS, 'Acme', [{ id: 315 }]);
      },
      /NOT_FOUND/,
    ],
  ])('does not outlive %s', async (_what, change, expected) => {
    await using gateway = await start();
    const before = await warm(gateway);
    expect(before.text).not.toMatch(expected);
    await change(gateway);
    expect((await send(gateway, NAMES)).text).toMatch(expected);
  });

  it('is not made of what may be different the next time', async () => {
    await using gateway = await start();
    const place = 'customerId: "acme", destinationId: "314"';
    for (const query of [
      `{ segment(${place}, id: "9999") { name } }`,
      '{ destination(customerId: "acme", id: "314") { sync { status } } }',
      `{ segment(${place}, id: "1001") { history { totalCount } } }`,
      '{ searchSegments(text: "Segment") { totalCount } }',
      `{ segment(${place}, id: "1001", at: "2026-01-15T11:00:00Z") { name } }`,
    ]) {
      for (let turn = 0; turn < 4; turn += 1) expect((await send(gateway, { query })).status).toBe(200);
    }
    expect(await quickAnswers(gateway, 'repeated')).toBe(0);
  });

  it('is none to what is to be done, which is done as often as it is asked for', async () => {
    await using gateway = await start();
    const refresh = { query: 'mutation { refreshDestination(customerId: "acme", id: "314") { id } }' };
    for (let time = 1; time <= 4; time += 1) {
      const { text } = await send(gateway, refresh, KEYS.editor);
      expect(text).toBe('{"data":{"refreshDestination":{"id":"314"}}}\n');
      expect(gateway.simulator.listings({ customer: 'acme' })).toBe(time);
    }
  });

  it('counts for the rate of its caller', async () => {
    await using gateway = await start({ limits: { requestsPerMinute: 12 } });
    const statuses: number[] = [];
    for (let turn = 0; turn < 15; turn += 1) statuses.push((await send(gateway, NAMES)).status);
    expect(statuses).toEqual([...Array<number>(12).fill(200), 429, 429, 429]);
    expect((await send(gateway, NAMES, KEYS.editor)).status).toBe(200);
  });

  it('is not kept where none is to be kept', async () => {
    await using gateway = await start({ cache: { maxAnswers: '0' } });
    for (let turn = 0; turn < 4; turn += 1) await send(gateway, NAMES);
    expect(await quickAnswers(gateway, 'repeated')).toBe(0);
    expect(await quickAnswers(gateway, 'segments')).toBeGreaterThan(0);
  });
});

function reload(
  { gateway, simulator }: TestGateway,
  access: Record<string, unknown>,
  name = 'acme',
  destinations: { id: number }[] = [{ id: 314 }, { id: 315 }],
): void {
  const customers = [{ id: 'acme', name, destinations }, { id: 'globex' }];
  const text = configTextFor(simulator, simulated(), customers, { access, freshness: { refreshEvery: '0' } });
  gateway.reload(parseConfig(text, { file: '/tmp/gateway.yaml', env: {} }));
}
