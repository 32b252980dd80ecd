import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { SimulatorCustomer } from '../../src/simulator/index.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import type { TestCustomer } from '../support/gateway.js';

const SIMULATED: SimulatorCustomer[] = [
  passwordCustomer('acme', destination(314, 3), destination(315, 4, { type: 'PUSH' })),
  serverToServerCustomer('globex', destination(566, 5), destination(569, 1, { forbidden: true })),
  passwordCustomer('hooli', destination(800, 1)),
];

const ALL: TestCustomer[] = [
  {
    id: 'acme',
    destinations: [
      { id: 314, segmentIdType: 'SID' },
      { id: 315, segmentIdType: 'AUTO' },
    ],
  },
  { id: 'globex', destinations: [{ id: 566 }, { id: 569 }, { id: 999 }] },
  { id: 'hooli', credentials: { type: 'password', username: 'hooli-user', password: 'a wrong password' } },
  { id: 'initech', credentials: null, destinations: [{ id: 900, name: 'CRM' }] },
];

describe('check', () => {
  it('prints which destinations can be read, and remedies for the others, with exit code 1', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, {}, ALL);
    const { code, stdout, stderr } = await place.run(['check']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const tableLineOf = (id: string): string =>
      stdout.split('\n').find((line) => line.includes(` ${id} `)) ?? '';
    expect(tableLineOf('314')).toMatch(/acme.*Destination 314.*SERVER_TO_SERVER.* SID .* 3 .* ms .*ok/);
    expect(tableLineOf('315')).toMatch(/URL .* AUTO: .*ALIAS.* 4 .*ok/);
    expect(tableLineOf('566')).toMatch(/globex.* 5 .*ok/);
    expect(tableLineOf('569')).toContain('AAM_FORBIDDEN');
    expect(tableLineOf('999')).toContain('AAM_NOT_FOUND');
    expect(tableLineOf('800')).toContain('AAM_AUTH_FAILED');
    expect(tableLineOf('900')).toContain('manual');
    expect(stdout).toContain('3 of 7 failed.');
    for (const remedy of ['AAM_FORBIDDEN: Ask', 'AAM_NOT_FOUND: Check', 'AAM_AUTH_FAILED: Check']) {
      expect(stdout).toContain(remedy);
    }
    expect(stdout).not.toContain('a wrong password');
    expect(place.simulator.count({ endpoint: 'token' })).toBe(3);
  });

  it('waits for the retries of a host that cannot be reached, and prints the other hosts too', async () => {
    const customers = [{ id: 'acme' }, { id: 'globex', destinations: [{ id: 566 }] }];
    await using place = await ConfiguredFolder.create(SIMULATED);
    const tokenUrl = place.simulator.serverToServerTokenUrl;
    const serverToServer = { baseUrl: 'http://127.0.0.1:9/v1', tokenUrl };
    await place.configure({ audienceManager: { serverToServer } }, customers);
    const { code, stdout, stderr } = await place.run(['check']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/acme.* 314 .*ok/);
    expect(stdout).toMatch(/globex.* 566 .*AAM_UNAVAILABLE/);
    expect(stdout).toContain('ECONNREFUSED');
  });

  it('prints the same as JSON, with exit code 0 if everything can be read', async () => {
    const customers = [{ id: 'acme' }, { id: 'hooli', destinations: [] }, ALL[3]!];
    await using place = await ConfiguredFolder.create(SIMULATED, {}, customers);
    const { code, stdout } = await place.run(['check', '--json']);
    expect(code).toBe(0);
    const results = JSON.parse(stdout) as Record<string, unknown>[];
    expect(results).toMatchObject([
      {
        customer: 'acme',
        destination: '314',
        type: 'SERVER_TO_SERVER',
        segmentIdType: 'MAPPING_ID',
        idTypes: ['MAPPING_ID'],
        status: 'ok',
        segments: 3,
        code: null,
        warning: null,
        ids: null,
      },
      { customer: 'acme', destination: '315', type: 'URL', status: 'ok', segments: 4 },
      { customer: 'hooli', destination: null, status: 'ok', segments: null },
      { customer: 'initech', destination: '900', name: 'CRM', status: 'manual' },
    ]);
  });

  it('checks only the named customer or destination', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, {}, ALL);
    const destinationsOf = async (...args: string[]): Promise<(string | null)[]> => {
      const { stdout } = await place.run(['check', '--json', ...args]);
      return (JSON.parse(stdout) as { destination: string | null }[]).map(({ destination: id }) => id);
    };
    expect(await destinationsOf('--customer', 'acme')).toEqual(['314', '315']);
    expect(await destinationsOf('--destination', '566')).toEqual(['566']);
    expect(await destinationsOf('--customer', 'acme', '--destination', '315')).toEqual(['315']);
    expect(place.simulator.count({ endpoint: 'token' })).toBe(3);
  });

  it('says each thing once that can be the matter with rejected credentials, and what Audience Manager said', async () => {
    const customers = [
      {
        id: 'acme',
        credentials: { type: 'password', username: 'acme-user', password: 'a wrong password' },
        destinations: [{ id: 314 }, { id: 315 }],
      },
    ];
    await using place = await ConfiguredFolder.create(SIMULATED, {}, customers);
    const { stdout } = await place.run(['check']);
    expect(place.simulator.count({ endpoint: 'token' })).toBe(1);
    for (const cause of [/wrong/g, /expire after 30 or 90 days/g, /after five failed log-ins/g]) {
      expect(stdout.match(cause)).toHaveLength(1);
    }
    expect(stdout).toContain('invalid_grant');
    expect(stdout).not.toContain('a wrong password');
  });

  it('makes a technical user known that Audience Manager does not know yet, once', async () => {
    const simulated = [serverToServerCustomer('globex', destination(566, 5), destination(567, 1))];
    await using place = await ConfiguredFolder.create(simulated);
    place.simulator.refuse('globex', 'unknown-user');
    const { code, stdout } = await place.run(['check']);
    expect(stdout).toContain('0 of 2 failed.');
    expect(code).toBe(0);
    expect(place.simulator.count({ endpoint: 'user' })).toBe(1);
    expect((await place.run(['check'])).code).toBe(0);
    expect(place.simulator.count({ endpoint: 'user' })).toBe(1);
  });

  it('warns of destinations without segments, with exit code 0', async () => {
    const simulated = [
      passwordCustomer('acme', destination(314, 0), destination(315, 0), destination(316, 1)),
    ];
    await using place = await ConfiguredFolder.create(simulated);
    const { code, stdout } = await place.run(['check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ 314 .* 0 .*ok, but no segments/);
    expect(stdout).toMatch(/ 316 .* 1 .*ok +│/);
    expect(stdout.match(/Warning: There are no segments: ask the customer/g)).toHaveLength(1);
    const { stdout: json } = await place.run(['check', '--json']);
    const results = JSON.parse(json) as { warning: string | null }[];
    expect(results.map(({ warning }) => warning === null)).toEqual([false, false, true]);
  });
});

