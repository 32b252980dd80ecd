import { deepStrictEqual, equal } from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { URL, URLSearchParams } from 'node:url';
import { Pool, request } from 'undici';
import { Client } from '../support/client.mjs';
import { benchCustomers, passwordOf } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { spawnGateway, startSimulator } from '../support/processes.mjs';
import { storedSegment } from '../support/segments.mjs';
import { timed } from '../support/statistics.mjs';
import { ACCESS_HEADERS, peersConfig } from './gateway-config.mjs';

const SIZE = 5_000;
const PAGE_SIZE = 1_000;
const CONCURRENCY = 8;
const LATENCY_MS = 50;
const GOAL = 1.3;

/** All destinations asked for at once, none of them ever read: what it takes until all have answered. */
export async function measureCold({ quick }) {
  const destinations = quick ? 10 : 200;
  const customers = benchCustomers(destinations, SIZE);
  const simulator = await startSimulator({ customers, latencyMs: LATENCY_MS });
  const bareMs = await readBarely(simulator, customers);
  const before = await simulator.count();
  const database = await createDatabase('sqlite');
  const base = peersConfig({ database, simulator, customers });
  const limits = { pageSize: PAGE_SIZE, concurrency: CONCURRENCY };
  const gateway = await spawnGateway({
    ...base,
    audienceManager: { ...base.audienceManager, ...limits },
  });
  const client = new Client(gateway.port, ACCESS_HEADERS);
  try {
    await client.waitFor(gateway, () => client.ask('{ __typename }', {}));
    const [{ id: customerId, destinations: all }] = customers;
    const { ms } = await timed(() =>
      Promise.all(
        all.map(async ({ id, first }) => {
          const { id: mappingId, name } = storedSegment(first);
          const key = { customerId, destinationId: String(id) };
          deepStrictEqual(await client.names(key, [mappingId]), [{ mappingId, name }]);
        }),
      ),
    );
    const after = await simulator.count();
    const listings = after.listings - before.listings;
    const tokens = after.tokens - before.tokens;
    equal(listings, destinations);
    const rounds = Math.ceil((destinations * (SIZE / PAGE_SIZE)) / CONCURRENCY);
    const idealMs = (rounds + tokens) * LATENCY_MS;
    const peak = await gateway.peakBytes();
    const what = `cold, ${destinations} destinations of ${SIZE.toLocaleString('en')} segments`;
    return [
      { what: `${what}: until all are loaded`, unit: 'ms', gateway: ms },
      { what: 'cold: what latency, concurrency and pages allow', unit: 'ms', gateway: idealMs },
      { what: 'cold: to that', unit: '×', gateway: ms / idealMs, goal: atMost(ms / idealMs, GOAL) },
      { what: 'cold: a bare client that reads the same pages and drops them', unit: 'ms', gateway: bareMs },
      { what: 'cold: listings', unit: '', gateway: listings },
      { what: 'cold: tokens', unit: '', gateway: tokens },
      { what: 'cold: most memory', unit: 'MiB', gateway: peak === null ? null : peak / 2 ** 20 },
    ];
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
}

/** What the simulator and this machine allow, with as many calls at once. */
async function readBarely({ connection }, [{ id, destinations }]) {
  const { baseUrl, tokenUrl, clientId, clientSecret } = connection.password;
  const form = { grant_type: 'password', username: id, password: passwordOf(id) };
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const pool = new Pool(new URL(baseUrl).origin, { connections: CONCURRENCY });
  try {
    const token = await request(tokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${basic}` },
      body: new URLSearchParams(form).toString(),
      dispatcher: pool,
    });
    const { access_token: bearer } = await token.body.json();
    const paths = destinations.flatMap((destination) =>
      Array.from({ length: SIZE / PAGE_SIZE }, (_, page) => {
        return `${baseUrl}/destinations/${destination.id}/mappings?page=${page}&pageSize=${PAGE_SIZE}`;
      }),
    );
    const headers = { authorization: `Bearer ${bearer}` };
    const read = async () => {
      for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
        const { body } = await request(path, { headers, dispatcher: pool });
        await body.dump({ limit: Number.POSITIVE_INFINITY });
      }
    };
    return (await timed(() => Promise.all(Array.from({ length: CONCURRENCY }, read)))).ms;
  } finally {
    await pool.destroy();
  }
}

export function atMost(value, most) {
  return { text: `≤ ${most}`, missed: value <= most ? '' : 'missed' };
}
