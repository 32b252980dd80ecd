import { deepStrictEqual, equal } from 'node:assert/strict';
import { Client } from '../support/client.mjs';
import { benchCustomers } from '../support/config.mjs';
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
          const { id: segmentId, name } = storedSegment(first);
          const key = { customerId, destinationId: String(id) };
          deepStrictEqual(await client.names(key, [segmentId]), [{ id: segmentId, name }]);
        }),
      ),
    );
    const { listings, tokens } = await simulator.count();
    equal(listings, destinations);
    const rounds = Math.ceil((destinations * (SIZE / PAGE_SIZE)) / CONCURRENCY);
    const idealMs = (rounds + tokens) * LATENCY_MS;
    const peak = await gateway.peakBytes();
    const what = `cold, ${destinations} destinations of ${SIZE.toLocaleString('en')} segments`;
    return [
      { what: `${what}: until all are loaded`, unit: 'ms', gateway: ms },
      { what: 'cold: what latency, concurrency and pages allow', unit: 'ms', gateway: idealMs },
      { what: 'cold: to that', unit: '×', gateway: ms / idealMs, goal: atMost(ms / idealMs, GOAL) },
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

export function atMost(value, most) {
  return { text: `≤ ${most}`, missed: value <= most ? '' : 'missed' };
}
