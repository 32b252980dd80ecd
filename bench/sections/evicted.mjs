import { deepStrictEqual } from 'node:assert/strict';
import { Client } from '../support/client.mjs';
import { millionConfig } from '../support/config.mjs';
import { DESTINATIONS, KEYS, createMillion } from '../support/million.mjs';
import { spawnGateway } from '../support/processes.mjs';
import { storedSegment } from '../support/segments.mjs';
import { median, quantile, timed } from '../support/statistics.mjs';

export const about =
  'Looking up 4,000,000 stored segments in 200 destinations, with 256 MiB of memory for them';

const SEGMENTS = 20_000;
const ROUNDS = 200;

/** Any number without a common divisor, so that a destination is asked for again only after all others. */
const STEP = 37;

/** A name of a destination that is not in memory any more, and the memory of the process. Nothing is searched. */
export async function measure(engine, { scale, progress }) {
  const size = scale(SEGMENTS);
  const database = await createMillion(engine, { size, progress });
  try {
    const gateway = await spawnGateway({
      ...millionConfig(database, KEYS),
      cache: { maxMemory: `${Math.floor(scale(256))}MiB` },
      // Audience Manager is down, and nothing else is to be measured.
      freshness: { refreshEvery: '0', ttl: '7d' },
    });
    const client = new Client(gateway.port);
    try {
      await client.waitFor(gateway, () => client.get('/healthz'));
      const waits = [];
      for (let round = 0; round < ROUNDS; round++) {
        const destination = (round * STEP) % DESTINATIONS;
        const { id, name } = storedSegment(destination * size + 17);
        const { result, ms } = await timed(() => client.names(KEYS[destination], [id]));
        deepStrictEqual(result, [{ mappingId: id, name }]);
        waits.push(ms);
      }
      return [
        {
          what: 'a name of a destination that has to be read, median',
          unit: 'ms',
          value: median(waits),
          goal: 100,
        },
        { what: 'the same, p95', unit: 'ms', value: quantile(waits, 0.95) },
        {
          what: 'memory then (RSS)',
          unit: 'MiB',
          value: (await gateway.residentBytes()) / 2 ** 20,
          goal: 700,
        },
        { what: 'the most memory that it took', unit: 'MiB', value: (await gateway.peakBytes()) / 2 ** 20 },
      ];
    } finally {
      client.close();
      await gateway.stop();
    }
  } finally {
    await database.drop();
  }
}
