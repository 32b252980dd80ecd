import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sortByName } from '../../build/directory/snapshot/name-order.js';
import { canPin } from '../support/cores.mjs';
import { createDatabase } from '../support/engines.mjs';
import { Load } from '../support/load.mjs';
import { createFolder, startSimulator } from '../support/processes.mjs';
import { segmentsFrom } from '../support/segments.mjs';
import { median } from '../support/statistics.mjs';
import { measureAlone } from '../peers/alone.mjs';
import { collectAnswers } from '../peers/answers.mjs';
import { measureBusy } from '../peers/busy.mjs';
import { measureCold } from '../peers/cold.mjs';
import { startBare, startGateway, startPeers } from '../peers/contenders.mjs';
import { peersConfig } from '../peers/gateway-config.mjs';
import { installPeers } from '../peers/install.mjs';
import { aloneTable, latencyTable, peakTable, ratesOf } from '../peers/tables.mjs';
import { measureLatencies, measurePeaks } from '../peers/throughput.mjs';
import { lookupWorkloads, peersCustomers, workloads } from '../peers/workloads.mjs';

export const about = 'The gateway beside other GraphQL servers of the same data, one core each';

/** All contenders at once, then the gateway alone in front of a slow and of a busy Audience Manager. */
export async function compare(tools) {
  installPeers(tools);
  const load = new Load({ quick: tools.quick });
  try {
    const { tables, notes, rates, alone } = await besidePeers(load, tools);
    const cold = await measureCold(tools);
    tools.progress('cold start done');
    const busy = await measureBusy(load, tools);
    return {
      notes: [
        `Load from ${load.generator}${canPin ? ', each server on one core, the load on the other' : '; no process could be kept to a core'}.`,
        ...notes,
      ],
      tables: [
        ...tables,
        aloneTable('The gateway alone, on all cores, storing in SQLite', [...cold, ...busy]),
        aloneTable('The gateway alone, on one core, with everything in memory', alone),
      ],
      rates,
    };
  } finally {
    await load.stop();
  }
}

async function besidePeers(load, { scale, quick, progress }) {
  const customers = peersCustomers(scale);
  const folder = await createFolder();
  const simulator = await startSimulator({ customers });
  const database = await createDatabase('sqlite');
  const started = [];
  try {
    const dataFile = join(folder.path, 'data.json');
    await writeFile(dataFile, JSON.stringify(datasetOf(customers)));
    const gateway = await startGateway(peersConfig({ database, simulator, customers }));
    started.push(gateway);
    const { peers, missing } = await startPeers(dataFile);
    started.push(...peers);
    progress('all started');

    const tasks = workloads(customers, scale);
    const collected = [];
    for (const task of tasks) collected.push(await collectAnswers(task, started, folder.path));
    const gatewayFiles = collected.flatMap(({ answersFile, sent }) => [
      sent.get('gateway').file,
      answersFile,
    ]);
    const bare = await startBare(gatewayFiles);
    started.push(bare);
    progress('all give the same answers');

    const contenders = [bare, gateway, ...peers].map((contender) => ({
      ...contender,
      workloads: new Map(
        tasks.map(({ name }, index) => {
          const { sent } = collected[index];
          return [name, sent.get(contender.key) ?? sent.get('gateway')];
        }),
      ),
    }));
    const pace = quick ? { rounds: 1, seconds: 0.3 } : { rounds: 3, seconds: 2 };
    const peaks = await measurePeaks(load, contenders, tasks, { ...pace, progress });
    const evenPace = { ...pace, rounds: 1, progress };
    const latencies = await measureLatencies(load, contenders, tasks, peaks, evenPace);
    const alone = await measureGatewayAlone(
      load,
      contenders,
      { customers, scale, peaks, folder },
      { ...pace, progress },
    );
    return {
      rates: ratesOf(peaks),
      alone,
      tables: [peakTable(contenders, tasks, peaks), latencyTable(contenders, tasks, latencies)],
      notes: [
        `${contenders.flatMap(({ title, version }) => (version === null ? [] : [`${title} ${version}`])).join(', ')}.`,
        ...missing,
      ],
    };
  } finally {
    for (const { stop } of started) await stop();
    await simulator.stop();
    await database.drop();
    await folder.remove();
  }
}

async function measureGatewayAlone(load, [bare, gateway], { customers, scale, peaks, folder }, pace) {
  const tasks = lookupWorkloads(customers, scale);
  const own = new Map();
  for (const task of tasks) {
    const { sent } = await collectAnswers(task, [gateway], folder.path);
    own.set(task.name, sent.get(gateway.key));
  }
  const peak = median(peaks.get(tasks[0].name).get(gateway.key).rates);
  const both = { bare, gateway: { ...gateway, workloads: own } };
  return await measureAlone(load, { ...both, workloads: tasks, peak }, pace);
}

/** What the peers serve, in the order in which the gateway pages. */
function datasetOf(customers) {
  return customers.map(({ id, name, destinations }) => ({
    id,
    name,
    destinations: destinations.map(({ id: destinationId, name: title, first, size }) => ({
      id: String(destinationId),
      name: title,
      segments: sortByName(segmentsFrom(first, size)).map((segment) => ({
        mappingId: segment.id,
        name: segment.name,
        description: segment.description,
        status: segment.status,
      })),
    })),
  }));
}
