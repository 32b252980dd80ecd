import { describe, expect, it } from 'vitest';
import {
  CustomerDocument,
  CustomersDocument,
  DestinationDocument,
  DestinationSegmentsDocument,
  RefreshDestinationDocument,
  SearchSegmentsDocument,
  type CustomersQuery,
  type CustomersQueryVariables,
} from '../generated/operations.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { TestGateway, type Answer } from '../support/gateway.js';

describe('customers', () => {
  const simulated = [
    passwordCustomer('b', destination(1, 1)),
    passwordCustomer('a'),
    passwordCustomer('c'),
    passwordCustomer('d'),
  ];
  const customers = [
    { id: 'b', name: 'Émile' },
    { id: 'a', name: 'Zeta' },
    { id: 'c', name: 'eagle' },
    { id: 'd', name: 'Émile' },
  ];

  it('are listed by name, then ID, whatever their case and accents', async () => {
    await using gateway = await TestGateway.start({ simulated, customers });
    const { data } = await gateway.run(CustomersDocument, {});
    expect(data?.customers?.nodes.map(({ id }) => id)).toEqual(['c', 'b', 'd', 'a']);
    expect(data?.customers?.totalCount).toBe(4);
    expect(data?.customers?.nodes[1]?.destinations).toEqual([
      {
        destinationId: '1',
        name: 'Destination 1',
        segmentIdType: 'MAPPING_ID',
        sync: { status: 'NEVER', segmentCount: 0 },
      },
    ]);
  });

  it('are listed page by page', async () => {
    await using gateway = await TestGateway.start({ simulated, customers });
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 4; page++) {
      const variables: CustomersQueryVariables = { first: 1, after };
      const { data }: Answer<CustomersQuery> = await gateway.run(CustomersDocument, variables);
      const { edges, pageInfo }: NonNullable<CustomersQuery['customers']> = data!.customers!;
      seen.push(...edges.map(({ node }) => node.id));
      expect(pageInfo.hasNextPage).toBe(page < 3);
      expect(pageInfo.hasPreviousPage).toBe(page > 0);
      expect(pageInfo.endCursor).toBe(edges[0]?.cursor);
      after = pageInfo.endCursor ?? null;
    }
    expect(seen).toEqual(['c', 'b', 'd', 'a']);
  });

  it('are found by words of name or ID', async () => {
    await using gateway = await TestGateway.start({ simulated, customers });
    const { data } = await gateway.run(CustomersDocument, { search: 'EMILE d' });
    expect(data?.customers?.nodes.map(({ id }) => id)).toEqual(['d']);
    expect(data?.customers?.totalCount).toBe(1);
  });

  it('are null without an error where there is none', async () => {
    await using gateway = await TestGateway.start({ simulated, customers });
    expect(await gateway.run(CustomerDocument, { id: 'nobody', destinationId: '1' })).toEqual({
      data: { customer: null },
    });
    expect(await gateway.run(CustomerDocument, { id: 'b', destinationId: '2' })).toEqual({
      data: { customer: { id: 'b', name: 'Émile', destination: null } },
    });
    expect(gateway.simulator.calls).toHaveLength(0);
  });
});

