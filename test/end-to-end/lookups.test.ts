import { describe, expect, it } from 'vitest';
import {
  DestinationLookupsDocument,
  SegmentDocument,
  SegmentsByKeyDocument,
  SegmentsDocument,
} from '../generated/operations.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

const range = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(first + index));

describe('looking up one segment', () => {
  it('answers everything that Audience Manager says about it', async () => {
    const acme = passwordCustomer(
      'acme',
      destination(314, 0, {
        name: 'Retargeting',
        type: 'PUSH',
        mappings: [
          {
            mappingId: 14395,
            sid: 80920,
            alias: 'cart',
            name: 'Abandonné – 7 jours 🛒',
            description: 'Left the shop with a full cart',
            status: 'inactive',
            createTime: 1281997484000,
            updateTime: 1300752888000,
            startDate: '2010-11-15',
            endDate: null,
          },
        ],
      }),
    );
    await using gateway = await TestGateway.start({
      simulated: [acme],
      customers: [{ id: 'acme', name: 'Acme Retail', destinations: [{ id: 314, segmentIdType: 'SID' }] }],
    });
    const answer = await gateway.run(SegmentDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentId: '80920',
    });
    expect(answer).toEqual({
      data: {
        segment: {
          mappingId: '14395',
          sid: '80920',
          alias: 'cart',
          name: 'Abandonné – 7 jours 🛒',
          label: 'Abandonné – 7 jours 🛒',
          description: 'Left the shop with a full cart',
          status: 'INACTIVE',
          startDate: '2010-11-15',
          endDate: null,
          createdAt: '2010-08-16T22:24:44.000Z',
          updatedAt: '2011-03-22T00:14:48.000Z',
          source: 'AUDIENCE_MANAGER',
          asOf: new Date(gateway.clock.now()).toISOString(),
          stale: false,
          destination: { destinationId: '314', name: 'Retargeting', type: 'URL' },
          customer: { id: 'acme', name: 'Acme Retail' },
        },
      },
    });
  });

  it('reads an ID as the identifier that the lookup names, else as the one of the destination', async () => {
    const acme = passwordCustomer(
      'acme',
      destination(314, 0, { mappings: [{ mappingId: 1, sid: 2, alias: '3', name: 'A' }] }),
    );
    await using gateway = await TestGateway.start({
      simulated: [acme],
      customers: [{ id: 'acme', destinations: [{ id: 314, segmentIdType: 'SID' }] }],
    });
    const found = async (segmentId: string, idType?: 'ALIAS' | 'MAPPING_ID' | 'SID'): Promise<boolean> => {
      const variables = {
        customerId: 'acme',
        destinationId: '314',
        segmentId,
        ...(idType === undefined ? {} : { idType }),
      };
      const { data } = await gateway.run(SegmentDocument, variables);
      return data?.segment?.name === 'A';
    };
    expect(await found('2')).toBe(true);
    expect(await found('1')).toBe(false);
    expect(await found('1', 'MAPPING_ID')).toBe(true);
    expect(await found('3', 'ALIAS')).toBe(true);
    expect(await found('02')).toBe(false);
  });

  it.each([
    ['the name', { name: 'Shoppers', alias: 'shop' }, 'Shoppers'],
    ['the alias where there is no name', { name: '', alias: 'shop' }, 'shop'],
    ['the alias where the name is blank', { name: '   ', alias: 'shop' }, 'shop'],
    ['the ID where there is neither', { name: null, alias: null }, '1'],
  ])('labels a segment with %s', async (_, fields, label) => {
    const acme = passwordCustomer('acme', destination(314, 0, { mappings: [{ mappingId: 1, ...fields }] }));
    await using gateway = await TestGateway.start({ simulated: [acme] });
    const { data } = await gateway.run(SegmentDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentId: '1',
    });
    expect(data?.segment?.label).toBe(label);
  });

  it('labels a segment that has neither with the ID that was asked for, else with the kind of the destination', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings: [{ mappingId: 1, sid: 2 }] }))],
      customers: [{ id: 'acme', destinations: [{ id: 314, segmentIdType: 'SID' }] }],
    });
    const { data } = await gateway.query(`{
      asked: segment(destinationId: "314", segmentId: "1", idType: MAPPING_ID) { label }
      searchSegments(text: "") { nodes { label } }
    }`);
    expect(data).toEqual({ asked: { label: '1' }, searchSegments: { nodes: [{ label: '2' }] } });
  });

  it('answers null without an error where there is no such segment', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    const answer = await gateway.run(SegmentDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentId: '7',
    });
    expect(answer).toEqual({ data: { segment: null } });
  });

  it.each([
    ['customer', { customerId: 'nobody', destinationId: '314' }],
    ['destination', { customerId: 'acme', destinationId: '1' }],
  ])('answers NOT_FOUND for an unknown %s', async (_, place) => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    const answer = await gateway.run(SegmentDocument, { ...place, segmentId: '1001' });
    expect(answer.data).toEqual({ segment: null });
    expect(answer.errors).toMatchObject([{ path: ['segment'], extensions: { code: 'NOT_FOUND' } }]);
    expect(gateway.simulator.count()).toBe(0);
  });

  it('answers null for a customer whose names come by hand', async () => {
    await using gateway = await TestGateway.start({
      simulated: [],
      customers: [
        { id: 'initech', credentials: null, destinations: [{ id: 900, type: 'SERVER_TO_SERVER' }] },
      ],
    });
    const answer = await gateway.run(SegmentDocument, {
      customerId: 'initech',
      destinationId: '900',
      segmentId: '1',
    });
    expect(answer).toEqual({ data: { segment: null } });
    expect(gateway.simulator.calls).toHaveLength(0);
  });
});

