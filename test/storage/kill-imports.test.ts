import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { Storage, StorageConfig } from '../../src/storage/index.js';
import { makeSegment } from '../support/segment.js';
import { describeEngines, KEY, seededRandom } from './support.js';

/** More than what SQLite writes in one transaction. */
const SEGMENTS = 1_200;

/** Number of processes that are killed. */
const ROUNDS = 6;

const IMPORT_URL = JSON.stringify(pathToFileURL(resolve('build/storage/index.js')).href);

/**
 * A program that stores import after import. Each names all segments of one destination after the number of its
 * generation. It prints a dot every millisecond, and the generation of each import that was acknowledged.
 */
const IMPORTER = `
  import { randomUUID } from 'node:crypto';
  import { openStorage } from ${IMPORT_URL};
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const key = ${JSON.stringify(KEY)};
  const segment = ${JSON.stringify(makeSegment(''))};
  setInterval(() => process.stdout.write('.'), 1);
  const storage = await openStorage(JSON.parse(process.argv[1]), { logger });
  let generation = (await storage.state(key))?.generation ?? 0;
  const counts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };
  for (;;) {
    const name = 'number ' + (generation + 1);
    const ids = Array.from({ length: ${SEGMENTS} }, (_, id) => String(id));
    const after = { name, description: null, status: null, at: 1, by: 'Ann', base: null };
    generation = await storage.write(key, generation, {
      upserts: ids.map((id) => ({ ...segment, id, name })),
      removals: [],
      revisions: ids.map((segmentId) => (
        { segmentId, at: 1, kind: 'RENAMED', name, description: null, status: 'ACTIVE', source: 'MANUAL', by: 'Ann' }
      )),
      state: { segmentCount: generation + 1 },
      import: {
        record: { id: randomUUID(), by: 'Ann', fileName: name, mode: 'MERGE', counts },
        changes: ids.map((segmentId) => ({ segmentId, before: null, after, isNew: false })),
      },
    });
    process.stdout.write('\\n' + generation + '\\n');
  }
`;

/**
 * Runs the importer until it has printed so many dots and, if `isPatient`, stored an import.
 *
 * @returns the last acknowledged generation; 0 if there is none
 */
async function importAndKill(config: StorageConfig, dots: number, isPatient: boolean): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', IMPORTER, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('.').length > dots && (!isPatient || ACKNOWLEDGED.test(output))) child.kill('SIGKILL');
  });
  const signal = await new Promise((ended) => child.on('close', (_, how) => ended(how)));
  expect(signal).toBe('SIGKILL');
  return Number([...output.matchAll(new RegExp(ACKNOWLEDGED, 'g'))].at(-1)?.[1] ?? 0);
}

/** A generation that the importer has printed. */
const ACKNOWLEDGED = /\n(\d+)(?=\n)/;

/** Expects one import in its entirety, and all that came before it. @returns its generation */
async function expectWhole(storage: Storage, acknowledged: number): Promise<number> {
  const stored = await storage.read(KEY);
  const generation = stored?.state.generation ?? 0;
  expect(generation).toBeGreaterThanOrEqual(acknowledged);
  const name = `number ${generation}`;
  expect(stored?.state.segmentCount ?? 0).toBe(generation);
  expect(new Set([...(stored?.segments ?? [])].map((segment) => segment.name))).toEqual(
    new Set(generation === 0 ? [] : [name]),
  );
  const size = generation === 0 ? 0 : SEGMENTS;
  expect(stored?.segments ?? []).toHaveLength(size);
  const request = { destinations: [KEY], status: null, after: null, first: 1 };
  expect((await storage.search({ ...request, terms: [name] })).totalCount).toBe(size);
  expect((await storage.search({ ...request, terms: [] })).totalCount).toBe(size);
  const history = { segmentId: null, since: null, first: 1, order: 'newest-first', after: null } as const;
  const { revisions, totalCount } = await storage.revisions(KEY, history);
  expect(totalCount).toBe(generation * SEGMENTS);
  expect(revisions.map((revision) => revision.name)).toEqual(generation === 0 ? [] : [name]);
  const { imports, totalCount: count } = await storage.imports({
    destinations: [KEY],
    first: 1,
    after: null,
  });
  expect(count).toBe(generation);
  if (imports[0] !== undefined) {
    expect(imports[0].fileName).toBe(name);
    const changes = await storage.importChanges(imports[0].id, { first: 10_000, after: null });
    expect(changes.map(({ after }) => after?.name)).toEqual(Array<string>(SEGMENTS).fill(name));
  }
  return generation;
}

describeEngines('a process that is killed while it imports', (create) => {
  it(
    'leaves each import stored completely or not at all, and loses none that was acknowledged',
    { timeout: 180_000 },
    async () => {
      const database = await create();
      const random = seededRandom(41);
      let generation = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const dots = 20 + Math.floor(random() * 1_000);
        // The first ones may all be killed before their first import is stored.
        const acknowledged = await importAndKill(database.config, dots, round === ROUNDS - 1);
        const storage = await database.open();
        generation = await expectWhole(storage, Math.max(acknowledged, generation));
        await storage.close();
      }
      expect(generation).toBeGreaterThan(0);
    },
  );
});
