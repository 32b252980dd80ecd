import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/index.js';
import { schemaSdl, subgraphSdl } from '../../src/graphql/subgraph-sdl.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';
import { example } from './documentation.js';
import { compose, HiveGateway, OtherSubgraph } from './support.js';

const ROWS = 500;
const ADDRESS = 'https://names.example.com/graphql';

/** A row of the other subgraph: its destinations alternate, and one in ten is of the third. */
function rowOf(index: number, failing: boolean) {
  const [customerId, destinationId] = [
    index % 2 === 0 ? 'acme' : 'globex',
    failing && index % 10 === 3 ? '315' : '314',
  ];
  return {
    impressions: index,
    segment: { customerId, destinationId, segmentId: String(1001 + index) },
  };
}

interface Row {
  readonly impressions: number;
  readonly segment: { readonly segmentId: string; readonly segment: { readonly label: string } | null };
}

let gateway: TestGateway;
let reports: OtherSubgraph;
let router: HiveGateway;
let rows: readonly object[] = [];
/** What was started so far, which is not all if a start fails. */
const started: AsyncDisposable[] = [];

beforeAll(async () => {
  gateway = await TestGateway.start({
    simulated: [
      passwordCustomer('acme', destination(314, ROWS)),
      passwordCustomer('globex', destination(314, ROWS), destination(315, ROWS, { forbidden: true })),
    ],
    config: {
      access: {
        apiKeys: [entryOf('all-key', 'everything', 'all'), entryOf('acme-key', 'acme-ui', ['acme'])],
      },
    },
  });
  started.unshift(gateway);
  reports = await OtherSubgraph.start(example('reports.graphql'), { report: () => rows });
  started.unshift(reports);
  const names = { name: 'names', url: gateway.url, sdl: subgraphSdl(createSchema()) };
  router = await HiveGateway.start(example('gateway.config.mjs'), {
    'supergraph.graphql': compose(names, reports),
  });
  started.unshift(router);
}, 60_000);

afterAll(async () => {
  for (const each of started) await each[Symbol.asyncDispose]();
});

/** The GraphQL requests that the gateway has answered since it was asked the last time. */
function requestsOf(): readonly Record<string, unknown>[] {
  const requests = gateway.log.filter(({ msg, path }) => msg === 'request' && path === '/graphql');
  gateway.logLines.length = 0;
  return requests;
}

async function report(key: string): Promise<{ report: readonly Row[]; codes: readonly unknown[] }> {
  const { data, errors = [] } = await router.query(example('report.graphql'), withKey(key));
  return {
    report: (data as { report: Row[] }).report,
    codes: errors.map(({ extensions }) => extensions['code']),
  };
}

