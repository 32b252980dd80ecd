import { describe, expect, it } from 'vitest';
import { SEGMENT_SHAPES, startKept } from './confirmed-times-support.js';
import { fastResponses, untilCached } from '../server/fast-path-support.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

const MINUTE = 60_000;
const AT = 'customerId: "acme", destinationId: "314"';

const isoOf = (time: number): string => new Date(time).toISOString();

describe('a segment that stays because its row could not be read', () => {
  it.each(SEGMENT_SHAPES)('has its own time, and is stale by it, in %s', async (_, query) => {
    await using gateway = await startKept();
    const read = gateway.clock.now();
    const all = async () => {
      const { data, errors } = await gateway.query(query);
      expect(errors).toBeUndefined();
      return JSON.stringify(data);
    };
    const kept = (stale: boolean) => JSON.stringify({ asOf: isoOf(read - 30 * MINUTE), stale }).slice(1, -1);
    const listed = (stale: boolean) => JSON.stringify({ asOf: isoOf(read), stale }).slice(1, -1);
    gateway.clock.advance(30 * MINUTE);
    for (let time = 0; time < 4; time++) {
      const text = await all();
      expect(text).toContain(kept(false));
      expect(text).toContain(listed(false));
    }
    // One is older than the ttl of an hour, the listing is not.
    gateway.clock.advance(1);
    for (let time = 0; time < 4; time++) {
      const text = await all();
      expect(text).toContain(kept(true));
      expect(text).toContain(listed(false));
    }
  });

  it('makes no response slower: the cache has it until it gets stale', async () => {
    await using gateway = await startKept();
    const body = {
      query: `query Kept { segments(${AT}, segmentIds: ["1001", "1002"]) { mappingId stale } }`,
    };
    const segments = (stale: boolean) => ({
      data: {
        segments: [
          { mappingId: '1001', stale: false },
          { mappingId: '1002', stale },
        ],
      },
    });
    expect(JSON.parse((await untilCached(gateway, body)).text)).toEqual(segments(false));
    gateway.clock.advance(30 * MINUTE + 1);
    const repeated = await fastResponses(gateway, 'repeated');
    expect((await gateway.post(body)).body).toEqual(segments(true));
    expect(await fastResponses(gateway, 'repeated')).toBe(repeated);
    expect(JSON.parse((await untilCached(gateway, body)).text)).toEqual(segments(true));
  });

  it('is as current as its destination where a moment in the past is asked for', async () => {
    await using gateway = await startKept();
    const at = isoOf(gateway.clock.now());
    gateway.clock.advance(30 * MINUTE + 1);
    const { data } = await gateway.query(
      `{ segments(${AT}, segmentIds: ["1001", "1002"], at: "${at}") { asOf stale } }`,
    );
    expect(data?.['segments']).toEqual([
      { asOf: at, stale: false },
      { asOf: at, stale: false },
    ]);
  });
});

describe('a manual entry for a destination that was never listed', () => {
  it.each(SEGMENT_SHAPES)('has the time at which it was entered, in %s', async (_, query) => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0))],
      customers: [{ id: 'acme', credentials: null, destinations: [{ id: 314 }] }],
    });
    gateway.clock.advance(5 * MINUTE);
    const entered = isoOf(gateway.clock.now());
    for (const segmentId of ['1001', '1002']) {
      const { data } = await gateway.query(
        'mutation ($key: SegmentKey!) { setSegment(key: $key, name: "Segment by hand") { asOf stale } }',
        { key: { customerId: 'acme', destinationId: '314', segmentId } },
      );
      expect(data).toEqual({ setSegment: { asOf: entered, stale: false } });
    }
    gateway.clock.advance(5 * MINUTE);
    const { data, errors } = await gateway.query(query);
    expect(errors).toBeUndefined();
    const text = JSON.stringify(data);
    expect(text).not.toContain('1970');
    expect(text.split(JSON.stringify({ asOf: entered, stale: false }).slice(1, -1))).toHaveLength(3);
  });
});

describe('a row of a search', () => {
  it('has the time of the listing that it comes from', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 2))],
      config: { freshness: { refreshEvery: 0 } },
    });
    const refresh = `mutation { refreshDestination(${AT}) { sync { lastSuccessAt } } }`;
    const rows = async () => {
      const { data } = await gateway.query('{ searchSegments(text: "") { nodes { name asOf } } }');
      return (data?.['searchSegments'] as { nodes: unknown[] }).nodes;
    };
    await gateway.query(refresh);
    const first = isoOf(gateway.clock.now());
    expect(await rows()).toEqual([
      { name: 'Segment 1', asOf: first },
      { name: 'Segment 2', asOf: first },
    ]);
    gateway.clock.advance(MINUTE);
    gateway.simulator.destination('acme', 314).mappings[0]!.name = 'Segment 0';
    expect((await rows())[0]).toEqual({ name: 'Segment 1', asOf: first });
    await gateway.query(refresh);
    expect((await rows())[0]).toEqual({ name: 'Segment 0', asOf: isoOf(gateway.clock.now()) });
  });
});
