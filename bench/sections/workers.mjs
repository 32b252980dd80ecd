import { equal } from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { Client } from '../support/client.mjs';
import { createDatabase } from '../support/engines.mjs';
import { Load } from '../support/load.mjs';
import { createFolder, spawnGateway, startSimulator } from '../support/processes.mjs';
import { median } from '../support/statistics.mjs';
import { collectAnswers } from '../peers/answers.mjs';
import { ACCESS_HEADERS, peersConfig } from '../peers/gateway-config.mjs';
import { peersCustomers, workloads } from '../peers/workloads.mjs';

export const about = 'Several answering processes: serve --workers';

const WORKLOAD = 'vary-100';

/** What one process answers, and what two do together. */
export async function compare({ scale, quick, rounds: roundsOf, progress }) {
  const load = new Load({ quick });
  const customers = peersCustomers(scale);
  const [task] = workloads(customers, scale).filter(({ name }) => name === WORKLOAD);
  const measured = new Map();
  try {
    for (const workers of [1, 2]) {
      measured.set(
        workers,
        await measureWith(workers, { load, customers, task, quick, rounds: roundsOf(5) }),
      );
      progress(`${workers} measured`);
    }
  } finally {
    await load.stop();
  }
  const [one, two] = [measured.get(1), measured.get(2)];
  const share = one.seconds / two.seconds;
  return {
    notes: [
      `The load comes from ${load.generator} on the same ${availableParallelism()} cores, which it takes from the gateway: by the clock, two processes cannot show what they are worth where there are two cores. So what counts is the processor time of a request, that of all processes together.`,
    ],
    tables: [
      {
        title: `${WORKLOAD}: 100 names of one destination, other ones in each request`,
        columns: [
          { key: 'one', title: 'one process' },
          { key: 'two', title: 'two workers and their primary' },
          { key: 'goal', title: 'goal' },
        ],
        rows: [
          { what: 'processor time of a request', unit: 'µs', one: one.seconds * 1e6, two: two.seconds * 1e6 },
          {
            what: 'requests that all processor time of so many cores is enough for',
            unit: '/s',
            one: 1 / one.seconds,
            two: 2 / two.seconds,
            goal: { text: '≥ 1.8 × one process', missed: 2 * share >= 1.8 ? '' : 'missed' },
          },
          { what: 'by the clock, beside the load', unit: '/s', one: one.rate, two: two.rate },
        ],
      },
    ],
  };
}

async function measureWith(workers, { load, customers, task, quick, rounds }) {
  const folder = await createFolder();
  const simulator = await startSimulator({ customers });
  const database = await createDatabase('sqlite');
  const more = workers === 1 ? [] : ['--workers', String(workers)];
  const options = { logLevel: 'info', more };
  const gateway = await spawnGateway(peersConfig({ database, simulator, customers }), options);
  const about = { key: 'gateway', title: `${workers} workers`, headers: ACCESS_HEADERS };
  try {
    const client = new Client(gateway.port, ACCESS_HEADERS);
    await client.waitFor(gateway, () => client.ask('{ __typename }', {}));
    client.close();
    const collected = await collectAnswers(task, [{ ...about, ...gateway }], folder.path);
    const target = { port: gateway.port, headers: ACCESS_HEADERS, ...collected.sent.get('gateway') };
    const seconds = quick ? 0.5 : 3;
    // Each process has to have learned the operation, and to be compiled.
    for (let warming = 0; warming < 3; warming++) await load.peak(target, seconds);
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const before = await gateway.processorSecondsOfAll();
      const result = await load.peak(target, seconds, round * 131);
      const after = await gateway.processorSecondsOfAll();
      equal(result.failed, 0);
      results.push({
        seconds: (after - before) / result.requests,
        rate: result.requests / result.seconds,
      });
    }
    return {
      seconds: median(results.map((result) => result.seconds)),
      rate: median(results.map(({ rate }) => rate)),
    };
  } finally {
    await gateway.stop();
    await simulator.stop();
    await database.drop();
    await folder.remove();
  }
}
