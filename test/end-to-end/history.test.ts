import { describe, expect, it } from 'vitest';
import type { SimulatorMapping } from '../../src/simulator/index.js';
import {
  DestinationChangesDocument,
  RefreshDestinationDocument,
  SegmentAtDocument,
  SegmentHistoryDocument,
  SegmentsAtDocument,
} from '../generated/operations.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { HOUR } from '../support/directory.js';
import { TestGateway } from '../support/gateway.js';

const AT = { customerId: 'acme', destinationId: '314' };

/** Acme's destination 314 with these mappings, read once. */
async function start(mappings: SimulatorMapping[], segmentIdType = 'MAPPING_ID'): Promise<TestGateway> {
  const gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
    customers: [{ id: 'acme', destinations: [{ id: 314, segmentIdType }] }],
    config: { freshness: { refreshEvery: 0 } },
  });
  await refresh(gateway);
  return gateway;
}

async function refresh(gateway: TestGateway): Promise<string> {
  const answer = await gateway.run(RefreshDestinationDocument, AT);
  expect(answer.errors).toBeUndefined();
  return new Date(gateway.clock.now()).toISOString();
}

/** An hour later Audience Manager holds this, and is read again. */
async function listed(gateway: TestGateway, mappings: SimulatorMapping[]): Promise<string> {
  gateway.clock.advance(HOUR);
  gateway.simulator.destination('acme', 314).mappings = mappings;
  return await refresh(gateway);
}

async function history(gateway: TestGateway, segmentId: string): Promise<unknown[]> {
  const { data } = await gateway.run(SegmentHistoryDocument, { ...AT, segmentId });
  return (data?.segment?.history?.nodes ?? []).map(({ at, kind, name, description, status }) => [
    at,
    kind,
    name,
    description,
    status,
  ]);
}

/** A page of changes as a job reads it that follows them. */
interface Followed {
  readonly totalCount: number;
  readonly nodes: readonly { readonly name: string; readonly kind: string }[];
  readonly pageInfo: Readonly<Record<'startCursor' | 'endCursor', string | null>> &
    Readonly<Record<'hasNextPage' | 'hasPreviousPage', boolean>>;
}

const first: SimulatorMapping = { mappingId: 1, sid: 11, name: 'Alpha', description: 'a' };

