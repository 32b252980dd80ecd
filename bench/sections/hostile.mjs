import { createHash } from 'node:crypto';
import { equal } from 'node:assert/strict';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '../hostile/kinds.mjs';
import { Client } from '../support/client.mjs';
import { benchConfig, benchCustomers } from '../support/config.mjs';
import { LOAD_CORE, SERVER_CORE } from '../support/cores.mjs';
import { createDatabase } from '../support/engines.mjs';
import { exchange, pathOf, spawnGateway, spawnServer, startSimulator } from '../support/processes.mjs';
import { seeded } from '../support/random.mjs';
import { mapping } from '../support/segments.mjs';
import { median, paced } from '../support/statistics.mjs';

export const about = 'Names for a normal caller while another one is hostile';

const KEY = { customerId: 'bench', destinationId: '1000' };
const SIZE = 5_000;
const IDS = 100;
const MAX_ATTEMPTS = 100;
const EVERY_MS = 10;

const MAX_MS = 2_000;
const MAX_TIMES = 2;

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

/** One kind of hostile request after the other, each from a caller of its own, and what the normal one notices. */
export async function compare({ quick, progress }) {
  const seconds = quick ? 0.25 : 2;
  const customers = benchCustomers(1, SIZE);
  const simulator = await startSimulator({ customers });
  const database = await createDatabase('sqlite');
  const config = { ...benchConfig({ database, simulator, customers }), access: accessOf() };
  const gateway = await spawnGateway(config, { core: SERVER_CORE });
  const hostile = spawnServer(process.execPath, [pathOf('../hostile/caller-process.mjs')], {
    core: LOAD_CORE,
    ipc: true,
  });
  const client = new Client(gateway.port, { 'x-api-key': NORMAL });
  try {
    const ask = asker(client);
    await client.waitFor(gateway, ask);
    await paced(ask, 200, EVERY_MS);
    const lookups = (seconds * 1_000) / EVERY_MS;
    const rows = [];
    for (const [number, { name }] of KINDS.entries()) {
      if (quick && number % 4 !== 0) continue;
      await recovered(ask);
      const quiet = median(await paced(ask, lookups, EVERY_MS));
      let over = false;
      const attack = attackOf(hostile, { kind: name, port: gateway.port, key: hostileKey(number), seconds });
      void attack.finally(() => {
        over = true;
      });
      const times = [];
      let refused = 0;
      const askAnyway = () =>
        ask().catch(() => {
          refused += 1;
        });
      while (!over) times.push(...(await paced(askAnyway, 10, EVERY_MS)));
      const row = rowOf(name, await attack, { quiet, meanwhile: median(times), refused });
      rows.push(row);
      progress(`${name}: ${row.answer}, ${row.times.toFixed(1)} ×`);
    }
    await recovered(ask);
    return { tables: [{ columns: COLUMNS, rows }] };
  } finally {
    client.close();
    await hostile.stop();
    await gateway.stop();
    await simulator.stop();
    await database.drop();
  }
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

function rowOf(what, { answers, longest }, { quiet, meanwhile, refused }) {
  const times = meanwhile / quiet;
  const missed = [
    ...(longest > MAX_MS ? ['too slow'] : []),
    ...(times > MAX_TIMES ? ['missed'] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(', ');
  const answer = answers.map(([each]) => each).join(', ');
  return { what, answer, longest, quiet, meanwhile, times, goal: { text: `≤ ${MAX_TIMES} ×`, missed } };
}