describe('a report of another subgraph, joined to names by Hive Gateway', { timeout: 60_000 }, () => {
  it('is one request to the gateway for all of its rows, in their order', async () => {
    rows = Array.from({ length: ROWS }, (_, index) => rowOf(index, false));
    requestsOf();
    const answer = await report('all-key');
    expect(answer.codes).toEqual([]);
    expect(answer.report).toEqual(
      Array.from({ length: ROWS }, (_, index) => ({
        impressions: index,
        segment: {
          segmentId: String(1001 + index),
          segment: { label: `Segment ${1 + index}`, status: 'ACTIVE' },
        },
      })),
    );
    expect(requestsOf()).toMatchObject([{ caller: 'key:everything', status: 200, outcome: 'ok' }]);
    expect(gateway.simulator.listings()).toBe(2);
  });

  it('lacks the names of the destination alone that cannot be read', async () => {
    rows = Array.from({ length: ROWS }, (_, index) => rowOf(index, true));
    requestsOf();
    const answer = await report('all-key');
    expect(
      answer.report.map(({ impressions, segment }) => [impressions, segment.segment?.label ?? null]),
    ).toEqual(
      Array.from({ length: ROWS }, (_, index) => [index, index % 10 === 3 ? null : `Segment ${1 + index}`]),
    );
    expect(new Set(answer.codes)).toEqual(new Set(['AAM_FORBIDDEN']));
    expect(requestsOf()).toHaveLength(1);
  });

  it('has only the names that the caller may see, whose key the router passes on', async () => {
    rows = Array.from({ length: 10 }, (_, index) => rowOf(index, false));
    requestsOf();
    const answer = await report('acme-key');
    expect(answer.report.map(({ segment }) => segment.segment?.label ?? null)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? `Segment ${1 + index}` : null)),
    );
    expect(new Set(answer.codes)).toEqual(new Set(['NOT_FOUND']));
    expect(requestsOf()).toMatchObject([{ caller: 'key:acme-ui' }]);
  });

  it('has the names of its own caller, however many ask at once', async () => {
    rows = Array.from({ length: 20 }, (_, index) => rowOf(index, false));
    const labels = (isAll: boolean) =>
      Array.from({ length: 20 }, (_, index) => (isAll || index % 2 === 0 ? `Segment ${1 + index}` : null));
    for (let round = 0; round < 5; round += 1) {
      const keys = ['all-key', 'acme-key', 'acme-key', 'all-key', 'acme-key', 'all-key'];
      const answers = await Promise.all(keys.map(report));
      expect(
        answers.map((answer) => answer.report.map(({ segment }) => segment.segment?.label ?? null)),
      ).toEqual(keys.map((key) => labels(key === 'all-key')));
    }
  });

  it('does not pass the key of the caller on to other subgraphs', async () => {
    rows = [rowOf(0, false)];
    const asked = reports.headers.length;
    requestsOf();
    const headers = { ...withKey('all-key'), authorization: 'Bearer all-key' };
    await router.query(example('report.graphql'), headers);
    await router.query(example('report.graphql'), { authorization: 'Bearer acme-key' });
    expect(requestsOf()).toMatchObject([{ caller: 'key:everything' }, { caller: 'key:acme-ui' }]);
    const got = reports.headers.slice(asked);
    expect(got).toHaveLength(2);
    expect(got.flatMap((each) => Object.keys(each))).not.toContain('authorization');
    expect(got.flatMap((each) => Object.keys(each))).not.toContain('x-api-key');
  });

  it('is the same of a part of the schema', async () => {
    rows = [rowOf(0, false)];
    const sdl = subgraphSdl(createSchema(), ['Query', 'Mutation', 'Customer']);
    const part = compose({ name: 'names', url: gateway.url, sdl }, reports);
    await using hive = await HiveGateway.start(example('gateway.config.mjs'), { 'supergraph.graphql': part });
    const { data, errors } = await hive.query(example('report.graphql'), withKey('all-key'));
    expect([data, errors]).toMatchObject([
      { report: [{ segment: { segment: { label: 'Segment 1' } } }] },
      undefined,
    ]);
    const outside = await hive.query('{ viewer { name } }', withKey('all-key'));
    expect(outside.errors?.[0]?.message).toContain('viewer');
  });

  it('says as what its IDs are to be understood, and as of when', async () => {
    rows = [{ impressions: 1, segment: { customerId: 'acme', destinationId: '314', segmentId: '5002' } }];
    const query = `{ report { segment { sid: segment(idType: SID) { label } own: segment { label }
      then: segment(idType: SID, at: "2020-01-01T00:00:00Z") { label } } } }`;
    requestsOf();
    expect(await router.query(query, withKey('all-key'))).toEqual({
      data: { report: [{ segment: { sid: { label: 'Segment 2' }, own: null, then: null } }] },
    });
    expect(requestsOf()).toHaveLength(1);
  });
});

describe('customers and destinations of another subgraph, behind Hive Gateway', { timeout: 60_000 }, () => {
  const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
    type Query { bills: [Bill!]! }
    type Bill { customer: Customer destination: Destination }
    type Customer @key(fields: "id", resolvable: false) { id: ID! }
    type Destination @key(fields: "customerId destinationId", resolvable: false) { customerId: ID! destinationId: ID! }`;

  it('have what the gateway knows of them, and nothing for callers that may not see them', async () => {
    const billOf = (customerId: string) => ({
      customer: { id: customerId },
      destination: { customerId, destinationId: '314' },
    });
    await using bills = await OtherSubgraph.start(SDL, { bills: () => [billOf('globex'), billOf('acme')] });
    const names = { name: 'names', url: gateway.url, sdl: subgraphSdl(createSchema()) };
    await using hive = await HiveGateway.start(example('gateway.config.mjs'), {
      'supergraph.graphql': compose(names, bills),
    });
    const query = '{ bills { customer { id name } destination { destinationId name segmentIdType } } }';
    const known = (customer: string) => ({
      customer: { id: customer, name: customer },
      destination: { destinationId: '314', name: 'Destination 314', segmentIdType: 'MAPPING_ID' },
    });
    expect(await hive.query(query, withKey('all-key'))).toEqual({
      data: { bills: [known('globex'), known('acme')] },
    });
    const { data } = await hive.query(query, withKey('acme-key'));
    expect(data).toEqual({ bills: [{ customer: null, destination: null }, known('acme')] });
  });
});

describe('the gateway as a plain GraphQL API behind Hive Gateway', { timeout: 60_000 }, () => {
  it('answers as without it, with the key of the caller', async () => {
    const config = example('plain.config.mjs');
    expect(config).toContain(ADDRESS);
    await using hive = await HiveGateway.start(config.replace(ADDRESS, gateway.url), {
      'names-api.graphql': schemaSdl(createSchema()),
    });
    const query = `{ viewer { name } segments(customerId: "acme", destinationId: "314", segmentIds: ["1002", "9"]) { id label } }`;
    for (const key of ['all-key', 'acme-key']) {
      const { body } = await gateway.post({ query }, withKey(key));
      expect(body).toMatchObject({ data: { segments: [{ label: 'Segment 2' }, null] } });
      expect(await hive.query(query, withKey(key))).toEqual(body);
      expect(await hive.query(query, { authorization: `Bearer ${key}` })).toEqual(body);
    }
  });
});
