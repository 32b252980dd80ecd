import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const PERMISSIONS = ['read', 'refresh', 'import', 'metrics', 'explore'] as const;
type Permission = (typeof PERMISSIONS)[number];

const KEY = '{ customerId: "acme", destinationId: "314", segmentId: "1001" }';
const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { name } }';

/** What a caller can ask for, and the permission that it takes. */
const ACTIONS: readonly (readonly [what: string, needs: Permission, request: string])[] = [
  ['ask for names', 'read', NAME],
  ['ask which customers there are', 'read', '{ customers { nodes { id } } }'],
  ['ask for the schema', 'read', '{ __schema { queryType { name } } }'],
  [
    'refresh a destination',
    'refresh',
    'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }',
  ],
  [
    'import names',
    'import',
    'mutation { importSegments(customerId: "acme", destinationId: "314", csv: "id,name\\n1001,By hand") { applied } }',
  ],
  [
    'try out an import',
    'import',
    'mutation { importSegments(customerId: "acme", destinationId: "314", csv: "id,name\\n1001,By hand", dryRun: true) { applied } }',
  ],
  ['set a name', 'import', `mutation { setSegment(key: ${KEY}, name: "By hand") { id } }`],
  ['take a name away', 'import', `mutation { unsetSegment(key: ${KEY}) { id } }`],
  ['read metrics', 'metrics', '/metrics'],
  ['take an export', 'read', '/export/acme/314.csv'],
  ['take an export as JSON', 'read', '/export/acme/314.ndjson'],
];

const CASES = ACTIONS.flatMap(([what, needs, request]) =>
  PERMISSIONS.map((permission) => ({ what, needs, request, permission })),
);

