import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationGlobalId, revisionGlobalId, segmentGlobalId } from '../../src/graphql/global-ids.js';
import { createSchema } from '../../src/graphql/index.js';
import { subgraphSdl } from '../../src/graphql/subgraph-sdl.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type Answer, type FurtherConfig } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

const ENTITIES = `query Entities($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on SegmentReference { customerId destinationId segmentId segment { label } }
    ... on Segment { label }
    ... on Destination { id name customerId destinationId }
    ... on Customer { customer: name }
  }
}`;

type Entity = Record<string, unknown> | null;

interface Entities {
  readonly entities: readonly Entity[];
  readonly errors: readonly { path: unknown; code: unknown; message: string }[];
}

async function startGateway(config: FurtherConfig = {}): Promise<TestGateway> {
  return await TestGateway.start({
    simulated: [
      passwordCustomer(
        'acme',
        destination(314, 3),
        destination(315, 1, { forbidden: true }),
        destination(316, 0, {
          mappings: [
            { mappingId: 1, sid: 2, name: 'First' },
            { mappingId: 2, sid: 1, name: 'Second' },
          ],
        }),
      ),
      passwordCustomer('globex', destination(314, 2)),
    ],
    customers: [
      {
        id: 'acme',
        name: 'Acme Retail',
        destinations: [
          { id: 314 },
          { id: 315 },
          { id: 316, segmentIdType: 'AUTO', type: 'SERVER_TO_SERVER' },
        ],
      },
      { id: 'globex' },
    ],
    config: {
      access: {
        apiKeys: [
          entryOf('all-key', 'router', 'all', ['read', 'import']),
          entryOf('acme-key', 'acme-ui', ['acme']),
          entryOf('metrics-key', 'prometheus', [], ['metrics']),
        ],
      },
      ...config,
    },
  });
}

function reference<Id>(destinationId: string, segmentId: Id) {
  return { __typename: 'SegmentReference', customerId: 'acme', destinationId, segmentId };
}

async function ask(
  gateway: TestGateway,
  representations: readonly unknown[],
  key = 'all-key',
): Promise<Entities> {
  const { body } = await gateway.post({ query: ENTITIES, variables: { representations } }, withKey(key));
  const { data, errors = [] } = body as Answer<{ _entities: Entity[] }>;
  return {
    entities: data?._entities ?? [],
    errors: errors.map(({ path, message, extensions }) => ({ path, code: extensions['code'], message })),
  };
}

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

