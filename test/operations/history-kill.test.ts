import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { Storage } from '../../src/storage/index.js';
import { change, describeEngines, KEY, NOON, revision, seededRandom } from '../storage/support.js';
import { FakeClock } from '../support/fake-clock.js';

const SEGMENTS = 40;
const COMMITS = 60;
const CUT = NOON + 45_000;

/** Removes old history in small steps, without a pause, and prints a dot for each. */
const REMOVER = `
  import { openStorage } from ${JSON.stringify(pathToFileURL(resolve('build/storage/index.js')).href)};
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const storage = await openStorage(JSON.parse(process.argv[1]), { logger });
  for (let isDone = false; !isDone;) {
    ({ isDone } = await storage.removeHistoryBefore(${JSON.stringify(KEY)}, ${CUT}, 7));
    process.stdout.write('.');
  }
  await storage.close();
  process.stdout.write('done');
`;

/** Everything that can be asked of the past from the cut on. */
async function past(storage: Storage): Promise<unknown[]> {
  const ids = Array.from({ length: SEGMENTS }, (_, id) => String(id));
  const answers: unknown[] = [];
  for (let time = CUT; time <= NOON + COMMITS * 1_000; time += 500) {
    const { revisions } = await storage.revisionsAt(KEY, ids, time);
    answers.push([...revisions].sort(([a], [b]) => Number(a) - Number(b)));
    const request = {
      segmentId: null,
      since: time,
      first: 1_000,
      order: 'oldest-first',
      after: null,
    } as const;
    const { revisions: changes, totalCount } = await storage.revisions(KEY, request);
    answers.push({ changes, totalCount });
  }
  return answers;
}

describeEngines('the removal of old history that is killed again and again', (create) => {
  it('loses nothing of what is later, and comes to its end', { timeout: 180_000 }, async () => {
    const database = await create();
    const clock = new FakeClock(NOON);
    const storage = await database.open(clock);
    const random = seededRandom(36);
    for (let generation = 0; generation < COMMITS; generation++) {
      const ids = Array.from({ length: 10 }, () => String(Math.floor(random() * SEGMENTS)));
      const revisions = ids.map((id) => revision(id, clock.now(), { name: `${id} at ${generation}` }));
      await storage.write(KEY, generation, change({ revisions }));
      clock.advance(1_000);
    }
    const before = await past(storage);
    let kills = 0;
    for (let isDone = false; !isDone; kills++) {
      if (kills > 100) throw new Error('it does not come to its end');
      isDone = await removeAndKill(JSON.stringify(database.config), 3 + Math.floor(random() * 12));
      expect(await past(storage)).toEqual(before);
    }
    expect(kills).toBeGreaterThan(3);
    const left = await storage.revisions(KEY, {
      segmentId: null,
      since: null,
      first: 1_000,
      order: 'oldest-first',
      after: null,
    });
    const old = left.revisions.filter(({ at }) => at < CUT).map(({ segmentId }) => segmentId);
    expect(old).toHaveLength(new Set(old).size);
    expect(left.completeSince).toBe(CUT);
  });
});

/** Kills the process after so many steps. @returns whether it had done everything before */
async function removeAndKill(config: string, steps: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', REMOVER, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length >= steps) child.kill('SIGKILL');
  });
  await new Promise((ended) => child.on('close', ended));
  expect(output).toMatch(/^\.+/);
  return output.endsWith('done');
}
