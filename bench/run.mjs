import process from 'node:process';
import { undoAll } from './support/cleanup.mjs';
import { findEngines } from './support/engines.mjs';
import { createMillion } from './support/million.mjs';
import { ENGINE_COLUMNS, goalBelow, machine, saveResults, textOfSection } from './support/report.mjs';
import * as annotate from './sections/annotate.mjs';
import * as compression from './sections/compression.mjs';
import * as evicted from './sections/evicted.mjs';
import * as firstStart from './sections/first-start.mjs';
import * as hostile from './sections/hostile.mjs';
import * as memory from './sections/memory.mjs';
import * as messages from './sections/messages.mjs';
import * as peers from './sections/peers.mjs';
import * as refresh from './sections/refresh.mjs';
import * as scrape from './sections/scrape.mjs';
import * as search from './sections/search.mjs';
import * as start from './sections/start.mjs';
import * as storage from './sections/storage.mjs';
import * as workers from './sections/workers.mjs';

const SECTIONS = {
  storage,
  memory,
  refresh,
  search,
  scrape,
  compression,
  messages,
  annotate,
  start,
  'first-start': firstStart,
  evicted,
  peers,
  workers,
  hostile,
};

const { chosen, quick, save } = parseArguments(process.argv.slice(2));

/** What a section is given: how much of everything, and what others use too. */
const tools = {
  quick,
  scale: (count) => (quick ? count / 10 : count),
  rounds: (count) => (quick ? 1 : count),
  million,
  progress,
};

/** Databases that several sections use, by engine. */
const millions = new Map();

function million(engine) {
  let database = millions.get(engine);
  if (database === undefined) {
    database = createMillion(engine, { size: tools.scale(5_000), progress });
    millions.set(engine, database);
  }
  return database;
}

function progress(text) {
  process.stderr.write(`  … ${text}\n`);
}

/** A section compares on its own account, or is measured on each database engine. */
async function runSection(section, engines) {
  return 'compare' in section
    ? await section.compare(tools)
    : { tables: [{ columns: ENGINE_COLUMNS, rows: await rowsOf(section, engines) }] };
}

async function rowsOf(section, engines) {
  const rows = new Map();
  for (const engine of engines) {
    progress(engine);
    for (const { what, unit, goal, value } of await section.measure(engine, tools)) {
      const row = rows.get(what) ?? { what, unit, most: goal };
      rows.set(what, { ...row, [engine]: value });
    }
  }
  return [...rows.values()].map(({ most, ...row }) => ({
    ...row,
    ...(most !== undefined && {
      goal: goalBelow(
        most,
        engines.map((engine) => row[engine]),
      ),
    }),
  }));
}

function parseArguments(words) {
  const flags = words.filter((word) => word.startsWith('--'));
  const names = words.filter((word) => !word.startsWith('--'));
  const unknown = [
    ...flags.filter((flag) => !['--quick', '--save'].includes(flag)),
    ...names.filter((name) => !(name in SECTIONS)),
  ];
  if (unknown.length > 0) {
    process.stderr.write(
      `bench: ${unknown.join(', ')} unknown; usage: npm run bench -- [${Object.keys(SECTIONS).join('|')} …] [--quick] [--save]\n`,
    );
    process.exit(2);
  }
  return {
    chosen: names.length === 0 ? Object.keys(SECTIONS) : names,
    quick: flags.includes('--quick'),
    save: flags.includes('--save'),
  };
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    void undoAll().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  });
}

try {
  const engines = await findEngines();
  const here = machine();
  process.stdout.write(`${here.cpu}, ${here.cores} cores, Node.js ${here.node}, ${engines.join(' and ')}\n`);
  const results = {};
  for (const name of chosen) {
    const { about } = SECTIONS[name];
    process.stdout.write(`\n${name}: ${about}${quick ? ' (a tenth of the data)' : ''}\n\n`);
    const measured = await runSection(SECTIONS[name], engines);
    results[name] = { about, ...here, quick, ...measured };
    process.stdout.write(`${textOfSection(measured)}\n`);
  }
  if (save) await saveResults(results);
} finally {
  await undoAll();
}
