import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const LIMIT = 5;
const QUERY = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { name } }';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Requests that are refused or that no route is for, by what is wrong with them. */
const USELESS: readonly (readonly [what: string, path: string, init: RequestInit])[] = [
  ['a route that does not exist', '/admin', {}],
  ['an address that is not well-formed', '/%E0%A4%A', {}],
  ['a method that is not supported', '/graphql', { method: 'DELETE' }],
  ['a body that is no JSON', '/graphql', { method: 'POST', headers: JSON_TYPE, body: '{' }],
  ['a body of another type', '/graphql', { method: 'POST', body: 'x' }],
  [
    'an operation that is not valid',
    '/graphql',
    { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ no }"}' },
  ],
  ['a permission that is missing', '/metrics', {}],
  ['an export that does not exist', '/export/acme/999.csv', {}],
];

describe('the requests of a minute', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: {
        access: {
          apiKeys: [entryOf('acme-key', 'acme-ui', ['acme']), entryOf('other-key', 'other', ['acme'])],
        },
        limits: { requestsPerMinute: LIMIT },
      },
    });
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const statusOf = async (path: string, init: RequestInit, key?: string): Promise<number> => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(key === undefined ? {} : withKey(key)),
    };
    const response = await gateway.fetch(path, { ...init, headers });
    await response.text();
    return response.status;
  };

  const ask = async (key: string): Promise<number> =>
    (await gateway.post({ query: QUERY }, withKey(key))).status;

  it.each(USELESS)('include those for %s', async (_, path, init) => {
    for (let times = 0; times < LIMIT; times += 1) {
      expect(await statusOf(path, init, 'acme-key')).not.toBe(429);
    }
    expect(await statusOf(path, init, 'acme-key')).toBe(429);
    expect(await ask('acme-key')).toBe(429);
    expect(await ask('other-key')).toBe(200);
    gateway.clock.advance(60_000);
    expect(await ask('acme-key')).toBe(200);
  });

  it.each(USELESS)('include those without a key, by address, for %s', async (_, path, init) => {
    for (let times = 0; times < LIMIT; times += 1) expect(await statusOf(path, init)).not.toBe(429);
    expect(await statusOf(path, init)).toBe(429);
    expect(await statusOf('/graphql', { method: 'POST', headers: JSON_TYPE, body: '{}' })).toBe(429);
    expect(await ask('acme-key')).toBe(200);
  });

  it('include those with a Host header that is not valid', async () => {
    const send = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(gateway.gateway.url);
        httpRequest({ host: hostname, port, path: '/graphql', headers: { host: 'a b' } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    for (let times = 0; times < LIMIT; times += 1) expect(await send()).toBe(400);
    expect(await send()).toBe(429);
  });

  it('do not include probes of health, which are always answered', async () => {
    for (let times = 0; times < 2 * LIMIT; times += 1) {
      expect(await statusOf('/healthz', {})).toBe(200);
      expect(await statusOf('/readyz', {})).toBe(200);
    }
    expect(await statusOf('/admin', {})).toBe(404);
  });

  it('are counted once each, whether the fast path answers them or not', async () => {
    const statuses: number[] = [];
    for (let times = 0; times <= LIMIT; times += 1) statuses.push(await ask('acme-key'));
    expect(statuses).toEqual([...Array.from({ length: LIMIT }, () => 200), 429]);
    const quick = await gateway.metric('aam_gateway_quick_answers_total{kind="repeated"}');
    expect(
      quick + (await gateway.metric('aam_gateway_quick_answers_total{kind="segments"}')),
    ).toBeGreaterThan(0);
    const { lookups } = gateway.gateway.metrics;
    const looked = (await lookups.get()).values.reduce((sum, { value }) => sum + value, 0);
    await ask('acme-key');
    // A request beyond the limit is refused before anything is looked up.
    expect((await lookups.get()).values.reduce((sum, { value }) => sum + value, 0)).toBe(looked);
  });

  it('come back evenly, and a refusal says after how many seconds the next one is accepted', async () => {
    const send = (): ReturnType<TestGateway['post']> => gateway.post({ query: QUERY }, withKey('acme-key'));
    for (let times = 0; times < LIMIT; times += 1) expect((await send()).status).toBe(200);
    // With 5 requests a minute, one comes back every 12 seconds.
    for (let round = 0; round < 3; round += 1) {
      const refused = await send();
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('12');
      expect(refused.body).toEqual({
        errors: [
          {
            message: 'Rate limit exceeded: 5 requests a minute, and not more at once. Try again in 12 s.',
            extensions: { code: 'RATE_LIMITED' },
          },
        ],
      });
      gateway.clock.advance(11_000);
      const tooEarly = await send();
      expect([tooEarly.status, tooEarly.headers.get('retry-after')]).toEqual([429, '1']);
      gateway.clock.advance(1_000);
      expect((await send()).status).toBe(200);
    }
  });

  it('are not given back when the date is set', async () => {
    for (let times = 0; times < LIMIT; times += 1) expect(await ask('acme-key')).toBe(200);
    gateway.clock.setBack(3_600_000);
    expect(await ask('acme-key')).toBe(429);
    gateway.clock.advance(12_000);
    expect(await ask('acme-key')).toBe(200);
  });
});

describe('the requests of a minute without access control', () => {
  const start = (): Promise<TestGateway> =>
    TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: { limits: { requestsPerMinute: LIMIT } },
    });
  const statuses = async (
    gateway: TestGateway,
    headers: Record<string, string>,
  ): Promise<ReadonlySet<number>> => {
    const all = new Set<number>();
    for (let times = 0; times < 4 * LIMIT; times += 1) {
      all.add((await gateway.post({ query: QUERY }, headers)).status);
    }
    return all;
  };

  it('are any number for programs on this machine, whichever path answers them', async () => {
    await using gateway = await start();
    expect(await statuses(gateway, {})).toEqual(new Set([200]));
    const quick = 'aam_gateway_quick_answers_total';
    expect(
      (await gateway.metric(`${quick}{kind="repeated"}`)) +
        (await gateway.metric(`${quick}{kind="segments"}`)),
    ).toBeGreaterThan(LIMIT);
  });

  it.each([{ 'x-forwarded-for': '192.0.2.1' }, { forwarded: 'for=192.0.2.1' }])(
    'are limited if a proxy has forwarded them: %o',
    async (headers) => {
      await using gateway = await start();
      expect(await statuses(gateway, headers)).toEqual(new Set([200, 429]));
      expect(await statuses(gateway, {})).toEqual(new Set([200]));
    },
  );
});