describe('a destination', () => {
  it.each([
    ['PUSH', 'URL'],
    ['ADS', 'COOKIE'],
    ['S2S', 'SERVER_TO_SERVER'],
    ['ANALYTICS', 'ANALYTICS'],
    ['PEOPLE_BASED', 'PEOPLE_BASED'],
    ['SOMETHING NEW', 'UNKNOWN'],
  ])('of type %s is %s', async (type, expected) => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1, { type }))],
    });
    const { data } = await gateway.run(DestinationDocument, { customerId: 'acme', destinationId: '314' });
    expect(data?.destination).toMatchObject({
      destinationId: '314',
      name: 'Destination 314',
      description: 'What 314 is for',
      type: expected,
      active: true,
      segmentIdType: 'MAPPING_ID',
      customer: { id: 'acme' },
      sync: { status: 'NEVER', lastSuccessAt: null, lastError: null },
    });
    expect(gateway.simulator.count({ endpoint: 'destination' })).toBe(1);
    expect(gateway.simulator.listings()).toBe(0);
  });

  it.each([
    ['read well', false, { status: 'FRESH', segmentCount: 1, lastError: null }],
    ['refused', true, { status: 'FAILING', segmentCount: 0, lastError: { code: 'AAM_FORBIDDEN' } }],
  ])('that is %s by an answer has the sync state of that answer', async (_, forbidden, sync) => {
    const only = destination(314, 1, forbidden ? { forbidden: true } : {});
    await using gateway = await TestGateway.start({ simulated: [passwordCustomer('acme', only)] });
    const { data } = await gateway.query(`{
      destination(customerId: "acme", destinationId: "314") {
        sync { status segmentCount lastError { code } }
        segment(segmentId: "1001") { label }
      }
    }`);
    expect(data).toMatchObject({ destination: { sync } });
  });

  it('goes by the name and type of the configuration where that gives them', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
      customers: [{ id: 'acme', destinations: [{ id: 314, name: 'Ours', type: 'COOKIE' }] }],
    });
    const { data } = await gateway.run(DestinationDocument, { customerId: 'acme', destinationId: '314' });
    expect(data?.destination).toMatchObject({ name: 'Ours', type: 'COOKIE' });
  });

  it('that cannot be read has no name, and no error because of it', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1, { forbidden: true }))],
    });
    const answer = await gateway.run(DestinationDocument, { customerId: 'acme', destinationId: '314' });
    expect(answer.errors).toBeUndefined();
    expect(answer.data?.destination).toMatchObject({ name: null, type: 'UNKNOWN', active: null });
  });

  it('is null without an error where there is none', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    for (const place of [
      { customerId: 'acme', destinationId: '1' },
      { customerId: 'nobody', destinationId: '314' },
      { destinationId: '1' },
    ]) {
      expect(await gateway.run(DestinationDocument, place)).toEqual({ data: { destination: null } });
    }
  });

  it('of the manual method says so', async () => {
    await using gateway = await TestGateway.start({
      simulated: [],
      customers: [
        {
          id: 'initech',
          credentials: null,
          destinations: [{ id: 900, name: 'CRM', type: 'SERVER_TO_SERVER' }],
        },
      ],
    });
    const { data } = await gateway.run(DestinationDocument, { customerId: 'initech', destinationId: '900' });
    expect(data?.destination).toMatchObject({
      name: 'CRM',
      type: 'SERVER_TO_SERVER',
      active: null,
      sync: { status: 'MANUAL', segmentCount: 0, nextAttemptAt: null },
    });
  });
});

describe('refreshDestination', () => {
  it('reads the destination now and answers with how it stands', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
    });
    const now = new Date(gateway.clock.now()).toISOString();
    const { data } = await gateway.run(RefreshDestinationDocument, {
      customerId: 'acme',
      destinationId: '314',
    });
    expect(data?.refreshDestination?.sync).toMatchObject({
      status: 'FRESH',
      segmentCount: 3,
      lastSuccessAt: now,
      lastAttemptAt: now,
      lastError: null,
    });
    // A destination is read at most once in 5 seconds in this way.
    gateway.clock.advance(5_000);
    await gateway.run(RefreshDestinationDocument, { customerId: 'acme', destinationId: '314' });
    expect(gateway.simulator.listings()).toBe(2);
  });

  it('fails with the code of what went wrong, and the sync state keeps it', async () => {
    await using gateway = await TestGateway.start({
      simulated: [serverToServerCustomer('globex', destination(569, 1, { forbidden: true }))],
    });
    const answer = await gateway.run(RefreshDestinationDocument, {
      customerId: 'globex',
      destinationId: '569',
    });
    expect(answer.data).toEqual({ refreshDestination: null });
    expect(answer.errors).toMatchObject([
      { path: ['refreshDestination'], extensions: { code: 'AAM_FORBIDDEN' } },
    ]);
    const { data } = await gateway.run(DestinationDocument, { customerId: 'globex', destinationId: '569' });
    expect(data?.destination?.sync).toMatchObject({
      status: 'FAILING',
      lastError: { code: 'AAM_FORBIDDEN' },
    });
  });

  it.each([
    ['NOT_FOUND', { customerId: 'nobody', destinationId: '314' }],
    ['NOT_FOUND', { customerId: 'acme', destinationId: '1' }],
    ['BAD_USER_INPUT', { customerId: 'initech', destinationId: '900' }],
    ['BAD_USER_INPUT', { customerId: 'acme', destinationId: '' }],
  ])('answers %s for %o', async (code, place) => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
      customers: [{ id: 'acme' }, { id: 'initech', credentials: null, destinations: [{ id: 900 }] }],
    });
    const answer = await gateway.run(RefreshDestinationDocument, place);
    expect(answer.errors).toMatchObject([{ extensions: { code } }]);
    expect(gateway.simulator.calls).toHaveLength(0);
  });
});