describe('a caller', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: {
        access: {
          apiKeys: [
            ...PERMISSIONS.map((word) => entryOf(`${word}-key`, word, ['acme'], [word])),
            entryOf('usual-key', 'usual', ['acme']),
            entryOf('editor-key', 'editor', ['acme'], ['read', 'import']),
            entryOf('scraper-key', 'scraper', undefined, ['metrics']),
          ],
        },
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await run('editor-key', `mutation { unsetSegment(key: ${KEY}) { id } }`);
  });

  async function run(
    key: string,
    query: string,
  ): Promise<Answer<Record<string, never>> & { status: number }> {
    const { status, body } = await gateway.post({ query }, withKey(key));
    return { status, ...(body as Answer<Record<string, never>>) };
  }

  const send = async (key: string, request: string): Promise<{ status: number; text: string }> => {
    const response = request.startsWith('/')
      ? await gateway.fetch(request, { headers: withKey(key) })
      : await gateway.fetch('/graphql', {
          method: 'POST',
          headers: { ...withKey(key), 'content-type': 'application/json' },
          body: JSON.stringify({ query: request }),
        });
    return { status: response.status, text: await response.text() };
  };

  it.each(CASES.filter(({ needs, permission }) => needs === permission))(
    'may $what with $permission',
    async ({ request, permission }) => {
      const { status, text } = await send(`${permission}-key`, request);
      expect(status).toBe(200);
      expect(text).not.toContain('"errors"');
    },
  );

  it.each(CASES.filter(({ needs, permission }) => needs !== permission))(
    'may not $what with $permission alone',
    async ({ request, permission }) => {
      const listings = gateway.simulator.listings();
      const { status, text } = await send(`${permission}-key`, request);
      const { errors, data } = JSON.parse(text) as Answer<unknown>;
      expect(errors).toHaveLength(1);
      expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' });
      expect(errors?.[0]?.message).toMatch(/^This needs the permission [a-z ]+\.$/);
      expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
      // A mutation is refused by its resolver, beside others that may be good.
      expect(status).toBe(request.startsWith('mutation') && !/metrics|explore/.test(permission) ? 200 : 403);
      expect(gateway.simulator.listings()).toBe(listings);
      expect((await run('read-key', NAME)).data).toEqual({ segment: { name: 'Segment 1' } });
    },
  );

  it('may ask who it is, also if it may not read', async () => {
    for (const word of ['read', 'refresh', 'import']) {
      const { status, data } = await run(`${word}-key`, '{ __typename viewer { name permissions } }');
      expect({ status, data }).toEqual({
        status: 200,
        data: { __typename: 'Query', viewer: { name: word, permissions: [word] } },
      });
    }
    const more = '{ viewer { name } ...More } fragment More on Query { customers { nodes { id } } }';
    for (const query of [more, '{ viewer { name } customers { nodes { id } } }']) {
      expect(await run('import-key', query)).toMatchObject({
        status: 403,
        errors: [{ extensions: { code: 'FORBIDDEN' } }],
      });
    }
  });

  it('may read where nothing is said of its permissions', async () => {
    expect((await send('usual-key', NAME)).status).toBe(200);
    expect((await send('usual-key', '/export/acme/314.csv')).status).toBe(200);
    expect(
      (await run('usual-key', `mutation { setSegment(key: ${KEY}, name: "x") { id } }`)).errors?.[0]
        ?.extensions.code,
    ).toBe('FORBIDDEN');
  });

  it('needs no customer to read metrics', async () => {
    const { status, text } = await send('scraper-key', '/metrics');
    expect(status).toBe(200);
    expect(text).toContain('aam_gateway_rejected_requests_total');
  });

  describe('that may import and not read', () => {
    const FIELDS =
      'mappingId sid alias value url secureUrl name label description status startDate endDate createdAt updatedAt source customer { id } destination { destinationId }';
    const PAYLOAD_OF_NOTHING = {
      mappingId: '1001',
      sid: null,
      alias: null,
      value: null,
      url: null,
      secureUrl: null,
      name: null,
      label: '1001',
      description: null,
      startDate: null,
      endDate: null,
      createdAt: null,
      updatedAt: null,
      customer: { id: 'acme' },
      destination: { destinationId: '314' },
    };

    it('gets back what it gave, and nothing that was known', async () => {
      const named = await run(
        'import-key',
        `mutation { setSegment(key: ${KEY}, name: "By hand") { ${FIELDS} } }`,
      );
      expect(named).toEqual({
        status: 200,
        data: {
          setSegment: {
            ...PAYLOAD_OF_NOTHING,
            name: 'By hand',
            label: 'By hand',
            status: 'UNKNOWN',
            source: 'MANUAL',
          },
        },
      });
      const switched = await run(
        'import-key',
        `mutation { setSegment(key: ${KEY}, status: INACTIVE) { ${FIELDS} } }`,
      );
      expect(switched.data).toEqual({
        setSegment: { ...PAYLOAD_OF_NOTHING, status: 'INACTIVE', source: 'MANUAL' },
      });
      expect((await run('read-key', NAME)).data).toEqual({ segment: { name: 'By hand' } });
      const taken = await run('import-key', `mutation { unsetSegment(key: ${KEY}) { ${FIELDS} } }`);
      expect(taken.data).toEqual({
        unsetSegment: { ...PAYLOAD_OF_NOTHING, status: 'UNKNOWN', source: 'AUDIENCE_MANAGER' },
      });
    });

    it.each([
      ['history { nodes { name } }'],
      ['destination { segments { nodes { name } } }'],
      ['destination { segment(segmentId: "1002") { name } }'],
      ['destination { segmentsById(segmentIds: ["1002"]) { name } }'],
      ['destination { changes(since: "2020-01-01T00:00:00Z") { nodes { name } } }'],
      ['customer { destination(destinationId: "314") { segment(segmentId: "1002") { name } } }'],
      ['customer { destinations { segments { nodes { label } } } }'],
    ])('cannot go on from the answer to %s', async (field) => {
      const { data, errors } = await run(
        'import-key',
        `mutation { setSegment(key: ${KEY}, name: "By hand") { id ${field} } }`,
      );
      expect(JSON.stringify(data)).not.toContain('Segment ');
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    });

    it('cannot read by an operation that only looks like a change', async () => {
      const { status, errors } = await run(
        'import-key',
        `query setSegment ${NAME} mutation Other { unsetSegment(key: ${KEY}) { id } }`,
      );
      expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
      const { status: byName, body } = await gateway.post(
        { query: `query A ${NAME} mutation B { unsetSegment(key: ${KEY}) { id } }`, operationName: 'A' },
        withKey('import-key'),
      );
      expect([byName, (body as Answer<unknown>).data ?? null]).toEqual([403, null]);
    });

    it('sees the whole answer once it may read too', async () => {
      const { data } = await run(
        'editor-key',
        `mutation { setSegment(key: ${KEY}, status: INACTIVE) { ${FIELDS} } }`,
      );
      expect(data).toMatchObject({
        setSegment: { sid: '5001', name: 'Segment 1', description: 'About segment 1', status: 'INACTIVE' },
      });
    });
  });

  it('that may refresh and not read cannot go on from the answer to names', async () => {
    const { data, errors } = await run(
      'refresh-key',
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { sync { segmentCount } segment(segmentId: "1001") { name } } }',
    );
    expect(data).toEqual({ refreshDestination: { sync: { segmentCount: 3 }, segment: null } });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });
});

