import { mkdir, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TemporaryFolder, runCommand } from '../support/command.js';

const CANARY = 'cAnArY77';

const MAIN = `include: [customers/*.yaml]
storage: { postgres: "postgres://gateway:${CANARY}@db.invalid/gateway" }
audienceManager: { password: { clientId: "\${env:CLIENT}", clientSecret: ${CANARY}x } }
`;
const ACME = `customers:
  - id: acme
    credentials: { type: password, username: u, password: "\${env:PASSWORD}" }
    destinations: [{ id: 1 }, { id: 2 }]
`;
const ENV = { CLIENT: 'partner', PASSWORD: `${CANARY}y` };

async function folderWith(files: Record<string, string>): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.create();
  await mkdir(folder.pathOf('customers'));
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  return folder;
}

describe('config validate', () => {
  it('says OK and counts, without network and database, and leaves nothing behind', async () => {
    await using folder = await folderWith({ 'gateway.yaml': MAIN, 'customers/a.yaml': ACME });
    const file = folder.pathOf('gateway.yaml');
    const expected = `OK: ${file} is a valid configuration (1 customer, 2 destinations, 2 files read).\n`;
    for (const args of [[file], ['--config', file], []]) {
      const { code, stdout, stderr } = await runCommand(['config', 'validate', ...args], ENV, folder.path);
      expect([code, stdout, stderr]).toEqual([0, expected, '']);
    }
    expect((await readdir(folder.path)).sort()).toEqual(['customers', 'gateway.yaml']);
  });

  it('reports all mistakes with file, path and remedy, without secrets, and fails', async () => {
    await using folder = await folderWith({
      'gateway.yaml': `limits: { depth: x }\n${MAIN}`,
      'customers/a.yaml': ACME,
      'customers/b.yaml': `customers: [{ id: acme, credentials: { type: password, username: u, password: "${CANARY}\\n" } }]`,
    });
    const { code, stdout, stderr } = await runCommand(['config', 'validate'], ENV, folder.path);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toEqual([
      `${folder.pathOf('gateway.yaml')} and the files that it includes have 3 mistakes:`,
      '  gateway.yaml: limits.depth: must be a whole number from 1 to 1000, not x',
      '  customers/b.yaml: customers[0].id: "acme" is the same as customers[0].id in customers/a.yaml; every customer needs an ID of its own',
      '  customers/b.yaml: customers[0].credentials.password: must be text without line breaks and other control characters, not the value given (not shown here)',
      '',
    ]);
    expect(stderr).not.toContain(CANARY);
  });

  it('judges as serve does, with and without --insecure', async () => {
    await using folder = await folderWith({
      'gateway.yaml': 'listen: { host: 0.0.0.0 }\ncustomers: [{ id: a }]',
    });
    const strict = await runCommand(['config', 'validate'], {}, folder.path);
    expect([strict.code, strict.stderr]).toEqual([1, expect.stringContaining('listen.host: 0.0.0.0')]);
    const loose = await runCommand(['config', 'validate', '--insecure'], {}, folder.path);
    expect([loose.code, loose.stdout]).toEqual([0, expect.stringMatching(/^OK: /)]);
  });

  it('counts customers whose destinations are discovered', async () => {
    const acme = ACME.replace('[{ id: 1 }, { id: 2 }]', 'discover');
    await using folder = await folderWith({ 'gateway.yaml': MAIN, 'customers/a.yaml': acme });
    const { code, stdout } = await runCommand(['config', 'validate'], ENV, folder.path);
    expect(code).toBe(0);
    expect(stdout).toContain('(1 customer, 0 destinations, discovery for 1 customer, 2 files read)');
  });

  it('warns about keys for customers that there are not', async () => {
    const keys = `access: { apiKeys: [{ name: ui, sha256: ${'ab'.repeat(32)}, customers: [acme, nobody] }] }`;
    await using folder = await folderWith({ 'gateway.yaml': `${keys}\ncustomers: [{ id: acme }]` });
    const { code, stdout, stderr } = await runCommand(['config', 'validate'], {}, folder.path);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^OK: /)]);
    expect(stderr).toBe('access names customers that are not configured; check their IDs: nobody\n');
  });

  it.each([
    [['config', 'validate', 'a.yaml', '--config', 'b.yaml'], 'named twice'],
    [['config', 'frobnicate'], 'unknown command'],
    [['config'], 'a command is missing'],
  ])('refuses a command line that is wrong: %j', async (args, message) => {
    const { code, stderr } = await runCommand(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('says that there is no such file', async () => {
    await using folder = await folderWith({});
    const { code, stderr } = await runCommand(['config', 'validate', 'no.yaml'], {}, folder.path);
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no such file')]);
  });
});

describe('config print', () => {
  it('prints the whole configuration as YAML without secrets, which only needs them to be read again', async () => {
    await using folder = await folderWith({ 'gateway.yaml': MAIN, 'customers/a.yaml': ACME });
    const { code, stdout, stderr } = await runCommand(['config', 'print', 'gateway.yaml'], ENV, folder.path);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(CANARY);
    const printed = parse(stdout, { schema: 'failsafe' }) as Record<string, unknown>;
    expect(printed).toMatchObject({
      storage: { postgres: 'postgres://gateway:***@db.invalid/gateway', poolSize: '10' },
      audienceManager: { password: { clientId: 'partner', clientSecret: '***' }, pageSize: '1000' },
      freshness: { ttl: '1h' },
      customers: [{ id: 'acme', name: 'acme', credentials: { username: 'u', password: '***' } }],
    });
    const again = await folder.write('printed.yaml', stdout);
    const check = await runCommand(['config', 'validate', again], {}, folder.path);
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('1 customer, 2 destinations')]);
  });

  it('hides a secret that stands where no secret belongs', async () => {
    await using folder = await folderWith({
      'gateway.yaml': `${MAIN}customers: [{ id: b, name: "is \${env:PASSWORD}" }]`,
      'customers/a.yaml': ACME,
    });
    const { code, stdout } = await runCommand(['config', 'print'], ENV, folder.path);
    expect(code).toBe(0);
    expect(stdout).toContain('name: is [redacted]');
    expect(stdout).not.toContain(CANARY);
  });
});
