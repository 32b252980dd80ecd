import { equal } from 'node:assert/strict';
import { Client } from '../support/client.mjs';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { createDatabase } from '../support/engines.mjs';
import { spawnGateway, startSimulator } from '../support/processes.mjs';
import { median, timed } from '../support/statistics.mjs';

export const about = 'Names in each content coding: 10,000 and 100, all asked for the first time';

const ROUNDS = 40;
const MAX_BYTES = 80_000;
const CODINGS = ['identity', 'gzip', 'br'];

const NAMES = `query Names($customerId: ID!, $destinationId: ID!, $segmentIds: [ID!]!) {
  segments(customerId: $customerId, destinationId: $destinationId, segmentIds: $segmentIds) { NAME }
}`;

/** Size, time and processor time of an answer. */
export async function measure(engine, { scale, rounds: roundsOf, progress }) {
  const size = scale(10_000);
  const customers = benchCustomers(1, size);
  const simulator = await startSimulator({ customers });
  const database = await createDatabase(engine);
  const gateway = await spawnGateway(benchConfig({ database, simulator, customers }));
  const client = new Client(gateway.port);
  try {
    const [{ id: customerId, destinations }] = customers;
    const key = { customerId, destinationId: String(destinations[0].id) };
    await client.waitFor(gateway, () => client.names(key, ['1']));
    const rows = [];
    for (const [count, fields, goal] of [
      [size, 'name', MAX_BYTES],
      [size, 'mappingId name', undefined],
      [100, 'mappingId name description status', undefined],
    ]) {
      const rounds = roundsOf(count === 100 ? 10 * ROUNDS : ROUNDS);
      // Each round asks in another order, so that no answer is kept.
      const bodyOf = (round) => {
        const segmentIds = Array.from({ length: count }, (_, index) =>
          String(10_000_000 + ((index + 1 + round) % size)),
        );
        return JSON.stringify({ query: NAMES.replace('NAME', fields), variables: { ...key, segmentIds } });
      };
      const plain = (await client.packed(bodyOf(0), 'identity')).text();
      let round = 1;
      for (const coding of CODINGS) {
        const { bytes, text } = await client.packed(bodyOf(0), coding);
        equal(text(), plain);
        const times = [];
        const before = await gateway.processorSeconds();
        for (let number = 0; number < rounds; number++) {
          times.push((await timed(() => client.packed(bodyOf(round++), coding))).ms);
        }
        const spent = (await gateway.processorSeconds()) - before;
        const what = `${count} of ${fields}, ${coding}`;
        rows.push(
          { what: `${what}: size`, unit: 'B', value: bytes, ...(coding === 'gzip' && { goal }) },
          { what: `${what}: median`, unit: 'ms', value: median(times) },
          { what: `${what}: processor time`, unit: 'ms', value: (spent * 1_000) / rounds },
        );
      }
      progress(`${count} of ${fields}`);
    }
    return rows;
  } finally {
    client.close();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
}