describe('looking up many segments', () => {
  it('answers in the order of the IDs, null where there is none, twice where asked twice', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 5))],
    });
    const segmentIds = ['1003', '9', '1001', '1003'];
    const { data } = await gateway.run(SegmentsDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentIds,
    });
    expect(data?.segments?.map((segment) => segment?.label ?? null)).toEqual([
      'Segment 3',
      null,
      'Segment 1',
      'Segment 3',
    ]);
  });

  it('spoils no good ID with a bad one', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 5))],
    });
    const segmentIds = ['1001', '', 'x'.repeat(10_000), '1\u0000', '1002'];
    const { data, errors } = await gateway.run(SegmentsDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentIds,
    });
    expect(data?.segments?.map((segment) => segment?.label ?? null)).toEqual([
      'Segment 1',
      null,
      null,
      null,
      'Segment 2',
    ]);
    expect(errors).toMatchObject([
      {
        path: ['segments', 1],
        message: 'segmentIds[1] is empty; give an ID.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
      { path: ['segments', 2], extensions: { code: 'BAD_USER_INPUT' } },
      { path: ['segments', 3], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(errors?.[1]?.message.length).toBeLessThan(200);
  });

  it('is there on a destination too', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 5))],
    });
    const answer = await gateway.run(DestinationLookupsDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentId: '1002',
      segmentIds: ['1001', '4'],
    });
    expect(answer).toEqual({
      data: {
        destination: { segment: { label: 'Segment 2' }, segmentsById: [{ label: 'Segment 1' }, null] },
      },
    });
    expect(gateway.simulator.listings()).toBe(1);
  });

  it('costs two tokens and five listings for 500 IDs of 5 cold destinations of 2 customers', async () => {
    const acme = passwordCustomer('acme', destination(1, 100), destination(2, 100), destination(3, 100));
    const globex = serverToServerCustomer('globex', destination(4, 100), destination(5, 100));
    await using gateway = await TestGateway.start({ simulated: [acme, globex] });
    const keys = [acme, globex].flatMap((customer) =>
      customer.destinations.flatMap(({ id }) =>
        range(1001, 100).map((segment) => ({
          customerId: customer.key,
          destinationId: String(id),
          segmentId: segment,
        })),
      ),
    );
    const { data, errors } = await gateway.run(SegmentsByKeyDocument, { keys });
    expect(errors).toBeUndefined();
    expect(data?.segmentsByKey?.map((segment) => segment?.mappingId)).toEqual(
      keys.map(({ segmentId }) => segmentId),
    );
    expect(data?.segmentsByKey?.map((segment) => segment?.destination.destinationId)).toEqual(
      keys.map((key) => key.destinationId),
    );
    expect(gateway.simulator.count({ endpoint: 'token' })).toBe(2);
    expect(gateway.simulator.listings()).toBe(5);
    expect(gateway.simulator.count()).toBe(7);
  });

  it('costs one listing for 200 identical cold queries at once', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 100))],
    });
    const variables = { customerId: 'acme', destinationId: '314', segmentIds: range(1001, 100) };
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => gateway.run(SegmentsDocument, variables)),
    );
    for (const { data } of answers) expect(data?.segments?.[99]?.label).toBe('Segment 100');
    expect(gateway.simulator.listings()).toBe(1);
    expect(gateway.simulator.count()).toBe(2);
  });

  it('costs one listing more for 10,000 unknown IDs once the interval for new IDs is over', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 10))],
    });
    const ask = async (first: number): Promise<void> => {
      const segmentIds = range(first, 1_000);
      const { data } = await gateway.run(SegmentsDocument, {
        customerId: 'acme',
        destinationId: '314',
        segmentIds,
      });
      expect(data?.segments?.every((segment) => segment === null)).toBe(true);
    };
    await ask(900_000);
    expect(gateway.simulator.listings()).toBe(1);
    gateway.clock.advance(61_000);
    await Promise.all(Array.from({ length: 10 }, (_, index) => ask(100_000 + index * 1_000)));
    expect(gateway.simulator.listings()).toBe(2);
  });

  it('finds a segment that was mapped since the last listing', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    const ask = async (): Promise<unknown> => {
      const { data } = await gateway.run(SegmentDocument, {
        customerId: 'acme',
        destinationId: '314',
        segmentId: '2000',
      });
      return data?.segment?.name;
    };
    expect(await ask()).toBeUndefined();
    gateway.simulator.destination('acme', 314).mappings.push({ mappingId: 2000, name: 'Brand new' });
    expect(await ask()).toBeUndefined();
    gateway.clock.advance(60_000);
    expect(await ask()).toBe('Brand new');
  });
});

