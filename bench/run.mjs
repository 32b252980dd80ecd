import process from 'node:process';
import { findEngines } from './support/engines.mjs';
import { createMillion } from './support/million.mjs';
import { machine, saveResults, tableOf } from './support/report.mjs';
import * as memory from './sections/memory.mjs';
import * as refresh from './sections/refresh.mjs';
import * as search from './sections/search.mjs';
import * as start from './sections/start.mjs';
import * as storage from './sections/storage.mjs';

const SECTIONS = { storage, memory, refresh, search, start };

const { chosen, quick, save } = parseArguments(process.argv.slice(2));
const scale = (count) => (quick ? count / 10 : count);

/** Databases that several sections use, by engine. */
const millions = new Map();

function million(engine) {
  let database = millions.get(engine);
  if (database === undefined) {
    database = createMillion(engine, { size: scale(5_000), progress });
    millions.set(engine, database);
  }
  return database;
}

function progress(text) {
  process.stderr.write(`  … ${text}\n`);
}

async function runSection(section, engines) {
  const rows = new Map();
  for (const engine of engines) {
    progress(engine);
    for (const { what, unit, goal, value } of await section.measure(engine, { scale, million, progress })) {
      const row = rows.get(what) ?? { what, unit, ...(goal !== undefined && { goal }) };
      rows.set(what, { ...row, [engine]: value });
    }
  }
  return [...rows.values()];
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
  if (flags.includes('--save') && names.length > 0) {
    process.stderr.write('bench: --save keeps a run of everything, so name no sections\n');
    process.exit(2);
  }
  return {
    chosen: names.length === 0 ? Object.keys(SECTIONS) : names,
    quick: flags.includes('--quick'),
    save: flags.includes('--save'),
  };
}

async function dropMillions() {
  const settled = await Promise.allSettled(millions.values());
  for (const { value } of settled) await value?.drop();
}

process.once('SIGINT', () => {
  void dropMillions().finally(() => process.exit(130));
});

try {
  const engines = await findEngines();
  const results = { ...machine(), quick, sections: {} };
  process.stdout.write(
    `${results.cpu}, ${results.cores} cores, Node.js ${results.node}, ${engines.join(' and ')}\n`,
  );
  for (const name of chosen) {
    const section = SECTIONS[name];
    process.stdout.write(`\n${name}: ${section.about}${quick ? ' (a tenth of the data)' : ''}\n\n`);
    const rows = await runSection(section, engines);
    results.sections[name] = { about: section.about, rows };
    process.stdout.write(`${tableOf(rows)}\n`);
  }
  if (save) await saveResults(results);
} finally {
  await dropMillions();
}
