import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { expect, describe, it, onTestFinished } from 'vitest';
import type { SimulatorCustomer } from '../../src/simulator/index.js';
import type { RunningCommand } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { postQuery } from '../support/graphql-request.js';
import { findProgram, needing } from '../support/programs.js';
import { eventually } from '../support/waiting.js';

const SIMULATED: SimulatorCustomer[] = [passwordCustomer('acme', destination(314, 3))];
const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const EDIT = `mutation ($name: String!) {
  setSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1001" }, name: $name) { label }
}`;

interface Edited {
  readonly error: string | null;
  readonly message: string;
}

async function edit(url: string, name: string): Promise<Edited> {
  const { errors } = await postQuery(url, EDIT, { name });
  return { error: errors?.[0]?.extensions.code ?? null, message: errors?.[0]?.message ?? '' };
}

async function storageOf(url: string): Promise<string> {
  const response = await fetch(url.replace('/graphql', '/readyz'));
  return ((await response.json()) as { storage: string }).storage;
}

/** Errors in the log of a gateway. */
function errorsOf(gateway: RunningCommand): string[] {
  return gateway.stdout
    .split('\n')
    .filter((line) => line.includes('"level":"error"'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}

it('refuses a second gateway on a file until the first one was killed', { timeout: 60_000 }, async () => {
  await using place = await ConfiguredFolder.create(SIMULATED, { storage: { sqlite: 'names.db' } });
  await using first = place.serve();
  const url = await first.url();
  expect(await postQuery(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
  await using second = place.serve();
  expect(await second.exit).toMatchObject({ code: 1 });
  expect(second.stderr).toMatch(
    new RegExp(`names\\.db is in use by another gateway \\(process ${first.pid} on .+, since 20.+Z\\)`),
  );
  for (const command of [
    ['check'],
    ['export', '--customer', 'acme'],
    ['backup', place.folder.pathOf('copy.db')],
  ]) {
    expect(await place.run(command)).toMatchObject({ code: 0 });
  }
  first.kill('SIGKILL');
  await first.exit;
  await using third = place.serve();
  expect(await postQuery(await third.url(), NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
});

it(
  'notices within a minute that the file was moved, refuses changes by hand, and goes on when it is back',
  { timeout: 120_000 },
  async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, { storage: { sqlite: 'data/names.db' } });
    await using gateway = place.serve();
    const url = await gateway.url();
    expect(await edit(url, 'by hand')).toMatchObject({ error: null });
    const [data, away] = [place.folder.pathOf('data'), place.folder.pathOf('away')];
    await rename(data, away);
    await gateway.prints(/the database file is not at its place/);
    expect(await storageOf(url)).toBe('unavailable');
    expect(await edit(url, 'lost')).toEqual({
      error: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('because its database file was moved or deleted'),
    });
    expect(await postQuery(url, NAME)).toEqual({ data: { segment: { label: 'by hand' } } });
    // Another file at the place is not taken over.
    await mkdir(data);
    await writeFile(place.folder.pathOf('data/names.db'), '');
    await gateway.prints(/was replaced by another file/);
    expect((await edit(url, 'lost')).message).toContain('was replaced by another one');
    expect((await stat(place.folder.pathOf('data/names.db'))).size).toBe(0);
    await rm(data, { recursive: true });
    await rename(away, data);
    await gateway.prints(/the database file is back at its place/);
    await eventually(async () => (await storageOf(url)) === 'available', 30_000);
    expect(await edit(url, 'stored')).toMatchObject({ error: null });
    expect(errorsOf(gateway)).toHaveLength(2);
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toMatchObject({ code: 0 });
    const { stdout } = await place.run(['export', '--customer', 'acme']);
    expect(stdout).toContain('stored');
  },
);

/** A small disk of its own; `null` if this user may not make one. */
async function smallDisk(path: string): Promise<boolean> {
  await mkdir(path);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', path]);
  if (status === 0) onTestFinished(() => void spawnSync('umount', ['-l', path]));
  return status === 0;
}

const mount = findProgram('mount');

describe.skipIf(mount === null)(needing('a full disk', { mount }), () => {
  it(
    'is told to whoever changes something by hand, and heals when there is room',
    { timeout: 120_000 },
    async ({ skip }) => {
      const place = await ConfiguredFolder.create(SIMULATED, { storage: { sqlite: 'disk/names.db' } });
      onTestFinished(() => place[Symbol.asyncDispose]());
      if (!(await smallDisk(place.folder.pathOf('disk')))) skip('this user may not mount a disk');
      await using gateway = place.serve();
      const url = await gateway.url();
      expect(await edit(url, 'first')).toMatchObject({ error: null });
      const filler = place.folder.pathOf('disk/filler');
      await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => undefined);
      const long = (letter: string): string => letter.repeat(250);
      // The log beside the database has some room left.
      let refused: Edited = { error: null, message: '' };
      for (let edits = 0; edits < 200 && refused.error === null; edits++) {
        refused = await edit(url, long(String.fromCharCode(97 + (edits % 26))));
      }
      expect(refused).toEqual({
        error: 'STORAGE_UNAVAILABLE',
        message: expect.stringMatching(/because its disk is full; try again later/),
      });
      expect(await storageOf(url)).toBe('unavailable');
      expect(await postQuery(url, NAME)).toMatchObject({ data: { segment: { label: expect.any(String) } } });
      await rm(filler);
      await gateway.prints(/the storage responds again/);
      expect(await storageOf(url)).toBe('available');
      expect(await edit(url, 'room again')).toMatchObject({ error: null });
      expect(errorsOf(gateway)).toEqual([expect.stringContaining('the storage cannot be written')]);
      gateway.kill('SIGTERM');
      await gateway.exit;
      expect((await place.run(['export', '--customer', 'acme'])).stdout).toContain('room again');
    },
  );
});
