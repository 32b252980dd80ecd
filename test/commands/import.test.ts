import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { TO_900, TO_901, commandFolder } from './support.js';

describe('import', () => {
  it('stores the names in a file and prints a summary; an export can be imported again', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', '\ufeffsid;name\r\n1;=Übergröße\r\n2;"a ""b"";\nc"\r\n');
    const { code, stdout, stderr } = await place.run('import', 'names.csv', ...TO_900);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^line 2: warning: the name "=Übergröße" looks like a formula.*\ncreated 2, renamed 0, updated 0, unchanged 0, removed 0, rejected 0\nImport ([\da-f-]{36})\. To take it back: aam-gateway undo \1\n$/,
    );
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
    expect(csv.stdout).toContain(`sid:1,1,,,,,false,"'=Übergröße",,ACTIVE,MANUAL,`);
    await place.folder.write('again.csv', csv.stdout);
    const again = await place.run('import', 'again.csv', ...TO_900, '--replace');
    expect(again.stdout).toContain('created 0, renamed 0, updated 0, unchanged 2, removed 0, rejected 0\n');
    expect((await place.run('export', ...TO_900)).stdout).toBe(csv.stdout);
  });

  it('prints nothing of a file that would control the terminal', async () => {
    await using place = await commandFolder();
    const hostile = '\u001b[2J\u009b2J\u202e\u007f';
    await place.folder.write('names.csv', `id,name,status\n1,One,${hostile}\n${hostile},Two,\n`);
    const { code, stdout, stderr } = await place.run('import', 'names.csv', ...TO_900);
    expect(code).toBe(1);
    expect(stdout).toContain(String.raw`the status "\u001b[2J\u009b2J\u202e\u007f" is not known`);
    expect(stdout + stderr).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    await place.folder.write('odd.csv', `${hostile},name\n1,One\n`);
    const odd = await place.run('import', 'odd.csv', ...TO_900);
    expect(odd.stderr).toContain(String.raw`\u009b2J`);
    expect(odd.stdout + odd.stderr).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
  });

  it('keeps identifiers of each kind, and IDs of unstated kind, through an export and another import', async () => {
    await using place = await commandFolder();
    await place.folder.write(
      'names.csv',
      'mappingId,sid,keyValue,value,alias,secureUrl,name\n1,,,,,,Mapping\n,1,,,,,Sid\n' +
        ',,key=1,,,,Key\n,,,1,,,Value\n,,,,1,,Alias\n,,,,,https://p.example/,Address\n',
    );
    await place.folder.write('open.csv', 'id,name\n2,Open\n');
    const first = await place.run('import', 'names.csv', ...TO_901);
    expect(first.stdout).toContain('created 6, renamed 0, updated 0, unchanged 0, removed 0, rejected 0\n');
    const second = await place.run('import', 'open.csv', ...TO_901);
    expect(second.stdout).toContain('created 1, renamed 0, updated 0, unchanged 0, removed 0, rejected 0\n');
    const csv = await place.run('export', ...TO_901);
    const ids = csv.stdout.split('\r\n').map((line) => line.split(',')[0]);
    expect(ids.slice(1, -1).sort()).toEqual([
      '1',
      'alias:1',
      'id:2',
      'key-value:key=1',
      'sid:1',
      'url:https://p.example/',
      'value:1',
    ]);
    await place.folder.write('again.csv', csv.stdout);
    const again = await place.run('import', 'again.csv', ...TO_901, '--replace');
    expect(again.stdout).toContain('created 0, renamed 0, updated 0, unchanged 7, removed 0, rejected 0\n');
    expect((await place.run('export', ...TO_901)).stdout).toBe(csv.stdout);
  });

  it('takes IDs of unstated kind for what --id-type says', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'ID,name\n1,One\n');
    const stated = await place.run('import', 'names.csv', ...TO_901, '--id-type', 'alias');
    expect(stated).toMatchObject({ code: 0, stdout: expect.stringContaining('created 1') as string });
    expect(JSON.parse(stated.stderr)).toMatchObject({ audit: 'import', idType: 'ALIAS' });
    expect((await place.run('export', ...TO_901)).stdout).toContain('alias:1,,1,,,,false,One,');
    const wrong = await place.run('import', 'names.csv', ...TO_901, '--id-type', 'AUTO');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/--id-type.*SID, MAPPING_ID, ALIAS, VALUE, KEY_VALUE, URL/);
  });

  it('asks for the kind of an ID that two segments have, and counts it as rejected', async () => {
    const colliding = destination(314, 2);
    // The mapping ID of the second segment is the sid of the first one.
    colliding.mappings[1]!.mappingId = 5001;
    const simulated = [passwordCustomer('acme', colliding)];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    const configured = [{ id: 'acme', destinations: [{ id: 314, segmentIdType: 'AUTO' }] }];
    await using place = await commandFolder(configTextFor(simulator, simulated, configured));
    await place.folder.write('names.csv', 'ID,name\n5001,First\n5002,Second\n');
    const to = ['--customer', 'acme', '--destination', '314'];
    const open = await place.run('import', 'names.csv', ...to);
    expect(open.code).toBe(1);
    expect(open.stdout).toMatch(
      /^line 2: the ID "5001" .*SID.*"Segment 1".*MAPPING_ID.*"Segment 2".*state the kind.*--id-type\n/,
    );
    expect(open.stdout).toContain('renamed 1, updated 0, unchanged 0, removed 0, rejected 1');
    expect(open.stdout).toContain('Nothing was written');
    const stated = await place.run('import', 'names.csv', ...to, '--id-type', 'SID');
    expect(stated).toMatchObject({ code: 0, stdout: expect.stringContaining('renamed 2') as string });
    const { stdout } = await place.run('export', ...to);
    expect(stdout).toMatch(/^1001,5001,.*,First,/m);
    expect(stdout).toMatch(/^5001,5002,.*,Second,/m);
  });

  it('refuses IDs that a spreadsheet has rounded', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'ID,name\n1234567890123456789,A\n1.23457E+18,B\n12,C\n');
    const { code, stdout } = await place.run('import', 'names.csv', ...TO_901);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^line 2: .*last digits may be wrong.*\nline 3: .*digits are lost.*\ncreated 1,/);
    expect(stdout).toContain('rejected 2');
  });

  it('writes nothing in a dry run', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'id,name\n1,One\n');
    const { code, stdout } = await place.run('import', 'names.csv', ...TO_900, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^line 2: created sid:1: name "One", status "ACTIVE"\ncreated 1,.*\nNothing was written: this was a dry run\.\n$/,
    );
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
    ['a damaged workbook', Buffer.from('PK\u0003\u0004rest').toString('latin1'), /ZIP file is damaged/],
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
    const file = await place.folder.write('bad.csv', 'id,name\n,Nobody\n');
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
