import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { Storage, StorageConfig } from '../../src/storage/index.js';
import { makeSegment } from '../support/segment.js';
import { describeEngines, KEY, seededRandom } from './support.js';

const SEGMENTS = 400;

/** Number of databases that one process writes to at once: each kill is observed in all of them. */
const DATABASES = 5;

/** Number of processes that are killed. */
const ROUNDS = 4;

/**
 * A program that writes change after change to several databases at once. Each change names all segments of one
 * destination after the number of its generation. The program prints a dot every millisecond, and a line
 * `DATABASE GENERATION` for each change that was acknowledged.
 */
const WRITER = `
  import { openStorage } from ${JSON.stringify(pathToFileURL(resolve('dist/storage/index.js')).href)};
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const key = ${JSON.stringify(KEY)};
  const segment = ${JSON.stringify(makeSegment(''))};
  async function write(config, database) {
    const storage = await openStorage(config, { logger });
    let generation = (await storage.state(key))?.generation ?? 0;
    for (;;) {
      const number = generation + 1;
      const upserts = Array.from({ length: ${SEGMENTS} }, (_, id) => (
        { ...segment, id: String(id), name: 'number ' + number }
      ));
      generation = await storage.write(key, generation, {
        upserts, removals: [], revisions: [], state: { segmentCount: number },
      });
      process.stdout.write('\\n' + database + ' ' + generation + '\\n');
    }
  }
  setInterval(() => process.stdout.write('.'), 1);
  await Promise.all(JSON.parse(process.argv[1]).map(write));
`;

/**
 * Runs the writer until it has acknowledged a change of each database and then printed some dots.
 *
 * @returns the last acknowledged generation of each database
 */
async function writeAndKill(configs: readonly StorageConfig[], dots: number): Promise<number[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, JSON.stringify(configs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let last = -1;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (last === -1 && acknowledged(output, configs.length).every((generation) => generation > 0)) {
      last = output.length;
    }
    if (last !== -1 && output.slice(last).split('.').length > dots) child.kill('SIGKILL');
  });
  const signal = await new Promise((ended) => child.on('close', (_, how) => ended(how)));
  expect(signal).toBe('SIGKILL');
  return acknowledged(output, configs.length);
}

/** The last generation of each database that the writer has printed in whole; 0 if there is none. */
function acknowledged(output: string, databases: number): number[] {
  const generations = Array.from({ length: databases }, () => 0);
  for (const [, database, generation] of output.matchAll(/\n(\d+) (\d+)(?=\n)/g)) {
    generations[Number(database)] = Number(generation);
  }
  return generations;
}

/** Expects one generation in its entirety, not older than the acknowledged one. */
async function expectWhole(storage: Storage, acknowledgedGeneration: number): Promise<void> {
  const stored = await storage.read(KEY);
  const generation = stored!.state.generation;
  expect(generation).toBeGreaterThanOrEqual(acknowledgedGeneration);
  expect(stored!.state.segmentCount).toBe(generation);
  expect(stored!.segments).toHaveLength(SEGMENTS);
  expect(new Set([...stored!.segments].map(({ name }) => name))).toEqual(new Set([`number ${generation}`]));
  const found = await storage.search({
    terms: [`number ${generation}`],
    destinations: [KEY],
    status: null,
    after: null,
    first: 1,
  });
  expect(found.totalCount).toBe(SEGMENTS);
}

describeEngines('a process that is killed', (create) => {
  it(
    'leaves each change written completely or not at all, and loses no committed change',
    { timeout: 120_000 },
    async () => {
      const databases = await Promise.all(Array.from({ length: DATABASES }, () => create()));
      const configs = databases.map(({ config }) => config);
      const random = seededRandom(15);
      for (let round = 0; round < ROUNDS; round++) {
        const generations = await writeAndKill(configs, Math.floor(random() * 60));
        for (const [index, database] of databases.entries()) {
          const storage = await database.open();
          await expectWhole(storage, generations[index]!);
          await storage.close();
        }
      }
    },
  );
});