describe('the segments of a destination', () => {
  it('come by name, then ID, page by page, whatever changes between the pages', async () => {
    const names = ['delta', 'Alpha', 'álpha', 'Charlie', null, 'bravo', 'bravo'];
    const mappings = names.map((name, index) => ({ mappingId: 10 + index, name }));
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
    });
    const place = { customerId: 'acme', destinationId: '314' };
    const first = await gateway.run(DestinationSegmentsDocument, { ...place, first: 3 });
    expect(first.data?.destination?.segments?.nodes.map(({ mappingId }) => mappingId)).toEqual([
      '11',
      '12',
      '15',
    ]);
    expect(first.data?.destination?.segments).toMatchObject({
      totalCount: 7,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const live = gateway.simulator.destination('acme', 314).mappings;
    live.push({ mappingId: 30, name: 'aaa' }, { mappingId: 31, name: 'cat' });
    live[1]!.name = 'zulu';
    await gateway.run(RefreshDestinationDocument, place);
    const after = first.data?.destination?.segments?.pageInfo.endCursor ?? '';
    const second = await gateway.run(DestinationSegmentsDocument, { ...place, first: 50, after });
    // 16 bravo, 31 cat (new), 13 Charlie, 10 delta, 11 zulu (renamed), 14 without a name
    expect(second.data?.destination?.segments?.nodes.map(({ mappingId }) => mappingId)).toEqual([
      '16',
      '31',
      '13',
      '10',
      '11',
      '14',
    ]);
    expect(second.data?.destination?.segments).toMatchObject({
      totalCount: 9,
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
  });

  it('can be narrowed by words and status', async () => {
    const mappings = [
      { mappingId: 1, name: 'Café visitors', status: 'active' as const },
      { mappingId: 2, name: 'CAFE buyers', status: 'deleted' as const },
      { mappingId: 3, name: 'Tea', description: 'not cafés' },
    ];
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
    });
    const list = async (variables: object): Promise<unknown> => {
      const { data } = await gateway.run(DestinationSegmentsDocument, {
        customerId: 'acme',
        destinationId: '314',
        ...variables,
      });
      return data?.destination?.segments?.nodes.map(({ mappingId }) => mappingId);
    };
    expect(await list({ search: 'cafe' })).toEqual(['2', '1', '3']);
    expect(await list({ search: 'visit CAFÉ' })).toEqual(['1']);
    expect(await list({ search: 'cafe', status: ['DELETED'] })).toEqual(['2']);
    expect(await list({ status: ['ACTIVE', 'INACTIVE'] })).toEqual(['1', '3']);
    expect(await list({ first: 0 })).toEqual([]);
  });

  it('of a failing destination are an error with its code, and the rest of the answer stands', async () => {
    const acme = passwordCustomer('acme', destination(314, 1), destination(315, 1, { forbidden: true }));
    await using gateway = await TestGateway.start({ simulated: [acme] });
    const answer = await gateway.query(`{
      good: destination(customerId: "acme", destinationId: "314") { segments { totalCount } }
      bad: destination(customerId: "acme", destinationId: "315") { segments { totalCount } name }
    }`);
    expect(answer.data).toEqual({
      good: { segments: { totalCount: 1 } },
      bad: { segments: null, name: null },
    });
    expect(answer.errors).toMatchObject([
      { path: ['bad', 'segments'], extensions: { code: 'AAM_FORBIDDEN' } },
    ]);
  });
});

describe('a destination that cannot be read', () => {
  it('takes nothing of the others with it, and says why', async () => {
    const acme = passwordCustomer('acme', destination(314, 1), destination(315, 1, { forbidden: true }));
    const globex = serverToServerCustomer('globex', destination(566, 2));
    await using gateway = await TestGateway.start({ simulated: [acme, globex] });
    const { data, errors } = await gateway.query(
      '{ customers { nodes { destinations { id destinationId segments(first: 1) { totalCount } sync { lastError { code } } } } } }',
    );
    const id = expect.any(String) as string;
    const sync = { lastError: null };
    expect(data).toEqual({
      customers: {
        nodes: [
          {
            destinations: [
              { id, destinationId: '314', segments: { totalCount: 1 }, sync },
              { id, destinationId: '315', segments: null, sync: { lastError: { code: 'AAM_FORBIDDEN' } } },
            ],
          },
          { destinations: [{ id, destinationId: '566', segments: { totalCount: 2 }, sync }] },
        ],
      },
    });
    expect(errors).toMatchObject([
      {
        path: ['customers', 'nodes', 0, 'destinations', 1, 'segments'],
        extensions: { code: 'AAM_FORBIDDEN' },
      },
    ]);
  });
});

