import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identified } from '../../src/commands/identify-report.js';
import type { SimulatorCustomer, SimulatorMapping } from '../../src/simulator/index.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import type { TestCustomer } from '../support/gateway.js';
import { runInProcess, type CommandResult } from './in-process.js';

function mappings(first: number, count = 30): SimulatorMapping[] {
  return Array.from({ length: count }, (_, index) => ({
    mappingId: first + index,
    sid: 80_000 + first + index,
    alias: `key-${first + index}`,
    name: `Segment ${first + index}`,
  }));
}

const simulated = (): SimulatorCustomer[] => [
  passwordCustomer(
    'acme',
    destination(314, 0, { mappings: mappings(100), outbound: { gzip: true, masterDpid: 20914 } }),
    destination(315, 0, { mappings: mappings(300) }),
    // The same segments under other mapping IDs.
    destination(316, 0, {
      mappings: mappings(100).map((each) => ({ ...each, mappingId: each.mappingId + 400 })),
    }),
  ),
  serverToServerCustomer('globex', destination(566, 0, { mappings: mappings(700) })),
];
const AUTO = (id: number) => ({ id, segmentIdType: 'AUTO' });

const CUSTOMERS: TestCustomer[] = [
  {
    id: 'acme',
    destinations: [AUTO(314), { id: 315, segmentIdType: 'SID' }, { id: 316 }],
  },
  { id: 'globex', destinations: [AUTO(566)] },
];

async function create(customers: readonly TestCustomer[]): Promise<ConfiguredFolder> {
  return await ConfiguredFolder.create(simulated(), {}, customers);
}

function run(place: ConfiguredFolder, file: string, ...flags: string[]): Promise<CommandResult> {
  return runInProcess(['identify', file, ...flags, '--config', place.config]);
}

async function identified(place: ConfiguredFolder, file: string, ...flags: string[]): Promise<Identified> {
  const { stdout } = await run(place, file, '--json', ...flags);
  return JSON.parse(stdout) as Identified;
}

const lines = (ids: readonly (string | number)[]): string =>
  ids.map((id, user) => `u${user}  ${id}  1`).join('\n');

