import { equal } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.mjs';
import { benchCustomers } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { createFolder, spawnGateway, startSimulator } from '../support/processes.mjs';
import { atMost } from './cold.mjs';
import { ACCESS_HEADERS, peersConfig } from './gateway-config.mjs';
import { variedBodies } from './workloads.mjs';

const DESTINATIONS = 20;
const REQUESTS_A_SECOND = 100;
const GOAL = 3;

/** What lookups notice while every destination is read and stored again and again, every 10th name changed. */
export async function measureBusy(load, { scale, quick, progress }) {
  const seconds = quick ? 1.5 : 20;
  const count = REQUESTS_A_SECOND * seconds;
  const customers = benchCustomers(DESTINATIONS, scale(5_000));
  const simulator = await startSimulator({ customers });
  const database = await createDatabase('sqlite');
  const folder = await createFolder();
  const gateway = await spawnGateway(peersConfig({ database, simulator, customers }), { logLevel: 'info' });
  const client = new Client(gateway.port, ACCESS_HEADERS);
  try {
    const file = join(folder.path, 'requests');
    await writeFile(file, `${variedBodies(customers, 3 * count).join('\n')}\n`);
    await client.waitFor(gateway, () => client.ask('{ __typename }', {}));
    const [{ id: customerId, destinations }] = customers;
    const keys = destinations.map(({ id }) => ({ customerId, destinationId: String(id) }));
    const refreshAll = () => Promise.all(keys.map((key) => client.refresh(key)));
    const target = { port: gateway.port, headers: ACCESS_HEADERS, file };
    // None is sent twice.
    const lookups = (time) => load.atRate(target, REQUESTS_A_SECOND, seconds, time * count);

    await refreshAll();
    await lookups(0);
    const quiet = await lookups(1);
    progress('quiet lookups done');

    let over = false;
    let refreshes = 0;
    const underWay = lookups(2).finally(() => {
      over = true;
    });
    const refreshing = (async () => {
      for (; !over; refreshes++) {
        await simulator.rename(10);
        await refreshAll();
      }
    })();
    const [busy] = await Promise.all([underWay, refreshing]);
    const first = await client.names(keys[0], ['10000000']);
    equal(first[0].name.at(-1), '*');
    progress(`all refreshed ${refreshes} times during lookups`);
    const ratio = busy.p99 / quiet.p99;
    return [
      { what: 'vary-100 while quiet: p99', unit: 'ms', gateway: quiet.p99 },
      { what: 'vary-100 while 20 destinations are refreshed: p50', unit: 'ms', gateway: busy.p50 },
      { what: 'vary-100 while 20 destinations are refreshed: p99', unit: 'ms', gateway: busy.p99 },
      { what: 'p99 refreshing to quiet', unit: '×', gateway: ratio, goal: atMost(ratio, GOAL) },
    ];
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await folder.remove();
    await database.drop();
  }
}
