import type { watch as watchByTheSystem } from 'node:fs';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, ConfigWatch, loadConfigWithFiles, type ConfigSources } from '../../src/config/index.js';
import { TemporaryFolder } from '../support/command.js';
import { FakeClock } from '../support/fake-clock.js';

/** Delays of the watch: the regular look, the one after an event, the second one after a change. */
const POLL_MS = 5_000;
const SETTLE_MS = 500;

let folder: TemporaryFolder;
let clock: FakeClock;
let watch: ConfigWatch;
let changes: number;
let onChange: () => void;

beforeEach(async () => {
  folder = await TemporaryFolder.create();
  clock = new FakeClock();
  changes = 0;
  onChange = () => undefined;
  watch = createWatch(() => {
    throw new Error('this file system reports no changes');
  });
});

function createWatch(watchFolder?: typeof watchByTheSystem): ConfigWatch {
  const called = (): void => {
    changes += 1;
    onChange();
  };
  return new ConfigWatch({ clock, onChange: called, ...(watchFolder === undefined ? {} : { watchFolder }) });
}

/** Lets time pass as the watch wants it, from an event that the system reports until the call of `onChange`. */
async function changeByEvent(): Promise<void> {
  const started = clock.elapsed();
  await clock.timer((ms) => ms <= 100);
  for (let turns = 0; turns < 50 && changes === 0; turns += 1) await look(clock.pending()[0] ?? 0);
  expect(changes).toBe(1);
  // Not before half a second, and long before the regular look.
  expect(clock.elapsed() - started).toBeGreaterThanOrEqual(SETTLE_MS);
  expect(clock.elapsed() - started).toBeLessThan(POLL_MS);
}

afterEach(async () => {
  watch.stop();
  await folder[Symbol.asyncDispose]();
});

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(folder.pathOf(name)), { recursive: true });
  await writeFile(folder.pathOf(name), text);
}

/** Loads the configuration, valid or not, and watches what it was read from. */
async function follow(): Promise<ConfigSources> {
  const { sources } = await loadConfigWithFiles(folder.pathOf('gateway.yaml'), { env: {} }).catch(
    (error: unknown) => {
      if (error instanceof ConfigError) return error;
      throw error;
    },
  );
  watch.follow(sources);
  return sources;
}

/** Lets the regular look at the files come, and waits until it has decided what is next. */
async function look(ms = POLL_MS): Promise<number> {
  clock.advance(ms);
  const next = clock.timer();
  const called = new Promise<number>((resolve) => {
    onChange = () => resolve(0);
  });
  return await Promise.race([next, called]);
}

