import { equal } from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client.mjs';
import { benchConfig } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { spawnGateway, startSimulator } from '../support/processes.mjs';
import { segmentsFrom } from '../support/segments.mjs';
import { median, paced } from '../support/statistics.mjs';

export const about = 'The first start, with 2,000 destinations of 2,000 segments of which nothing is stored';

const CUSTOMERS = 20;
const SEGMENTS = 2_000;
const IDS = segmentsFrom(0, 2).map(({ id }) => id);
const SEARCH = '{ searchSegments(text: "donors", first: 5) { totalCount } }';
const WINDOW_MS = 30_000;
const ASKED_EVERY_MS = 200;

/** Nothing is asked for in the last part, in which answers come that are late. */
const LAST_MS = 5_000;

/** What callers notice while all destinations are read: the event loop, and names of destinations that were not read yet. */
export async function measure(engine, { scale }) {
  const perCustomer = scale(100);
  const windowMs = scale(WINDOW_MS);
  const customers = Array.from({ length: CUSTOMERS }, (_, customer) => ({
    id: `bench-${customer}`,
    name: `Bench ${customer}`,
    destinations: Array.from({ length: perCustomer }, (_, destination) => ({
      id: 1_000 + destination,
      name: `Destination ${destination}`,
      // The same for all, which the simulator then keeps once.
      first: 0,
      size: SEGMENTS,
    })),
  }));
  const simulator = await startSimulator({ customers });
  const database = await createDatabase(engine);
  const config = benchConfig({ database, simulator, customers });
  const gateway = await spawnGateway({ ...config, freshness: { coldTimeout: '10m' } });
  const client = new Client(gateway.port);
  try {
    await client.waitFor(gateway, () => client.get('/healthz'));
    const startedAt = performance.now();
    // Each scrape begins a new measurement of the event loop.
    await client.get('/metrics');
    // Has all destinations read; by themselves they would be, spread over hours. Its own answer may come too late.
    const searching = client.ask(SEARCH).catch(() => undefined);
    const askAt = async (index) => {
      const { id } = customers[index % CUSTOMERS];
      // From the end: they are scheduled last.
      const destinationId = String(1_000 + perCustomer - 1 - Math.floor(index / CUSTOMERS));
      const names = await client.names({ customerId: id, destinationId }, IDS);
      equal(names.filter((found) => found !== null).length, IDS.length);
    };
    const count = Math.floor(Math.max(windowMs - LAST_MS, windowMs / 2) / ASKED_EVERY_MS);
    const waits = await paced(askAt, count, ASKED_EVERY_MS);
    await sleep(Math.max(0, startedAt + windowMs - performance.now()));
    await searching;
    const { listings } = await simulator.count();
    const seconds = (performance.now() - startedAt) / 1_000;
    const metrics = await client.get('/metrics');
    const lag = (name) =>
      Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (.*)$`, 'm').exec(metrics)[1]) * 1_000;
    return [
      { what: 'event loop delay, p99', unit: 'ms', value: lag('p99'), goal: 50 },
      { what: 'event loop delay, longest', unit: 'ms', value: lag('max') },
      { what: 'names of a destination that is asked for, median', unit: 'ms', value: median(waits) },
      { what: `the same, worst of ${count}`, unit: 'ms', value: Math.max(...waits) },
      { what: 'destinations read in a second', unit: '', value: listings / seconds },
    ];
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
}
