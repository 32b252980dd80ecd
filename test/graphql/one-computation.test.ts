import { afterAll, beforeAll, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { Snapshot } from '../../src/directory/index.js';
import { SqlStorage } from '../../src/storage/sql-storage.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { HOUR } from '../support/directory.js';
import { TestGateway } from '../support/gateway.js';

const AT = 'customerId: "acme", destinationId: "314"';

/** More than what is executed at once, so that the lists are executed in turns. */
const SEGMENTS = 600;
const IDS = Array.from({ length: SEGMENTS }, (_, index) => String(1001 + index));

type Read = 'histories' | 'revisions' | 'revisionsAt' | 'revisionsByNumber' | 'search' | 'findByIdentifiers';

const aliases = (count: number, field: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field(index)}`).join(' ');

describe('one request', () => {
  let gateway: TestGateway;
  let reads: Record<Read, MockInstance>;
  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: [
        passwordCustomer('acme', destination(314, SEGMENTS), destination(315, 3)),
        passwordCustomer('globex', destination(314, 3)),
      ],
      config: { freshness: { refreshEvery: 0 } },
    });
    for (const place of [AT, 'customerId: "acme", destinationId: "315"']) {
      await gateway.query(`mutation { refreshDestination(${place}) { sync { status } } }`);
    }
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    const { prototype } = SqlStorage;
    reads = {
      histories: vi.spyOn(prototype, 'histories'),
      revisions: vi.spyOn(prototype, 'revisions'),
      revisionsAt: vi.spyOn(prototype, 'revisionsAt'),
      revisionsByNumber: vi.spyOn(prototype, 'revisionsByNumber'),
      search: vi.spyOn(prototype, 'search'),
      findByIdentifiers: vi.spyOn(prototype, 'findByIdentifiers'),
    };
  });

  const ask = async (query: string, variables = {}): Promise<Record<string, unknown>> => {
    const { data, errors } = await gateway.query(query, variables);
    expect(errors).toBeUndefined();
    return data ?? {};
  };
  const calls = (): Partial<Record<Read, number>> =>
    Object.fromEntries(
      Object.entries(reads).flatMap(([name, spy]) =>
        spy.mock.calls.length === 0 ? [] : [[name, spy.mock.calls.length]],
      ),
    );

  it.each([3, SEGMENTS])(
    'reads the history of %s segments once, under any number of names',
    async (count) => {
      const { segments } = await ask(
        `query ($ids: [ID!]!) { segments(${AT}, segmentIds: $ids) {
        mappingId ${aliases(12, () => 'history(first: 0) { totalCount nodes { id } }')}
      } }`,
        { ids: IDS.slice(0, count) },
      );
      const page = { totalCount: 1, nodes: [] };
      const pages = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`a${index}`, page]));
      expect(segments).toEqual(IDS.slice(0, count).map((mappingId) => ({ mappingId, ...pages })));
      expect(calls()).toEqual({ histories: 1 });
    },
  );

  it('reads each page of the histories once, and gives each segment its own', async () => {
    const { segments } = await ask(
      `query ($ids: [ID!]!) { segments(${AT}, segmentIds: $ids) {
        mappingId none: history(first: 0) { totalCount } one: history(first: 1) { nodes { segmentId name } }
      } }`,
      { ids: IDS },
    );
    expect(segments).toEqual(
      IDS.map((mappingId, index) => ({
        mappingId,
        none: { totalCount: 1 },
        one: { nodes: [{ segmentId: mappingId, name: `Segment ${index + 1}` }] },
      })),
    );
    expect(calls()).toEqual({ histories: 2 });
  });

  it('reads what many lookups ask for of one moment once for each destination', async () => {
    const at = new Date(gateway.clock.now()).toISOString();
    const { nodes } = await ask(`{ segments(${AT}, segmentIds: ["1003"], at: "${at}") { id } }`).then(
      ({ segments }) => ({ nodes: (segments as { id: string }[]).map(({ id }) => id) }),
    );
    const other = 'customerId: "acme", destinationId: "315"';
    const askForAll = (): Promise<Record<string, unknown>> => {
      reads.revisionsAt.mockClear();
      return ask(
        `query ($ids: [ID!]!, $nodes: [ID!]!) {
        ${aliases(5, (index) => `segment(${AT}, segmentId: "${1001 + index}", at: "${at}") { name }`)}
        many: segments(${AT}, segmentIds: $ids, at: "${at}") { name }
        bySid: segments(${AT}, segmentIds: ["5002"], idType: SID, at: "${at}") { name }
        byKey: segmentsByKey(keys: [{ ${AT}, segmentId: "1001" }, { ${other}, segmentId: "1002" }], at: "${at}") { name }
        found: lookupSegments(keys: [{ ${AT}, segmentId: "1001" }, { ${AT}, segmentId: "?" }], at: "${at}") { status }
        nodes(ids: $nodes) { ... on Segment { name } }
        destination(${AT}) { segment(segmentId: "1004", at: "${at}") { name } }
        earlier: segment(${AT}, segmentId: "1001", at: "2000-01-01T00:00:00Z") { name }
      }`,
        { ids: IDS.slice(0, 40), nodes },
      );
    };
    const answer = await askForAll();
    expect(answer).toMatchObject({
      a4: { name: 'Segment 5' },
      bySid: [{ name: 'Segment 2' }],
      byKey: [{ name: 'Segment 1' }, { name: 'Segment 2' }],
      found: [{ status: 'FOUND' }, { status: 'UNKNOWN' }],
      nodes: [{ name: 'Segment 3' }],
      destination: { segment: { name: 'Segment 4' } },
      earlier: null,
    });
    expect(answer['many']).toHaveLength(40);
    expect(Object.keys(calls())).toEqual(['revisionsAt']);
    // Two destinations at one moment, and one of them at another. On a busy machine, a turn may end before all have asked.
    for (let times = 0; times < 10 && calls().revisionsAt !== 3; times += 1) await askForAll();
    expect(calls()).toEqual({ revisionsAt: 3 });
  });

  it('reads revisions by their numbers once for each destination', async () => {
    const { segments } = await ask(`{ segments(${AT}, segmentIds: ["1001", "1002"]) {
      history { nodes { id } } } }`);
    const [one, two] = (segments as { history: { nodes: { id: string }[] } }[]).map(
      ({ history }) => history.nodes[0]!.id,
    );
    const answer = await ask(
      `query ($one: ID!, $two: ID!) {
        first: node(id: $one) { id } second: node(id: $two) { id }
        nodes(ids: [$two, $one, $two]) { id }
      }`,
      { one, two },
    );
    expect(answer).toEqual({
      first: { id: one },
      second: { id: two },
      nodes: [{ id: two }, { id: one }, { id: two }],
    });
    expect(calls()).toMatchObject({ revisionsByNumber: 1 });
  });

  it('searches a destination once for all segments that lead to it', async () => {
    const scans = vi.spyOn(Snapshot.prototype, 'search');
    const { segments } = await ask(
      `query ($ids: [ID!]!) { segments(${AT}, segmentIds: $ids) { destination {
        segments(first: 0, search: "segment 5") { totalCount }
        again: segments(first: 0, search: "segment 5") { totalCount }
        others: segments(first: 0, search: "segment 599") { totalCount }
      } } }`,
      { ids: IDS.slice(0, 40) },
    );
    const destinations = (segments as { destination: unknown }[]).map((segment) => segment.destination);
    const found = destinations[0] as Record<string, { totalCount: number }>;
    expect(found['others']).toEqual({ totalCount: 1 });
    expect(found['segments']!.totalCount).toBeGreaterThan(1);
    expect(found['again']).toEqual(found['segments']);
    expect(destinations).toEqual(Array.from({ length: 40 }, () => found));
    expect(scans).toHaveBeenCalledTimes(2);
  });

  it('reads the changes of a destination once, and searches all destinations once', async () => {
    const answer = await ask(
      `query ($ids: [ID!]!) {
        segments(${AT}, segmentIds: $ids) { destination {
          changes(since: "2000-01-01T00:00:00Z", first: 1) { totalCount }
          oldest: changes(since: "2000-01-01T00:00:00Z", first: 1, order: OLDEST_FIRST) { totalCount }
          sync { segmentCount } idEvidence { unknown }
        } }
        ${aliases(4, () => 'searchSegments(text: "segment 599") { totalCount }')}
      }`,
      { ids: IDS.slice(0, 40) },
    );
    expect((answer['segments'] as unknown[])[39]).toEqual({
      destination: {
        changes: { totalCount: SEGMENTS },
        oldest: { totalCount: SEGMENTS },
        sync: { segmentCount: SEGMENTS },
        idEvidence: { unknown: 0 },
      },
    });
    expect(answer['a3']).toEqual({ totalCount: 1 });
    expect(calls()).toEqual({ revisions: 2, search: 1 });
  });

  it('finds IDs once, under any number of names', async () => {
    const answer = await ask(
      `{ ${aliases(4, () => 'findSegments(segmentIds: ["1599"], customerId: "acme") { results { segmentCount } }')} }`,
    );
    expect(answer['a3']).toEqual({ results: [{ segmentCount: 1 }] });
    expect(answer['a3']).toEqual(answer['a0']);
    expect(calls()).toEqual({ findByIdentifiers: 1 });
  });

  it('computes anew after each of its changes, and does not know what other requests computed', async () => {
    gateway.clock.advance(HOUR);
    const set = (name: string): string =>
      `setSegment(key: { ${AT}, segmentId: "1600" }, name: "${name}") {
        history(first: 1) { totalCount nodes { name } }
        destination { segments(search: "zebra") { nodes { name } } changes(since: "2000-01-01T00:00:00Z", first: 1) { totalCount } }
      }`;
    const answer = await ask(`mutation { one: ${set('Zebra one')} two: ${set('Zebra two')} }`);
    const result = (name: string, changes: number) => ({
      history: { totalCount: changes, nodes: [{ name }] },
      destination: {
        segments: { nodes: [{ name }] },
        changes: { totalCount: SEGMENTS - 1 + changes },
      },
    });
    expect(answer).toEqual({ one: result('Zebra one', 2), two: result('Zebra two', 3) });
    const query = `{ destination(${AT}) { segments(search: "zebra") { nodes { name } } } }`;
    expect(await ask(query)).toEqual({ destination: { segments: { nodes: [{ name: 'Zebra two' }] } } });
    await ask(`mutation { ${set('Zebra three')} }`);
    expect(await ask(query)).toEqual({ destination: { segments: { nodes: [{ name: 'Zebra three' }] } } });
  });
});