describe('the history of a segment', () => {
  it('has every kind of change with its time, newest first, and how the segment stood afterwards', async () => {
    await using gateway = await start([first]);
    const created = new Date(gateway.clock.now()).toISOString();
    const renamed = await listed(gateway, [{ ...first, name: 'Beta' }]);
    const described = await listed(gateway, [{ ...first, name: 'Beta', description: null }]);
    const paused = await listed(gateway, [{ ...first, name: 'Beta', description: null, status: 'inactive' }]);
    const removed = await listed(gateway, []);
    const restored = await listed(gateway, [{ ...first, name: 'Beta', description: null }]);
    expect(await history(gateway, '1')).toEqual([
      [restored, 'RESTORED', 'Beta', null, 'ACTIVE'],
      [removed, 'REMOVED', 'Beta', null, 'DELETED'],
      [paused, 'STATUS_CHANGED', 'Beta', null, 'INACTIVE'],
      [described, 'DESCRIBED', 'Beta', null, 'ACTIVE'],
      [renamed, 'RENAMED', 'Beta', 'a', 'ACTIVE'],
      [created, 'CREATED', 'Alpha', 'a', 'ACTIVE'],
    ]);
  });

  it('has one revision for each kind where one listing brings several', async () => {
    await using gateway = await start([first]);
    const at = await listed(gateway, [{ ...first, name: 'Beta', description: 'b', status: 'inactive' }]);
    const changes = (await history(gateway, '1')).slice(0, -1);
    expect(changes).toHaveLength(3);
    expect(changes).toEqual(
      expect.arrayContaining(
        ['STATUS_CHANGED', 'RENAMED', 'DESCRIBED'].map((kind) => [at, kind, 'Beta', 'b', 'INACTIVE']),
      ),
    );
  });

  it('does not grow by a listing that changes nothing, nor by dates and identifiers that move', async () => {
    await using gateway = await start([first]);
    await listed(gateway, [first]);
    await listed(gateway, [{ ...first, updateTime: 1_300_752_888_000, alias: 'x', endDate: '2030-01-01' }]);
    expect(await history(gateway, '1')).toHaveLength(1);
  });

  it('is paged by cursors that stay good while it grows', async () => {
    await using gateway = await start([first]);
    for (let name = 2; name <= 6; name++) await listed(gateway, [{ ...first, name: `Name ${name}` }]);
    const page = async (size: number, after?: string | null) => {
      const { data } = await gateway.run(SegmentHistoryDocument, {
        ...AT,
        segmentId: '1',
        first: size,
        ...(typeof after === 'string' ? { after } : {}),
      });
      const { nodes, pageInfo, totalCount } = data!.segment!.history!;
      return { names: nodes.map(({ name }) => name), pageInfo, totalCount };
    };
    const one = await page(2);
    expect(one).toMatchObject({
      names: ['Name 6', 'Name 5'],
      totalCount: 6,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    await listed(gateway, [{ ...first, name: 'Name 7' }]);
    const two = await page(3, one.pageInfo.endCursor);
    expect(two).toMatchObject({
      names: ['Name 4', 'Name 3', 'Name 2'],
      totalCount: 7,
      pageInfo: { hasNextPage: true, hasPreviousPage: true },
    });
    const three = await page(3, two.pageInfo.endCursor);
    expect(three).toMatchObject({ names: ['Alpha'], pageInfo: { hasNextPage: false } });
    expect(await page(3, three.pageInfo.endCursor)).toMatchObject({
      names: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
    expect(await page(0)).toMatchObject({ names: [], totalCount: 7, pageInfo: { hasNextPage: true } });
  });

  it('has a previous page if there are changes before the page, wherever its cursor comes from', async () => {
    const other = { mappingId: 2, name: 'Other' };
    await using gateway = await start([first, other]);
    for (const name of ['Beta', 'Gamma']) await listed(gateway, [{ ...first, name }, other]);
    const cursor = (number: number): string =>
      Buffer.from(JSON.stringify(['r', String(number)])).toString('base64url');
    const page = async (segmentId: string, number: number) => {
      const { data } = await gateway.run(SegmentHistoryDocument, {
        ...AT,
        segmentId,
        first: 1,
        after: cursor(number),
      });
      const { nodes, pageInfo, totalCount } = data!.segment!.history!;
      return [nodes[0]?.name ?? null, pageInfo.hasPreviousPage, pageInfo.hasNextPage, totalCount];
    };
    // Beyond all revisions: the page is the first one.
    expect(await page('1', 1_000)).toEqual(['Gamma', false, true, 3]);
    expect(await page('1', 4)).toEqual(['Beta', true, true, 3]);
    expect(await page('1', 3)).toEqual(['Alpha', true, false, 3]);
    // A revision of another segment.
    expect(await page('2', 4)).toEqual(['Other', false, false, 1]);
  });

  it.each([
    ['a cursor of another list', { after: Buffer.from('["s","a","b","c","d"]').toString('base64url') }],
    ['a cursor that is none', { after: 'tomorrow' }],
    ['an empty cursor', { after: '' }],
    ['a cursor with a negative number', { after: Buffer.from('["r","-1"]').toString('base64url') }],
    ['a page of -1', { first: -1 }],
    ['a page of 1001', { first: 1001 }],
  ])('refuses %s with BAD_USER_INPUT', async (_, variables) => {
    await using gateway = await start([first]);
    const ofOne = await gateway.run(SegmentHistoryDocument, { ...AT, segmentId: '1', ...variables });
    const ofAll = await gateway.run(DestinationChangesDocument, {
      ...AT,
      since: new Date(0).toISOString(),
      ...variables,
    });
    for (const { errors } of [ofOne, ofAll]) {
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('the changes of a destination', () => {
  it('are those since a moment, that moment included, of all segments, newest first', async () => {
    const second: SimulatorMapping = { mappingId: 2, name: 'Other' };
    await using gateway = await start([first, second]);
    const renamed = await listed(gateway, [{ ...first, name: 'Beta' }, second]);
    const removed = await listed(gateway, [{ ...first, name: 'Beta' }]);
    const since = async (moment: string) => {
      const { data } = await gateway.run(DestinationChangesDocument, {
        ...AT,
        since: moment,
      });
      return data!.destination!.changes!.nodes.map(({ segmentId, kind, at }) => [segmentId, kind, at]);
    };
    expect(await since(renamed)).toEqual([
      ['2', 'REMOVED', removed],
      ['1', 'RENAMED', renamed],
    ]);
    expect(await since(new Date(Date.parse(renamed) + 1).toISOString())).toHaveLength(1);
    expect(await since('2000-01-01T00:00:00Z')).toHaveLength(4);
    expect(await since('2100-01-01T00:00:00Z')).toEqual([]);
  });

  it('are paged to the end without a gap or a repetition', async () => {
    const many = Array.from({ length: 7 }, (_, index) => ({ mappingId: index + 1, name: `S${index}` }));
    await using gateway = await start(many);
    const seen: string[] = [];
    let after: string | null | undefined;
    do {
      const { data } = await gateway.run(DestinationChangesDocument, {
        ...AT,
        since: new Date(0).toISOString(),
        first: 3,
        ...(typeof after === 'string' ? { after } : {}),
      });
      const { nodes, pageInfo } = data!.destination!.changes!;
      seen.push(...nodes.map(({ segmentId }) => segmentId));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (typeof after === 'string');
    expect(seen.toSorted()).toEqual(many.map(({ mappingId }) => String(mappingId)));
  });

  it('can be followed oldest first: what the last answer ended with gives what came since, and nothing twice', async () => {
    await using gateway = await start([first]);
    const poll = async (after: string | null) => {
      const { data, errors } = await gateway.query(
        `query ($after: String) { destination(customerId: "acme", destinationId: "314") {
          changes(since: "2000-01-01T00:00:00Z", first: 2, order: OLDEST_FIRST, after: $after) {
            totalCount nodes { name kind } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          } } }`,
        { after },
      );
      expect(errors).toBeUndefined();
      const { changes } = data?.['destination'] as { changes: Followed };
      return { ...changes, names: changes.nodes.map(({ name }) => name) };
    };
    const one = await poll(null);
    expect(one).toMatchObject({
      names: ['Alpha'],
      totalCount: 1,
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    });
    const nothing = await poll(one.pageInfo.endCursor);
    expect(nothing).toMatchObject({
      names: [],
      totalCount: 1,
      pageInfo: {
        hasNextPage: false,
        hasPreviousPage: true,
        startCursor: null,
        endCursor: one.pageInfo.endCursor,
      },
    });
    for (const name of ['Beta', 'Gamma', 'Delta']) await listed(gateway, [{ ...first, name }]);
    const two = await poll(nothing.pageInfo.endCursor);
    expect(two).toMatchObject({
      names: ['Beta', 'Gamma'],
      totalCount: 4,
      pageInfo: { hasNextPage: true, hasPreviousPage: true },
    });
    const three = await poll(two.pageInfo.endCursor);
    expect(three).toMatchObject({ names: ['Delta'], pageInfo: { hasNextPage: false } });
    expect((await poll(three.pageInfo.endCursor)).pageInfo.endCursor).toBe(three.pageInfo.endCursor);
  });

  it('are newest first by default, also where the order is null', async () => {
    await using gateway = await start([first]);
    await listed(gateway, [{ ...first, name: 'Beta' }]);
    const field = (order: string): string =>
      `changes(since: "2000-01-01T00:00:00Z"${order}) { nodes { name } }`;
    const { data } = await gateway.query(`{ destination(customerId: "acme", destinationId: "314") {
      a: ${field('')} b: ${field(', order: null')} c: ${field(', order: NEWEST_FIRST')} d: ${field(', order: OLDEST_FIRST')}
    } }`);
    const newest = { nodes: [{ name: 'Beta' }, { name: 'Alpha' }] };
    const oldest = { nodes: [{ name: 'Alpha' }, { name: 'Beta' }] };
    expect(data).toEqual({ destination: { a: newest, b: newest, c: newest, d: oldest } });
  });

  it('refuse a moment that is none', async () => {
    await using gateway = await start([first]);
    const { errors } = await gateway.run(DestinationChangesDocument, {
      ...AT,
      since: 'yesterday',
    });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('names as they stood at a moment', () => {
  const nameAt = async (gateway: TestGateway, at: string, segmentId = '1') => {
    const { data, errors } = await gateway.run(SegmentAtDocument, { ...AT, segmentId, at });
    expect(errors).toBeUndefined();
    return data?.segment ? [data.segment.name, data.segment.status] : null;
  };
  const shifted = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

  it('are null before the first listing, and exact to the millisecond of a change', async () => {
    await using gateway = await start([first]);
    const created = new Date(gateway.clock.now()).toISOString();
    const renamed = await listed(gateway, [{ ...first, name: 'Beta' }]);
    const removed = await listed(gateway, []);
    const restored = await listed(gateway, [{ ...first, name: 'Gamma' }]);
    expect(await nameAt(gateway, shifted(created, -1))).toBeNull();
    expect(await nameAt(gateway, created)).toEqual(['Alpha', 'ACTIVE']);
    expect(await nameAt(gateway, shifted(renamed, -1))).toEqual(['Alpha', 'ACTIVE']);
    expect(await nameAt(gateway, renamed)).toEqual(['Beta', 'ACTIVE']);
    expect(await nameAt(gateway, removed)).toEqual(['Beta', 'DELETED']);
    expect(await nameAt(gateway, shifted(restored, -1))).toEqual(['Beta', 'DELETED']);
    expect(await nameAt(gateway, restored)).toEqual(['Gamma', 'ACTIVE']);
    expect(await nameAt(gateway, '2100-01-01T00:00:00Z')).toEqual(['Gamma', 'ACTIVE']);
  });

  it.each([
    ['MAPPING_ID', '1'],
    ['SID', '11'],
    ['ALIAS', 'cart'],
  ] as const)('are found by %s, in the order of the IDs, unknown ones null', async (idType, id) => {
    await using gateway = await start([{ ...first, alias: 'cart' }]);
    const at = new Date(gateway.clock.now()).toISOString();
    await listed(gateway, [{ ...first, alias: 'cart', name: 'Beta' }]);
    const { data, errors } = await gateway.run(SegmentsAtDocument, {
      ...AT,
      segmentIds: ['?', id, id],
      idType,
      at,
    });
    expect(errors).toBeUndefined();
    expect(data?.segments?.map((segment) => segment?.name ?? null)).toEqual([null, 'Alpha', 'Alpha']);
    expect(data?.destination?.segmentsById?.map((segment) => segment?.name ?? null)).toEqual([
      null,
      'Alpha',
      'Alpha',
    ]);
    expect(data?.segments?.[1]?.asOf).toBe(at);
  });

  it('are those of the mapping that had the sid then, when it is mapped anew', async () => {
    await using gateway = await start([first], 'SID');
    const before = new Date(gateway.clock.now()).toISOString();
    const after = await listed(gateway, [{ mappingId: 2, sid: 11, name: 'Anew' }]);
    expect(await nameAt(gateway, before, '11')).toEqual(['Alpha', 'ACTIVE']);
    expect(await nameAt(gateway, after, '11')).toEqual(['Anew', 'ACTIVE']);
  });

  it('cost Audience Manager nothing, also for IDs that are not known', async () => {
    await using gateway = await start([first]);
    gateway.simulator.resetCalls();
    gateway.clock.advance(HOUR / 2);
    expect(await nameAt(gateway, '2100-01-01T00:00:00Z', '999')).toBeNull();
    expect(gateway.simulator.count()).toBe(0);
  });

  it('are refused for a moment that is none', async () => {
    await using gateway = await start([first]);
    const { errors } = await gateway.run(SegmentAtDocument, { ...AT, segmentId: '1', at: '2026-13-45' });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