describe('searchSegments', () => {
  const acme = passwordCustomer(
    'acme',
    destination(1, 0, {
      mappings: [
        { mappingId: 11, sid: 77, name: 'Shoe lovers' },
        { mappingId: 12, name: 'Éclairs' },
      ],
    }),
    destination(2, 0, { forbidden: true }),
  );
  const globex = serverToServerCustomer(
    'globex',
    destination(1, 0, { mappings: [{ mappingId: 13, name: 'shoe buyers', status: 'inactive' }] }),
    destination(3, 0, { mappings: [{ mappingId: 11, name: 'Shoe lovers', alias: 'ALIAS-9' }] }),
  );

  it('finds segments of all customers and destinations, by name', async () => {
    await using gateway = await TestGateway.start({ simulated: [acme, globex] });
    const answer = await gateway.run(SearchSegmentsDocument, { text: 'SHOE' });
    expect(answer.errors).toBeUndefined();
    const found = answer.data?.searchSegments;
    expect(
      found?.nodes.map((node) => [node.customer.id, node.destination.destinationId, node.mappingId]),
    ).toEqual([
      ['globex', '1', '13'],
      ['acme', '1', '11'],
      ['globex', '3', '11'],
    ]);
    expect(found?.totalCount).toBe(3);
  });

  it('goes on behind a cursor, across destinations', async () => {
    await using gateway = await TestGateway.start({ simulated: [acme, globex] });
    const first = await gateway.run(SearchSegmentsDocument, { text: 'shoe', first: 2 });
    expect(first.data?.searchSegments?.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const after = first.data?.searchSegments?.pageInfo.endCursor ?? '';
    const second = await gateway.run(SearchSegmentsDocument, { text: 'shoe', first: 2, after });
    expect(second.data?.searchSegments?.nodes.map((node) => node.customer.id)).toEqual(['globex']);
    expect(second.data?.searchSegments?.pageInfo).toMatchObject({
      hasNextPage: false,
      hasPreviousPage: true,
    });
  });

  it.each([
    [{ text: 'eclair' }, ['12']],
    [{ text: '77' }, ['11']],
    [{ text: 'alias-9' }, ['11']],
    [{ text: 'shoe', customerId: 'globex' }, ['13', '11']],
    [{ text: 'shoe', customerId: 'globex', destinationId: '3' }, ['11']],
    [{ text: 'shoe', destinationId: '1' }, ['13', '11']],
    [{ text: 'shoe', status: ['INACTIVE' as const] }, ['13']],
    [{ text: '' }, ['12', '13', '11', '11']],
    [{ text: 'nothing like it' }, []],
  ])('with %o finds %o', async (variables, ids) => {
    await using gateway = await TestGateway.start({ simulated: [acme, globex] });
    const { data } = await gateway.run(SearchSegmentsDocument, variables);
    expect(data?.searchSegments?.nodes.map(({ mappingId }) => mappingId)).toEqual(ids);
  });

  it('names the destinations of which nothing is known, so that nothing of them can be found', async () => {
    await using gateway = await TestGateway.start({ simulated: structuredClone([acme, globex]) });
    const query = '{ searchSegments(text: "shoe") { totalCount unread { destinationId customer { id } } } }';
    const unread = [{ destinationId: '2', customer: { id: 'acme' } }];
    for (let time = 0; time < 2; time++) {
      expect(await gateway.query(query)).toEqual({ data: { searchSegments: { totalCount: 3, unread } } });
    }
    delete gateway.simulator.destination('acme', 2).forbidden;
    gateway.clock.advance(3_600_000);
    await gateway.run(RefreshDestinationDocument, { customerId: 'acme', destinationId: '2' });
    expect(await gateway.query(query)).toEqual({ data: { searchSegments: { totalCount: 3, unread: [] } } });
  });

  it.each([
    [{ customerId: 'nobody' }, 'NOT_FOUND'],
    [{ customerId: 'acme', destinationId: '9' }, 'NOT_FOUND'],
    [{ destinationId: '9' }, 'NOT_FOUND'],
    [{ customerId: 'acme', destinationId: '2' }, 'AAM_FORBIDDEN'],
  ])('within %o is %s', async (place, code) => {
    await using gateway = await TestGateway.start({ simulated: [acme, globex] });
    const answer = await gateway.run(SearchSegmentsDocument, { text: 'shoe', ...place });
    expect(answer.errors).toMatchObject([{ extensions: { code } }]);
  });
});
