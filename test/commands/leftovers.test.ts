import Database from 'libsql';
import { expect, it } from 'vitest';
import { RunningCommand } from '../support/command.js';
import { TO_900, TO_901, commandFolder, type CommandFolder } from './support.js';

const WITHOUT_901 = 'customers:\n  - id: initech\n    destinations: [{ id: 900, segmentIdType: SID }]\n';
const WITHOUT_ALL = 'customers: [{ id: other }]\n';

const DISCOVERED =
  'insert into discovery (customer_id, revision, destinations, listed_at, failures) values (?, 1, ?, 1, 0)';
const LISTED_900 = JSON.stringify([
  { id: '900', name: null, description: null, type: 'S2S', active: true, missingSince: null },
]);

/** A folder with names in both destinations. */
async function withNames(): Promise<CommandFolder> {
  const place = await commandFolder();
  const rows = Array.from({ length: 1_200 }, (_, id) => `${id},Segment ${id}`);
  await place.folder.write('names.csv', ['sid,name', ...rows].join('\n'));
  for (const flags of [TO_900, TO_901]) {
    expect(await place.run('import', 'names.csv', ...flags)).toMatchObject({ code: 0 });
  }
  return place;
}

/** The numbers of stored destinations, segments, revisions and commits. */
function counted({ folder }: CommandFolder): number[] {
  const database = new Database(folder.pathOf('data/gateway.db'));
  try {
    // The rows of a large import are moved into their destination by whatever uses the database next.
    const destinations = "destination where destination_id not like 'staged %'";
    return [destinations, 'segment', 'revision', 'revision_commit'].map((table) => {
      const [row] = database.prepare(`select count(*) from ${table}`).raw().all() as [[number]];
      return row[0];
    });
  } finally {
    database.close();
  }
}

it('lists what has left the configuration, and removes it on request only', async () => {
  await using place = await withNames();
  expect(await place.run('leftovers')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing is left over'),
  });
  await place.folder.write('gateway.yaml', WITHOUT_901);
  const listed = await place.run('leftovers');
  expect(listed.stdout).toMatch(/initech +│ 901 +│ 1,200 +│ 1,200 +│ 1,200 +│ never +│ 20\d\d-/);
  expect(listed.stdout).not.toMatch(/│ 900 /);
  expect(await place.run('leftovers', '--remove')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/Nothing was removed.*--yes/s),
  });
  expect(counted(place)).toEqual([2, 2_400, 2_400, 2]);
  const removed = await place.run('leftovers', '--remove', '--yes');
  expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Removed 1 destination.') });
  expect(JSON.parse(removed.stderr)).toMatchObject({
    audit: 'removeLeftover',
    outcome: 'ok',
    caller: expect.stringContaining('(aam-gateway leftovers)'),
    customer: 'initech',
    destination: '901',
    segments: 1_200,
    changes: 1_200,
  });
  expect(counted(place)).toEqual([1, 1_200, 1_200, 1]);
});

it('removes only what the flags name', async () => {
  await using place = await withNames();
  await place.folder.write('gateway.yaml', WITHOUT_ALL);
  expect(await place.run('leftovers', '--customer', 'other')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing is left over of these'),
  });
  const flags = ['--customer', 'initech', '--destination', '900'];
  expect(await place.run('leftovers', ...flags, '--remove', '--yes')).toMatchObject({ code: 0 });
  const { stdout } = await place.run('leftovers');
  expect(stdout).toMatch(/│ 901 /);
  expect(stdout).not.toMatch(/│ 900 /);
});

it('goes on with a removal that was interrupted, and leaves a destination that is configured again alone', async () => {
  await using place = await withNames();
  await place.folder.write('gateway.yaml', WITHOUT_901);
  await using removal = new RunningCommand(['leftovers', '--remove', '--yes'], {}, place.folder.path);
  const database = new Database(place.folder.pathOf('data/gateway.db'));
  const isBegun = database.prepare("select count(*) from destination where customer_id = ''").raw();
  for (let isDetached = false; !isDetached;) {
    const [row] = isBegun.all() as [[number]];
    const exit = await Promise.race([removal.exit, new Promise((resolve) => setImmediate(resolve, null))]);
    isDetached = row[0] === 1 || exit !== null;
  }
  removal.kill('SIGKILL');
  await removal.exit;
  database.close();
  // Its name is free.
  const both = `${WITHOUT_901.trimEnd().replace('}]', '}, { id: 901 }]')}\n`;
  await place.folder.write('gateway.yaml', both);
  expect(await place.run('import', 'names.csv', ...TO_901)).toMatchObject({ code: 0 });
  expect(await place.run('leftovers', '--remove', '--yes')).toMatchObject({ code: 0 });
  expect(counted(place)).toEqual([2, 2_400, 2_400, 2]);
});

it('counts what was discovered as configured, and everything until that is known', async () => {
  await using place = await withNames();
  await place.folder.write(
    'gateway.yaml',
    'customers:\n  - id: initech\n    destinations: discover\n' +
      '    credentials: { type: server-to-server, clientId: some, clientSecret: secret, orgId: org@AdobeOrg }\n',
  );
  const unknown = await place.run('leftovers');
  expect(unknown.stderr).toBe('');
  expect(unknown.stdout).toContain('Nothing is left over');
  const database = new Database(place.folder.pathOf('data/gateway.db'));
  database.prepare(DISCOVERED).run(['initech', LISTED_900]);
  database.close();
  const { stdout } = await place.run('leftovers', '--remove', '--yes');
  expect(stdout).toMatch(/│ 901 /);
  expect(stdout).not.toMatch(/│ 900 /);
  expect(counted(place)).toEqual([1, 1_200, 1_200, 1]);
});

it('removes what was discovered of a customer that has left the configuration, with all of the customer', async () => {
  await using place = await withNames();
  await place.folder.write('gateway.yaml', WITHOUT_ALL);
  const database = new Database(place.folder.pathOf('data/gateway.db'));
  for (const customer of ['initech', 'other']) database.prepare(DISCOVERED).run([customer, LISTED_900]);
  const left = (): unknown => database.prepare('select customer_id from discovery').raw().all();
  expect((await place.run('leftovers')).stdout).toMatch(/initech +│ \(1 discovered\) .*│ 1970-01-01/);
  const one = ['--customer', 'initech', '--destination', '900', '--remove', '--yes'];
  expect((await place.run('leftovers', ...one)).stdout).toContain('Removed 1 destination.');
  expect(left()).toEqual([['initech'], ['other']]);
  const removed = await place.run('leftovers', '--remove', '--yes');
  expect(removed.stdout).toContain('Removed 1 destination, and what was discovered of 1 customer.');
  const audit = removed.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(audit).toContainEqual(
    expect.objectContaining({ audit: 'removeLeftover', customer: 'initech', discovered: 1 }),
  );
  expect(left()).toEqual([['other']]);
  database.close();
});

it('removes nothing while a pattern of include matches no file, unless a customer is named', async () => {
  await using place = await withNames();
  await place.folder.write('gateway.yaml', `include: ['customers-*.yaml']\n${WITHOUT_ALL}`);
  expect(await place.run('leftovers', '--remove', '--yes')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('customers-*.yaml of include'),
  });
  expect(counted(place)).toEqual([2, 2_400, 2_400, 2]);
  const named = await place.run('leftovers', '--remove', '--yes', '--customer', 'initech');
  expect(named).toMatchObject({ code: 0, stdout: expect.stringContaining('Removed 2 destinations.') });
});
