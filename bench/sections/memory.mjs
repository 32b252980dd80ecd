import { equal } from 'node:assert/strict';
import { stringify } from 'yaml';
import { millionConfig } from '../support/config.mjs';
import { createDatabase, open } from '../support/engines.mjs';
import { KEYS } from '../support/million.mjs';
import { runScript } from '../support/processes.mjs';
import { firstChange, segmentsOf } from '../support/segments.mjs';

export const about = 'Room taken by a segment with a name of 40 and a description of 80 characters';

const DESTINATIONS = 20;
const MAX_BYTES = 250;

/** Bytes a segment, over 100,000 in 20 destinations. */
export async function measure(engine, { scale }) {
  const size = scale(5_000);
  const keys = KEYS.slice(0, DESTINATIONS);
  const database = await createDatabase(engine);
  try {
    const storage = await open(database);
    const empty = await database.bytes();
    try {
      for (const [destination, key] of keys.entries()) {
        await storage.write(key, 0, firstChange(segmentsOf(destination, size), Date.now()));
      }
    } finally {
      await storage.close();
    }
    await database.settle();
    const onDisk = (await database.bytes()) - empty;
    const firsts = keys.map((_, destination) => segmentsOf(destination, size)[0]);
    const held = await runScript('memory-process.mjs', {
      config: stringify(millionConfig(database, keys)),
      firstIds: firsts.map(({ id }) => id),
      firstSids: firsts.map(({ sid }) => sid),
    });
    equal(held.segments, DESTINATIONS * size);
    equal(held.found, DESTINATIONS);
    const row = (what, bytes, goal) => ({ what, unit: 'B', value: bytes / held.segments, goal });
    return [
      row('in memory', held.byId, MAX_BYTES),
      row('in memory, also looked up by SID', held.bySid),
      row('in memory, also looked up under AUTO', held.byAuto),
      row("the gateway's own estimate, which counts against cache.maxMemory", held.estimate),
      row('on disk, with search index and first revision', onDisk),
    ];
  } finally {
    await database.drop();
  }
}
