import { createHash } from 'node:crypto';
import { equal } from 'node:assert/strict';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS, LARGE } from '../hostile/kinds.mjs';
import { Client } from '../support/client.mjs';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { LOAD_CORE, SERVER_CORE, stayOn } from '../support/cores.mjs';
import { createDatabase } from '../support/engines.mjs';
import { exchange, pathOf, spawnGateway, spawnServer, startSimulator } from '../support/processes.mjs';
import { seeded } from '../support/random.mjs';
import { mapping } from '../support/segments.mjs';
import { median, paced, quantile } from '../support/statistics.mjs';

export const about = 'Names for a normal caller while another one is hostile';

const KEY = { customerId: 'bench', destinationId: '1000' };
const SIZE = 5_000;
const IDS = 100;
const MAX_ATTEMPTS = 100;
const EVERY_MS = 10;

const MAX_MS = 2_000;
const MAX_TIMES = 2;

/** What costly operations may do to others: 99 of 100 answers come within so long, and memory stays below so much. */
const MAX_P99_MS = 250;
const MAX_MEMORY_MIB = 600;
const HEALTH_EVERY_MS = 25;

const NORMAL = 'normal-caller-of-the-bench-0123456789abcdef';
const hostileKey = (number) => `hostile-caller-${number}-of-the-bench-0123456789`;

const COLUMNS = [
  { key: 'answer', title: 'answer' },
  { key: 'longest', title: 'within ms' },
  { key: 'quiet', title: 'quiet ms' },
  { key: 'meanwhile', title: 'meanwhile ms' },
  { key: 'times', title: '×' },
  { key: 'goal', title: 'goal' },
];

const COSTLY_COLUMNS = [
  { key: 'answer', title: 'answer' },
  { key: 'longest', title: 'within ms' },
  { key: 'lookups', title: 'lookups, p99 ms' },
  { key: 'health', title: '/healthz, p99 ms' },
  { key: 'memory', title: 'peak MiB' },
  { key: 'goal', title: 'goal' },
];

/** One kind of hostile request after the other, each from a caller of its own, and what the normal one notices. */
export async function compare({ quick, progress }) {
  const seconds = quick ? 0.25 : 2;
  const customers = benchCustomers(1, SIZE);
  customers[0].destinations.push({ id: 1_001, name: 'Large', first: LARGE, size: LARGE });
  const simulator = await startSimulator({ customers });
  const database = await createDatabase('sqlite');
  const config = { ...benchConfig({ database, simulator, customers }), access: accessOf() };
  const gateway = await spawnGateway(config, { core: SERVER_CORE });
  const hostile = spawnServer(process.execPath, [pathOf('../hostile/caller-process.mjs')], {
    core: LOAD_CORE,
    ipc: true,
  });
  // What measures and what attacks share a core, so that the gateway has its own. What attacks has the lowest priority: it
  // takes the core when nothing is measured.
  const leaveCore = stayOn(LOAD_CORE);
  const client = new Client(gateway.port, { 'x-api-key': NORMAL });
  try {
    const ask = asker(client);
    await client.waitFor(gateway, ask);
    await client.names({ ...KEY, destinationId: '1001' }, [String(mapping(LARGE).mappingId)]);
    await paced(ask, 200, EVERY_MS);
    const attack = ({ name }, number, during) =>
      attackOf(hostile, { kind: name, port: gateway.port, key: hostileKey(number), seconds: during });
    const rows = [];
    const costlyRows = [];
    for (const [number, kind] of KINDS.entries()) {
      if (quick && number % 4 !== 0) continue;
      await recovered(ask);
      const measure = kind.isCostly === true ? measureCostly : measureHostile;
      const row = await measure(kind, {
        ask,
        client,
        gateway,
        seconds,
        attack: attack.bind(null, kind, number),
      });
      (kind.isCostly === true ? costlyRows : rows).push(row);
    }
    await recovered(ask);
    const title = 'Costly operations on 100,000 segments, on 32 connections';
    return {
      tables: [
        { columns: COLUMNS, rows },
        { title, columns: COSTLY_COLUMNS, rows: costlyRows },
      ],
    };
  } finally {
    leaveCore();
    client.close();
    await hostile.stop();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }

  /** The times of the normal caller, before and while a hostile one sends something. */
  async function measureHostile({ name, maxMs }, { ask, seconds, attack }) {
    const quiet = median(await paced(ask, (seconds * 1_000) / EVERY_MS, EVERY_MS));
    const attacking = attack(seconds);
    const { times, refused } = await timesUntil(attacking, ask, EVERY_MS);
    const row = rowOf(name, await attacking, { quiet, meanwhile: median(times), refused, maxMs });
    progress(`${name}: ${row.answer}, ${row.times.toFixed(1)} ×`);
    return row;
  }

  /** What 99 of 100 lookups and health checks take meanwhile, and how much memory the gateway takes. */
  async function measureCostly({ name }, { ask, client, gateway, seconds, attack }) {
    const attacking = attack(seconds * 2);
    const sampling = peakUntil(attacking, gateway);
    const [lookups, health] = await Promise.all([
      timesUntil(attacking, ask, EVERY_MS),
      timesUntil(attacking, () => client.get('/healthz'), HEALTH_EVERY_MS),
    ]);
    const row = costlyRowOf(name, await attacking, {
      lookups: quantile(lookups.times, 0.99),
      health: quantile(health.times, 0.99),
      refused: lookups.refused + health.refused,
      memory: (await sampling) / 2 ** 20,
    });
    progress(
      `${name}: ${row.answer}, ${row.lookups.toFixed(0)} and ${row.health.toFixed(0)} ms, ${row.memory.toFixed(0)} MiB`,
    );
    return row;
  }
}

