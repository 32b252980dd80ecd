import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { StorageConfig } from '../../src/storage/index.js';
import { describeEngines, KEY, seededRandom } from './support.js';

const SEGMENTS = 400;

/**
 * A script that commits one change after the other. Each change names all segments after its generation. The
 * script prints a dot every millisecond, and the generation after each commit.
 */
const WRITER = `
  import { openStorage } from ${JSON.stringify(pathToFileURL(resolve('dist/storage/index.js')).href)};
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const storage = await openStorage(JSON.parse(process.argv[1]), { logger });
  const key = ${JSON.stringify(KEY)};
  let generation = (await storage.state(key))?.generation ?? 0;
  setInterval(() => process.stdout.write('.'), 1);
  for (;;) {
    const number = generation + 1;
    const upserts = Array.from({ length: ${SEGMENTS} }, (_, id) => ({
      id: String(id), sid: null, alias: null, name: 'number ' + number, description: null, status: 'ACTIVE',
      startDate: null, endDate: null, createdAt: null, updatedAt: null, source: 'AUDIENCE_MANAGER',
      confirmedAt: null, manual: null,
    }));
    generation = await storage.write(key, generation, {
      upserts, removals: [], revisions: [], state: { segmentCount: number },
    });
    process.stdout.write('\\n' + generation + '\\n');
  }
`;

/** Runs the script and kills it when it has printed this many dots after its first commit. */
async function writeAndKill(config: StorageConfig, dots: number): Promise<{ acknowledged: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const first = output.search(/\n\d+\n/);
    if (first !== -1 && output.slice(first).split('.').length > dots) child.kill('SIGKILL');
  });
  const signal = await new Promise((ended) => child.on('close', (_, how) => ended(how)));
  expect(signal).toBe('SIGKILL');
  const numbers = [...output.matchAll(/\n(\d+)\n/g)].map((match) => Number(match[1]));
  return { acknowledged: numbers.at(-1) ?? 0 };
}

describeEngines('a process that is killed', (create) => {
  it(
    'leaves each change written completely or not at all, and loses no committed change',
    { timeout: 120_000 },
    async () => {
      const database = await create();
      const random = seededRandom(15);
      for (let round = 0; round < 15; round++) {
        const { acknowledged } = await writeAndKill(database.config, Math.floor(random() * 60));
        const storage = await database.open();
        const stored = await storage.read(KEY);
        const generation = stored!.state.generation;
        expect(generation).toBeGreaterThanOrEqual(acknowledged);
        expect(stored!.state.segmentCount).toBe(generation);
        expect(stored!.segments).toHaveLength(SEGMENTS);
        expect(new Set([...stored!.segments].map(({ name }) => name))).toEqual(
          new Set([`number ${generation}`]),
        );
        const found = await storage.search({
          terms: [`number ${generation}`],
          destinations: [KEY],
          status: null,
          after: null,
          first: 1,
        });
        expect(found.totalCount).toBe(SEGMENTS);
        await storage.close();
      }
    },
  );
});
