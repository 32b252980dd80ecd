import { deepStrictEqual, equal } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { parseConfig } from '../../build/config/index.js';
import { closeParts, openParts } from '../../build/gateway-parts.js';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { createDatabase, open } from '../support/engines.mjs';
import { startSimulator } from '../support/processes.mjs';
import { firstChange, mapping, segmentsOf } from '../support/segments.mjs';
import { median, watched } from '../support/statistics.mjs';

export const about = 'One listing of 20,000 segments, as many as an account can hold';

const ROUNDS = 3;
const BLOCK_GOAL_MS = 20;

/** Writing and reading by the storage alone, then whole refreshes from Audience Manager to memory. */
export async function measure(engine, { scale, rounds, progress }) {
  const size = scale(20_000);
  const steps = new Steps();
  const count = rounds(ROUNDS);
  for (let round = 0; round < count; round++) {
    steps.add('nothing, for 200 ms', await watched(() => sleep(200)));
    await measureStorage(engine, size, steps);
    await measureRefreshes(engine, size, steps);
    progress(`round ${round + 1} of ${count}`);
  }
  return steps.rows();
}

async function measureStorage(engine, size, steps) {
  const database = await createDatabase(engine);
  try {
    const storage = await open(database);
    try {
      const key = { customerId: 'bench', destinationId: '1000' };
      const segments = segmentsOf(0, size);
      const change = firstChange(segments, Date.now());
      const written = await watched(() => storage.write(key, 0, change));
      equal(written.result, 1);
      const read = await watched(() => storage.read(key));
      deepStrictEqual([...read.result.segments], segments);
      steps.add('rows written', written);
      steps.add('rows read', read);
    } finally {
      await storage.close();
    }
  } finally {
    await database.drop();
  }
}

async function measureRefreshes(engine, size, steps) {
  const customers = benchCustomers(1, size);
  const simulator = await startSimulator({ customers });
  const database = await createDatabase(engine);
  try {
    const config = parseConfig(stringify(benchConfig({ database, simulator, customers })), {
      file: '/gateway.yaml',
      env: {},
    });
    const parts = await openParts(config, { logLevel: 'silent' });
    try {
      const destination = parts.directory.customers.get('bench').destinations.get('1000');
      const refresh = async (name) => {
        const measured = await watched(() => destination.refresh('schedule'));
        equal(measured.result.segments.length, size);
        steps.add(`refresh, ${name}`, measured);
        return measured.result;
      };
      const first = await refresh('all new');
      const { name } = mapping(0);
      equal(first.find('10000000').name, name);
      const second = await refresh('unchanged');
      equal(second.generation, first.generation);
      await simulator.rename(1);
      const third = await refresh('all renamed');
      equal(third.find('10000000').name, `${name} *`.slice(-40));
    } finally {
      await closeParts(parts);
    }
  } finally {
    await simulator.stop();
    await database.drop();
  }
}

/** What was measured in every round, by step. */
class Steps {
  #measured = new Map();

  add(name, { ms, blockMs }) {
    const before = this.#measured.get(name) ?? [];
    this.#measured.set(name, [...before, { ms, blockMs }]);
  }

  rows() {
    return [...this.#measured].flatMap(([name, rounds]) => {
      const blocks = rounds.map(({ blockMs }) => blockMs);
      return [
        { what: `${name}: time`, unit: 'ms', value: median(rounds.map(({ ms }) => ms)) },
        { what: `${name}: longest block, median of ${blocks.length}`, unit: 'ms', value: median(blocks) },
        // Other programs only ever add to a block, so the least one is nearest to the gateway's own.
        {
          what: `${name}: longest block, least of ${blocks.length}`,
          unit: 'ms',
          value: Math.min(...blocks),
          goal: BLOCK_GOAL_MS,
        },
      ];
    });
  }
}