/** How long each of the calls takes that are made at a fixed pace until something is over. */
async function timesUntil(work, ask, everyMs) {
  let over = false;
  const end = () => {
    over = true;
  };
  void work.then(end, end);
  const times = [];
  let refused = 0;
  const askAnyway = () =>
    ask().catch(() => {
      refused += 1;
    });
  while (!over) times.push(...(await paced(askAnyway, 10, everyMs)));
  return { times, refused };
}

/** The largest memory of the gateway that was seen until something is over, in bytes. */
async function peakUntil(work, gateway) {
  let over = false;
  const end = () => {
    over = true;
  };
  void work.then(end, end);
  let peak = 0;
  while (!over) {
    peak = Math.max(peak, (await gateway.residentBytes()) ?? 0);
    await sleep(20);
  }
  return peak;
}

/** What the last attack has left may make it refuse others for another moment. */
async function recovered(ask) {
  for (let attempt = 1; ; attempt++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
      await sleep(EVERY_MS * 10);
    }
  }
}

function accessOf() {
  const keyOf = (name, key) => ({
    name,
    sha256: createHash('sha256').update(key).digest('hex'),
    customers: 'all',
  });
  return {
    apiKeys: [
      keyOf('normal', NORMAL),
      ...KINDS.map((_, number) => keyOf(`hostile ${number}`, hostileKey(number))),
    ],
  };
}

/** Asks for other names each time, and looks at the answer. */
function asker(client) {
  const random = seeded(7);
  return async () => {
    const wanted = Array.from({ length: IDS }, () => mapping(Math.floor(random() * SIZE)));
    const found = await client.names(
      KEY,
      wanted.map(({ mappingId }) => String(mappingId)),
    );
    equal(found.at(-1).name, wanted.at(-1).name);
  };
}

async function attackOf({ child }, order) {
  const { result, error } = await exchange(child, order);
  if (error !== undefined) throw new Error(error);
  return result;
}

function rowOf(what, { answers, longest }, { quiet, meanwhile, refused, maxMs = MAX_MS }) {
  const times = meanwhile / quiet;
  const missed = [
    ...(longest > maxMs ? ['too slow'] : []),
    ...(times > MAX_TIMES ? ['missed'] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(', ');
  const answer = answers.map(([each]) => each).join(', ');
  return { what, answer, longest, quiet, meanwhile, times, goal: { text: `≤ ${MAX_TIMES} ×`, missed } };
}

function costlyRowOf(what, { answers, longest }, { lookups, health, refused, memory }) {
  const missed = [
    ...(Math.max(lookups, health) > MAX_P99_MS ? ['too slow'] : []),
    ...(memory > MAX_MEMORY_MIB ? ['too much memory'] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(', ');
  const answer = answers.map(([each]) => each).join(', ');
  const text = `≤ ${MAX_P99_MS} ms, ${MAX_MEMORY_MIB} MiB`;
  return { what, answer, longest, lookups, health, memory, goal: { text, missed } };
}
