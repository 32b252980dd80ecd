import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { segmentGlobalId } from '../../src/graphql/global-ids.js';
import { GlobalIdsDocument, NodeDocument, NodesDocument } from '../generated/operations.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

const AT = { customerId: 'acme', destinationId: '314' };

/** Two customers whose destination and segments have the same IDs. */
const simulated = () => [
  passwordCustomer('acme', destination(314, 3), destination(315, 1, { forbidden: true })),
  passwordCustomer('globex', destination(314, 3)),
];

describe('an object', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: simulated() });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const idsOf = async (customerId: string, at?: string) => {
    const { data } = await gateway.run(GlobalIdsDocument, {
      ...AT,
      customerId,
      segmentIds: ['1001', '1002'],
      ...(at === undefined ? {} : { at }),
    });
    return data!.segments!.map((segment) => segment!);
  };

  it('is found by its ID, whatever its type', async () => {
    const [segment] = await idsOf('acme');
    const revision = segment!.history!.nodes[0]!;
    const ids = ['acme', segment!.destination.id, segment!.id, revision.id];
    const { data, errors } = await gateway.run(NodesDocument, { ids });
    expect(errors).toBeUndefined();
    expect(data?.nodes).toMatchObject([
      { __typename: 'Customer', id: 'acme', customerName: 'acme' },
      { __typename: 'Destination', id: ids[1], destinationId: '314', destinationName: 'Destination 314' },
      {
        __typename: 'Segment',
        id: ids[2],
        mappingId: '1001',
        sid: '5001',
        name: 'Segment 1',
        isTrait: false,
      },
      { __typename: 'SegmentRevision', id: ids[3], segmentId: '1001', kind: 'CREATED', name: 'Segment 1' },
    ]);
    expect((await gateway.run(NodeDocument, { id: segment!.id })).data?.node).toEqual(data?.nodes?.[2]);
  });

  it('has an ID that no other object has, also where customers share all other IDs', async () => {
    const all = [...(await idsOf('acme')), ...(await idsOf('globex'))].flatMap((segment) => [
      segment.id,
      segment.destination.id,
      ...segment.history!.nodes.map((node) => node.id),
    ]);
    // Two segments of one destination have the same destination.
    expect(new Set(all).size).toBe(all.length - 2);
  });

  it('keeps its ID', async () => {
    expect(await idsOf('acme')).toEqual(await idsOf('acme'));
  });

  it('of a moment has another ID than now, and is found again as it was then', async () => {
    const before = new Date(gateway.clock.now()).toISOString();
    gateway.clock.advance(60_000);
    const key = { ...AT, segmentId: '1001' };
    await gateway.query('mutation ($key: SegmentKey!) { setSegment(key: $key, name: "Renamed") { name } }', {
      key,
    });
    const [then] = await idsOf('acme', before);
    const [now] = await idsOf('acme');
    expect(then!.id).not.toBe(now!.id);
    const early = segmentGlobalId({ ...AT, key: '1001', at: 0 });
    const { data } = await gateway.run(NodesDocument, { ids: [then!.id, now!.id, early] });
    expect(data?.nodes).toMatchObject([
      { id: then!.id, name: 'Segment 1' },
      { id: now!.id, name: 'Renamed' },
      null,
    ]);
  });

  it('is null where there is none, without an error', async () => {
    const [segment] = await idsOf('acme');
    const encoded = (parts: unknown[]): string =>
      `~${Buffer.from(JSON.stringify(parts)).toString('base64url')}`;
    const ids = [
      'nobody',
      '',
      '~',
      'a\nb',
      'x'.repeat(100_000),
      `${segment!.id}x`,
      encoded(['d', 'nobody', '314']),
      encoded(['d', 'acme', '999']),
      encoded(['s', 'nobody', '314', '1001']),
      encoded(['s', 'acme', '314', '999999']),
      encoded(['s', 'acme', '999', '1001']),
      encoded(['r', 'acme', '314', 999_999]),
      encoded(['r', 'nobody', '314', 1]),
    ];
    expect(await gateway.run(NodesDocument, { ids })).toEqual({ data: { nodes: ids.map(() => null) } });
    for (const id of ids) {
      expect(await gateway.run(NodeDocument, { id })).toEqual({ data: { node: null } });
    }
  });

  it('that cannot be read is null with an error at its place, and the others are not affected', async () => {
    const forbidden = segmentGlobalId({ customerId: 'acme', destinationId: '315', key: '1001', at: null });
    const { data, errors } = await gateway.run(NodesDocument, { ids: ['globex', forbidden, 'acme'] });
    expect(data?.nodes?.map((node) => node?.id ?? null)).toEqual(['globex', null, 'acme']);
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'AAM_FORBIDDEN' } }]);
  });

  it('costs one of the IDs that a request may look up', async () => {
    await using small = await TestGateway.start({
      simulated: simulated(),
      config: { limits: { ids: 2 } },
    });
    const { errors } = await small.run(NodesDocument, { ids: ['acme', 'acme', 'acme'] });
    expect(errors).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COMPLEX', limited: 'ids', limit: 2, estimate: 3 } },
    ]);
    const three = await small.query('{ a: node(id: 1) { id } b: node(id: 1) { id } c: node(id: 1) { id } }');
    expect(three.errors).toMatchObject([{ extensions: { limited: 'ids', estimate: 3 } }]);
    expect(await small.query('{ a: node(id: 1) { id } b: node(id: 1) { id } }')).toEqual({
      data: { a: null, b: null },
    });
  });
});

describe('a segment that was known by hand alone', () => {
  it('is found by its old ID after it was merged into a mapping', async () => {
    const acme = passwordCustomer('acme', destination(314, 1, { type: 'S2S' }));
    await using gateway = await TestGateway.start({ simulated: [acme] });
    const key = { ...AT, segmentId: '7001', idType: 'SID' };
    const set = await gateway.query(
      'mutation ($key: SegmentKey!) { setSegment(key: $key, name: "By hand") { id mappingId sid label } }',
      { key },
    );
    const { id, ...fields } = set.data!['setSegment'] as { id: string };
    expect(fields).toEqual({ mappingId: null, sid: '7001', label: 'By hand' });
    gateway.simulator
      .destination('acme', 314)
      .mappings.push({ mappingId: 9, sid: 7001, name: 'From outside' });
    await gateway.query(
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { destinationId } }',
    );
    const { data } = await gateway.run(NodeDocument, { id });
    expect(data?.node).toMatchObject({ mappingId: '9', sid: '7001', name: 'By hand' });
  });
});
