import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programVersion } from '../../src/base/program-files.js';
import type { SimulatorMapping } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type Answer } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';

const KEYS = { all: 'key-of-all', acme: 'key-of-acme', importer: 'key-of-importer' };

const FIND = `query Find($ids: [ID!]!, $customerId: ID, $type: [DestinationType!], $first: Int! = 10) {
  findSegments(segmentIds: $ids, customerId: $customerId, type: $type) {
    results {
      segmentId
      segmentCount
      matchCount
      matches(first: $first) {
        idType
        segment { label sid destination { destinationId } customer { id } }
      }
      error { code message }
    }
    unread { destinationId sync { lastError { code } } }
  }
}`;

const LIST = `query List($search: String, $customerId: ID, $status: [SyncStatus!], $type: [DestinationType!], $first: Int! = 50, $after: String) {
  destinations(search: $search, customerId: $customerId, status: $status, type: $type, first: $first, after: $after) {
    totalCount
    nodes { destinationId name type customer { id } sync { status } }
    statusCounts { status count }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

interface Found {
  readonly results: {
    readonly segmentId: string;
    readonly segmentCount: number;
    readonly matchCount: number;
    readonly matches: {
      readonly idType: string;
      readonly segment: {
        readonly label: string;
        readonly sid: string | null;
        readonly destination: { readonly destinationId: string };
        readonly customer: { readonly id: string };
      };
    }[];
    readonly error: { readonly code: string } | null;
  }[];
  readonly unread: { readonly destinationId: string }[];
}

interface Listed {
  readonly totalCount: number;
  readonly nodes: { readonly destinationId: string; readonly name: string | null }[];
  readonly statusCounts: { readonly status: string; readonly count: number }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** What is listed of destination 314. */
const listed: SimulatorMapping[] = [
  { mappingId: 14395, sid: 80920, alias: 'cart', name: 'Cart' },
  { mappingId: 14396, sid: 9, name: 'Nine' },
];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({
    simulated: [
      passwordCustomer(
        'acme',
        destination(314, 0, { mappings: listed }),
        destination(315, 0, { mappings: [{ mappingId: 9, sid: 80920, name: 'Cart' }] }),
        destination(316, 0, { forbidden: true }),
      ),
      passwordCustomer(
        'globex',
        destination(566, 0, {
          type: 'ADS',
          name: 'Cookies',
          formatType: 'single_key',
          singleKey: 'k',
          mappings: [{ mappingId: 1, sid: 2, value: '80920', name: 'Cookie' }],
        }),
      ),
    ],
    customers: [
      {
        id: 'acme',
        destinations: [314, 315, 316].map((id) => ({ id, segmentIdType: 'AUTO', name: `Shop ${id}` })),
      },
      { id: 'globex', name: 'Globex', destinations: [{ id: 566, segmentIdType: 'AUTO' }] },
    ],
    config: {
      access: {
        apiKeys: [
          entryOf(KEYS.all, 'all', 'all', ['read', 'refresh']),
          entryOf(KEYS.acme, 'acme', ['acme']),
          entryOf(KEYS.importer, 'importer', 'all', ['import']),
        ],
      },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function ask(
  query: string,
  variables: Record<string, unknown> = {},
  key = KEYS.all,
): Promise<Answer<Record<string, unknown>>> {
  return (await gateway.post({ query, variables }, { 'x-api-key': key })).body as Answer<
    Record<string, unknown>
  >;
}

async function find(variables: Record<string, unknown>, key = KEYS.all): Promise<Found> {
  const { data, errors } = await ask(FIND, variables, key);
  expect(errors).toBeUndefined();
  return data?.['findSegments'] as Found;
}

async function list(variables: Record<string, unknown> = {}, key = KEYS.all): Promise<Listed> {
  const { data, errors } = await ask(LIST, variables, key);
  expect(errors).toBeUndefined();
  return data?.['destinations'] as Listed;
}

/** Each match in short: `314 Cart as SID`. */
function shown({ matches }: Found['results'][number]): string[] {
  return matches.map(
    ({ idType, segment }) => `${segment.destination.destinationId} ${segment.label} as ${idType}`,
  );
}

describe('finding segments without a destination', () => {
  it('gives one result for each ID, in their order, and names what could not be looked into', async () => {
    const { results, unread } = await find({ ids: ['80920', 'none', '9', '', '80920', 'k=80920'] });
    expect(results.map(({ segmentId }) => segmentId)).toEqual(['80920', 'none', '9', '', '80920', 'k=80920']);
    expect(results.map(shown)).toEqual([
      ['314 Cart as SID', '566 Cookie as VALUE', '315 Cart as SID'],
      [],
      ['314 Nine as SID', '315 Cart as MAPPING_ID'],
      [],
      ['314 Cart as SID', '566 Cookie as VALUE', '315 Cart as SID'],
      ['566 Cookie as KEY_VALUE'],
    ]);
    expect(results.map(({ segmentCount, matchCount }) => [segmentCount, matchCount])).toEqual([
      [2, 3],
      [0, 0],
      [2, 2],
      [0, 0],
      [2, 3],
      [1, 1],
    ]);
    expect(results[3]?.error).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'segmentIds[3] is empty; give an ID.',
    });
    expect(unread).toEqual([{ destinationId: '316', sync: { lastError: { code: 'AAM_FORBIDDEN' } } }]);
  });

  it('looks only into destinations of a customer, of some types, and those that the caller may see', async () => {
    const ids = ['80920'];
    expect((await find({ ids, customerId: 'globex' })).results.map(shown)).toEqual([['566 Cookie as VALUE']]);
    expect((await find({ ids, type: ['COOKIE', 'URL'] })).results.map(shown)).toEqual([
      ['566 Cookie as VALUE'],
    ]);
    const { results, unread } = await find({ ids, type: [] });
    expect([results.map(shown), unread]).toEqual([[[]], []]);
    expect((await find({ ids }, KEYS.acme)).results.map(shown)).toEqual([
      ['314 Cart as SID', '315 Cart as SID'],
    ]);
    const hidden = await ask(FIND, { ids, customerId: 'globex' }, KEYS.acme);
    const missing = await ask(FIND, { ids, customerId: 'nobody' }, KEYS.acme);
    expect(hidden).toMatchObject({
      data: { findSegments: null },
      errors: [{ extensions: { code: 'NOT_FOUND' }, path: ['findSegments'] }],
    });
    expect(JSON.stringify(missing).replaceAll('nobody', 'globex')).toBe(JSON.stringify(hidden));
  });

  it('gives as many matches as are asked for', async () => {
    const { results } = await find({ ids: ['80920'], first: 1 });
    expect([results.map(shown), results[0]?.matchCount]).toEqual([[['314 Cart as SID']], 3]);
    expect(await ask(FIND, { ids: ['80920'], first: 1_001 })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  it('repeats no more of an ID that is too long than an ID may have', async () => {
    const query = `{ findSegments(segmentIds: ["${'7'.repeat(5_000)}"]) { results { segmentId error { code } } } }`;
    const { body } = await gateway.post({ query }, { 'x-api-key': KEYS.all });
    expect(body).toEqual({
      data: {
        findSegments: { results: [{ segmentId: '7'.repeat(1_000), error: { code: 'BAD_USER_INPUT' } }] },
      },
    });
  });

  it('finds nothing of a text that is too long, however often the request names it', async () => {
    const query = `query ($t: ID!) {
      findSegments(segmentIds: [${'$t '.repeat(700)}]) { results { segmentCount } }
      destination(customerId: "acme", destinationId: "314") { segmentsById(segmentIds: [${'$t '.repeat(700)}]) { name } }
    }`;
    const variables = { t: '7'.repeat(900_000) };
    const { status, body } = await gateway.post({ query, variables }, { 'x-api-key': KEYS.all });
    const nothing = (value: unknown): unknown[] => Array.from({ length: 700 }, () => value);
    expect([status, body]).toMatchObject([
      200,
      {
        data: {
          findSegments: { results: nothing({ segmentCount: 0 }) },
          destination: { segmentsById: nothing(null) },
        },
      },
    ]);
  });

  it('is refused for more IDs than are allowed, and for callers that may not read', async () => {
    const ids = Array.from({ length: 10_001 }, (_, index) => String(index));
    expect(
      await ask('query ($ids: [ID!]!) { findSegments(segmentIds: $ids) { results { segmentId } } }', { ids }),
    ).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', limited: 'ids' } }] });
    expect(await ask(FIND, { ids: ['80920'] }, KEYS.importer)).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });
});

describe('the list of destinations', () => {
  const namesOf = ({ nodes }: Listed): (string | null)[] => nodes.map(({ name }) => name);
  const countsOf = ({ statusCounts }: Listed): Record<string, number> =>
    Object.fromEntries(statusCounts.map(({ status, count }) => [status, count]));

  it('has all that the caller may see, by name, with their states', async () => {
    // Has them read.
    await find({ ids: ['80920'] });
    const all = await list();
    expect(all).toMatchObject({
      totalCount: 4,
      nodes: [
        { destinationId: '314', name: 'Shop 314', type: 'SERVER_TO_SERVER', sync: { status: 'FRESH' } },
        { destinationId: '315', name: 'Shop 315' },
        { destinationId: '316', name: 'Shop 316', sync: { status: 'FAILING' } },
        // Its name was read: it does not count for the order, because it was not known at first.
        {
          destinationId: '566',
          name: 'Cookies',
          type: 'COOKIE',
          customer: { id: 'globex' },
          sync: { status: 'FRESH' },
        },
      ],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    });
    expect(countsOf(all)).toEqual({ NEVER: 0, FRESH: 3, STALE: 0, FAILING: 1, MANUAL: 0 });
    const ofAcme = await list({}, KEYS.acme);
    expect(namesOf(ofAcme)).toEqual(['Shop 314', 'Shop 315', 'Shop 316']);
    expect(countsOf(ofAcme)).toMatchObject({ FRESH: 2, FAILING: 1 });
  });

  it('is narrowed by words, customer, state and type', async () => {
    expect(namesOf(await list({ search: 'shop 315' }))).toEqual(['Shop 315']);
    expect(namesOf(await list({ search: 'globex' }))).toEqual(['Cookies']);
    expect(namesOf(await list({ search: '566 KOOKIES' }))).toEqual([]);
    expect(namesOf(await list({ customerId: 'globex' }))).toEqual(['Cookies']);
    expect(namesOf(await list({ type: ['COOKIE'] }))).toEqual(['Cookies']);
    expect(namesOf(await list({ type: [] }))).toEqual([]);
    const failing = await list({ status: ['FAILING'], search: 'shop' });
    expect(failing).toMatchObject({ totalCount: 1, nodes: [{ destinationId: '316' }] });
    // The numbers are those of the list with all states.
    expect(countsOf(failing)).toEqual({ NEVER: 0, FRESH: 2, STALE: 0, FAILING: 1, MANUAL: 0 });
  });

  it('comes in pages', async () => {
    const pages: (string | null)[][] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: Listed = await list({ first: 3, after });
      expect(page.totalCount).toBe(4);
      pages.push(namesOf(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(pages).toEqual([['Shop 314', 'Shop 315', 'Shop 316'], ['Cookies']]);
    expect(await ask(LIST, { after: 'nonsense' })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });
});

it('a search looks only into destinations of the types that are asked for', async () => {
  const query = `query ($type: [DestinationType!]) {
    searchSegments(text: "", type: $type) { totalCount nodes { label } unread { destinationId } }
  }`;
  expect((await ask(query, { type: ['COOKIE'] })).data).toEqual({
    searchSegments: { totalCount: 1, nodes: [{ label: 'Cookie' }], unread: [] },
  });
  expect((await ask(query, { type: null })).data).toMatchObject({ searchSegments: { totalCount: 4 } });
});

describe('the changes by day', () => {
  const query = `query ($days: Int! = 90) {
    destination(customerId: "acme", destinationId: "314") {
      changesByDay(days: $days) {
        date created renamed described statusChanged removed restored total segmentCount isComplete
      }
    }
  }`;

  const daysOf = async (days?: number): Promise<Record<string, unknown>[]> => {
    const { data, errors } = await ask(query, { ...(days !== undefined && { days }) });
    expect(errors).toBeUndefined();
    return (data?.['destination'] as { changesByDay: Record<string, unknown>[] }).changesByDay;
  };

  it('are those of the last days, with the number of segments at the end of each', async () => {
    await find({ ids: ['80920'] });
    const first = gateway.clock.now();
    gateway.clock.advance(2 * 24 * 3_600_000);
    listed[0]!.name = 'Renamed';
    listed.pop();
    await ask('mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }');
    const date = (time: number): string => new Date(time).toISOString().slice(0, 10);
    const none = {
      created: 0,
      renamed: 0,
      described: 0,
      statusChanged: 0,
      removed: 0,
      restored: 0,
      total: 0,
    };
    const days = await daysOf(4);
    expect(days).toEqual([
      { ...none, date: date(first - 24 * 3_600_000), segmentCount: 0, isComplete: true },
      { ...none, date: date(first), created: 2, total: 2, segmentCount: 2, isComplete: true },
      { ...none, date: date(first + 24 * 3_600_000), segmentCount: 2, isComplete: true },
      {
        ...none,
        date: date(gateway.clock.now()),
        renamed: 1,
        removed: 1,
        total: 2,
        segmentCount: 1,
        isComplete: true,
      },
    ]);
    expect(await daysOf()).toHaveLength(90);
    expect(await daysOf(400)).toHaveLength(400);
  });

  it.each([0, 401, -1])('are not of %d days', async (days) => {
    expect(await ask(query, { days })).toMatchObject({
      data: { destination: { changesByDay: null } },
      errors: [{ extensions: { code: 'BAD_USER_INPUT' }, path: ['destination', 'changesByDay'] }],
    });
  });
});

it('a destination that was never read is named, even if there is a name by hand', async () => {
  const set = `mutation {
    setSegment(key: { customerId: "acme", destinationId: "316", segmentId: "4711" }, name: "By hand") { id }
  }`;
  expect((await ask(set, {}, KEYS.importer)).errors).toBeUndefined();
  const { results, unread } = await find({ ids: ['4711'] });
  expect([results[0]?.segmentCount, unread.map(({ destinationId }) => destinationId)]).toEqual([1, ['316']]);
});

describe('what the gateway says of itself', () => {
  const query = '{ gateway { version hasAccessControl maxIds maxFirst maxFileBytes } }';

  it('is its version and limits, and that it needs a key', async () => {
    expect((await ask(query)).data).toEqual({
      gateway: {
        version: programVersion,
        hasAccessControl: true,
        maxIds: 10_000,
        maxFirst: 1_000,
        maxFileBytes: 64 * 1024 * 1024,
      },
    });
    const asked = '{ viewer { permissions } gateway { hasAccessControl } }';
    expect((await ask(asked, {}, KEYS.importer)).data).toEqual({
      viewer: { permissions: ['import'] },
      gateway: { hasAccessControl: true },
    });
    const { status, body } = await gateway.post({ query });
    expect(status).toBe(401);
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('is that nobody needs a key, if access is not configured', async () => {
    await using open = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
      config: { limits: { ids: 20, first: 30 } },
    });
    const { data } = await open.query('{ gateway { hasAccessControl maxIds maxFirst } viewer { name } }');
    expect(data).toEqual({
      gateway: { hasAccessControl: false, maxIds: 20, maxFirst: 30 },
      viewer: { name: 'anyone' },
    });
  });
});
