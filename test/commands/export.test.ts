import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { TO_900, TO_901, commandFolder } from './support.js';

describe('export', () => {
  it('writes all destinations of a customer as CSV with one header, or as one JSON object per line', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'id,name\n1,One\n');
    await place.run('import', 'names.csv', ...TO_900);
    await place.run('import', 'names.csv', ...TO_901);
    const csv = await place.run('export', '--customer', 'initech');
    const lines = csv.stdout.trim().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines.slice(1).map((line) => line.slice(-3))).toEqual(['900', '901']);
    const ndjson = await place.run('export', '--customer', 'initech', '--format', 'ndjson');
    const objects = ndjson.stdout.trim().split('\n');
    expect(objects.map((line) => (JSON.parse(line) as { destinationId: string }).destinationId)).toEqual([
      '900',
      '901',
    ]);
  });

  it('ends quietly if nobody reads it', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'id,name\n1,One\n');
    await place.run('import', 'names.csv', ...TO_900);
    await using command = new RunningCommand(['export', '--customer', 'initech'], {}, place.folder.path);
    command.closeOutput();
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(command.stderr).toBe('');
  });

  it.each([
    [['--customer', 'nobody'], 1, /nobody/],
    [['--customer', 'initech', '--destination', '7'], 1, /900, 901/],
    [['--customer', 'initech', '--format', 'xlsx'], 2, /csv, ndjson/],
    [[], 2, /--customer/],
  ])('rejects %j', async (args, code, message) => {
    await using place = await commandFolder();
    const result = await place.run('export', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  it('reads destinations from Audience Manager if necessary, and names those that it leaves out', async () => {
    const simulated = [
      passwordCustomer('acme', destination(314, 2), destination(315, 1, { forbidden: true })),
    ];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using place = await commandFolder(configTextFor(simulator, simulated));
    const one = await place.run('export', '--customer', 'acme', '--destination', '314');
    expect(one.stdout.trim().split('\n')).toHaveLength(3);
    const all = await place.run('export', '--customer', 'acme');
    expect(all).toMatchObject({ code: 0, stdout: one.stdout });
    expect(all.stderr).toMatch(/^left out: Destination 315 of customer acme: /);
  });

  it('with several destinations can be imported into each of them, which takes only its own rows', async () => {
    const simulated = [passwordCustomer('acme', destination(314, 2), destination(315, 3))];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using place = await commandFolder(configTextFor(simulator, simulated));
    const all = await place.run('export', '--customer', 'acme');
    const file = await place.folder.write('all.csv', all.stdout);
    const strict = await place.run('import', file, '--customer', 'acme', '--destination', '314');
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain(
      'line 4: belongs to destination "315" of customer "acme"; import it there',
    );
    expect(strict.stdout).toContain('created 0, renamed 0, updated 0, unchanged 2, removed 0, rejected 3');
    const own = await place.run('import', file, '--customer', 'acme', '--destination', '314', '--skip-bad');
    expect(own.code).toBe(0);
    expect(own.stdout).toContain('unchanged 2');
  });

  it('has all identifiers and traits, and can be imported again unchanged', async () => {
    const simulated = [
      passwordCustomer(
        'acme',
        destination(316, 0, {
          type: 'ADS',
          formatType: 'key_value',
          keySeparator: '=',
          mappings: [
            { mappingId: 1001, sid: 5001, alias: 'type', value: '1', name: 'One' },
            { mappingId: 1002, sid: 5001, alias: 'color', value: '1', name: 'Two' },
            {
              mappingId: 5001,
              sid: 1001,
              alias: 'type',
              value: '2',
              name: 'Trait',
              traitType: 'RULE_BASED_TRAIT',
            },
          ],
        }),
        destination(317, 0, {
          type: 'PUSH',
          mappings: [
            { mappingId: 1, sid: 2, url: 'http://p.example/%rnd%', secureUrl: 'https://p.example/a,b' },
          ],
        }),
      ),
    ];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    const configured = [
      {
        id: 'acme',
        destinations: [
          { id: 316, segmentIdType: 'AUTO' },
          { id: 317, segmentIdType: 'AUTO' },
        ],
      },
    ];
    await using place = await commandFolder(configTextFor(simulator, simulated, configured));
    for (const [id, rows] of [
      [
        '316',
        ['1001,5001,type,1,,,false,One,', '1002,5001,color,1,,,false,Two,', '5001,1001,type,2,,,true,Trait,'],
      ],
      ['317', ['1,2,,,http://p.example/%rnd%,"https://p.example/a,b",false,,']],
    ] as const) {
      const to = ['--customer', 'acme', '--destination', id];
      const { stdout } = await place.run('export', ...to);
      for (const row of rows) expect(stdout).toContain(`\r\n${row}`);
      await place.folder.write('again.csv', stdout);
      const again = await place.run('import', 'again.csv', ...to, '--replace');
      expect(again.stdout).toContain(
        `created 0, renamed 0, updated 0, unchanged ${rows.length}, removed 0, rejected 0\n`,
      );
    }
  });

  it('has the identifiers as JSON, too', async () => {
    const simulated = [
      passwordCustomer(
        'acme',
        destination(316, 0, { type: 'ADS', mappings: [{ mappingId: 1, sid: 2, value: '3' }] }),
      ),
    ];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using place = await commandFolder(configTextFor(simulator, simulated));
    const { stdout } = await place.run('export', '--customer', 'acme', '--format', 'ndjson');
    expect(JSON.parse(stdout)).toMatchObject({
      id: '1',
      sid: '2',
      alias: null,
      value: '3',
      url: null,
      secureUrl: null,
      isTrait: false,
    });
  });
});
