import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { configTextFor, type TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import {
  ACCESS,
  KEYS,
  NAMES,
  fastResponses,
  send,
  simulatedCustomers,
  startGateway,
  untilCached,
  warmUp,
} from './fast-path-support.js';

describe('a response of the fast path', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
    await warmUp(gateway);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it('is logged and counted like a response of the full path', async () => {
    await untilCached(gateway);
    const before = await gateway.metric('aam_gateway_graphql_requests_total{operation="Names",outcome="ok"}');
    const lookups = await gateway.metric('aam_gateway_lookups_total{outcome="fresh"}');
    await send(gateway, NAMES);
    expect(gateway.log.findLast(({ msg }) => msg === 'request')).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      requestId: expect.any(String) as string,
      method: 'POST',
      path: '/graphql',
      operation: 'Names',
      caller: 'key:both',
      status: 200,
      outcome: 'ok',
      ms: expect.any(Number) as number,
      msg: 'request',
    });
    expect(await gateway.metric('aam_gateway_graphql_requests_total{operation="Names",outcome="ok"}')).toBe(
      before + 1,
    );
    expect(await gateway.metric('aam_gateway_lookups_total{outcome="fresh"}')).toBe(lookups + 2);
  });

  it('is not sent to a caller that may not see all customers in it', async () => {
    const body = {
      query: '{ segment(customerId: "globex", destinationId: "314", segmentId: "1001") { name } }',
    };
    expect((await untilCached(gateway, body)).text).toContain('Segment 1');
    const { text } = await send(gateway, body, KEYS.one);
    expect(text).not.toContain('Segment 1');
    expect(JSON.parse(text)).toMatchObject({
      data: { segment: null },
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    });
    // Every denied request leaves an audit line.
    const denials = gateway.log.filter(({ audit }) => audit === 'denied').length;
    await send(gateway, body, KEYS.one);
    expect(gateway.log.filter(({ audit }) => audit === 'denied')).toHaveLength(denials + 1);
  });

  it('is sent for a body that arrives in pieces; a body that never ends is passed on', async () => {
    await untilCached(gateway);
    const body = JSON.stringify(NAMES);
    const { hostname, port } = new URL(gateway.url);
    const head = `POST /graphql HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: ${KEYS.both}\r\ncontent-type: application/json\r\nconnection: close\r\naccept: */*\r\ncontent-length: ${body.length}\r\n\r\n`;
    const whole = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => {
        socket.write(head + body.slice(0, 20), () => {
          setImmediate(() => socket.write(body.slice(20)));
        });
      });
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('end', () => resolve(answer)).on('error', reject);
    });
    expect(whole).toMatch(/"segments":\[\{"id":"~[\w-]+","mappingId":"1001"/);
    const cut = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.end(head + body.slice(0, 20));
      });
      socket.resume().on('close', () => resolve('closed'));
    });
    expect(cut).toBe('closed');
    expect((await send(gateway, NAMES)).status).toBe(200);
  });

  it('is complete and in order when a client sends requests without waiting for responses', async () => {
    const place = 'customerId: "acme", destinationId: "314"';
    const long = {
      query: `{ segments(${place}, segmentIds: [${'"1001",'.repeat(2_000)}]) { name description } }`,
    };
    const texts = [];
    for (const body of [long, NAMES, long, NAMES]) texts.push((await untilCached(gateway, body)).text);
    const { hostname, port } = new URL(gateway.url);
    const requests = [long, NAMES, long, NAMES].map((asked, index) => {
      const body = JSON.stringify(asked);
      const connection = index === 3 ? 'close' : 'keep-alive';
      return `POST /graphql HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: ${KEYS.both}\r\ncontent-type: application/json\r\nconnection: ${connection}\r\naccept: */*\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    });
    const answers = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(requests.join('')));
      socket.setEncoding('utf8').on('data', (data) => (answer += data.toString()));
      socket.on('end', () => resolve(answer)).on('error', reject);
    });
    expect(answers.split(/HTTP\/1.1 200 OK\r\n[^{]*/).slice(1)).toEqual(texts);
  });
});

describe('a lookup of an ID that is not known', () => {
  it('does not make the fast path read the details of the destination', async () => {
    await using gateway = await startGateway();
    const body = {
      query:
        '{ segment(customerId: "acme", destinationId: "314", segmentId: "9") { name destination { name } } }',
    };
    for (let request = 0; request < 4; request += 1) {
      expect((await send(gateway, body)).text).toBe('{"data":{"segment":null}}\n');
    }
    expect(gateway.simulator.count({ endpoint: 'mappings' })).toBe(1);
    expect(gateway.simulator.count({ endpoint: 'destination' })).toBe(0);
  });
});

describe('lookups by IDs whose kind nobody states', () => {
  const query = 'query Auto($ids: [ID!]!) { segments(destinationId: "317", segmentIds: $ids) { name } }';
  const evidence =
    '{ destination(destinationId: "317") { idEvidence { counts { idType count } ambiguous unknown } } }';

  it('are answered by the fast path after the details of the destination were read once', async () => {
    await using gateway = await startGateway();
    const body = { query, variables: { ids: ['11', 'one', '2'] } };
    const texts = new Set<string>();
    for (let request = 0; request < 4; request += 1) texts.add((await send(gateway, body)).text);
    expect([...texts]).toEqual(['{"data":{"segments":[{"name":"One"},{"name":"One"},{"name":"Two"}]}}\n']);
    expect(await fastResponses(gateway)).toBeGreaterThan(1);
    expect(gateway.simulator.count({ endpoint: 'destination' })).toBe(1);
    expect(gateway.simulator.listings()).toBe(1);
  });

  it('count as evidence whichever path answers them', async () => {
    await using gateway = await startGateway();
    const body = { query, variables: { ids: ['11', '33', 'one', '2'] } };
    for (let request = 0; request < 5; request += 1) await send(gateway, body);
    expect(await fastResponses(gateway, 'segments')).toBeGreaterThan(0);
    expect(await fastResponses(gateway, 'repeated')).toBeGreaterThan(0);
    const { text } = await send(gateway, { query: evidence });
    const { counts, ...others } = (
      JSON.parse(text) as { data: { destination: { idEvidence: { counts: { idType: string }[] } } } }
    ).data.destination.idEvidence;
    expect(others).toEqual({ ambiguous: 0, unknown: 0 });
    expect(counts.toSorted((a, b) => a.idType.localeCompare(b.idType))).toEqual([
      { idType: 'ALIAS', count: 5 },
      { idType: 'MAPPING_ID', count: 5 },
      { idType: 'SID', count: 10 },
    ]);
  });
});

describe('a request above the rate limit', () => {
  it('is refused on the fast path too, and counts neither as a response nor as lookups', async () => {
    await using gateway = await startGateway({ limits: { requestsPerMinute: 12 } });
    const statuses: number[] = [];
    for (let turn = 0; turn < 15; turn += 1) statuses.push((await send(gateway, NAMES)).status);
    expect(statuses).toEqual([...Array<number>(12).fill(200), 429, 429, 429]);
    // Each of the 12 responses holds two segments. The full path gave the first ones.
    const fast = await fastResponses(gateway);
    expect(fast).toBeGreaterThanOrEqual(9);
    expect(fast).toBeLessThan(12);
    expect(await gateway.metric('aam_gateway_lookups_total{outcome="fresh"}')).toBe(24);
    expect(await gateway.metric('aam_gateway_graphql_requests_total{operation="Names",outcome="ok"}')).toBe(
      12,
    );
    expect(await gateway.metric('aam_gateway_rejected_requests_total{reason="rate_limited"}')).toBe(3);
    // Other callers are not affected, and the next minute counts anew.
    expect((await send(gateway, NAMES, KEYS.editor)).status).toBe(200);
    gateway.clock.advance(60_000);
    expect((await send(gateway, NAMES)).status).toBe(200);
    expect(await fastResponses(gateway)).toBe(fast + 2);
  });
});

describe('a cached response', () => {
  it.each<[what: string, change: (gateway: TestGateway) => Promise<void> | void, expected: RegExp]>([
    [
      'a refresh changed a name',
      async (gateway) => {
        gateway.simulator.destination('acme', 314).mappings[1] = { mappingId: 1002, name: 'Renamed' };
        await send(
          gateway,
          { query: 'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }' },
          KEYS.editor,
        );
      },
      /"name":"Renamed"/,
    ],
    [
      'a name was set by hand',
      async (gateway) => {
        const key = '{ customerId: "acme", destinationId: "314", segmentId: "1002" }';
        await send(
          gateway,
          { query: `mutation { setSegment(key: ${key}, name: "By hand") { id } }` },
          KEYS.editor,
        );
      },
      /"name":"By hand"/,
    ],
    [
      'the names became stale',
      (gateway) => {
        gateway.simulator.fault({ action: { kind: 'status', status: 500 } });
        gateway.clock.advance(3_600_001);
      },
      /"stale":true/,
    ],
    [
      'the customer was renamed',
      (gateway) => {
        reload(gateway, ACCESS, 'Acme & Sons');
      },
      /"customer":{"name":"Acme & Sons"}/,
    ],
    [
      'the caller lost the right to see the customer',
      (gateway) => {
        reload(gateway, { apiKeys: [entryOf(KEYS.both, 'both', ['globex'])] });
      },
      /NOT_FOUND/,
    ],
    [
      'the API key was removed',
      (gateway) => {
        reload(gateway, { apiKeys: [entryOf(KEYS.one, 'one', 'all')] });
      },
      /UNAUTHENTICATED/,
    ],
    [
      'the destination was removed',
      (gateway) => {
        reload(gateway, ACCESS, 'Acme', [{ id: 315 }]);
      },
      /NOT_FOUND/,
    ],
  ])('is not sent after %s', async (_what, change, expected) => {
    await using gateway = await startGateway();
    const before = await untilCached(gateway);
    expect(before.text).not.toMatch(expected);
    await change(gateway);
    expect((await send(gateway, NAMES)).text).toMatch(expected);
  });

  it('does not exist for operations whose result may differ the next time', async () => {
    await using gateway = await startGateway();
    const place = 'customerId: "acme", destinationId: "314"';
    for (const query of [
      `{ segment(${place}, segmentId: "9999") { name } }`,
      '{ destination(customerId: "acme", destinationId: "314") { sync { status } } }',
      `{ segment(${place}, segmentId: "1001") { history { totalCount } } }`,
      '{ searchSegments(text: "Segment") { totalCount } }',
      '{ lookupSegments(keys: [{ destinationId: "317", segmentId: "9999" }]) { status } }',
      '{ destination(destinationId: "317") { idEvidence { unknown } } }',
      `{ segment(${place}, segmentId: "1001", at: "2026-01-15T11:00:00Z") { name } }`,
    ]) {
      for (let turn = 0; turn < 4; turn += 1) expect((await send(gateway, { query })).status).toBe(200);
    }
    expect(await fastResponses(gateway, 'repeated')).toBe(0);
  });

  it('does not exist for mutations, which are executed each time', async () => {
    await using gateway = await startGateway();
    const refresh = {
      query: 'mutation { refreshDestination(customerId: "acme", destinationId: "314") { destinationId } }',
    };
    for (let time = 1; time <= 4; time += 1) {
      const { text } = await send(gateway, refresh, KEYS.editor);
      expect(text).toBe('{"data":{"refreshDestination":{"destinationId":"314"}}}\n');
      expect(gateway.simulator.listings({ customer: 'acme' })).toBe(time);
      gateway.clock.advance(5_000);
    }
  });

  it('does not exist with cache.maxAnswers 0', async () => {
    await using gateway = await startGateway({ cache: { maxAnswers: '0' } });
    for (let turn = 0; turn < 4; turn += 1) await send(gateway, NAMES);
    expect(await fastResponses(gateway, 'repeated')).toBe(0);
    expect(await fastResponses(gateway, 'segments')).toBeGreaterThan(0);
  });
});

function reload(
  { gateway, simulator }: TestGateway,
  access: Record<string, unknown>,
  name = 'acme',
  destinations: { id: number }[] = [{ id: 314 }, { id: 315 }],
): void {
  const customers = [{ id: 'acme', name, destinations }, { id: 'globex' }];
  const config = { access, freshness: { refreshEvery: '0' } };
  const text = configTextFor(simulator, simulatedCustomers(), customers, config);
  gateway.reload(parseConfig(text, { file: '/tmp/gateway.yaml', env: {} }));
}
