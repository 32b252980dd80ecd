import { deepStrictEqual, equal } from 'node:assert/strict';
import { Client } from '../support/client.mjs';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { spawnGateway, startSimulator } from '../support/processes.mjs';
import { mapping } from '../support/segments.mjs';
import { paced, quantile, timed } from '../support/statistics.mjs';

export const about = 'Refreshing 20 destinations with 5,000 segments each, all at once';

const DESTINATIONS = 20;
const KEYS = Array.from({ length: DESTINATIONS }, (_, destination) => ({
  customerId: 'bench',
  destinationId: String(1_000 + destination),
}));

const EVERY_MS = 10;

/** Segments a second from the source to memory, and what lookups notice of it. */
export async function measure(engine, { scale, quick, progress }) {
  const size = scale(5_000);
  const lookups = quick ? 100 : 2_000;
  const customers = benchCustomers(DESTINATIONS, size);
  const simulator = await startSimulator({ customers });
  const database = await createDatabase(engine);
  const gateway = await spawnGateway(benchConfig({ database, simulator, customers }));
  const client = new Client(gateway.port);
  try {
    await client.waitFor(gateway, () => client.names(KEYS[0], ['1']));
    const refreshAll = () => Promise.all(KEYS.map((key) => client.refresh(key)));
    const perSecond = (ms) => (DESTINATIONS * size) / (ms / 1_000);
    const wanted = Array.from({ length: 100 }, (_, index) => mapping(index));
    const ids = wanted.map(({ mappingId }) => String(mappingId));
    const ask = () => client.names(KEYS[0], ids);

    const first = await timed(refreshAll);
    deepStrictEqual(
      await ask(),
      wanted.map(({ mappingId, name }) => ({ mappingId: String(mappingId), name })),
    );
    const unchanged = await timed(refreshAll);
    progress('refreshes alone done');

    await paced(ask, lookups, EVERY_MS);
    const quiet = await paced(ask, lookups, EVERY_MS);
    progress('quiet lookups done');

    let over = false;
    const busy = paced(ask, lookups, EVERY_MS).finally(() => {
      over = true;
    });
    while (!over) {
      await simulator.rename(10);
      await refreshAll();
    }
    const during = await busy;
    equal((await ask())[0].name.at(-1), '*');

    const [quietP99, busyP99] = [quantile(quiet, 0.99), quantile(during, 0.99)];
    return [
      { what: 'all new (the first destination known)', unit: 'segments/s', value: perSecond(first.ms) },
      { what: 'unchanged', unit: 'segments/s', value: perSecond(unchanged.ms) },
      { what: '100 names over HTTP while quiet, median', unit: 'ms', value: quantile(quiet, 0.5) },
      { what: '100 names over HTTP while quiet, p99', unit: 'ms', value: quietP99 },
      {
        what: 'while all are refreshed, every 10th renamed, median',
        unit: 'ms',
        value: quantile(during, 0.5),
      },
      { what: 'while all are refreshed, every 10th renamed, p99', unit: 'ms', value: busyP99 },
      { what: 'p99 busy to quiet', unit: '×', value: busyP99 / quietP99 },
    ];
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
}