describe('a watched configuration', () => {
  beforeEach(async () => {
    await write(
      'gateway.yaml',
      'include: [customers/*.yaml, extra.yaml]\naccess: { trustedDocuments: docs.json, apiKeys: [{ name: a, sha256: "${file:key}", customers: all }] }',
    );
    await write('customers/a.yaml', 'customers: [{ id: a, name: "${file:name}" }]');
    await write('customers/name', 'A');
    await write('extra.yaml', 'limits: { depth: 3 }');
    await write('docs.json', '{"id":"{ __typename }"}');
    await write('key', 'ab'.repeat(32));
  });

  it.each<[what: string, change: () => Promise<void>]>([
    ['the file is written', () => write('gateway.yaml', 'customers: [{ id: other }]')],
    ['an included file is written', () => write('extra.yaml', 'limits: { depth: 4 } # ')],
    ['a file of a pattern is written', () => write('customers/a.yaml', 'customers: [{ id: b }]')],
    ['a referenced file is written', () => write('customers/name', 'Other')],
    ['a named file is written', () => write('docs.json', '{"id":"{ a: __typename }"}')],
    ['a file is deleted', () => rm(folder.pathOf('extra.yaml'))],
    ['a new file matches a pattern', () => write('customers/b.yaml', 'customers: [{ id: b }]')],
    [
      'a file of a pattern is renamed',
      () => rename(folder.pathOf('customers/a.yaml'), folder.pathOf('customers/c.yaml')),
    ],
    ['the folder of a pattern is deleted', () => rm(folder.pathOf('customers'), { recursive: true })],
    [
      'a file is replaced by one of the same size and date, as editors do',
      async () => {
        await write('new', 'limits: { depth: 4 }');
        await utimes(folder.pathOf('new'), 1, 1);
        await rename(folder.pathOf('new'), folder.pathOf('extra.yaml'));
      },
    ],
    [
      'a file is written with its old date',
      async () => {
        await write('extra.yaml', 'limits: { depth: 9 }');
        await utimes(folder.pathOf('extra.yaml'), 1, 1);
      },
    ],
  ])('is loaded again when %s', async (_, change) => {
    await utimes(folder.pathOf('extra.yaml'), 1, 1);
    await follow();
    expect(await look()).toBe(POLL_MS);
    await change();
    expect(await look()).toBe(SETTLE_MS);
    expect(changes).toBe(0);
    expect(await look(SETTLE_MS)).toBe(0);
    expect(changes).toBe(1);
  });

  it.each<[what: string, change: () => Promise<void>]>([
    ['another file in a folder of a pattern', () => write('customers/.a.yaml.swp', 'x')],
    ['another file beside it', () => write('notes.txt', 'x')],
    [
      'a folder that matches a pattern',
      async () => {
        await mkdir(folder.pathOf('customers/folder.yaml'));
      },
    ],
  ])('is not loaded again because of %s', async (_, change) => {
    await follow();
    await change();
    expect(await look()).toBe(POLL_MS);
    expect(await look()).toBe(POLL_MS);
    expect(changes).toBe(0);
  });

  it('is loaded when nothing has changed for half a second, so that no half of a set is taken', async () => {
    await follow();
    await write('customers/b.yaml', 'customers: [');
    expect(await look()).toBe(SETTLE_MS);
    // The new file is still being written: its own size counts.
    await write('customers/b.yaml', 'customers: [{ id: b }]');
    expect(await look(SETTLE_MS)).toBe(SETTLE_MS);
    await write('extra.yaml', 'limits: { depth: 11 }');
    expect(await look(SETTLE_MS)).toBe(SETTLE_MS);
    expect(changes).toBe(0);
    expect(await look(SETTLE_MS)).toBe(0);
    expect(changes).toBe(1);
  });

  it('is not loaded if a file is as it was before, and loaded in the end if it never rests', async () => {
    await follow();
    await rename(folder.pathOf('extra.yaml'), folder.pathOf('aside'));
    expect(await look()).toBe(SETTLE_MS);
    await rename(folder.pathOf('aside'), folder.pathOf('extra.yaml'));
    // Renaming has changed the file's own time, so it counts as another one.
    expect(await look(SETTLE_MS)).toBe(SETTLE_MS);
    for (let turn = 0; turn < 18; turn += 1) {
      await write('extra.yaml', `limits: { depth: ${turn + 1} } #${'x'.repeat(turn)}`);
      expect(await look(SETTLE_MS)).toBe(SETTLE_MS);
    }
    await write('extra.yaml', 'limits: { depth: 999 }');
    expect(await look(SETTLE_MS)).toBe(0);
  });

  it('that was refused is loaded again at the next change, and not before', async () => {
    await write('extra.yaml', 'limits: { depth: x }');
    await follow();
    expect(await look()).toBe(POLL_MS);
    expect(await look()).toBe(POLL_MS);
    await write('extra.yaml', 'limits: { depth: 5 }');
    expect(await look()).toBe(SETTLE_MS);
    expect(await look(SETTLE_MS)).toBe(0);
  });

  it('is loaded when a file that was missing appears', async () => {
    await rm(folder.pathOf('customers/name'));
    await rm(folder.pathOf('extra.yaml'));
    await follow();
    expect(await look()).toBe(POLL_MS);
    await write('customers/name', 'A');
    expect(await look()).toBe(SETTLE_MS);
    expect(await look(SETTLE_MS)).toBe(0);
  });

  it('is loaded if a file has changed between reading and watching', async () => {
    const { sources } = await loadConfigWithFiles(folder.pathOf('gateway.yaml'), { env: {} });
    await write('extra.yaml', 'limits: { depth: 77 }');
    watch.follow(sources);
    expect(await look()).toBe(SETTLE_MS);
    expect(await look(SETTLE_MS)).toBe(0);
  });

  it('is looked at soon after the system reports a change', async () => {
    watch = createWatch();
    await follow();
    await write('extra.yaml', 'limits: { depth: 12 }');
    await changeByEvent();
  });

  it('is not looked at any more after the end', async () => {
    await follow();
    watch.stop();
    expect(clock.pending()).toEqual([]);
    await write('extra.yaml', 'limits: { depth: 12 }');
    clock.advance(10 * POLL_MS);
    expect(changes).toBe(0);
  });
});

describe('a configuration in a volume of Kubernetes', () => {
  const swap = async (version: number, text: string): Promise<void> => {
    await write(`volume/..${version}/gateway.yaml`, text);
    await symlink(`..${version}`, folder.pathOf('volume/..data_tmp'));
    await rename(folder.pathOf('volume/..data_tmp'), folder.pathOf('volume/..data'));
    await rm(folder.pathOf(`volume/..${version - 1}`), { recursive: true, force: true });
  };

  it('is loaded again whenever the link to its version changes', async () => {
    watch = createWatch();
    await swap(1, 'customers: [{ id: v1 }]');
    await symlink('..data/gateway.yaml', folder.pathOf('volume/gateway.yaml'));
    for (let version = 2; version < 5; version += 1) {
      const { config, sources } = await loadConfigWithFiles(folder.pathOf('volume/gateway.yaml'));
      expect(config.customers[0]!.id).toBe(`v${version - 1}`);
      watch.follow(sources);
      await swap(version, `customers: [{ id: v${version} }]`);
      await changeByEvent();
      changes = 0;
    }
  });
});