describe('a reference of another subgraph', () => {
  it('gets its segment, in the order of the references', async () => {
    const { entities, errors } = await ask(gateway, [
      reference('314', '1003'),
      reference('316', 'unknown'),
      reference('314', '1001'),
      reference('314', 1002),
    ]);
    expect(errors).toEqual([]);
    const place = { __typename: 'SegmentReference', customerId: 'acme', destinationId: '314' };
    expect(entities).toEqual([
      { ...place, segmentId: '1003', segment: { label: 'Segment 3' } },
      { ...place, destinationId: '316', segmentId: 'unknown', segment: null },
      { ...place, segmentId: '1001', segment: { label: 'Segment 1' } },
      { ...place, segmentId: '1002', segment: { label: 'Segment 2' } },
    ]);
  });

  it('stays whole, without a segment, where there is none or the lookup fails', async () => {
    const { entities, errors } = await ask(gateway, [
      reference('314', 'unknown'),
      reference('315', '1001'),
      reference('316', '1'),
      reference('999', '1001'),
      reference('314', '1001'),
    ]);
    expect(entities.map((each) => [each?.['segmentId'], each?.['segment']])).toEqual([
      ['unknown', null],
      ['1001', null],
      ['1', null],
      ['1001', null],
      ['1001', { label: 'Segment 1' }],
    ]);
    const failure = (index: number, code: string, message: string): object => ({
      path: ['_entities', index, 'segment'],
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(errors).toEqual(
      expect.arrayContaining([
        failure(1, 'AAM_FORBIDDEN', 'Destination 315 of customer acme'),
        failure(2, 'AMBIGUOUS_ID', '316'),
        failure(3, 'NOT_FOUND', 'There is no destination 999 of a customer acme.'),
      ]),
    );
    expect(errors).toHaveLength(3);
  });

  it('makes each destination be read once, however many there are', async () => {
    await using cold = await startGateway();
    const representations = Array.from({ length: 600 }, (_, index) => ({
      ...reference('314', String(1001 + (index % 2))),
      customerId: index % 3 === 0 ? 'globex' : 'acme',
    }));
    const { entities, errors } = await ask(cold, representations);
    expect(errors).toEqual([]);
    expect(entities.map((each) => each?.['segment'])).toEqual(
      representations.map(({ segmentId }) => ({
        label: `Segment ${Number(segmentId) - 1000}`,
      })),
    );
    expect(cold.simulator.listings()).toBe(2);
    expect(await cold.metric('aam_gateway_lookups_total{outcome="fresh"}')).toBe(600);
  });

  it('is not looked up if nobody asks for the segment', async () => {
    await using cold = await startGateway();
    const answer = await cold.post(
      {
        query: `query ($all: [_Any!]!) { _entities(representations: $all) { ... on SegmentReference { segmentId } } }`,
        variables: { all: [reference('314', '1001')] },
      },
      withKey('all-key'),
    );
    expect(answer.body).toEqual({ data: { _entities: [{ segmentId: '1001' }] } });
    expect(cold.simulator.listings()).toBe(0);
  });

  it('is understood as what the query says', async () => {
    const query = `query ($all: [_Any!]!) { _entities(representations: $all) {
      ... on SegmentReference { sid: segment(idType: SID) { name } mapping: segment(idType: MAPPING_ID) { name } } } }`;
    const variables = { all: [reference('316', '1'), reference('314', '1001')] };
    expect((await gateway.post({ query, variables }, withKey('all-key'))).body).toEqual({
      data: {
        _entities: [
          { sid: { name: 'Second' }, mapping: { name: 'First' } },
          { sid: null, mapping: { name: 'Segment 1' } },
        ],
      },
    });
  });

  it('is understood as it says itself, unless the query says so', async () => {
    const query = `query ($all: [_Any!]!) { _entities(representations: $all) {
      ... on SegmentReference { segment { name } sid: segment(idType: SID) { name } } } }`;
    const rows = [
      { ...reference('316', '1'), idType: 'MAPPING_ID' },
      { ...reference('316', '1'), idType: 'SID' },
      { ...reference('314', '1001'), idType: null },
    ];
    const variables = { all: rows };
    expect((await gateway.post({ query, variables }, withKey('all-key'))).body).toEqual({
      data: {
        _entities: [
          { segment: { name: 'First' }, sid: { name: 'Second' } },
          { segment: { name: 'Second' }, sid: { name: 'Second' } },
          { segment: { name: 'Segment 1' }, sid: null },
        ],
      },
    });
  });

  it('gets the segment as it was at a moment', async () => {
    await using changing = await startGateway();
    await ask(changing, [reference('314', '1001')]);
    changing.clock.advance(1_000);
    const then = new Date(changing.clock.now()).toISOString();
    changing.clock.advance(1_000);
    const key = '{ customerId: "acme", destinationId: "314", segmentId: "1001" }';
    const rename = `mutation { setSegment(key: ${key}, name: "Renamed") { id } }`;
    await changing.post({ query: rename }, withKey('all-key'));
    const query = `query ($all: [_Any!]!) { _entities(representations: $all) {
      ... on SegmentReference { now: segment { name } then: segment(at: "${then}") { name } } } }`;
    const variables = { all: [reference('314', '1001')] };
    expect((await changing.post({ query, variables }, withKey('all-key'))).body).toEqual({
      data: { _entities: [{ now: { name: 'Renamed' }, then: { name: 'Segment 1' } }] },
    });
  });
});

describe('an object that another subgraph refers to', () => {
  const acme = { customerId: 'acme', destinationId: '314' };
  const destinationId = destinationGlobalId(acme);
  const segmentId = segmentGlobalId({ ...acme, key: '1002', at: null });

  it('is found by each key of its type', async () => {
    const { entities, errors } = await ask(gateway, [
      { __typename: 'Segment', id: segmentId },
      { __typename: 'Destination', id: destinationId },
      { __typename: 'Destination', ...acme },
      { __typename: 'Customer', id: 'acme' },
    ]);
    expect(errors).toEqual([]);
    const found = { __typename: 'Destination', id: destinationId, name: 'Destination 314', ...acme };
    expect(entities).toEqual([
      { __typename: 'Segment', label: 'Segment 2' },
      found,
      found,
      { __typename: 'Customer', customer: 'Acme Retail' },
    ]);
  });

  it('is null if there is none, or if the ID is that of another type', async () => {
    const { entities, errors } = await ask(gateway, [
      { __typename: 'Segment', id: segmentGlobalId({ ...acme, key: 'unknown', at: null }) },
      { __typename: 'Segment', id: destinationId },
      { __typename: 'Segment', id: revisionGlobalId({ ...acme, number: 1 }) },
      { __typename: 'Destination', id: segmentId },
      { __typename: 'Destination', customerId: 'acme', destinationId: '999' },
      { __typename: 'Destination', id: '~nonsense' },
      { __typename: 'Customer', id: 'nobody' },
    ]);
    expect([entities, errors]).toEqual([Array(7).fill(null), []]);
  });

  it('is hidden, as its segments are, from callers that may not see its customer', async () => {
    const hidden = (customerId: string): object[] => [
      { __typename: 'Customer', id: customerId },
      { __typename: 'Destination', customerId, destinationId: '314' },
      { __typename: 'Destination', id: destinationGlobalId({ customerId, destinationId: '314' }) },
      {
        __typename: 'Segment',
        id: segmentGlobalId({ customerId, destinationId: '314', key: '1001', at: null }),
      },
      { ...reference('314', '1001'), customerId },
    ];
    const there = await ask(gateway, hidden('globex'), 'acme-key');
    const nowhere = await ask(gateway, hidden('nobody'), 'acme-key');
    expect(JSON.parse(JSON.stringify(there).replaceAll('globex', 'nobody'))).toEqual(nowhere);
    expect(there.entities.slice(0, 4)).toEqual([null, null, null, null]);
    expect(there.entities[4]).toMatchObject({ customerId: 'globex', segment: null });
    expect(there.errors).toMatchObject([{ path: ['_entities', 4, 'segment'], code: 'NOT_FOUND' }]);
    expect((await ask(gateway, hidden('globex'))).entities).not.toContain(null);
  });
});

describe('a representation that is none', () => {
  it.each([
    [
      {},
      'representations[1] has no __typename; it must be one of Customer, Destination, Segment, SegmentReference.',
    ],
    [{ __typename: 'PageInfo' }, 'representations[1] is of the type PageInfo; it must be one of Customer,'],
    [{ __typename: 'toString', id: 'x' }, 'representations[1] is of the type toString;'],
    [{ __typename: 'Customer' }, 'representations[1] has no id; send all fields of a key of its type.'],
    [{ __typename: 'Destination', customerId: 'acme' }, 'representations[1] has no destinationId;'],
    [
      { __typename: 'Destination', customerId: 'acme', destinationId: '' },
      'representations[1].destinationId is empty',
    ],
    [
      { __typename: 'SegmentReference', destinationId: '314', segmentId: '1' },
      'representations[1] has no customerId;',
    ],
    [reference('314', 2 ** 60), 'representations[1].segmentId: An ID is a number beyond 2^53 - 1'],
    [reference('314', {}), 'representations[1].segmentId: ID cannot represent value'],
    [
      { ...reference('314', '1'), destinationId: { toString: 1 } },
      'representations[1].destinationId: ID cannot represent value',
    ],
    [reference('314', ''), 'representations[1].segmentId is empty'],
    [reference('31\n4', '1'), 'representations[1].destinationId contains a control character'],
    [
      { ...reference('314', '1'), customerId: 'a'.repeat(1_001) },
      'representations[1].customerId is 1001 characters long',
    ],
    [{ ...reference('314', '1'), idType: 'sid' }, 'representations[1].idType is none of AUTO, SID,'],
    [{ ...reference('314', '1'), idType: ['SID'] }, 'representations[1].idType is none of AUTO, SID,'],
    [{ ...reference('314', '1'), idType: 'toString' }, 'representations[1].idType is none of AUTO, SID,'],
  ])('fails alone: %j', async (representation, message) => {
    const whole = reference('314', '1001');
    const { entities, errors } = await ask(gateway, [whole, representation, whole]);
    expect(entities.map((each) => each?.['segment'] ?? null)).toEqual([
      { label: 'Segment 1' },
      null,
      { label: 'Segment 1' },
    ]);
    expect(errors).toEqual([
      { path: ['_entities', 1], code: 'BAD_USER_INPUT', message: expect.stringContaining(message) as string },
    ]);
  });

  it('has the request refused if it is no object', async () => {
    for (const representation of ['text', 1, null, []]) {
      const { status, body } = await gateway.post(
        { query: ENTITIES, variables: { representations: [representation] } },
        withKey('all-key'),
      );
      expect([status, body]).toMatchObject([400, { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
    }
  });
});

describe('what a router may ask for', () => {
  it('is limited: each representation counts as an ID', async () => {
    await using small = await startGateway({ limits: { ids: 3 } });
    const three = Array.from({ length: 3 }, () => reference('314', '1001'));
    expect((await ask(small, three)).errors).toEqual([]);
    const variables = { representations: [...three, { __typename: 'Customer', id: 'acme' }] };
    const { status, body } = await small.post({ query: ENTITIES, variables }, withKey('all-key'));
    expect([status, body]).toMatchObject([
      400,
      { errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', limited: 'ids', limit: 3, estimate: 4 } }] },
    ]);
  });

  it('is limited: each name under which the segments are selected counts again', async () => {
    await using small = await startGateway({ limits: { ids: 3 } });
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on SegmentReference { segment { name } sid: segment(idType: SID) { name } } } }`;
    const variables = { representations: [reference('314', '1001'), reference('314', '1002')] };
    const { status, body } = await small.post({ query, variables }, withKey('all-key'));
    expect([status, body]).toMatchObject([
      400,
      { errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', limited: 'ids', limit: 3, estimate: 4 } }] },
    ]);
  });

  it('does not repeat a long text, however often the request names it', async () => {
    const representation =
      '{ __typename: "SegmentReference", customerId: $t, destinationId: $t, segmentId: $t }';
    const query = `query ($t: ID!) { _entities(representations: [${representation.repeat(210)}]) {
      ... on SegmentReference { customerId destinationId segmentId } } }`;
    const variables = { t: '7'.repeat(900_000) };
    const { status, body } = await gateway.post({ query, variables }, withKey('all-key'));
    const { data, errors } = body as Answer<{ _entities: Entity[] }>;
    expect([status, data?._entities]).toEqual([200, Array(210).fill(null)]);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(JSON.stringify(body).length).toBeLessThan(50_000);
  });

  it('needs the permission read', async () => {
    for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }']) {
      const { status, body } = await gateway.post({ query }, withKey('metrics-key'));
      expect([status, body]).toMatchObject([403, { errors: [{ extensions: { code: 'FORBIDDEN' } }] }]);
    }
  });

  it('includes the schema with its directives', async () => {
    const { body } = await gateway.post({ query: '{ _service { sdl } }' }, withKey('acme-key'));
    expect(body).toEqual({ data: { _service: { sdl: subgraphSdl(createSchema()) } } });
  });

  it('does not include the schema where introspection is switched off', async () => {
    await using closed = await startGateway({ limits: { introspection: false } });
    const refusal = async (query: string): Promise<unknown> => {
      const { status, body } = await closed.post({ query }, withKey('all-key'));
      const [error] = (body as Answer<unknown>).errors ?? [];
      return [status, error?.message, error?.extensions];
    };
    const refused = await refusal('{ __schema { queryType { name } } }');
    expect(refused).toMatchObject([400, 'Introspection is switched off on this gateway.', {}]);
    expect(await refusal('{ _service { sdl } }')).toEqual(refused);
    expect(await refusal('{ x: _service { ...S } } fragment S on _Service { y: sdl }')).toEqual(refused);
    expect((await ask(closed, [reference('314', '1001')])).errors).toEqual([]);
  });

  it('needs the permission explore where only trusted documents are allowed', async () => {
    await using strict = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
      config: {
        access: {
          apiKeys: [
            entryOf('router-key', 'router', 'all', ['read', 'explore']),
            entryOf('ui-key', 'ui', 'all'),
          ],
          trustedDocuments: { file: 'documents.json', only: true },
        },
      },
      files: { 'documents.json': JSON.stringify({ viewer: '{ viewer { name } }' }) },
    });
    expect((await ask(strict, [reference('314', '1001')], 'router-key')).entities).toMatchObject([
      { segment: { label: 'Segment 1' } },
    ]);
    for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }']) {
      const { status, body } = await strict.post({ query }, withKey('ui-key'));
      expect([status, body]).toMatchObject([403, { errors: [{ extensions: { code: 'FORBIDDEN' } }] }]);
    }
  });
});
