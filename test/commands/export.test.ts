import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { TO_900, commandFolder } from './support.js';

describe('export', () => {
  it('writes all destinations of a customer as CSV with one header, or as one JSON object per line', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'id,name\n1,One\n');
    await place.run('import', 'names.csv', ...TO_900);
    await place.run('import', 'names.csv', '--customer', 'initech', '--destination', '901');
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
});
