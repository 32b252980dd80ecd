import { describe, expect, it } from 'vitest';
import { progressBar } from '../../src/commands/progress.js';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { TemporaryFolder, runCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';

const CONFIG = `customers:
  - id: initech
    destinations: [{ id: 900, segmentIdType: SID }, { id: 901 }]
  - id: empty
`;

interface Place extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  run(...args: string[]): ReturnType<typeof runCommand>;
}

async function place(config = CONFIG): Promise<Place> {
  const folder = await TemporaryFolder.create();
  await folder.write('gateway.yaml', config);
  return {
    folder,
    run: (...args) => runCommand(args, {}, folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const TO = ['--customer', 'initech', '--destination', '900'];

describe('import', () => {
  it('takes over a file, says what became of it, and export gives it back', async () => {
    await using at = await place();
    await at.folder.write('names.csv', '\ufeffsid;name\r\n1;=Übergröße\r\n2;"a ""b"";\nc"\r\n');
    const { code, stdout, stderr } = await at.run('import', 'names.csv', ...TO);
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
    const csv = await at.run('export', ...TO);
    expect(csv.code).toBe(0);
    expect(csv.stdout).toContain(`sid:1,1,,'=Übergröße,,ACTIVE,MANUAL,`);
    await at.folder.write('again.csv', csv.stdout);
    const again = await at.run('import', 'again.csv', ...TO, '--replace');
    expect(again.stdout).toBe('created 0, renamed 0, updated 0, unchanged 2, removed 0, rejected 0\n');
    expect((await at.run('export', ...TO)).stdout).toBe(csv.stdout);
  });

  it('writes nothing in a dry run', async () => {
    await using at = await place();
    await at.folder.write('names.csv', 'id,name\n1,One\n');
    const { code, stdout } = await at.run('import', 'names.csv', ...TO, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^created 1,.*\nNothing was written: this was a dry run\.\n$/);
    expect((await at.run('export', ...TO)).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a file with bad rows with exit code 1, line and reason; --skip-bad takes the others', async () => {
    await using at = await place();
    await at.folder.write('names.csv', `id,name\n1,One\n,Nobody\n1,Again\n2,${'x'.repeat(1001)}\n`);
    const { code, stdout } = await at.run('import', 'names.csv', ...TO);
    expect(code).toBe(1);
    expect(stdout).toMatch(/line 3: .*\nline 4: .*line 2.*\nline 5: .*1001.*\ncreated 1,.*rejected 3\n/);
    expect(stdout).toContain('Nothing was written');
    expect((await at.run('export', ...TO)).stdout.trim().split('\n')).toHaveLength(1);
    const skipping = await at.run('import', 'names.csv', ...TO, '--skip-bad');
    expect(skipping.code).toBe(0);
    expect((await at.run('export', ...TO)).stdout).toContain(',One,');
  });

  it.each([
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest').toString('latin1'), /spreadsheet/],
    ['a page', '<html><body>', /HTML/],
    ['rows with mixed separators', 'id,name\n1;x\n2;y\n3;z\n', /[Ss]emicolons/],
    ['a quote that never closes', 'id,name\n1,"x\n', /Line 2/],
    ['a column missing', 'colour,name\n1,x\n', /Line 1/],
  ])('refuses %s in words and with exit code 1', async (_, text, words) => {
    await using at = await place();
    await at.folder.write('names.csv', text);
    const { code, stdout, stderr } = await at.run('import', 'names.csv', ...TO);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(words);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    [
      'a customer that is not configured',
      ['--customer', 'nobody', '--destination', '900'],
      1,
      /nobody.*initech/,
    ],
    ['a destination that is not', ['--customer', 'initech', '--destination', '9'], 1, /9.*900, 901/],
    ['no customer', ['--destination', '900'], 2, /--customer/],
    ['no destination', ['--customer', 'initech'], 2, /--destination/],
  ])('refuses %s', async (_, args, code, words) => {
    await using at = await place();
    await at.folder.write('names.csv', 'id,name\n1,One\n');
    const result = await at.run('import', 'names.csv', ...args);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(words);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each(['missing.csv', '.'])('says in one line that %s cannot be read', async (file) => {
    await using at = await place();
    const { code, stderr } = await at.run('import', file, ...TO);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be read \(E[A-Z]+\)/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('export', () => {
  it('writes all destinations of a customer under one header, or one object a line', async () => {
    await using at = await place();
    await at.folder.write('names.csv', 'id,name\n1,One\n');
    await at.run('import', 'names.csv', ...TO);
    await at.run('import', 'names.csv', '--customer', 'initech', '--destination', '901');
    const csv = await at.run('export', '--customer', 'initech');
    const lines = csv.stdout.trim().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines.slice(1).map((line) => line.slice(-3))).toEqual(['900', '901']);
    const ndjson = await at.run('export', '--customer', 'initech', '--format', 'ndjson');
    const rows = ndjson.stdout.trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { destinationId: string }).destinationId)).toEqual([
      '900',
      '901',
    ]);
  });

  it.each([
    [['--customer', 'nobody'], 1, /nobody/],
    [['--customer', 'initech', '--destination', '7'], 1, /900, 901/],
    [['--customer', 'initech', '--format', 'xlsx'], 2, /csv, ndjson/],
    [[], 2, /--customer/],
  ])('refuses %j', async (args, code, words) => {
    await using at = await place();
    const result = await at.run('export', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(words);
  });

  it('reads what was never read, and says which destination it had to leave out', async () => {
    const simulated = [
      passwordCustomer('acme', destination(314, 2), destination(315, 1, { forbidden: true })),
    ];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using at = await place(configTextFor(simulator, simulated));
    const one = await at.run('export', '--customer', 'acme', '--destination', '314');
    expect(one.stdout.trim().split('\n')).toHaveLength(3);
    const all = await at.run('export', '--customer', 'acme');
    expect(all).toMatchObject({ code: 0, stdout: one.stdout });
    expect(all.stderr).toMatch(/^left out: Destination 315 of customer acme: /);
  });

  it('of several destinations is imported into each with its own rows alone', async () => {
    const simulated = [passwordCustomer('acme', destination(314, 2), destination(315, 3))];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using at = await place(configTextFor(simulator, simulated));
    const all = await at.run('export', '--customer', 'acme');
    const file = await at.folder.write('all.csv', all.stdout);
    const strict = await at.run('import', file, '--customer', 'acme', '--destination', '314');
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain('line 4: is of destination "315" of customer "acme"; import it there');
    expect(strict.stdout).toContain('created 0, renamed 0, updated 0, unchanged 2, removed 0, rejected 3');
    const own = await at.run('import', file, '--customer', 'acme', '--destination', '314', '--skip-bad');
    expect(own.code).toBe(0);
    expect(own.stdout).toContain('unchanged 2');
  });
});

describe('import --skip-bad', () => {
  it('says that nothing was written where no row is good, with exit code 1', async () => {
    const simulated = [passwordCustomer('acme', destination(314, 1))];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using at = await place(configTextFor(simulator, simulated));
    const file = await at.folder.write('bad.csv', 'id,name\nQ,\n');
    const result = await at.run('import', file, '--customer', 'acme', '--destination', '314', '--skip-bad');
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('Nothing was written: no row is good.');
  });
});

describe('the progress bar', () => {
  const draw = (isTTY: boolean): string => {
    let drawn = '';
    const write = (text: string): boolean => {
      drawn += text;
      return true;
    };
    const bar = progressBar({ isTTY, write }, 'names.csv');
    bar.update(1, 4);
    bar.update(1, 4);
    bar.update(4, 4);
    bar.end();
    bar.end();
    return drawn;
  };

  it('draws over its line on a terminal and leaves that empty', () => {
    expect(draw(true).split('\r')).toEqual([
      '',
      expect.stringMatching(/^names\.csv \[#{8} {22}\] 25%$/),
      expect.stringMatching(/^names\.csv \[#{30}\] 100%$/),
      '\x1b[2K',
    ]);
  });

  it('is silent elsewhere', () => {
    expect(draw(false)).toBe('');
  });
});
