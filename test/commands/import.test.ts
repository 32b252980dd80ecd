import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { TO_900, commandFolder } from './support.js';

describe('import', () => {
  it('stores the names in a file and prints a summary; an export can be imported again', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', '\ufeffsid;name\r\n1;=Übergröße\r\n2;"a ""b"";\nc"\r\n');
    const { code, stdout, stderr } = await place.run('import', 'names.csv', ...TO_900);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'created 2, renamed 0, updated 0, unchanged 0, removed 0, rejected 0\n',
    });
    expect(JSON.parse(stderr)).toMatchObject({
      audit: 'import',
      customer: 'initech',
      destination: '900',
      from: 'names.csv',
      caller: expect.stringContaining('(aam-gateway import)') as string,
      outcome: 'ok',
      applied: true,
      created: 2,
    });
    const csv = await place.run('export', ...TO_900);
    expect(csv.code).toBe(0);
    expect(csv.stdout).toContain(`sid:1,1,,'=Übergröße,,ACTIVE,MANUAL,`);
    await place.folder.write('again.csv', csv.stdout);
    const again = await place.run('import', 'again.csv', ...TO_900, '--replace');
    expect(again.stdout).toBe('created 0, renamed 0, updated 0, unchanged 2, removed 0, rejected 0\n');
    expect((await place.run('export', ...TO_900)).stdout).toBe(csv.stdout);
  });

  it('writes nothing in a dry run', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'id,name\n1,One\n');
    const { code, stdout } = await place.run('import', 'names.csv', ...TO_900, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^created 1,.*\nNothing was written: this was a dry run\.\n$/);
    expect((await place.run('export', ...TO_900)).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('rejects a file with invalid rows with exit code 1, lines and reasons; --skip-bad imports the others', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', `id,name\n1,One\n,Nobody\n1,Again\n2,${'x'.repeat(1001)}\n`);
    const { code, stdout } = await place.run('import', 'names.csv', ...TO_900);
    expect(code).toBe(1);
    expect(stdout).toMatch(/line 3: .*\nline 4: .*line 2.*\nline 5: .*1001.*\ncreated 1,.*rejected 3\n/);
    expect(stdout).toContain('Nothing was written');
    expect((await place.run('export', ...TO_900)).stdout.trim().split('\n')).toHaveLength(1);
    const skipping = await place.run('import', 'names.csv', ...TO_900, '--skip-bad');
    expect(skipping.code).toBe(0);
    expect((await place.run('export', ...TO_900)).stdout).toContain(',One,');
  });

  it.each([
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest').toString('latin1'), /spreadsheet/],
    ['an HTML page', '<html><body>', /HTML/],
    ['rows with mixed separators', 'id,name\n1;x\n2;y\n3;z\n', /[Ss]emicolons/],
    ['a quote that is never closed', 'id,name\n1,"x\n', /Line 2/],
    ['a header without an ID column', 'colour,name\n1,x\n', /Line 1/],
  ])('rejects %s with exit code 1 and a message without a stack trace', async (_, text, message) => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', text);
    const { code, stdout, stderr } = await place.run('import', 'names.csv', ...TO_900);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [
      'a customer that is not configured',
      ['--customer', 'nobody', '--destination', '900'],
      1,
      /nobody.*initech/,
    ],
    [
      'a destination that is not configured',
      ['--customer', 'initech', '--destination', '9'],
      1,
      /9.*900, 901/,
    ],
    ['no customer', ['--destination', '900'], 2, /--customer/],
    ['no destination', ['--customer', 'initech'], 2, /--destination/],
  ])('refuses %s', async (_, args, code, message) => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'id,name\n1,One\n');
    const result = await place.run('import', 'names.csv', ...args);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each(['missing.csv', '.'])('reports in one line that %s cannot be read', async (file) => {
    await using place = await commandFolder();
    const { code, stderr } = await place.run('import', file, ...TO_900);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be read \(E[A-Z]+\)/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('with --skip-bad reports that nothing was written if no row is valid, with exit code 1', async () => {
    const simulated = [passwordCustomer('acme', destination(314, 1))];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using place = await commandFolder(configTextFor(simulator, simulated));
    const file = await place.folder.write('bad.csv', 'id,name\nQ,\n');
    const result = await place.run(
      'import',
      file,
      '--customer',
      'acme',
      '--destination',
      '314',
      '--skip-bad',
    );
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('Nothing was written: no row is valid.');
  });
});