describe('looking up segments of several customers', () => {
  it('keeps equal numbers of different customers apart', async () => {
    const named = (key: string): ReturnType<typeof passwordCustomer> =>
      passwordCustomer(key, destination(314, 0, { mappings: [{ mappingId: 1, name: `of ${key}` }] }));
    await using gateway = await TestGateway.start({ simulated: [named('acme'), named('globex')] });
    const keys = ['acme', 'globex', 'acme'].map((customerId) => ({
      customerId,
      destinationId: '314',
      segmentId: '1',
    }));
    const { data } = await gateway.run(SegmentsByKeyDocument, { keys });
    expect(data?.segmentsByKey?.map((segment) => segment?.label)).toEqual([
      'of acme',
      'of globex',
      'of acme',
    ]);
  });

  it('gives each failing key its own error and every other its name', async () => {
    const acme = passwordCustomer('acme', destination(314, 1), destination(315, 1, { forbidden: true }));
    const hooli = passwordCustomer('hooli', destination(800, 1));
    await using gateway = await TestGateway.start({
      simulated: [acme, hooli],
      customers: [
        { id: 'acme', destinations: [{ id: 314 }, { id: 315 }, { id: 999 }] },
        { id: 'hooli', credentials: { type: 'password', username: 'hooli-user', password: 'not the one' } },
      ],
    });
    const key = (customerId: string, destinationId: string, segmentId: string): object => ({
      customerId,
      destinationId,
      segmentId,
    });
    const keys = [
      key('acme', '314', '1001'),
      key('acme', '315', '1001'),
      key('acme', '999', '1001'),
      key('hooli', '800', '1001'),
      key('nobody', '1', '1'),
      key('acme', '314', ''),
      key('', '314', '1'),
      key('acme', '314', '5'),
      key('acme', '314', '1001'),
    ];
    const { data, errors } = await gateway.query(
      'query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { label } }',
      { keys },
    );
    const name = { label: 'Segment 1' };
    expect(data).toEqual({ segmentsByKey: [name, null, null, null, null, null, null, null, name] });
    expect(errors?.map(({ path, extensions }) => [path?.[1], extensions.code])).toEqual([
      [1, 'AAM_FORBIDDEN'],
      [2, 'AAM_NOT_FOUND'],
      [3, 'AAM_AUTH_FAILED'],
      [4, 'NOT_FOUND'],
      [5, 'BAD_USER_INPUT'],
      [6, 'BAD_USER_INPUT'],
    ]);
  });
});

describe('names of yesterday', () => {
  it('are answered, flagged stale, while Audience Manager is down', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    const ask = async (): Promise<unknown> => {
      const answer = await gateway.run(SegmentDocument, {
        customerId: 'acme',
        destinationId: '314',
        segmentId: '1001',
      });
      expect(answer.errors).toBeUndefined();
      return answer.data?.segment;
    };
    const asOf = new Date(gateway.clock.now()).toISOString();
    await ask();
    gateway.simulator.fault({ action: { kind: 'status', status: 500 } });
    gateway.clock.advance(24 * 60 * 60_000);
    expect(await ask()).toMatchObject({ name: 'Segment 1', asOf, stale: true });
    expect(await ask()).toMatchObject({ name: 'Segment 1', asOf, stale: true });
  });

  it('stay for segments that are gone, as DELETED', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 2))],
    });
    const refresh =
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { sync { segmentCount } } }';
    await gateway.query(refresh);
    gateway.simulator.destination('acme', 314).mappings.splice(0, 1);
    gateway.clock.advance(5_000);
    expect(await gateway.query(refresh)).toEqual({
      data: { refreshDestination: { sync: { segmentCount: 2 } } },
    });
    const { data } = await gateway.run(SegmentDocument, {
      customerId: 'acme',
      destinationId: '314',
      segmentId: '1001',
    });
    expect(data?.segment).toMatchObject({ name: 'Segment 1', status: 'DELETED', stale: false });
  });
});
