import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { TO_900, TO_901, commandFolder } from './support.js';

const ID = /Import ([\da-f-]{36})\./;

describe('imports', () => {
  it('are listed newest first, with who, when, file and counts', async () => {
    await using place = await commandFolder();
    expect((await place.run('imports')).stdout).toBe('No imports.\n');
    await place.folder.write('first.csv', 'sid,name\n1,One\n2,Two\n');
    await place.folder.write('second.csv', 'sid,name\n1,Uno\n');
    const first = await place.run('import', 'first.csv', ...TO_900);
    const second = await place.run('import', 'second.csv', ...TO_901);
    const ids = [second, first].map(({ stdout }) => ID.exec(stdout)?.[1]);
    const { stdout } = await place.run('imports', '--customer', 'initech', '--json');
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(listed).toMatchObject([
      { id: ids[0], fileName: 'second.csv', destinationId: '901', counts: { created: 1 }, undoneAt: null },
      { id: ids[1], fileName: 'first.csv', destinationId: '900', mode: 'MERGE', counts: { created: 2 } },
    ]);
    const [table, newest, wrong, ofOne, unknown] = await Promise.all([
      place.run('imports', ...TO_900),
      place.run('imports', '--limit', '1'),
      place.run('imports', '--limit', 'many'),
      place.run('imports', '--destination', '901', '--json'),
      place.run('imports', '--destination', '9'),
    ]);
    expect(table.stdout).toContain(ids[1]);
    expect(table.stdout).not.toContain(ids[0]);
    expect(newest.stdout).toContain('newest 1 of 2');
    expect(wrong.code).toBe(2);
    expect(JSON.parse(ofOne.stdout)).toMatchObject({ id: ids[0] });
    expect(unknown).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/no destination 9\. The destinations are: 900, 901\./) as string,
    });
  }, 120_000);

  it('are taken back, and what is newer stays, is named, and is taken back in the end', async () => {
    await using place = await commandFolder();
    await place.folder.write('first.csv', 'sid,name\n1,One\n2,Two\n');
    await place.folder.write('second.csv', 'sid,name\n2,Zwei\n');
    const [, first = ''] = ID.exec((await place.run('import', 'first.csv', ...TO_900)).stdout) ?? [];
    const [, second = ''] = ID.exec((await place.run('import', 'second.csv', ...TO_900)).stdout) ?? [];
    const undo = await place.run('undo', first);
    expect(undo.code).toBe(1);
    expect(undo.stdout).toMatch(
      /^sid:2 stays: .*\(aam-gateway import\) changed it by hand at .*\nTook back the import of first\.csv .*: restored 1, kept 1\.\nTo take these back too, take later imports back first.*\n$/,
    );
    expect(JSON.parse(undo.stderr)).toMatchObject({ audit: 'undo', importId: first, restored: 1, kept: 1 });
    const { stdout } = await place.run('export', ...TO_900);
    expect(stdout).toContain(',Zwei,');
    expect(stdout).not.toContain(',One,');
    expect((await place.run('undo', second)).code).toBe(0);
    const rest = await place.run('undo', first);
    expect(rest).toMatchObject({ code: 0, stdout: expect.stringContaining('restored 1, kept 0') as string });
    const again = await place.run('undo', first);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/taken this import back already/) as string,
    });
    const [unknown, listed] = await Promise.all([
      place.run('undo', 'nonsense'),
      place.run('imports', '--json'),
    ]);
    expect(unknown.stderr).toMatch(/no import nonsense.*list the imports/);
    expect(listed.stdout).toMatch(/"undoneBy":".*\(aam-gateway undo\)"/);
  }, 120_000);
});

describe('purge', () => {
  it('removes a mistyped segment, and nothing else', async () => {
    const simulated = [passwordCustomer('acme', destination(314, 1))];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    await using place = await commandFolder(configTextFor(simulator, simulated));
    const to = ['--customer', 'acme', '--destination', '314'];
    await place.folder.write('names.csv', 'sid,name\n5001,By hand\n801,Mistyped\n');
    await place.run('import', 'names.csv', ...to);
    const overridden = await place.run('export', ...to, '--overridden');
    expect(overridden.stdout).toMatch(/,listedName,listedDescription,listedStatus\r\n/);
    expect(overridden.stdout).toMatch(/^1001,5001,.*,By hand,.*,Segment 1,About segment 1,ACTIVE\r$/m);
    expect(overridden.stdout).toMatch(/^sid:801,801,.*,Mistyped,.*,,,\r$/m);
    const purged = await place.run('purge', '801', ...to, '--id-type', 'sid');
    expect(purged).toMatchObject({ code: 0, stdout: 'Purged sid:801 "Mistyped".\n' });
    expect((await place.run('export', ...to)).stdout).not.toContain('Mistyped');
    const listed = await place.run('purge', '5001', ...to, '--id-type', 'sid');
    expect(listed).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be purged') as string });
    const unknown = await place.run('purge', '801', ...to, '--id-type', 'sid');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no segment 801') as string });
  }, 120_000);
});

describe('an import with flags', () => {
  it('shows in a dry run what changes from what to what, and what is suspicious', async () => {
    await using place = await commandFolder();
    await place.folder.write('first.csv', 'sid,name,status\n1,One,active\n2,Two,\n3,Three,\n');
    await place.run('import', 'first.csv', ...TO_900);
    await place.folder.write('second.csv', 'sid,name,status\n1,Uno,inactive\n2,Two,\n');
    const { stdout, code } = await place.run('import', 'second.csv', ...TO_900, '--replace', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^line 2: renamed sid:1: name "One" → "Uno", status "ACTIVE" → "INACTIVE"\nnot in the file: removed sid:3: status "ACTIVE" → "DELETED"\n/,
    );
  });

  it('takes the columns that --id-column and --name-column name', async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'Nr,Text,Name\n7,Seven,No\n');
    const flags = ['--id-column', 'Nr', '--name-column', 'Text'];
    const { code } = await place.run('import', 'names.csv', ...TO_900, ...flags);
    expect(code).toBe(0);
    expect((await place.run('export', ...TO_900)).stdout).toContain('sid:7,7,,,,,false,Seven,');
  });

  it("refuses another customer's export without --force", async () => {
    await using place = await commandFolder();
    await place.folder.write('names.csv', 'sid,name,customerId,destinationId\n1,One,globex,7\n');
    const refused = await place.run('import', 'names.csv', ...TO_900);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/export of destination "7" of customer "globex".*--force/);
    expect((await place.run('import', 'names.csv', ...TO_900, '--force')).code).toBe(0);
  });
});
