import { equal } from 'node:assert/strict';
import { Client } from '../support/client.mjs';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { spawnGateway, startSimulator } from '../support/processes.mjs';
import { median, quantile, timed } from '../support/statistics.mjs';

export const about = 'Scraping the metrics of 2,000 destinations of 20 customers';

const CUSTOMERS = 20;
const SEGMENTS = 5;
const ROUNDS = 50;
const AT_ONCE = 50;

/** Time of a scrape, and what others notice of it. */
export async function measure(engine, { scale, rounds: roundsOf, progress }) {
  const perCustomer = scale(100);
  const customers = Array.from({ length: CUSTOMERS }, (_, index) => {
    const [one] = benchCustomers(perCustomer, SEGMENTS);
    return { ...one, id: `bench-${index}`, name: `Bench ${index}` };
  });
  const keys = customers.flatMap(({ id, destinations }) =>
    destinations.map((destination) => ({ customerId: id, destinationId: String(destination.id) })),
  );
  const simulator = await startSimulator({ customers });
  const database = await createDatabase(engine);
  const gateway = await spawnGateway(benchConfig({ database, simulator, customers }));
  const client = new Client(gateway.port);
  try {
    await client.waitFor(gateway, () => client.get('/healthz'));
    const waiting = [...keys];
    const readAll = async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await client.names(key, ['1']);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, readAll));
    progress('all destinations read');

    const text = await client.get('/metrics');
    equal(text.match(/^aam_gateway_snapshot_bytes\{/gm).length, keys.length);
    const scrapes = [];
    const health = [];
    for (let round = 0; round < roundsOf(ROUNDS); round++) {
      let over = false;
      const scrape = timed(() => client.get('/metrics')).finally(() => {
        over = true;
      });
      while (!over) health.push((await timed(() => client.get('/healthz'))).ms);
      scrapes.push((await scrape).ms);
    }
    return [
      { what: 'a scrape, median', unit: 'ms', value: median(scrapes), goal: 100 },
      { what: 'a scrape, p95', unit: 'ms', value: quantile(scrapes, 0.95) },
      { what: 'its size', unit: 'KiB', value: text.length / 1_024 },
      { what: '/healthz meanwhile, p99', unit: 'ms', value: quantile(health, 0.99) },
    ];
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
}