describe('identify', () => {
  /** For all that need no other configuration: then the destinations are read once. */
  let place: ConfiguredFolder;
  beforeAll(async () => {
    place = await create(CUSTOMERS);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  it('says which kind of IDs a delivery has, in the destination of its name, and what to configure', async () => {
    const file = place.folder.pathOf('S3_314_20914_iter_1790000000000.sync.gz');
    const sids = mappings(100).map(({ sid }) => sid ?? 0);
    await writeFile(file, gzipSync(lines([...sids, ...sids, 9_000_001])));
    const { code, stdout, stderr } = await place.run(['identify', file]);
    expect(code).toBe(0);
    expect(stderr).toContain('guessed --template');
    expect(stdout).toContain('.sync.gz: 32 different IDs.');
    expect(stdout).toMatch(/acme +│ 314 .*│ +30 │ SID 30 /);
    expect(stdout).toContain('Destination 314 of acme: 30 of 32 IDs are sids');
    expect(stdout).not.toContain('316');
  });

  it('reads lines as the configuration says, unless --template says otherwise', async () => {
    const destinations = [{ ...AUTO(314), format: '{segments:|};{user}' }];
    await using other = await create([{ id: 'acme', destinations }]);
    const sids = mappings(100).map(({ sid }) => sid);
    const file = await other.folder.write('S3_314_20914_iter_1790000000000.sync', `${sids.join('|')};u1\n`);
    expect(await identified(other, file)).toMatchObject({ ids: 30 });
    expect((await run(other, file, '--template', 'tabs')).code).toBe(1);
  });

  it('reads a list with one ID on each line, also if its name is that of a table', async () => {
    const sids = mappings(300).map(({ sid }) => sid);
    const file = await place.folder.write('ids.csv', sids.join('\r\n'));
    expect(await identified(place, file)).toMatchObject({ ids: 30 });
  });

  it.each<[string, string, string]>([
    ['named destination', 'AUTO', 'segmentIdType: ALIAS'],
    ['destination that is configured as another kind', 'SID', 'segmentIdType: ALIAS` instead of SID'],
  ])('prints the lines for the configuration of a %s', async (_what, segmentIdType, said) => {
    await using other = await create([{ id: 'globex', destinations: [{ id: 566, segmentIdType }] }]);
    const file = await other.folder.write(
      'ids.txt',
      mappings(700)
        .map(({ alias }) => alias)
        .join('\n'),
    );
    const { code, stdout } = await run(other, file);
    expect(code).toBe(0);
    expect(stdout).toContain(said);
    expect(stdout).toContain(
      '\n\ncustomers:\n  - id: globex\n    destinations:\n      - id: 566\n        segmentIdType: ALIAS\n',
    );
  });

  it('prints an override for a destination that is discovered', async () => {
    await using other = await create([{ id: 'globex', discovery: {} }]);
    const file = await other.folder.write(
      'ids.txt',
      mappings(700)
        .map(({ sid }) => sid)
        .join('\n'),
    );
    // The gateway has found it, so that it is in the storage.
    const serve = other.serve();
    const url = await serve.url();
    const query = '{ destination(customerId: "globex", destinationId: "566") { name } }';
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    await serve[Symbol.asyncDispose]();
    const { stdout } = await run(other, file);
    expect(stdout).toContain(
      '    destinations:\n      overrides:\n        - id: 566\n          segmentIdType: SID\n',
    );
  });

  it('says nothing to configure where the configuration says it', async () => {
    const file = await place.folder.write(
      'ids.txt',
      mappings(300)
        .map(({ sid }) => sid)
        .join('\n'),
    );
    const { stdout } = await run(place, file);
    expect(stdout).toContain('30 of 30 IDs are sids, as segmentIdType says.');
    expect(stdout).not.toContain('customers:');
  });

  it('counts by kind and by destination, also where several destinations know the IDs', async () => {
    const file = await place.folder.write(
      'ids.csv',
      `User,Segment\n${mappings(100)
        .map(({ sid }) => `u,${sid}`)
        .join('\n')}\nu,100\nu,7\n`,
    );
    const { destinations, ids } = await identified(place, file, '--column', 'Segment');
    expect(ids).toBe(32);
    expect(
      destinations.map(({ customer, destination: id, check }) => [
        customer,
        id,
        check?.unknown,
        check?.matches,
      ]),
    ).toEqual([
      [
        'acme',
        '314',
        1,
        [
          { idType: 'SID', count: 30 },
          { idType: 'MAPPING_ID', count: 1 },
        ],
      ],
      ['acme', '315', 32, []],
      ['acme', '316', 2, [{ idType: 'SID', count: 30 }]],
      ['globex', '566', 32, []],
    ]);
    const sids = await place.folder.write(
      'sids.txt',
      mappings(100)
        .map(({ sid }) => sid)
        .join(' '),
    );
    const { stdout } = await run(place, sids);
    expect(stdout).toContain('2 destinations know as many of them. Name the one that the file is for');
    expect(stdout).toContain('No ID is known in 2 destinations that were looked into.');
    expect((await identified(place, sids, '--destination', '314')).destinations).toHaveLength(1);
    expect((await identified(place, sids, '--customer', 'globex')).destinations).toHaveLength(1);
  });

  it("looks into all destinations with --all, and where nobody has the one of the file's name", async () => {
    const ids = lines(mappings(700).map(({ sid }) => sid ?? 0));
    const named = await place.folder.write('S3_314_20914_iter_1790000000000.sync', ids);
    expect((await identified(place, named)).destinations).toHaveLength(1);
    expect((await identified(place, named, '--all')).destinations).toHaveLength(4);
    const other = await place.folder.write('S3_777_20914_iter_1790000000000.sync', ids);
    expect((await identified(place, other)).destinations).toHaveLength(4);
  });

  it('names destinations that cannot be read, and lines that cannot be read', async () => {
    await using other = await create([{ id: 'globex', destinations: [{ id: 566 }, { id: 999 }] }]);
    const text = `${lines(mappings(700).map(({ sid }) => sid ?? 0))}\n\u0001\u0002 , ,\n`;
    const file = await other.folder.write('S3_1_20914_iter_1790000000000.sync', text);
    const { code, stdout, stderr } = await run(other, file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Destination 999 of globex could not be read: /);
    expect(stderr).toContain('line 31: ');
  });

  it('says that none is known, with exit code 1', async () => {
    const file = await place.folder.write('ids.txt', '1 2 3');
    const { code, stdout } = await run(place, file);
    expect(code).toBe(1);
    expect(stdout).toContain('None of the IDs is known.');
  });

  it.each<[string, string, string[], string]>([
    ['a list without IDs', ' \n \n', [], 'holds no IDs'],
    ['a table without --column', 'a,b\n1,2\n', [], '--column'],
    ['a column that is not there', 'a,b\n1,2\n', ['--column', 'c'], 'c'],
    ['no such template', 'u 1\n', ['--template', 'tab'], 'There is no template'],
    ['no such customer', 'u 1\n', ['--template', 'spaces', '--customer', 'x'], 'no customer x'],
    ['no such destination', 'u 1\n', ['--template', 'spaces', '--destination', '7'], 'no destination 7'],
  ])('refuses %s in one line', async (what, text, flags, message) => {
    const file = await place.folder.write(what.includes('list') ? 'ids.txt' : 'ids.csv', text);
    const { code, stdout, stderr } = await run(place, file, ...flags);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(code).not.toBe(0);
  });
});
