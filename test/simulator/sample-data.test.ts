import { describe, expect, it } from 'vitest';
import {
  sampleCustomers,
  type SimulatorDestination,
  type SimulatorMapping,
} from '../../src/simulator/index.js';
import { ACME_GRANT, json, postPassword, startSimulator, tokenBody } from './support.js';

function destination(key: string, id: number): SimulatorDestination {
  const customer = sampleCustomers().customers.find((found) => found.key === key);
  return customer!.destinations.find((found) => found.id === id)!;
}

const all = (): SimulatorDestination[] =>
  sampleCustomers().customers.flatMap(({ destinations }) => destinations);

describe('the sample data', () => {
  it('is the same for every call, in new objects', () => {
    const first = sampleCustomers();
    const second = sampleCustomers();
    expect(first).toEqual(second);
    first.customers[0]!.destinations[0]!.mappings[0]!.name = 'Changed';
    expect(second.customers[0]!.destinations[0]!.mappings[0]!.name).not.toBe('Changed');
  });

  it('starts with active segments and consecutive IDs at destination 314', () => {
    const { mappings } = destination('acme', 314);
    expect(mappings[0]).toMatchObject({
      mappingId: 14395,
      sid: 80920,
      name: 'Cart abandoners – last 7 days',
      status: 'active',
    });
    expect(mappings.length).toBeGreaterThanOrEqual(150);
    expect(mappings.map(({ sid }) => sid)).toEqual(mappings.map((_, index) => 80920 + index));
    for (const mapping of mappings.slice(0, 5)) {
      expect(mapping).toMatchObject({ status: 'active', name: expect.any(String) });
    }
  });

  it('has 5,000 segments with different names at destination 566', () => {
    const { mappings } = destination('globex', 566);
    expect(mappings).toHaveLength(5000);
    const names = mappings.map(({ name }) => name).filter((name) => name !== null);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(4500);
  });

  it('has every destination type, and an unknown one', () => {
    expect(new Set(all().map(({ type }) => type))).toEqual(
      new Set(['S2S', 'PUSH', 'ADS', 'ANALYTICS', 'PEOPLE_BASED', 'PULL', 'EDGE_STREAM']),
    );
  });

  it.each<[string, (mapping: SimulatorMapping) => boolean]>([
    ['inactive segments', ({ status }) => status === 'inactive'],
    ['deleted segments', ({ status }) => status === 'deleted'],
    ['missing names', ({ name }) => name === null],
    ['missing descriptions', ({ description }) => description === null],
    ['aliases', ({ alias }) => typeof alias === 'string'],
    ['start dates', ({ startDate }) => /^\d{4}-\d\d-\d\d$/.test(startDate ?? '')],
    ['end dates', ({ endDate }) => /^\d{4}-\d\d-\d\d$/.test(endDate ?? '')],
  ])('has %s at destination 314', (_what, matches) => {
    expect(destination('acme', 314).mappings.some(matches)).toBe(true);
  });

  it('has identifiers that are unique within their destination, over all kinds', () => {
    for (const { mappings, keySeparator } of all()) {
      const identifiers = mappings.flatMap(({ mappingId, sid, alias, value }) => {
        const pair = value === undefined ? (alias ?? []) : `${alias ?? ''}${keySeparator}${value}`;
        return [String(mappingId), String(sid), pair].flat();
      });
      expect(new Set(identifiers).size).toBe(identifiers.length);
    }
  });

  it.each<[string, string, number, Partial<SimulatorDestination>, Partial<SimulatorMapping>]>([
    ['server-to-server with sids', 'acme', 314, { type: 'S2S' }, { sid: 80920 }],
    ['server-to-server with aliases', 'acme', 317, { type: 'S2S' }, { alias: 'cart-abandoners-last-7-days' }],
    [
      'server-to-server with integration codes',
      'acme',
      318,
      { type: 'S2S', mappingAutoFiller: 'IC' },
      { alias: 'CRM-4001' },
    ],
    [
      'a URL of each segment',
      'acme',
      315,
      { type: 'PUSH' },
      {
        url: 'http://ads.example/acme/cart-abandoners-last-7-days?rnd=%rnd%',
        secureUrl: 'https://ads.example/acme/cart-abandoners-last-7-days?rnd=%rnd%',
      },
    ],
    [
      'a serialized URL',
      'acme',
      319,
      { type: 'PUSH', serializationEnabled: true, delimiter: ',' },
      { alias: '101' },
    ],
    ['a cookie with one key', 'acme', 316, { formatType: 'single_key', singleKey: 'k' }, { value: 'c80940' }],
    [
      'a cookie with several keys',
      'acme',
      320,
      { formatType: 'key_value', keySeparator: '=' },
      { alias: 'audience', value: '1' },
    ],
    [
      'a serialized cookie',
      'sakura',
      711,
      { serializationEnabled: true, serializationSeparator: '#' },
      { value: 's1' },
    ],
  ])('has a destination of this kind: %s', (_what, key, id, fields, mapping) => {
    const found = destination(key, id);
    expect(found).toMatchObject(fields);
    expect(found.mappings[0]).toMatchObject(mapping);
  });

  it.each(['Han', 'Hiragana', 'Arabic', 'Hebrew', 'Greek', 'Cyrillic', 'Devanagari'])(
    'has names in %s letters',
    (script) => {
      const letters = new RegExp(`\\p{Script=${script}}`, 'u');
      expect(destination('sakura', 710).mappings.some(({ name }) => letters.test(name ?? ''))).toBe(true);
    },
  );

  it('configures the gateway with the same destinations, and one customer without credentials', () => {
    const { customers, gatewayCustomers } = sampleCustomers();
    for (const { key, destinations } of customers) {
      const configured = gatewayCustomers.find(({ id }) => id === key)!;
      expect(configured.destinations.map(({ id }) => id)).toEqual(destinations.map(({ id }) => id));
    }
    expect(gatewayCustomers.at(-1)).toEqual({
      id: 'initech',
      name: 'Initech',
      destinations: [{ id: 900, name: 'Initech CRM audiences', type: 'SERVER_TO_SERVER' }],
    });
  });

  it('configures the gateway with valid credentials for Acme and invalid ones for Hooli', async () => {
    const { customers, gatewayCustomers } = sampleCustomers();
    const simulator = await startSimulator({ customers });
    const statuses = gatewayCustomers.flatMap(async ({ id, credentials }) => {
      if (credentials?.type !== 'password') return [];
      const { username, password } = credentials;
      return [id, (await postPassword(simulator, { ...ACME_GRANT, username, password })).status];
    });
    expect((await Promise.all(statuses)).flat()).toEqual(['acme', 200, 'sakura', 200, 'hooli', 400]);
  });

  it('has one destination that the customer’s user may not read', async () => {
    const { customers, gatewayCustomers } = sampleCustomers();
    const simulator = await startSimulator({ customers });
    const { credentials } = gatewayCustomers.find(({ id }) => id === 'globex')!;
    if (credentials?.type !== 'server-to-server') throw new Error('Globex is a server-to-server customer');
    const { clientId, clientSecret, orgId } = credentials;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'openid',
    });
    const token = await tokenBody(fetch(simulator.serverToServerTokenUrl, { method: 'POST', body }));
    const headers = {
      authorization: `Bearer ${token.access_token}`,
      'x-api-key': clientId,
      'x-gw-ims-org-id': orgId,
    };
    const read = (id: number): Promise<Response> =>
      fetch(`${simulator.baseUrl}/destinations/${id}/mappings/?page=0&pageSize=1`, { headers });
    expect((await read(569)).status).toBe(403);
    expect(await json(read(566))).toMatchObject({ pageSize: 1, page: 0 });
  });
});
