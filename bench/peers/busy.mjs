import { equal } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client.mjs';
import { benchCustomers } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { createFolder, spawnGateway, startSimulator } from '../support/processes.mjs';
import { atMost } from './cold.mjs';
import { ACCESS_HEADERS, peersConfig } from './gateway-config.mjs';
import { variedBodies } from './workloads.mjs';

const DESTINATIONS = 20;
const REQUESTS_A_SECOND = 100;
const LOOKING_EVERY_MS = 20;
const GOAL = 3;

/** What lookups notice while every destination is read and stored again and again, every 10th name changed. */
export async function measureBusy(load, { scale, quick, progress }) {
  const seconds = quick ? 3 : 20;
  const count = REQUESTS_A_SECOND * seconds;
  const customers = benchCustomers(DESTINATIONS, scale(5_000));
  const simulator = await startSimulator({ customers });
  const database = await createDatabase('sqlite');
  const folder = await createFolder();
  const config = peersConfig({ database, simulator, customers });
  try {
    const file = join(folder.path, 'requests');
    // None is sent twice.
    await writeFile(file, `${variedBodies(customers, 4 * count).join('\n')}\n`);

    /** Of a gateway that has had as many lookups before. */
    const lookups = async (freshness, part, meanwhile) => {
      const gateway = await spawnGateway(
        { ...config, freshness: { ...config.freshness, ...freshness } },
        { logLevel: 'info' },
      );
      const client = new Client(gateway.port, ACCESS_HEADERS);
      const target = { port: gateway.port, headers: ACCESS_HEADERS, file };
      const ask = (time) => load.atRate(target, REQUESTS_A_SECOND, seconds, time * count);
      try {
        await client.waitFor(gateway, () => client.ask('{ __typename }', {}));
        await ask(part);
        return await meanwhile(() => ask(part + 1), client);
      } finally {
        client.close();
        await gateway.stop();
      }
    };

    const quiet = await lookups({}, 0, (measured) => measured());
    progress('quiet lookups done');
    // Each destination again as soon as it has been stored.
    const busy = await lookups({ refreshEvery: '1ms' }, 2, async (measured, client) => {
      const before = (await simulator.count()).listings;
      const underWay = { over: false };
      const [result] = await Promise.all([
        measured().finally(() => {
          underWay.over = true;
        }),
        renameAfterEach(DESTINATIONS, simulator, underWay),
      ]);
      const [{ id: customerId, destinations }] = customers;
      const key = { customerId, destinationId: String(destinations[0].id) };
      const [first] = await client.names(key, ['10000000']);
      equal(first.name.at(-1), '*');
      const { listings } = await simulator.count();
      progress(`all refreshed ${((listings - before) / DESTINATIONS).toFixed(1)} times during lookups`);
      return result;
    });
    const ratio = busy.p99 / quiet.p99;
    return [
      { what: 'vary-100 while quiet: p99', unit: 'ms', gateway: quiet.p99 },
      { what: 'vary-100 while 20 destinations are refreshed: p50', unit: 'ms', gateway: busy.p50 },
      { what: 'vary-100 while 20 destinations are refreshed: p99', unit: 'ms', gateway: busy.p99 },
      { what: 'p99 refreshing to quiet', unit: '×', gateway: ratio, goal: atMost(ratio, GOAL) },
    ];
  } finally {
    await simulator.stop();
    await folder.remove();
    await database.drop();
  }
}

/** Gives every 10th segment another name whenever so many listings have been begun. */
async function renameAfterEach(listings, simulator, underWay) {
  for (let renamed = 0; !underWay.over; await sleep(LOOKING_EVERY_MS)) {
    const { listings: begun } = await simulator.count();
    if (begun < renamed + listings) continue;
    renamed = begun;
    await simulator.rename(10);
  }
}
