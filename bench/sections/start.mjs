import { deepStrictEqual } from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { Client } from '../support/client.mjs';
import { millionConfig } from '../support/config.mjs';
import { KEYS } from '../support/million.mjs';
import { spawnGateway } from '../support/processes.mjs';
import { segmentsOf, storedSegment } from '../support/segments.mjs';
import { median } from '../support/statistics.mjs';

export const about = 'Starting on 1,000,000 stored segments while Audience Manager is down';

const ROUNDS = 5;

/** From starting the process to the first answer of 100 names, and the memory it then has. */
export async function measure(engine, { million, rounds: roundsOf, progress }) {
  const database = await million(engine);
  const config = millionConfig(database, KEYS);
  const rounds = [];
  const count = roundsOf(ROUNDS);
  for (let round = 0; round < count; round++) {
    rounds.push(await startOnce(config, database.size, round * 40 + 7));
    progress(`round ${round + 1} of ${count}`);
  }
  const of = (property) => rounds.map((measured) => measured[property]);
  return [
    { what: 'first answer, median', unit: 'ms', value: median(of('ms')), goal: 400 },
    { what: `first answer, worst of ${count}`, unit: 'ms', value: Math.max(...of('ms')) },
    { what: 'memory then (RSS)', unit: 'MiB', value: median(of('resident')) / 2 ** 20 },
    { what: 'one name of each destination after that', unit: 'ms', value: median(of('allMs')) },
    {
      what: 'memory with all 1,000,000 loaded (RSS)',
      unit: 'MiB',
      value: median(of('full')) / 2 ** 20,
      goal: 400,
    },
  ];
}

async function startOnce(config, size, destination) {
  const gateway = await spawnGateway(config);
  const client = new Client(gateway.port);
  try {
    const segments = segmentsOf(destination, size).slice(0, 100);
    const ids = segments.map(({ id }) => id);
    const found = await client.waitFor(gateway, () => client.names(KEYS[destination], ids));
    const ms = performance.now() - gateway.startedAt;
    deepStrictEqual(
      found,
      segments.map(({ id, name }) => ({ mappingId: id, name })),
    );
    const resident = await gateway.residentBytes();
    const start = performance.now();
    for (const [index, key] of KEYS.entries()) {
      const { id, name } = storedSegment(index * size);
      deepStrictEqual(await client.names(key, [id]), [{ mappingId: id, name }]);
    }
    return { ms, resident, allMs: performance.now() - start, full: await gateway.residentBytes() };
  } finally {
    client.close();
    await gateway.stop();
  }
}