/** 30 segments with sids from 5001, of which the first three are mapped with the sids of the last three as IDs. */
const COLLIDING = destination(314, 30);
for (const [index, mapping] of COLLIDING.mappings.slice(0, 3).entries()) mapping.mappingId = 5028 + index;
const SIDS = COLLIDING.mappings.map(({ sid }) => String(sid));

describe('check --ids', () => {
  const CUSTOMERS = [{ id: 'acme', destinations: [{ id: 314, segmentIdType: 'AUTO' }] }];
  const IDS_SIMULATED: SimulatorCustomer[] = [passwordCustomer('acme', COLLIDING, destination(315, 1))];

  it('says what the IDs are, how many are ambiguous and unknown, and what to configure', async () => {
    await using place = await ConfiguredFolder.create(IDS_SIMULATED, {}, CUSTOMERS);
    const file = await place.folder.write('ids.txt', `${SIDS.join(',')}\n5001\n\t77 "a b"`);
    const { code, stdout, stderr } = await place.run(['check', '--ids', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('AUTO: SID, ALIAS, MAPPING_ID');
    expect(stdout.split('\n').slice(-5)).toEqual([
      '30 of 32 IDs are sids; write `segmentIdType: SID`.',
      'As each kind: SID 30, MAPPING_ID 3. An ID can be of several.',
      '3 of 32 are ambiguous, so that AUTO gives no name for them: "5028", "5029", "5030".',
      '2 of 32 are unknown: "77", "a b". Is it the right destination?',
      '',
    ]);
    expect(place.simulator.count({ endpoint: 'token' })).toBe(1);
    expect(place.simulator.count({ endpoint: 'mappings' })).toBe(1);
  });

  it('says the same as JSON, and whether the configuration says it already', async () => {
    await using place = await ConfiguredFolder.create(IDS_SIMULATED, {}, [
      { id: 'acme', destinations: [{ id: 314, segmentIdType: 'SID' }, { id: 315 }] },
    ]);
    const file = await place.folder.write('ids.txt', [...SIDS, '77'].join('\n'));
    const one = ['check', '--customer', 'acme', '--destination', '314', '--ids', file];
    const { stdout } = await place.run([...one, '--json']);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        destination: '314',
        ids: {
          ids: 31,
          matches: [
            { idType: 'SID', count: 30 },
            { idType: 'MAPPING_ID', count: 3 },
          ],
          counts: [{ idType: 'SID', count: 27 }],
          ambiguous: 3,
          unknown: 1,
          suggestion: 'SID',
          ambiguousExamples: ['5028', '5029', '5030'],
          unknownExamples: ['77'],
        },
      },
    ]);
    expect((await place.run(one)).stdout).toContain('30 of 31 IDs are sids, as segmentIdType says.');
  });

  it('reads standard input for -', async () => {
    await using place = await ConfiguredFolder.create(IDS_SIMULATED, {}, CUSTOMERS);
    const command = spawn(process.execPath, [
      'dist/main.js',
      'check',
      '--ids',
      '-',
      '--config',
      place.config,
    ]);
    command.stdin.end(SIDS.slice(0, 12).join(' '));
    expect(await text(command.stdout)).toContain('12 of 12 IDs are sids; write `segmentIdType: SID`.');
  });

  it.each([
    ['several destinations', ALL, ['--ids', 'ids.txt'], /--ids needs one destination, not 7: name it with/],
    ['another customer', ALL, ['--customer', 'nobody'], /no customer nobody.*acme, globex/],
    ['another destination', ALL, ['--destination', '9'], /No customer has a destination 9\..*314, 315/],
    [
      'another destination of a customer',
      ALL,
      ['--customer', 'acme', '--destination', '9'],
      /acme has no .* 9/,
    ],
    ['no API access', [ALL[3]!], ['--ids', 'ids.txt'], /initech has no credentials/],
    ['a missing file', CUSTOMERS, ['--ids', 'missing.txt'], /missing\.txt cannot be read \(ENOENT\)/],
    ['an empty file', CUSTOMERS, ['--ids', 'empty.txt'], /empty\.txt holds no IDs/],
    ['JSON', CUSTOMERS, ['--ids', 'json.txt'], /json\.txt: This is JSON/],
  ])('refuses %s in one line, without a call', async (_, customers, args, message) => {
    await using place = await ConfiguredFolder.create(SIMULATED, {}, customers);
    await place.folder.write('ids.txt', '1');
    await place.folder.write('empty.txt', '\n,\n');
    await place.folder.write('json.txt', '[1]');
    const paths = args.map((arg) => (arg.endsWith('.txt') ? place.folder.pathOf(arg) : arg));
    const { code, stdout, stderr } = await place.run(['check', ...paths]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(place.simulator.count({ endpoint: 'token' })).toBe(0);
  });
});