describe('a customer that the caller may not see', () => {
  const simulated = [
    passwordCustomer('acme', destination(314, 3)),
    passwordCustomer('globex', destination(566, 3)),
  ];
  const at = (customerId: string): string => `customerId: "${customerId}", destinationId: "566"`;
  const key = (customerId: string): string => `{ ${at(customerId)}, segmentId: "1001" }`;

  it('is answered, whatever is asked, as one that does not exist', async () => {
    const all = [...PERMISSIONS];
    await using gateway = await TestGateway.start({
      simulated,
      config: { access: { apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'], all)] } },
      headers: withKey('acme-key'),
    });
    const operations = [
      (c: string): string => `{ customer(id: "${c}") { name } }`,
      (c: string): string => `{ destination(customerId: "${c}", destinationId: "566") { name } }`,
      (c: string): string => `{ segment(${at(c)}, segmentId: "1001") { name } }`,
      (c: string): string => `{ segments(${at(c)}, segmentIds: ["1001"]) { name } }`,
      (c: string): string => `{ segmentsByKey(keys: [${key(c)}]) { name } }`,
      (c: string): string =>
        `{ lookupSegments(keys: [${key(c)}]) { customerId status idType segment { name } error { code message } } }`,
      (c: string): string => `{ node(id: "${c}") { id __typename } }`,
      (c: string): string => `{ searchSegments(text: "", customerId: "${c}") { totalCount } }`,
      (c: string): string => `{ searchSegments(text: "", ${at(c)}) { totalCount } }`,
      (c: string): string =>
        `{ findSegments(segmentIds: ["1001"], customerId: "${c}") { results { matchCount } } }`,
      (c: string): string => `{ destinations(customerId: "${c}") { totalCount } }`,
      (c: string): string =>
        `mutation { refreshDestination(customerId: "${c}", destinationId: "566") { id } }`,
      (c: string): string => `mutation { importSegments(${at(c)}, csv: "id,name\\n1,x") { applied } }`,
      (c: string): string => `mutation { setSegment(key: ${key(c)}, name: "x") { id } }`,
      (c: string): string => `mutation { unsetSegment(key: ${key(c)}) { id } }`,
    ];
    for (const operation of operations) {
      const ask = async (customer: string): Promise<string> => {
        const { status, body } = await gateway.post({ query: operation(customer) });
        return `${status} ${JSON.stringify(body).replaceAll(customer, 'CUSTOMER')}`;
      };
      expect(await ask('globex')).toBe(await ask('nobody'));
    }
    for (const format of ['csv', 'ndjson', 'xlsx']) {
      const ask = async (customer: string): Promise<string> => {
        const response = await gateway.fetch(`/export/${customer}/566.${format}`);
        return `${response.status} ${(await response.text()).replaceAll(customer, 'CUSTOMER')}`;
      };
      expect(await ask('globex')).toBe(await ask('nobody'));
    }
    expect(gateway.simulator.listings({ customer: 'globex' })).toBe(0);
  });
});

describe('requests that are turned away', () => {
  it('are counted by why', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      files: { 'known.json': JSON.stringify({ known: '{ __typename }' }) },
      config: {
        access: {
          apiKeys: [
            entryOf('read-key', 'reader', ['acme']),
            entryOf('import-key', 'importer', ['acme'], ['import']),
            entryOf('metrics-key', 'scraper', undefined, ['metrics']),
          ],
          trustedDocuments: { file: 'known.json', only: true },
        },
        limits: { requestsPerMinute: 6 },
      },
    });
    const status = async (key: string, query = '{ __typename }'): Promise<number> =>
      (await gateway.post({ query }, withKey(key))).status;
    const statuses = [
      await status('unknown-key'),
      await status('metrics-key'),
      await status('import-key'),
      await status('read-key', '{ customers { totalCount } }'),
    ];
    expect(statuses).toEqual([401, 403, 403, 403]);
    for (let times = 0; times < 5; times += 1) expect(await status('read-key')).toBe(200);
    expect(await status('read-key')).toBe(429);
    const metrics = await (await gateway.fetch('/metrics', { headers: withKey('metrics-key') })).text();
    const counted = metrics.match(/^aam_gateway_rejected_requests_total\{.* [1-9]\d*$/gm);
    expect(counted?.sort()).toEqual([
      'aam_gateway_rejected_requests_total{reason="forbidden"} 3',
      'aam_gateway_rejected_requests_total{reason="rate_limited"} 1',
      'aam_gateway_rejected_requests_total{reason="unauthenticated"} 1',
    ]);
  });
});
